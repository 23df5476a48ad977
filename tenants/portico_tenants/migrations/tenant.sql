-- revision 0008
-- Written by `make migration` from the models; not by hand.

CREATE TABLE audit (
	id UUID NOT NULL,
	at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
	actor TEXT NOT NULL,
	customer_id UUID,
	action TEXT NOT NULL,
	object_type TEXT NOT NULL,
	object_id TEXT NOT NULL,
	before JSONB,
	after JSONB,
	request_id TEXT,
	CONSTRAINT pk_audit PRIMARY KEY (id)
);

CREATE INDEX ix_audit_at ON audit (at);

CREATE INDEX ix_audit_object_type_object_id ON audit (object_type, object_id);

DO $$ BEGIN EXECUTE format('REVOKE UPDATE, DELETE ON audit FROM %I', current_schema()); END $$;

CREATE TABLE brand_file (
	name TEXT NOT NULL,
	content BYTEA NOT NULL,
	stored_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT pk_brand_file PRIMARY KEY (name)
);

CREATE TABLE comparison (
	side TEXT NOT NULL,
	taken_at TIMESTAMP WITH TIME ZONE NOT NULL,
	compared_at TIMESTAMP WITH TIME ZONE,
	payments BIGINT DEFAULT 0 NOT NULL,
	differences BIGINT DEFAULT 0 NOT NULL,
	CONSTRAINT pk_comparison PRIMARY KEY (side),
	CONSTRAINT ck_comparison_side CHECK (side IN ('stripe', 'erp'))
);

CREATE TABLE connection (
	id BIGINT DEFAULT 1 NOT NULL,
	connector TEXT NOT NULL,
	settings JSONB NOT NULL,
	time_zone TEXT NOT NULL,
	state TEXT DEFAULT 'active' NOT NULL,
	paused_because TEXT,
	paused_at TIMESTAMP WITH TIME ZONE,
	interval_seconds BIGINT DEFAULT 300 NOT NULL,
	changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	next_at TIMESTAMP WITH TIME ZONE,
	failures BIGINT DEFAULT 0 NOT NULL,
	CONSTRAINT pk_connection PRIMARY KEY (id),
	CONSTRAINT ck_connection_state CHECK (state IN ('active', 'paused')),
	CONSTRAINT ck_connection_only_one CHECK (id = 1)
);

CREATE TABLE customer (
	id UUID NOT NULL,
	erp_id TEXT NOT NULL,
	number TEXT NOT NULL,
	name TEXT NOT NULL,
	email TEXT DEFAULT '' NOT NULL,
	phone TEXT DEFAULT '' NOT NULL,
	currency TEXT NOT NULL,
	term_erp_id TEXT,
	credit_limit_minor BIGINT,
	parent_erp_id TEXT,
	billing_address JSONB DEFAULT '{}' NOT NULL,
	active BOOLEAN DEFAULT true NOT NULL,
	modified_at TIMESTAMP WITH TIME ZONE NOT NULL,
	read_at TIMESTAMP WITH TIME ZONE NOT NULL,
	fingerprint BYTEA NOT NULL,
	CONSTRAINT pk_customer PRIMARY KEY (id),
	CONSTRAINT uq_customer_erp_id UNIQUE (erp_id)
);

CREATE INDEX ix_customer_lower_name ON customer (lower(name));

CREATE INDEX ix_customer_number ON customer (number);

CREATE TABLE mail (
	id UUID NOT NULL,
	cause TEXT NOT NULL,
	recipient TEXT NOT NULL,
	sender_name TEXT NOT NULL,
	sender_address TEXT NOT NULL,
	reply_to TEXT DEFAULT '' NOT NULL,
	subject TEXT NOT NULL,
	html TEXT NOT NULL,
	plain TEXT NOT NULL,
	message_id TEXT NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	due_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	attempts BIGINT DEFAULT 0 NOT NULL,
	last_error TEXT,
	sent_at TIMESTAMP WITH TIME ZONE,
	given_up_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_mail PRIMARY KEY (id)
);

