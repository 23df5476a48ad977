"""Disputes: the payer's bank asks for a charge back, and takes the money until it has decided."""

from portico_billing.paysim.act import Act, new_id
from portico_billing.paysim.objects.balance import book
from portico_billing.paysim.objects.events import emit
from portico_billing.paysim.protocol.errors import invalid
from portico_billing.paysim.store import Json

DAYS_TO_ANSWER = 9
NO_EVIDENCE = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
)


def begin(act: Act, charge: Json) -> Json:
    """The bank asks for all that was not refunded."""
    amount = charge["amount_captured"] - charge["amount_refunded"]
    if charge["disputed"] or not amount:
        raise invalid(f"Charge {charge['id']} cannot be disputed.")
    charge["disputed"] = True
    act.put(charge)
    dispute = _new_dispute(act, charge, amount)
    emit(act, "charge.dispute.created", act.put(dispute))
    dispute["balance_transactions"].append(book(act, dispute, -amount, "adjustment", "dispute"))
    emit(act, "charge.dispute.funds_withdrawn", act.put(dispute))
    return dispute


def close(act: Act, dispute: Json, status: str) -> Json:
    """The bank has decided: won (the money comes back) or lost. The charge stays one that was disputed."""
    if status not in ("won", "lost") or dispute["status"] != "needs_response":
        raise invalid(f"Dispute {dispute['id']} is {dispute['status']} and cannot become {status}.")
    dispute["status"] = status
    emit(act, "charge.dispute.closed", act.put(dispute))
    if status == "won":
        line = book(act, dispute, dispute["amount"], "adjustment", "dispute_reversal")
        dispute["balance_transactions"].append(line)
        emit(act, "charge.dispute.funds_reinstated", act.put(dispute))
    return dispute


def _new_dispute(act: Act, charge: Json, amount: int) -> Json:
    return {
        "id": new_id("du"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": act.now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys(NO_EVIDENCE) | {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": act.now + DAYS_TO_ANSWER * 86400,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": "general",
        "status": "needs_response",
    }
