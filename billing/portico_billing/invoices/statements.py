"""The statements with which pages of ERP documents are merged. Constants: values are bound, columns are listed."""

from portico_tenants.mirror import Mirror

INVOICES = Mirror(
    record_type="invoice",
    find="SELECT erp_id, id, fingerprint, modified_at FROM invoice WHERE erp_id = ANY($1::text[])",
    stage="CREATE TEMPORARY TABLE IF NOT EXISTS staged_invoice (LIKE invoice INCLUDING DEFAULTS) ON COMMIT DROP;"
    " DELETE FROM staged_invoice",
    staged="staged_invoice",
    columns=(
        *("id", "erp_id", "customer_id", "number", "purchase_order", "issued_on", "due_on", "currency"),
        *("total_minor", "tax_minor", "open_minor", "state", "memo", "modified_at", "read_at", "fingerprint"),
    ),
    merge="""
        INSERT INTO invoice AS kept
            (id, erp_id, customer_id, number, purchase_order, issued_on, due_on, currency, total_minor, tax_minor,
             open_minor, state, memo, modified_at, read_at, fingerprint)
        SELECT id, erp_id, customer_id, number, purchase_order, issued_on, due_on, currency, total_minor, tax_minor,
               open_minor, state, memo, modified_at, read_at, fingerprint
        FROM staged_invoice ORDER BY id
        ON CONFLICT (erp_id) DO UPDATE SET
            customer_id = excluded.customer_id, number = excluded.number, purchase_order = excluded.purchase_order,
            issued_on = excluded.issued_on, due_on = excluded.due_on, currency = excluded.currency,
            total_minor = excluded.total_minor, tax_minor = excluded.tax_minor, open_minor = excluded.open_minor,
            state = excluded.state, memo = excluded.memo, modified_at = excluded.modified_at,
            read_at = excluded.read_at, fingerprint = excluded.fingerprint,
            version = kept.version + (excluded.fingerprint <> kept.fingerprint)::int
        WHERE excluded.read_at > kept.read_at
           OR (excluded.read_at = kept.read_at
               AND (excluded.fingerprint <> kept.fingerprint OR excluded.modified_at > kept.modified_at))
        RETURNING id, erp_id, xmax = 0
    """,
)

# Of these, the ones with money promised: the worker that brings it to the ERP may have a read of them under way.
PROMISED = """
    SELECT invoice.erp_id FROM hold JOIN invoice ON invoice.id = hold.invoice_id
    WHERE hold.ended_at IS NULL AND invoice.erp_id = ANY($1::text[])
"""

CREDITS = Mirror(
    record_type="credit",
    find="SELECT erp_id, id, fingerprint, modified_at FROM credit WHERE erp_id = ANY($1::text[])",
    stage="CREATE TEMPORARY TABLE IF NOT EXISTS staged_credit (LIKE credit INCLUDING DEFAULTS) ON COMMIT DROP;"
    " DELETE FROM staged_credit",
    staged="staged_credit",
    columns=(
        *("id", "erp_id", "customer_id", "number", "issued_on", "currency", "total_minor", "tax_minor"),
        *("open_minor", "state", "memo", "modified_at", "read_at", "fingerprint"),
    ),
    merge="""
        INSERT INTO credit AS kept
            (id, erp_id, customer_id, number, issued_on, currency, total_minor, tax_minor, open_minor, state, memo,
             modified_at, read_at, fingerprint)
        SELECT id, erp_id, customer_id, number, issued_on, currency, total_minor, tax_minor, open_minor, state, memo,
               modified_at, read_at, fingerprint
        FROM staged_credit ORDER BY id
        ON CONFLICT (erp_id) DO UPDATE SET
            customer_id = excluded.customer_id, number = excluded.number, issued_on = excluded.issued_on,
            currency = excluded.currency, total_minor = excluded.total_minor, tax_minor = excluded.tax_minor,
            open_minor = excluded.open_minor, state = excluded.state, memo = excluded.memo,
            modified_at = excluded.modified_at, read_at = excluded.read_at, fingerprint = excluded.fingerprint
        WHERE excluded.read_at >= kept.read_at
          AND (excluded.fingerprint <> kept.fingerprint OR excluded.modified_at > kept.modified_at)
        RETURNING id, erp_id, xmax = 0
    """,
)

LINE_COLUMNS = ("position", "sku", "description", "quantity", "unit", "unit_price", "amount")

DROP_INVOICE_LINES = "DELETE FROM invoice_line WHERE invoice_id = ANY($1::uuid[])"
DROP_CREDIT_LINES = "DELETE FROM credit_line WHERE credit_id = ANY($1::uuid[])"
DROP_CREDIT_APPLICATIONS = "DELETE FROM credit_application WHERE credit_id = ANY($1::uuid[]) RETURNING invoice_erp_id"

MARK_GONE = """
    UPDATE invoice SET state = 'gone', open_minor = 0, fingerprint = '', read_at = $2,
                       version = version + (state <> 'gone')::int
    WHERE erp_id = ANY($1::text[]) AND read_at <= $2
"""

ERP_PAYMENTS = Mirror(
    record_type="payment",
    find="SELECT erp_id, id, fingerprint, modified_at FROM erp_payment WHERE erp_id = ANY($1::text[])",
    stage="CREATE TEMPORARY TABLE IF NOT EXISTS staged_erp_payment (LIKE erp_payment INCLUDING DEFAULTS)"
    " ON COMMIT DROP; DELETE FROM staged_erp_payment",
    staged="staged_erp_payment",
    columns=(
        *("id", "erp_id", "customer_id", "number", "paid_on", "currency", "amount_minor", "our_key", "state"),
        *("modified_at", "read_at", "fingerprint"),
    ),
    merge="""
        INSERT INTO erp_payment AS kept
            (id, erp_id, customer_id, number, paid_on, currency, amount_minor, our_key, state, modified_at, read_at,
             fingerprint)
        SELECT id, erp_id, customer_id, number, paid_on, currency, amount_minor, our_key, state, modified_at, read_at,
               fingerprint
        FROM staged_erp_payment ORDER BY id
        ON CONFLICT (erp_id) DO UPDATE SET
            customer_id = excluded.customer_id, number = excluded.number, paid_on = excluded.paid_on,
            currency = excluded.currency, amount_minor = excluded.amount_minor, our_key = excluded.our_key,
            state = excluded.state, modified_at = excluded.modified_at, read_at = excluded.read_at,
            fingerprint = excluded.fingerprint
        WHERE excluded.read_at >= kept.read_at
          AND (excluded.fingerprint <> kept.fingerprint OR excluded.modified_at > kept.modified_at)
        RETURNING id, erp_id, xmax = 0
    """,
)

DROP_PAYMENT_APPLICATIONS = (
    "DELETE FROM erp_application WHERE erp_payment_id = ANY($1::uuid[]) RETURNING invoice_erp_id"
)