CREATE INDEX ix_mail_owed ON mail (due_at) WHERE sent_at IS NULL AND given_up_at IS NULL;

CREATE UNIQUE INDEX uq_mail_cause_recipient ON mail (cause, recipient);

CREATE TABLE person (
	id UUID NOT NULL,
	email TEXT NOT NULL,
	name TEXT NOT NULL,
	password_hash TEXT,
	language TEXT,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	disabled_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_person PRIMARY KEY (id),
	CONSTRAINT ck_person_email_lower CHECK (email = lower(email)),
	CONSTRAINT uq_person_email UNIQUE (email)
);

CREATE TABLE reset_request (
	id UUID NOT NULL,
	email TEXT NOT NULL,
	requested_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT pk_reset_request PRIMARY KEY (id)
);

CREATE INDEX ix_reset_request_requested_at ON reset_request (requested_at);

CREATE TABLE secret (
	name TEXT NOT NULL,
	key_id TEXT NOT NULL,
	sealed BYTEA NOT NULL,
	changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT pk_secret PRIMARY KEY (name)
);

CREATE TABLE set_aside (
	record_type TEXT NOT NULL,
	erp_id TEXT NOT NULL,
	why TEXT NOT NULL,
	first_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	last_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	times BIGINT DEFAULT 1 NOT NULL,
	CONSTRAINT pk_set_aside PRIMARY KEY (record_type, erp_id)
);

CREATE TABLE sign_in_attempt (
	key TEXT NOT NULL,
	failures BIGINT NOT NULL,
	window_started_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_sign_in_attempt PRIMARY KEY (key)
);

CREATE INDEX ix_sign_in_attempt_window_started_at ON sign_in_attempt (window_started_at);

CREATE TABLE stripe_call (
	idempotency_key TEXT NOT NULL,
	purpose TEXT NOT NULL,
	object_id UUID NOT NULL,
	request JSONB NOT NULL,
	started_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	answered_at TIMESTAMP WITH TIME ZONE,
	response_id TEXT,
	error TEXT,
	CONSTRAINT pk_stripe_call PRIMARY KEY (idempotency_key)
);

CREATE TABLE stripe_event (
	id UUID NOT NULL,
	source_account TEXT NOT NULL,
	event_id TEXT NOT NULL,
	type TEXT NOT NULL,
	object_id TEXT NOT NULL,
	livemode BOOLEAN NOT NULL,
	body TEXT NOT NULL,
	received_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	state TEXT DEFAULT 'new' NOT NULL,
	attempts BIGINT DEFAULT 0 NOT NULL,
	last_error TEXT,
	done_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_stripe_event PRIMARY KEY (id),
	CONSTRAINT ck_stripe_event_state CHECK (state IN ('new', 'done', 'ignored', 'failed')),
	CONSTRAINT uq_stripe_event_source_account_event_id UNIQUE (source_account, event_id)
);

CREATE INDEX ix_stripe_event_new ON stripe_event (received_at) WHERE state = 'new';

CREATE TABLE stripe_watch (
	source_account TEXT NOT NULL,
	compared_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_stripe_watch PRIMARY KEY (source_account)
);

CREATE TABLE sync_cursor (
	record_type TEXT NOT NULL,
	cursor TEXT,
	fresh_at TIMESTAMP WITH TIME ZONE,
	held BIGINT,
	CONSTRAINT pk_sync_cursor PRIMARY KEY (record_type)
);

CREATE TABLE sync_reread (
	invoice_erp_id TEXT NOT NULL,
	owed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT pk_sync_reread PRIMARY KEY (invoice_erp_id)
);

