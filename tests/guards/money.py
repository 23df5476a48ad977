"""Guards of payments: what is promised, charged, counted and posted."""

from tests.guards.guard import Edit, Guard

PAYMENTS = "billing/portico_billing/payments"
STRIPE = "billing/portico_billing/stripe"
NETSUITE = "connectors/portico_connectors/netsuite"
CHECKOUT = "tests/billing/payments/test_checkout.py"
SETTLE = "tests/billing/payments/test_settle.py"
UNSEEN = "tests/billing/payments/test_out_of_reach.py"
POSTINGS = "tests/billing/payments/test_postings.py"
WEBHOOK = "tests/billing/stripe/test_webhook.py"
WIRES = "tests/faults/wires"
TAKEN = "PostingRow.id == posting_id, _unfinished(), PostingRow.due_at <= func.now(), _unclaimed()"
CLOSING = "    try:\n        await gateway.expire_checkout(payment.stripe_account, payment.checkout_session_id)\n"

MONEY = (
    Guard(
        "inbox's dedupe",
        "an event that came twice is worked twice",
        (
            Edit(f"{STRIPE}/inbox.py", '    .on_conflict_do_nothing(index_elements=["source_account", "event_id"])\n'),
            Edit(f"{PAYMENTS}/models.py", '        UniqueConstraint("source_account", "event_id"),\n'),
        ),
        (
            f"{WEBHOOK}::test_the_same_event_fifty_times_at_once_is_kept_once",
            f"{WEBHOOK}::test_an_event_that_was_worked_is_not_opened_again",
        ),
    ),
    Guard(
        "inbox's mark with its effect",
        "an event is done before its effect is there, and a lost answer of Stripe loses it",
        (
            Edit(
                f"{PAYMENTS}/events.py",
                "        .values(attempts=StripeEventRow.attempts + 1)\n",
                '        .values(attempts=StripeEventRow.attempts + 1, state="done")\n',
            ),
        ),
        (f"{SETTLE}::test_an_event_that_cannot_be_worked_does_not_stand_in_the_others_way",),
    ),
    Guard(
        "signature check",
        "anybody who knows an account's id can tell us that it was paid",
        (
            Edit(
                f"{STRIPE}/webhook.py",
                "    if not any(_signed_with(secret, text, signature) for secret in secrets):\n"
                '        raise _refused("bad_signature")\n',
            ),
        ),
        (
            f"{WEBHOOK}::test_what_is_not_signed_now_by_stripe_is_refused[None-whsec_of_somebody_else-0]",
            f"{WEBHOOK}::test_what_is_not_signed_now_by_stripe_is_refused[None-{'whsec_' + 'a1' * 16}-301]",
            f"{WEBHOOK}::test_every_flipped_byte_is_refused",
        ),
    ),
    Guard(
        "signature's age",
        "a recorded delivery can be played back for ever, or be dated ahead",
        (
            Edit(
                f"{STRIPE}/webhook.py",
                "WebhookSignature.verify_header(text, signature, secret, TOLERANCE_SECONDS)",
                "WebhookSignature.verify_header(text, signature, secret, None)",
            ),
            Edit(
                f"{STRIPE}/webhook.py",
                "    if _timestamp(signature) > time.time() + TOLERANCE_SECONDS:  # the library lets the future pass\n"
                '        raise _refused("from_the_future")\n',
            ),
        ),
        (
            f"{WEBHOOK}::test_what_is_not_signed_now_by_stripe_is_refused[None-{'whsec_' + 'a1' * 16}-301]",
            f"{WEBHOOK}::test_what_is_not_signed_now_by_stripe_is_refused[None-{'whsec_' + 'a1' * 16}--301]",
        ),
    ),
    Guard(
        "form's key",
        "pressing Pay twice starts two payments",
        (
            Edit(
                f"{PAYMENTS}/checkout.py",
                "    payment = await session.scalar(select(PaymentRow).where(PaymentRow.form_key == order.form_key))\n",
                "    payment = None\n",
            ),
            Edit(f"{PAYMENTS}/checkout.py", '        .on_conflict_do_nothing(index_elements=["form_key"])\n'),
            Edit(
                f"{PAYMENTS}/models.py",
                "mapped_column(unique=True)  # from the form",
                "mapped_column()  # from the form",
            ),
        ),
        (
            f"{CHECKOUT}::test_the_same_form_pressed_twice_is_one_payment",
            f"{CHECKOUT}::test_the_same_form_for_other_invoices_at_once_is_one_payment",
        ),
    ),
    Guard(
        "invoices' lock",
        "two tabs promise the same money at the same moment",
        (Edit(f"{PAYMENTS}/checkout.py", "        .with_for_update()\n"),),
        (f"{CHECKOUT}::test_two_tabs_cannot_promise_the_same_money",),
    ),
    Guard(
        "payable is open less holds",
        "what another payment under way has promised is paid again",
        (
            Edit(
                f"{PAYMENTS}/checkout.py",
                "    payable = invoice.open_minor - held\n",
                "    payable = invoice.open_minor\n",
            ),
        ),
        (
            f"{CHECKOUT}::test_what_another_payment_holds_is_not_payable",
            f"{CHECKOUT}::test_two_tabs_cannot_promise_the_same_money",
        ),
    ),
    Guard(
        "own invoices only",
        "a payer pays, and so sees, the invoices of another customer",
        (
            Edit(
                f"{PAYMENTS}/checkout.py",
                ".where(InvoiceRow.id.in_(ids), InvoiceRow.customer_id == customer_id)",
                ".where(InvoiceRow.id.in_(ids))",
            ),
        ),
        (f"{CHECKOUT}::test_another_customers_invoice_is_not_there",),
    ),
    Guard(
        "idempotency key",
        "a call whose answer was lost makes a second page to pay on",
        (
            Edit(
                f"{PAYMENTS}/opening.py",
                "payment.stripe_account, call.request, key=call.idempotency_key)",
                "payment.stripe_account, call.request, key=f'{call.idempotency_key}-{now()}')",
            ),
        ),
        (
            f"{SETTLE}::test_a_lost_answer_to_create_gives_one_session",
            f"{WIRES}/test_stripe.py::test_a_page_that_was_asked_for_over_a_bad_line_is_made_once",
        ),
    ),
    Guard(
        "an answer that cannot be read says nothing",
        "half an answer of Stripe's ends a job as a defect, or a page with a 500",
        (
            Edit(
                f"{STRIPE}/gateway.py",
                "    except (AttributeError, LookupError, TypeError, ValueError) as error:\n",
                "    except ZeroDivisionError as error:\n",
            ),
        ),
        (f"{WIRES}/test_stripe.py::test_a_payment_asked_about_over_a_bad_line_stays_as_it_is",),
    ),
    Guard(
        "forward-only state",
        "late news moves a settled payment back",
        (
            Edit(
                f"{PAYMENTS}/settle.py",
                "    if RANKS[state] > RANKS[payment.state]:\n",
                "    if state != payment.state:\n",
            ),
        ),
        (f"{SETTLE}::test_old_news_never_moves_a_payment_back",),
    ),
    Guard(
        "amount as asked",
        "a payment over less than was asked closes invoices whole",
        (
            Edit(
                f"{PAYMENTS}/settle.py",
                '    if state == "succeeded" and not _as_asked(payment, seen):\n',
                "    if False:  # noqa\n",
            ),
        ),
        (f"{SETTLE}::test_another_amount_than_asked_is_set_aside_for_a_person",),
    ),
    Guard(
        "an event is only a hint",
        "an event that names another tenant's payment is believed",
        (
            Edit(
                f"{PAYMENTS}/events.py",
                "    if hint.tenant_id is not None and hint.tenant_id != str(session.tenant.id):\n",
                "    if False:\n",
            ),
        ),
        (f"{SETTLE}::test_an_event_that_names_another_tenant_changes_nothing",),
    ),
    Guard(
        "cancelling waits for Stripe",
        "invoices are free while somebody can still pay on the page",
        (
            Edit(
                f"{PAYMENTS}/opening.py",
                CLOSING,
                "    async with database.tenant_session(tenant) as session:\n"
                "        locked = await session.get_one(PaymentRow, payment_id, with_for_update=True)\n"
                '        await end_unpaid(session, locked, "expired", "cancelled")\n'
                f"{CLOSING}",
            ),
        ),
        (
            f"{SETTLE}::test_cancelling_with_stripe_away_changes_nothing",
            f"{WIRES}/test_stripe.py::test_cancelling_over_a_bad_line_frees_nothing_before_stripe_has_said_so",
        ),
    ),
    Guard(
        "only what Stripe hides is ended by hand",
        "staff free the invoices of a payment that Stripe still settles",
        (
            Edit(f"{PAYMENTS}/attending.py", "payment.out_of_reach_since is None or "),
            Edit(f"{PAYMENTS}/settle.py", "    payment.out_of_reach_since = None\n"),
        ),
        (
            f"{UNSEEN}::test_it_does_not_end_while_stripe_is_merely_silent",
            f"{UNSEEN}::test_what_stripe_shows_again_does_not_end",
        ),
    ),
    Guard(
        "only long after its time it is ended by hand",
        "staff free the invoices of a debit that is on its way",
        (Edit(f"{PAYMENTS}/attending.py", "return payment.expires_at + WELL_PAST", "return payment.expires_at"),),
        (f"{UNSEEN}::test_it_does_not_end_while_money_may_be_on_its_way",),
    ),
    Guard(
        "one posting per payment",
        "a payment that settles twice is owed to the ERP twice",
        (
            Edit(f"{PAYMENTS}/postings.py", '        .on_conflict_do_nothing(index_elements=["payment_id"])\n'),
            Edit(f"{PAYMENTS}/postings.py", 'our_key=f"pay-{payment_id}")', 'our_key=f"pay-{new_id()}")'),
            Edit(
                f"{PAYMENTS}/models.py",
                "    payment_id: Mapped[UUID] = mapped_column(ForeignKey(PaymentRow.id), unique=True)\n",
                "    payment_id: Mapped[UUID] = mapped_column(ForeignKey(PaymentRow.id))\n",
            ),
            Edit(
                f"{PAYMENTS}/settle.py",
                "    if RANKS[state] > RANKS[payment.state]:\n",
                "    if RANKS[state] >= RANKS[payment.state]:\n",
            ),
        ),
        (f"{SETTLE}::test_a_card_payment_settles_once_and_owes_the_erp_once",),
    ),
    Guard(
        "posting's lease",
        "two workers bring the same payment to the ERP at once",
        (
            Edit(
                f"{PAYMENTS}/postings.py",
                TAKEN,
                "PostingRow.id == posting_id, _unfinished()",
            ),
        ),
        (f"{POSTINGS}::test_two_workers_have_it_one_at_a_time",),
    ),
    Guard(
        "posting's claim apart from its time",
        "whoever presses Try now, or a worker that is late, hands a posting on from the worker that has it",
        (
            Edit(f"{PAYMENTS}/postings.py", TAKEN, TAKEN.replace(", _unclaimed()", "")),
            Edit(f"{PAYMENTS}/postings.py", "max(now(), posting.claimed_until or now())", "now()"),
        ),
        (
            f"{POSTINGS}::test_try_now_takes_nothing_from_the_worker_that_has_it",
            f"{POSTINGS}::test_a_worker_that_is_late_gives_away_nothing_of_the_next_one",
        ),
    ),
    Guard(
        "refusals counted apart",
        "a busy ERP uses up the tries of a payment, and its first no is final",
        (
            Edit(
                f"{PAYMENTS}/postings.py",
                "    if posting.refusals < REFUSALS_BEFORE_A_PERSON:\n",
                "    if posting.attempts < REFUSALS_BEFORE_A_PERSON:\n",
            ),
        ),
        (f"{POSTINGS}::test_a_busy_erp_uses_up_none_of_the_refusals_tries",),
    ),
    Guard(
        "posting's look-up",
        "a payment whose answer was lost is written into the ERP again",
        (
            Edit(
                f"{NETSUITE}/postings.py",
                "        if found := await self.find(payment.our_key):\n            return found\n        targets =",
                "        targets =",
            ),
        ),
        (f"{WIRES}/test_postings.py::test_a_payment_in_doubt_is_looked_up_before_anything_is_written_again",),
    ),
    Guard(
        "payment's currency is always named",
        "a payment whose invoices are closed is booked in the currency of its customer, whatever was paid",
        (
            Edit(
                f"{NETSUITE}/postings.py",
                'if erp_id := _shared(targets, "currency") or next(of_payment, None):\n            return erp_id',
                'if erp_id := _shared(targets, "currency") or next(of_payment, None):\n'
                "            return erp_id if targets else None",
            ),
        ),
        (
            "tests/connectors/netsuite/test_accounts.py::"
            "test_what_has_nothing_left_to_apply_is_booked_in_its_own_currency[EUR]",
        ),
    ),
    Guard(
        "a write is not repeated blindly",
        "a write whose answer was lost is sent again at once",
        (
            Edit(
                f"{NETSUITE}/client.py",
                "            except (ReplyLost, ReplyTooLarge, Failing) as error:\n"
                '                raise OutcomeUnknown(f"NetSuite\'s answer to a new {record} was lost") from error\n',
                "            except (ReplyLost, Failing) as error:\n"
                "                await self._wait(attempt, error)\n"
                "                continue\n",
            ),
        ),
        (f"{WIRES}/test_postings.py::test_each_exchange_on_a_payments_way_into_the_erp_may_be_harmed",),
    ),
    Guard(
        "hold's end rule: after our posting",
        "a sync that reads an invoice before its payment was posted makes it payable again",
        (
            Edit(
                f"{PAYMENTS}/holds.py",
                '            PostingRow.state == "posted",\n            PostingRow.posted_at <= read_at,\n',
            ),
        ),
        (f"{POSTINGS}::test_a_read_from_before_the_answer_leaves_the_hold_where_the_reread_failed",),
    ),
    Guard(
        "hold's end rule: read after the answer",
        "a read that began before the ERP's answer ends the hold with the old open amount",
        (Edit(f"{PAYMENTS}/holds.py", "            PostingRow.posted_at <= read_at,\n"),),
        (f"{POSTINGS}::test_a_read_from_before_the_answer_leaves_the_hold_where_the_reread_failed",),
    ),
    Guard(
        "comparison that broke off does not count",
        "a cut list accuses Stripe of having lost what stood on its other half, or nobody looks for an hour",
        (
            Edit(
                f"{PAYMENTS}/reconciling/with_stripe.py",
                '            await give_back(session, "stripe")\n        return None\n',
                "            pass\n        return None\n",
            ),
        ),
        (f"{WIRES}/test_books_compared.py::test_a_comparison_that_broke_off_accuses_nobody_and_is_made_again",),
    ),
)
