"""Where pages live. Templates and handlers ask for an address by name, so that each stands in one place."""

from typing import Final
from urllib.parse import quote, urlencode

PATHS: Final[dict[str, str]] = {
    # signed out
    "sign_in": "/sign-in",
    "forgot": "/forgot",
    "reset": "/reset/{token}",
    "invitation": "/invitation/{token}",
    # anybody signed in
    "sign_out": "/sign-out",
    "profile": "/profile",
    "profile_password": "/profile/password",
    "profile_session_end": "/profile/sessions/{session}/end",
    "switch": "/switch",
    # a customer's people
    "home": "/",
    "invoices": "/invoices",
    "invoices_csv": "/invoices.csv",
    "invoice": "/invoices/{invoice}",
    "invoice_pdf": "/invoices/{invoice}.pdf",
    "credits": "/credits",
    "credit": "/credits/{credit}",
    "selection": "/payments/selection",
    "payment_select": "/payments/select",
    "payments": "/payments",
    "payments_csv": "/payments.csv",
    "payment": "/payments/{payment}",
    "payment_go": "/payments/{payment}/go",
    "payment_status": "/payments/{payment}/status",
    "payment_cancel": "/payments/{payment}/cancel",
    "receipt": "/payments/{payment}/receipt",
    "receipt_pdf": "/payments/{payment}/receipt.pdf",
    "members": "/members",
    "member_invite": "/members/invite",
    "member_role": "/members/{member}/role",
    "member_remove": "/members/{member}/remove",
    "member_again": "/members/{member}/invite-again",
    # the tenant's staff
    "staff": "/staff",
    "staff_customers": "/staff/customers",
    "staff_customer": "/staff/customers/{customer}",
    "staff_customer_invite": "/staff/customers/{customer}/invite",
    "staff_invoices": "/staff/invoices",
    "staff_invoices_csv": "/staff/invoices.csv",
    "staff_invoice": "/staff/invoices/{invoice}",
    "staff_invoice_pdf": "/staff/invoices/{invoice}.pdf",
    "staff_payments": "/staff/payments",
    "staff_payment": "/staff/payments/{payment}",
    "staff_payment_attended": "/staff/payments/{payment}/attended",
    "staff_posting_retry": "/staff/postings/{posting}/retry",
    "staff_sync": "/staff/sync",
    "staff_sync_run": "/staff/sync/run",
    "staff_sync_events": "/staff/sync/events",
    "staff_sync_pause": "/staff/sync/pause",
    "staff_sync_retry": "/staff/sync/retry",
    "staff_connection": "/staff/connection",
    "staff_connection_test": "/staff/connection/test",
    "staff_stripe": "/staff/stripe",
    "staff_brand": "/staff/brand",
    "staff_brand_discard": "/staff/brand/discard",
    "staff_brand_restore": "/staff/brand/restore",
    "staff_brand_preview": "/staff/brand/preview",
    "staff_brand_colours": "/staff/brand/preview.css",
    "staff_members": "/staff/members",
    "staff_member_invite": "/staff/members/invite",
    "staff_member_role": "/staff/members/{member}/role",
    "staff_member_remove": "/staff/members/{member}/remove",
    "staff_member_again": "/staff/members/{member}/invite-again",
    "staff_texts": "/staff/texts",
    "staff_texts_discard": "/staff/texts/discard",
    "staff_texts_restore": "/staff/texts/restore",
    "staff_texts_preview": "/staff/texts/preview",
    "staff_audit": "/staff/audit",
    # the operator, on the platform's own host
    "operator": "/operator",
    "operator_sign_in": "/operator/sign-in",
    # files of a brand
    "brand_file": "/brand/{file}",
}


def link(name: str, /, **values: object) -> str:
    """The path called `name`; values not in the path become the query, empty ones are left out."""
    path = PATHS[name]
    query: dict[str, object] = {}
    for key, value in values.items():
        place = f"{{{key}}}"
        if place in path:
            path = path.replace(place, quote(str(value), safe=""))
        elif value not in (None, "", False):
            query[key] = value
    return f"{path}?{urlencode(query, doseq=True)}" if query else path