CREATE TABLE sync_run (
	id UUID NOT NULL,
	record_type TEXT NOT NULL,
	kind TEXT NOT NULL,
	state TEXT DEFAULT 'running' NOT NULL,
	started_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
	heartbeat_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
	finished_at TIMESTAMP WITH TIME ZONE,
	total BIGINT,
	read BIGINT DEFAULT 0 NOT NULL,
	"new" BIGINT DEFAULT 0 NOT NULL,
	changed BIGINT DEFAULT 0 NOT NULL,
	set_aside BIGINT DEFAULT 0 NOT NULL,
	error TEXT,
	CONSTRAINT pk_sync_run PRIMARY KEY (id),
	CONSTRAINT ck_sync_run_state CHECK (state IN ('running', 'done', 'failed', 'lost')),
	CONSTRAINT ck_sync_run_kind CHECK (kind IN ('backfill', 'incremental'))
);

CREATE INDEX ix_sync_run_started_at ON sync_run (started_at);

CREATE UNIQUE INDEX uq_sync_run_running ON sync_run (record_type) WHERE state = 'running';

CREATE TABLE term (
	erp_id TEXT NOT NULL,
	name TEXT NOT NULL,
	days_until_due BIGINT,
	modified_at TIMESTAMP WITH TIME ZONE NOT NULL,
	read_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_term PRIMARY KEY (erp_id)
);

CREATE TABLE contact (
	id UUID NOT NULL,
	erp_id TEXT NOT NULL,
	customer_id UUID NOT NULL,
	name TEXT NOT NULL,
	email TEXT DEFAULT '' NOT NULL,
	phone TEXT DEFAULT '' NOT NULL,
	title TEXT DEFAULT '' NOT NULL,
	active BOOLEAN DEFAULT true NOT NULL,
	modified_at TIMESTAMP WITH TIME ZONE NOT NULL,
	read_at TIMESTAMP WITH TIME ZONE NOT NULL,
	fingerprint BYTEA NOT NULL,
	CONSTRAINT pk_contact PRIMARY KEY (id),
	CONSTRAINT uq_contact_erp_id UNIQUE (erp_id),
	CONSTRAINT fk_contact_customer_id_customer FOREIGN KEY(customer_id) REFERENCES customer (id)
);

CREATE INDEX ix_contact_customer_id ON contact (customer_id);

CREATE TABLE credit (
	id UUID NOT NULL,
	erp_id TEXT NOT NULL,
	customer_id UUID NOT NULL,
	number TEXT NOT NULL,
	issued_on DATE NOT NULL,
	currency TEXT NOT NULL,
	total_minor BIGINT NOT NULL,
	tax_minor BIGINT DEFAULT 0 NOT NULL,
	open_minor BIGINT NOT NULL,
	state TEXT DEFAULT 'posted' NOT NULL,
	memo TEXT DEFAULT '' NOT NULL,
	modified_at TIMESTAMP WITH TIME ZONE NOT NULL,
	read_at TIMESTAMP WITH TIME ZONE NOT NULL,
	fingerprint BYTEA NOT NULL,
	CONSTRAINT pk_credit PRIMARY KEY (id),
	CONSTRAINT uq_credit_erp_id UNIQUE (erp_id),
	CONSTRAINT fk_credit_customer_id_customer FOREIGN KEY(customer_id) REFERENCES customer (id)
);

CREATE INDEX ix_credit_customer_issued ON credit (customer_id, issued_on, id);

CREATE TABLE edition (
	number BIGINT GENERATED BY DEFAULT AS IDENTITY,
	what TEXT NOT NULL,
	content JSONB NOT NULL,
	made_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
	made_by UUID,
	published_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_edition PRIMARY KEY (number),
	CONSTRAINT ck_edition_what CHECK (what IN ('brand', 'texts')),
	CONSTRAINT fk_edition_made_by_person FOREIGN KEY(made_by) REFERENCES person (id) ON DELETE SET NULL
);

CREATE INDEX ix_edition_what_published_at ON edition (what, published_at);

CREATE UNIQUE INDEX uq_edition_draft ON edition (what) WHERE published_at IS NULL;

