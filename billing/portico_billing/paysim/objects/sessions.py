"""Checkout sessions in payment mode: the hosted page's order slip. It owns the intent made on its page."""

from portico_billing.paysim.act import Act, new_id
from portico_billing.paysim.bank import attempt
from portico_billing.paysim.bank.instrument import Instrument
from portico_billing.paysim.objects.currencies import check_amount, check_currency, check_step
from portico_billing.paysim.objects.events import emit
from portico_billing.paysim.objects.intents import METHOD_TYPES, cancel_intent, check_fee, make_intent
from portico_billing.paysim.objects.metadata import merge_metadata
from portico_billing.paysim.objects.methods import choose_types
from portico_billing.paysim.protocol.errors import invalid, missing
from portico_billing.paysim.protocol.listing import page_of
from portico_billing.paysim.protocol.params import (
    Choice,
    Group,
    Integer,
    Many,
    Metadata,
    Span,
    Text,
    Url,
    lists,
    takes,
)
from portico_billing.paysim.store import Json

SHORTEST_SECONDS, LONGEST_SECONDS = 30 * 60, 24 * 3600
GRACE_SECONDS = 10
LOCALES = (
    "auto", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr", "fr-CA",
    "hi-IN", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl", "pt", "pt-BR",
    "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
)  # fmt: skip
PRODUCT_DATA = Group(
    {"name": Text(250), "description": Text(), "metadata": Metadata()},
    ("name",),
    ("images", "tax_code", "tax_details", "unit_label"),
)
PRICE_DATA = Group(
    {"currency": Text(), "unit_amount": Integer(0), "product_data": PRODUCT_DATA},
    ("currency", "unit_amount", "product_data"),
    ("product", "recurring", "tax_behavior", "unit_amount_decimal"),
)
LINE_ITEM = Group(
    {"quantity": Integer(1), "price_data": PRICE_DATA, "metadata": Metadata()},
    ("price_data",),
    ("adjustable_quantity", "price", "tax_rates"),
)
INTENT_DATA = Group(
    {
        "application_fee_amount": Integer(),
        "capture_method": Choice(("automatic", "automatic_async"), beyond=("manual",)),
        "description": Text(1000),
        "metadata": Metadata(),
        "receipt_email": Text(),
        "statement_descriptor": Text(22),
        "statement_descriptor_suffix": Text(22),
    },
    (),
    ("on_behalf_of", "setup_future_usage", "shipping", "transfer_data", "transfer_group"),
)
CREATE_PARAMS = takes(
    {
        "mode": Choice(("payment",), beyond=("setup", "subscription")),
        "ui_mode": Choice(("hosted_page",), beyond=("embedded_page", "elements", "form")),
        "success_url": Url(),
        "cancel_url": Url(),
        "client_reference_id": Text(200),
        "currency": Text(),
        "customer_email": Text(800),
        "expires_at": Integer(),
        "line_items": Many(LINE_ITEM, most=100),
        "locale": Choice(LOCALES),
        "metadata": Metadata(),
        "payment_intent_data": INTENT_DATA,
        "allowed_payment_method_types": METHOD_TYPES,
        "excluded_payment_method_types": METHOD_TYPES,
        "submit_type": Choice(("auto", "pay"), beyond=("book", "donate", "subscribe")),
        "billing_address_collection": Choice(("auto",), beyond=("required",)),
        "customer_creation": Choice(("if_required",), beyond=("always",)),
    },
    required=("mode", "line_items"),
    beyond=(
        "adaptive_pricing", "after_expiration", "allow_promotion_codes", "automatic_tax", "branding_settings",
        "consent_collection", "custom_fields", "custom_text", "customer", "customer_account", "customer_update",
        "discounts", "integration_identifier", "invoice_creation", "managed_payments", "name_collection",
        "optional_items", "origin_context", "payment_method_collection", "payment_method_configuration",
        "payment_method_data", "payment_method_options", "permissions", "phone_number_collection",
        "redirect_on_completion", "return_url", "saved_payment_method_options", "setup_intent_data",
        "shipping_address_collection", "shipping_options", "subscription_data", "tax_id_collection",
        "wallet_options",
    ),
)  # fmt: skip
UPDATE_PARAMS = takes(
    {"metadata": Metadata()},
    beyond=("collected_information", "line_items", "payment_intent_data", "shipping_options"),
)
RETRIEVE_PARAMS = takes()
EXPIRE_PARAMS = takes()
LIST_PARAMS = lists(
    {
        "created": Span(),
        "payment_intent": Text(),
        "status": Choice(("open", "complete", "expired")),
        "customer_details": Group({"email": Text()}, ("email",)),
    },
    beyond=("customer", "customer_account", "payment_link", "subscription"),
)
LINE_ITEMS_PARAMS = lists()


