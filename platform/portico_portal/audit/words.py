"""The stored codes of the audit trail in words: names of fields, and the values that are codes themselves.

Words are the same as where the reader meets the thing itself: roles as on the pages of people, states as on badges.
"""

from collections.abc import Mapping

from portico_billing.payments.showing.export import STATE_WORDS
from portico_themes.texts import N_

# Fields are told in this order: the table keeps none.
FIELDS: Mapping[str, str] = {
    "asked": N_("Page asked for"),
    "status": N_("Answer"),
    "email": N_("Email"),
    "role": N_("Role"),
    "number": N_("Number"),
    "amount_minor": N_("Amount"),
    "invoices": N_("Invoices"),
    "version": N_("Version"),
    "state": N_("Status"),
    "received_minor": N_("Received"),
    "failure": N_("Reason"),
    "recorded_by_hand": N_("Booked by hand"),
    "erp_id": N_("Its ID in the ERP"),
    "unapplied_minor": N_("Not applied"),
    "why": N_("Reason"),
    "because": N_("Reason"),
    "secrets_replaced": N_("Secrets replaced"),
    "view": N_("List"),
    "q": N_("Searched for"),
    "due": N_("Due"),
    "issued_from": N_("Issued from"),
    "issued_until": N_("Issued until"),
    "amount_from": N_("Amount from"),
    "amount_until": N_("Amount until"),
}
SENT_TO = N_("Form sent to")
# What says nothing of its own: an amount's currency, how a list was turned, the payment by which a posting goes.
UNTOLD = frozenset({"currency", "sort", "page", "payment_id"})

VALUES: Mapping[str, Mapping[str, str]] = {
    "role": {
        "admin": N_("Administrator"),
        "payer": N_("May pay"),
        "viewer": N_("May look"),
        "owner": N_("Owner"),
        "finance": N_("Finance"),
        "service": N_("Service"),
    },
    "state": {
        **STATE_WORDS,
        "owed": N_("Waiting for the ERP"),
        "in_doubt": N_("In doubt"),
        "posted": N_("In the ERP"),
        "refused": N_("Refused by the ERP"),
    },
    "failure": {
        "insufficient_funds": N_("Not enough funds"),
        "account_closed": N_("The bank account is closed"),
        "no_account": N_("The bank knows no such account"),
        "debit_not_authorized": N_("The debit was not authorised"),
        "expired_card": N_("The card has expired"),
        "amount_too_small": N_("Too small to be paid online"),
        "cancelled": N_("Cancelled before it was paid"),
        "never_opened": N_("The payment page could not be opened"),
        "out_of_reach": N_("Stripe did not show it any more"),
    },
    "status": {"403": N_("Not allowed"), "404": N_("Not there, or not theirs")},
    "view": {
        "open": N_("Open"),
        "overdue": N_("Overdue"),
        "soon": N_("Due in 7 days"),
        "processing": N_("Processing"),
        "paid": N_("Paid"),
        "all": N_("All"),
    },
    "due": {
        "late_91": N_("More than 90 days late"),
        "late_61": N_("61 to 90 days late"),
        "late_31": N_("31 to 60 days late"),
        "late_1": N_("1 to 30 days late"),
        "next_7": N_("Within 7 days"),
        "next_14": N_("In 8 to 14 days"),
        "later": N_("Later"),
    },
}

BRAND_FIELDS: Mapping[str, str] = {
    "name": N_("Name"),
    "word": N_("Short name"),
    "mark": N_("Logo"),
    "mark_on_dark": N_("Logo on dark"),
    "favicon": N_("Icon of the browser's tab"),
    "primary": N_("Primary colour"),
    "accent": N_("Accent colour"),
    "temperature": N_("Greys"),
    "type": N_("Type"),
    "radius": N_("Corners"),
    "density": N_("Density"),
    "header": N_("Header"),
    "legal_line": N_("Legal line"),
    "address": N_("Address"),
    "bank": N_("Bank"),
    "vat_number": N_("VAT number"),
    "email": N_("Email for questions"),
    "desk": N_("Who answers"),
    "phone": N_("Telephone"),
    "hours": N_("Hours"),
    "contact_url": N_("Page to contact you"),
    "terms_url": N_("Terms"),
    "privacy_url": N_("Privacy"),
    "welcome": N_("Welcome line"),
    "sign_in_line": N_("Sentence at the sign-in"),
    "mail_sender_name": N_("Sender's name in mails"),
    "mail_sender_address": N_("Sender's address of mails"),
}
BRAND_VALUES: Mapping[str, Mapping[str, str]] = {
    "temperature": {"cool": N_("Cool"), "neutral": N_("Neutral"), "warm": N_("Warm")},
    "type": {
        "technical": N_("Technical"),
        "friendly": N_("Friendly"),
        "editorial": N_("Editorial"),
        "neutral": N_("System"),
    },
    "radius": {"square": N_("Square"), "soft": N_("Soft"), "round": N_("Round")},
    "density": {"comfortable": N_("Comfortable"), "compact": N_("Compact")},
    "header": {"plain": N_("Plain"), "solid": N_("In primary colour")},
}