CREATE TABLE erp_payment (
	id UUID NOT NULL,
	erp_id TEXT NOT NULL,
	customer_id UUID NOT NULL,
	number TEXT NOT NULL,
	paid_on DATE NOT NULL,
	currency TEXT NOT NULL,
	amount_minor BIGINT NOT NULL,
	our_key TEXT,
	state TEXT DEFAULT 'posted' NOT NULL,
	modified_at TIMESTAMP WITH TIME ZONE NOT NULL,
	read_at TIMESTAMP WITH TIME ZONE NOT NULL,
	fingerprint BYTEA NOT NULL,
	CONSTRAINT pk_erp_payment PRIMARY KEY (id),
	CONSTRAINT uq_erp_payment_erp_id UNIQUE (erp_id),
	CONSTRAINT fk_erp_payment_customer_id_customer FOREIGN KEY(customer_id) REFERENCES customer (id)
);

CREATE INDEX ix_erp_payment_customer_paid ON erp_payment (customer_id, paid_on, id);

CREATE INDEX ix_erp_payment_our_key ON erp_payment (our_key);

CREATE TABLE invoice (
	id UUID NOT NULL,
	erp_id TEXT NOT NULL,
	customer_id UUID NOT NULL,
	number TEXT NOT NULL,
	purchase_order TEXT DEFAULT '' NOT NULL,
	issued_on DATE NOT NULL,
	due_on DATE NOT NULL,
	currency TEXT NOT NULL,
	total_minor BIGINT NOT NULL,
	tax_minor BIGINT DEFAULT 0 NOT NULL,
	open_minor BIGINT NOT NULL,
	state TEXT DEFAULT 'posted' NOT NULL,
	memo TEXT DEFAULT '' NOT NULL,
	version BIGINT DEFAULT 1 NOT NULL,
	modified_at TIMESTAMP WITH TIME ZONE NOT NULL,
	read_at TIMESTAMP WITH TIME ZONE NOT NULL,
	fingerprint BYTEA NOT NULL,
	CONSTRAINT pk_invoice PRIMARY KEY (id),
	CONSTRAINT ck_invoice_state CHECK (state IN ('posted', 'voided', 'gone')),
	CONSTRAINT uq_invoice_erp_id UNIQUE (erp_id),
	CONSTRAINT fk_invoice_customer_id_customer FOREIGN KEY(customer_id) REFERENCES customer (id)
);

CREATE INDEX ix_invoice_customer_due ON invoice (customer_id, due_on, id);

CREATE INDEX ix_invoice_customer_issued ON invoice (customer_id, issued_on, id);

CREATE INDEX ix_invoice_customer_open ON invoice (customer_id, due_on, id) WHERE open_minor > 0;

CREATE INDEX ix_invoice_due_open ON invoice (due_on, id) WHERE open_minor > 0;

CREATE INDEX ix_invoice_lower_number ON invoice (lower(number) text_pattern_ops);

CREATE INDEX ix_invoice_read ON invoice (read_at) WHERE state <> 'gone';

CREATE TABLE login_session (
	id UUID NOT NULL,
	token_hash BYTEA NOT NULL,
	person_id UUID NOT NULL,
	customer_id UUID,
	user_agent TEXT DEFAULT '' NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	CONSTRAINT pk_login_session PRIMARY KEY (id),
	CONSTRAINT uq_login_session_token_hash UNIQUE (token_hash),
	CONSTRAINT fk_login_session_person_id_person FOREIGN KEY(person_id) REFERENCES person (id) ON DELETE CASCADE,
	CONSTRAINT fk_login_session_customer_id_customer FOREIGN KEY(customer_id) REFERENCES customer (id) ON DELETE SET NULL
);

CREATE INDEX ix_login_session_expires_at ON login_session (expires_at);

CREATE INDEX ix_login_session_person_id ON login_session (person_id);