def create(act: Act, params: Json) -> Json:
    account = act.store.find("account", act.account)
    if account is None or not account[1]["charges_enabled"]:
        raise invalid("Your account cannot currently make charges. Complete its onboarding first.")
    if not params.get("success_url"):
        raise missing("success_url")
    if not params.get("line_items"):
        raise missing("line_items")
    currency = _one_currency(params)
    lines = [_line_item(act, item, currency) for item in params["line_items"]]
    total = sum(line["amount_total"] for line in lines)
    check_amount(total, currency, "line_items")
    intent_data = params.get("payment_intent_data") or {}
    check_fee(act, intent_data.get("application_fee_amount"), total, "payment_intent_data[application_fee_amount]")
    lasts = _lasts_seconds(act, params)
    types = choose_types(act, currency, params)
    session = _new_session(act, params, currency, total, types, act.now + lasts)
    for number, line in enumerate(lines):
        act.put({**line, "_session": session["id"], "_place": number})
    act.store.set_timer(act.world.clock.bank_now() + lasts, "expire", act.account, session["id"])
    return act.put(session)


def retrieve(act: Act, params: Json, ident: str) -> Json:
    return act.get("checkout.session", ident)


def update(act: Act, params: Json, ident: str) -> Json:
    session = act.get("checkout.session", ident)
    merge_metadata(session, params)
    return act.put(session)


def list_(act: Act, params: Json) -> Json:
    equal = {name: params.get(name) for name in ("payment_intent", "status")}
    if params.get("customer_details"):
        equal["customer_details.email"] = params["customer_details"]["email"]
    return page_of(act, "checkout.session", "/v1/checkout/sessions", params, equal=equal)


def expire(act: Act, params: Json, ident: str) -> Json:
    session = act.get("checkout.session", ident)
    if session["status"] != "open":
        raise invalid(
            f'Only Checkout Sessions with a status in ["open"] can be expired.'
            f" This Checkout Session has a status of {session['status']}."
        )
    return expire_session(act, session)


def expire_session(act: Act, session: Json) -> Json:
    """End an open session; its intent, if there is one, can no longer be paid."""
    act.store.drop_timers("expire", session["id"])
    session.update(status="expired", url=None)
    act.put(session)
    if session["payment_intent"]:
        intent = act.get("payment_intent", session["payment_intent"])
        if intent["status"].startswith("requires_"):
            cancel_intent(act, intent, "automatic")
    emit(act, "checkout.session.expired", session)
    return session


def line_items(act: Act, params: Json, ident: str) -> Json:
    act.get("checkout.session", ident)
    url = f"/v1/checkout/sessions/{ident}/line_items"
    return page_of(act, "item", url, params, equal={"_session": ident})


def lines_of(act: Act, session_id: str) -> list[Json]:
    """All lines, in the order they were sent."""
    page = page_of(act, "item", "", {"limit": 100}, equal={"_session": session_id})
    return sorted(page["data"], key=lambda line: line["_place"])