CREATE TABLE mailed_link (
	id UUID NOT NULL,
	token_hash BYTEA NOT NULL,
	kind TEXT NOT NULL,
	email TEXT NOT NULL,
	name TEXT DEFAULT '' NOT NULL,
	customer_id UUID,
	role TEXT,
	invited_by UUID,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	used_at TIMESTAMP WITH TIME ZONE,
	withdrawn_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_mailed_link PRIMARY KEY (id),
	CONSTRAINT ck_mailed_link_kind CHECK (kind IN ('invitation', 'reset')),
	CONSTRAINT ck_mailed_link_email_lower CHECK (email = lower(email)),
	CONSTRAINT uq_mailed_link_token_hash UNIQUE (token_hash),
	CONSTRAINT fk_mailed_link_customer_id_customer FOREIGN KEY(customer_id) REFERENCES customer (id) ON DELETE CASCADE,
	CONSTRAINT fk_mailed_link_invited_by_person FOREIGN KEY(invited_by) REFERENCES person (id) ON DELETE SET NULL
);

CREATE INDEX ix_mailed_link_customer_id ON mailed_link (customer_id);

CREATE INDEX ix_mailed_link_email ON mailed_link (email);

CREATE TABLE membership (
	id UUID NOT NULL,
	person_id UUID NOT NULL,
	customer_id UUID NOT NULL,
	role TEXT NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT pk_membership PRIMARY KEY (id),
	CONSTRAINT ck_membership_role CHECK (role IN ('admin', 'payer', 'viewer')),
	CONSTRAINT uq_membership_person_id_customer_id UNIQUE (person_id, customer_id),
	CONSTRAINT fk_membership_person_id_person FOREIGN KEY(person_id) REFERENCES person (id) ON DELETE CASCADE,
	CONSTRAINT fk_membership_customer_id_customer FOREIGN KEY(customer_id) REFERENCES customer (id) ON DELETE CASCADE
);

CREATE INDEX ix_membership_customer_id ON membership (customer_id);

CREATE TABLE payment (
	id UUID NOT NULL,
	number BIGINT GENERATED BY DEFAULT AS IDENTITY (START WITH 1001),
	customer_id UUID NOT NULL,
	created_by UUID,
	form_key UUID NOT NULL,
	currency TEXT NOT NULL,
	amount_minor BIGINT NOT NULL,
	received_minor BIGINT DEFAULT 0 NOT NULL,
	state TEXT DEFAULT 'creating' NOT NULL,
	failure TEXT,
	method TEXT,
	method_last4 TEXT,
	stripe_account TEXT NOT NULL,
	checkout_session_id TEXT,
	checkout_url TEXT,
	payment_intent_id TEXT,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	check_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	out_of_reach_since TIMESTAMP WITH TIME ZONE,
	submitted_at TIMESTAMP WITH TIME ZONE,
	settled_at TIMESTAMP WITH TIME ZONE,
	ended_at TIMESTAMP WITH TIME ZONE,
	attended_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_payment PRIMARY KEY (id),
	CONSTRAINT ck_payment_state CHECK (state IN ('creating', 'open', 'processing', 'succeeded', 'failed', 'expired', 'quarantined')),
	CONSTRAINT ck_payment_amount_positive CHECK (amount_minor > 0),
	CONSTRAINT uq_payment_number UNIQUE (number),
	CONSTRAINT fk_payment_customer_id_customer FOREIGN KEY(customer_id) REFERENCES customer (id),
	CONSTRAINT fk_payment_created_by_person FOREIGN KEY(created_by) REFERENCES person (id) ON DELETE SET NULL,
	CONSTRAINT uq_payment_form_key UNIQUE (form_key),
	CONSTRAINT uq_payment_checkout_session_id UNIQUE (checkout_session_id),
	CONSTRAINT uq_payment_payment_intent_id UNIQUE (payment_intent_id)
);

CREATE INDEX ix_payment_check_due ON payment (check_at) WHERE state IN ('creating', 'open', 'processing');

CREATE INDEX ix_payment_customer_created ON payment (customer_id, created_at);

CREATE INDEX ix_payment_quarantined ON payment (number) WHERE state = 'quarantined' AND attended_at IS NULL;