def pay(act: Act, session: Json, instrument: Instrument) -> Json:
    """The payer presses Pay: the intent is made on the first attempt and used again on the next."""
    if session["payment_intent"]:
        intent = act.get("payment_intent", session["payment_intent"])
    else:
        intent = make_intent(
            act,
            session["amount_total"],
            session["currency"],
            session["payment_method_types"],
            session["_intent_data"],
        )
        intent["_session"] = session["id"]
        intent["_return_url"] = f"{act.world.public_url}/c/pay/{session['id']}"
        session["payment_intent"] = intent["id"]
        act.put(session)
        emit(act, "payment_intent.created", act.put(intent))
    return attempt.attempt(act, intent, instrument)


def _one_currency(params: Json) -> str:
    currency = None
    for number, item in enumerate(params["line_items"]):
        at = f"line_items[{number}][price_data][currency]"
        named = check_currency(item["price_data"]["currency"], at)
        if currency not in (None, named):
            raise invalid("All line items of a Checkout Session have the same currency.", param=at)
        currency = named
    if currency is None:
        raise missing("line_items")
    wanted = params.get("currency")
    if wanted and check_currency(wanted, "currency") != currency:
        raise invalid("The line items have no price in the session's currency.", param="currency")
    return currency


def _lasts_seconds(act: Act, params: Json) -> int:
    if params.get("expires_at") is None:
        return LONGEST_SECONDS
    lasts: int = params["expires_at"] - act.now
    if not SHORTEST_SECONDS - GRACE_SECONDS <= lasts <= LONGEST_SECONDS + GRACE_SECONDS:
        raise invalid(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    return lasts


def _line_item(act: Act, item: Json, currency: str) -> Json:
    price, quantity = item["price_data"], item.get("quantity") or 1
    check_step(price["unit_amount"], currency, "line_items[price_data][unit_amount]")
    amount = price["unit_amount"] * quantity
    return {
        "id": new_id("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": currency,
        "description": price["product_data"]["name"],
        "metadata": item.get("metadata") or {},
        "price": {
            "id": new_id("price"),
            "object": "price",
            "active": False,
            "billing_scheme": "per_unit",
            "created": act.now,
            "currency": currency,
            "custom_unit_amount": None,
            "livemode": False,
            "lookup_key": None,
            "metadata": {},
            "nickname": None,
            "product": new_id("prod", 14),
            "recurring": None,
            "tax_behavior": "unspecified",
            "tiers_mode": None,
            "transform_quantity": None,
            "type": "one_time",
            "unit_amount": price["unit_amount"],
            "unit_amount_decimal": str(price["unit_amount"]),
        },
        "quantity": quantity,
        "_detail": price["product_data"].get("description"),
    }


def _new_session(act: Act, params: Json, currency: str, total: int, types: list[str], expires_at: int) -> Json:
    ident = new_id("cs_test", 58)
    return {
        "id": ident,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": params.get("billing_address_collection"),
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": act.now,
        "currency": currency,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": None,
        "customer_account": None,
        "customer_creation": params.get("customer_creation") or "if_required",
        "customer_details": None,
        "customer_email": params.get("customer_email"),
        "discounts": [],
        "excluded_payment_method_types": params.get("excluded_payment_method_types"),
        "expires_at": expires_at,
        "integration_identifier": None,
        "invoice": None,
        "invoice_creation": None,
        "livemode": False,
        "locale": params.get("locale"),
        "metadata": {key: value for key, value in (params.get("metadata") or {}).items() if value != ""},
        "mode": "payment",
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": types,
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": params.get("submit_type"),
        "subscription": None,
        "success_url": params["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{act.world.public_url}/c/pay/{ident}",
        "wallet_options": None,
        "_intent_data": {
            **(params.get("payment_intent_data") or {}),
            "allowed_payment_method_types": params.get("allowed_payment_method_types"),
            "excluded_payment_method_types": params.get("excluded_payment_method_types"),
        },
    }