CREATE TABLE staff (
	person_id UUID NOT NULL,
	role TEXT NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT pk_staff PRIMARY KEY (person_id),
	CONSTRAINT ck_staff_role CHECK (role IN ('owner', 'finance', 'service')),
	CONSTRAINT fk_staff_person_id_person FOREIGN KEY(person_id) REFERENCES person (id) ON DELETE CASCADE
);

CREATE TABLE credit_application (
	credit_id UUID NOT NULL,
	invoice_erp_id TEXT NOT NULL,
	amount_minor BIGINT NOT NULL,
	CONSTRAINT pk_credit_application PRIMARY KEY (credit_id, invoice_erp_id),
	CONSTRAINT fk_credit_application_credit_id_credit FOREIGN KEY(credit_id) REFERENCES credit (id) ON DELETE CASCADE
);

CREATE INDEX ix_credit_application_invoice_erp_id ON credit_application (invoice_erp_id);

CREATE TABLE credit_line (
	credit_id UUID NOT NULL,
	position BIGINT NOT NULL,
	sku TEXT DEFAULT '' NOT NULL,
	description TEXT DEFAULT '' NOT NULL,
	quantity NUMERIC NOT NULL,
	unit TEXT DEFAULT '' NOT NULL,
	unit_price NUMERIC NOT NULL,
	amount NUMERIC NOT NULL,
	CONSTRAINT pk_credit_line PRIMARY KEY (credit_id, position),
	CONSTRAINT fk_credit_line_credit_id_credit FOREIGN KEY(credit_id) REFERENCES credit (id) ON DELETE CASCADE
);

CREATE TABLE difference (
	kind TEXT NOT NULL,
	subject TEXT NOT NULL,
	payment_id UUID,
	currency TEXT NOT NULL,
	ours_minor BIGINT,
	theirs_minor BIGINT,
	their_currency TEXT,
	theirs TEXT NOT NULL,
	found_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
	seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
	gone_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_difference PRIMARY KEY (kind, subject),
	CONSTRAINT fk_difference_payment_id_payment FOREIGN KEY(payment_id) REFERENCES payment (id)
);

CREATE INDEX ix_difference_live ON difference (payment_id) WHERE gone_at IS NULL;

CREATE TABLE erp_application (
	erp_payment_id UUID NOT NULL,
	invoice_erp_id TEXT NOT NULL,
	amount_minor BIGINT NOT NULL,
	CONSTRAINT pk_erp_application PRIMARY KEY (erp_payment_id, invoice_erp_id),
	CONSTRAINT fk_erp_application_erp_payment_id_erp_payment FOREIGN KEY(erp_payment_id) REFERENCES erp_payment (id) ON DELETE CASCADE
);

CREATE INDEX ix_erp_application_invoice_erp_id ON erp_application (invoice_erp_id);

CREATE TABLE hold (
	id UUID NOT NULL,
	invoice_id UUID NOT NULL,
	payment_id UUID NOT NULL,
	amount_minor BIGINT NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	ended_at TIMESTAMP WITH TIME ZONE,
	ended_because TEXT,
	CONSTRAINT pk_hold PRIMARY KEY (id),
	CONSTRAINT uq_hold_invoice_id_payment_id UNIQUE (invoice_id, payment_id),
	CONSTRAINT fk_hold_invoice_id_invoice FOREIGN KEY(invoice_id) REFERENCES invoice (id),
	CONSTRAINT fk_hold_payment_id_payment FOREIGN KEY(payment_id) REFERENCES payment (id)
);

CREATE INDEX ix_hold_live ON hold (invoice_id) WHERE ended_at IS NULL;

CREATE TABLE invoice_line (
	invoice_id UUID NOT NULL,
	position BIGINT NOT NULL,
	sku TEXT DEFAULT '' NOT NULL,
	description TEXT DEFAULT '' NOT NULL,
	quantity NUMERIC NOT NULL,
	unit TEXT DEFAULT '' NOT NULL,
	unit_price NUMERIC NOT NULL,
	amount NUMERIC NOT NULL,
	CONSTRAINT pk_invoice_line PRIMARY KEY (invoice_id, position),
	CONSTRAINT fk_invoice_line_invoice_id_invoice FOREIGN KEY(invoice_id) REFERENCES invoice (id) ON DELETE CASCADE
);

CREATE TABLE invoice_paper (
	invoice_id UUID NOT NULL,
	version BIGINT NOT NULL,
	source TEXT NOT NULL,
	content BYTEA NOT NULL,
	made_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	CONSTRAINT pk_invoice_paper PRIMARY KEY (invoice_id, version),
	CONSTRAINT fk_invoice_paper_invoice_id_invoice FOREIGN KEY(invoice_id) REFERENCES invoice (id) ON DELETE CASCADE
);

CREATE TABLE money_event (
	id UUID NOT NULL,
	payment_id UUID NOT NULL,
	kind TEXT NOT NULL,
	stripe_object_id TEXT NOT NULL,
	status TEXT NOT NULL,
	amount_minor BIGINT,
	detail JSONB,
	source TEXT NOT NULL,
	at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT pk_money_event PRIMARY KEY (id),
	CONSTRAINT uq_money_event_kind_stripe_object_id_status UNIQUE (kind, stripe_object_id, status),
	CONSTRAINT fk_money_event_payment_id_payment FOREIGN KEY(payment_id) REFERENCES payment (id)
);

CREATE INDEX ix_money_event_payment_id ON money_event (payment_id);

CREATE INDEX ix_money_event_went_back ON money_event (payment_id) WHERE kind IN ('refunded', 'disputed');

DO $$ BEGIN EXECUTE format('REVOKE UPDATE, DELETE ON money_event FROM %I', current_schema()); END $$;

CREATE TABLE payment_allocation (
	payment_id UUID NOT NULL,
	invoice_id UUID NOT NULL,
	position BIGINT NOT NULL,
	amount_minor BIGINT NOT NULL,
	was_open_minor BIGINT NOT NULL,
	applied_minor BIGINT,
	CONSTRAINT pk_payment_allocation PRIMARY KEY (payment_id, invoice_id),
	CONSTRAINT ck_payment_allocation_amount_positive CHECK (amount_minor > 0),
	CONSTRAINT fk_payment_allocation_payment_id_payment FOREIGN KEY(payment_id) REFERENCES payment (id),
	CONSTRAINT fk_payment_allocation_invoice_id_invoice FOREIGN KEY(invoice_id) REFERENCES invoice (id)
);

CREATE INDEX ix_payment_allocation_invoice_id ON payment_allocation (invoice_id);

CREATE TABLE posting (
	id UUID NOT NULL,
	payment_id UUID NOT NULL,
	our_key TEXT NOT NULL,
	state TEXT DEFAULT 'owed' NOT NULL,
	attempts BIGINT DEFAULT 0 NOT NULL,
	refusals BIGINT DEFAULT 0 NOT NULL,
	due_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	claimed_until TIMESTAMP WITH TIME ZONE,
	erp_id TEXT,
	erp_number TEXT,
	unapplied_minor BIGINT,
	last_error TEXT,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	posted_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_posting PRIMARY KEY (id),
	CONSTRAINT ck_posting_state CHECK (state IN ('owed', 'in_doubt', 'posted', 'refused')),
	CONSTRAINT uq_posting_payment_id UNIQUE (payment_id),
	CONSTRAINT fk_posting_payment_id_payment FOREIGN KEY(payment_id) REFERENCES payment (id),
	CONSTRAINT uq_posting_our_key UNIQUE (our_key)
);

CREATE INDEX ix_posting_owed ON posting (due_at) WHERE state IN ('owed', 'in_doubt');

CREATE INDEX ix_posting_refused ON posting (payment_id) WHERE state = 'refused';

CREATE INDEX ix_posting_unapplied ON posting (payment_id) WHERE unapplied_minor > 0;

CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

DO $$ BEGIN EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM %I', current_schema()); END $$;

INSERT INTO alembic_version (version_num) VALUES ('0008');
