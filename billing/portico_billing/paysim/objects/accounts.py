"""Connected accounts and the links that lead their owners through onboarding."""

import json
import time
from typing import Any

from portico_billing.paysim.act import PLATFORM, Act, World, new_id
from portico_billing.paysim.bank.debits import SCHEMES
from portico_billing.paysim.config import AccountConfig
from portico_billing.paysim.objects.currencies import check_currency
from portico_billing.paysim.objects.events import emit
from portico_billing.paysim.objects.metadata import merge_metadata
from portico_billing.paysim.protocol.errors import invalid, no_such
from portico_billing.paysim.protocol.listing import page_of
from portico_billing.paysim.protocol.params import Choice, Flag, Group, Metadata, Rule, Span, Text, Url, lists, takes
from portico_billing.paysim.store import Json

DUE = ["business_profile.url", "company.name", "external_account", "tos_acceptance.date"]
WANTED = Group({"requested": Flag()})
CAPABILITIES = ("card_payments", "transfers", *(scheme.capability for scheme in SCHEMES.values()))
OTHER_CAPABILITIES = (
    "acss_debit_payments", "affirm_payments", "afterpay_clearpay_payments", "alma_payments",
    "amazon_pay_payments", "app_distribution", "au_becs_debit_payments", "bancontact_payments",
    "bank_transfer_payments", "billie_payments", "bizum_payments", "blik_payments", "blik_recurring_payments",
    "boleto_payments", "card_issuing", "cartes_bancaires_payments", "cashapp_payments", "crypto_payments",
    "eps_payments", "fpx_payments", "gb_bank_transfer_payments", "giropay_payments", "grabpay_payments",
    "ideal_payments", "india_international_payments", "jcb_payments", "jp_bank_transfer_payments",
    "kakao_pay_payments", "klarna_payments", "konbini_payments", "kr_card_payments", "legacy_payments",
    "link_payments", "mb_way_payments", "mobilepay_payments", "multibanco_payments",
    "mx_bank_transfer_payments", "naver_pay_payments", "nz_bank_account_becs_debit_payments", "oxxo_payments",
    "p24_payments", "pay_by_bank_payments", "payco_payments", "paynow_payments", "paypay_payments",
    "payto_payments", "pix_payments", "promptpay_payments", "revolut_pay_payments", "samsung_pay_payments",
    "satispay_payments", "scalapay_payments", "sequra_payments", "sepa_bank_transfer_payments",
    "sofort_payments", "sunbit_payments", "swish_payments", "tax_reporting_us_1099_k",
    "tax_reporting_us_1099_misc", "treasury", "twint_payments", "upi_payments", "us_bank_transfer_payments",
    "wero_payments", "zip_payments",
)  # fmt: skip
PROFILE = Group(
    {"name": Text(), "url": Text(), "support_email": Text(), "support_phone": Text(), "mcc": Text()},
    (),
    (
        "annual_revenue", "estimated_worker_count", "minority_owned_business_designation",
        "monthly_estimated_revenue", "product_description", "specified_commercial_transactions_act_url",
        "support_address", "support_url",
    ),
)  # fmt: skip
CONTROLLER = Group(
    {
        "fees": Group({"payer": Choice(("account", "application"))}),
        "losses": Group({"payments": Choice(("stripe", "application"))}),
        "requirement_collection": Choice(("stripe",), beyond=("application",)),
        "stripe_dashboard": Group({"type": Choice(("full",), beyond=("express", "none"))}),
    }
)
CHANGEABLE: dict[str, Rule] = {
    "business_profile": PROFILE,
    "capabilities": Group(dict.fromkeys(CAPABILITIES, WANTED), (), OTHER_CAPABILITIES),
    "default_currency": Text(),
    "email": Text(),
    "metadata": Metadata(),
}
OTHERS = (
    "account_token", "business_type", "company", "documents", "external_account", "groups", "individual",
    "settings", "tos_acceptance",
)  # fmt: skip
CREATE_PARAMS = takes({**CHANGEABLE, "controller": CONTROLLER, "country": Text(2)}, beyond=(*OTHERS, "type"))
UPDATE_PARAMS = takes(CHANGEABLE, beyond=OTHERS)
RETRIEVE_PARAMS = takes()
LIST_PARAMS = lists({"created": Span()})
LINK_PARAMS = takes(
    {
        "account": Text(),
        "type": Choice(("account_onboarding",), beyond=("account_update",)),
        "refresh_url": Url(),
        "return_url": Url(),
        "collect": Choice(("currently_due", "eventually_due")),
    },
    required=("account", "type", "refresh_url", "return_url"),
    beyond=("collection_options",),
)
LINK_SECONDS = 300
CURRENCY_OF = {"GB": "gbp", "US": "usd", "CH": "chf", "DK": "dkk", "SE": "sek", "NO": "nok", "PL": "pln"}


def create(act: Act, params: Json) -> Json:
    _platform_only(act)
    country = (params.get("country") or "US").upper()
    currency = check_currency(params.get("default_currency") or CURRENCY_OF.get(country, "eur"), "default_currency")
    account = _new_account(new_id("acct", 16), country, currency, act.now)
    account["capabilities"] = {}
    account["requirements"] |= {"currently_due": list(DUE), "eventually_due": list(DUE)}
    account["requirements"]["disabled_reason"] = "requirements.past_due"
    for group, name in (("fees", "payer"), ("losses", "payments")):
        chosen = (params.get("controller") or {}).get(group) or {}
        account["controller"][group] = {name: chosen.get(name) or account["controller"][group][name]}
    _change(account, params)
    return act.put(account)


def update(act: Act, params: Json, ident: str) -> Json:
    account = _reachable(act, ident)
    before = {"business_profile": dict(account["business_profile"]), "email": account["email"]}
    _change(account, params)
    act.store.put(PLATFORM, account)
    emit(Act(act.world, ident, act.request_id, act.idempotency_key), "account.updated", account, before)
    return account


def retrieve(act: Act, params: Json, ident: str) -> Json:
    return _reachable(act, ident)


def retrieve_own(act: Act, params: Json) -> Json:
    return _reachable(act, act.account)


def list_(act: Act, params: Json) -> Json:
    _platform_only(act)
    return page_of(act, "account", "/v1/accounts", params, where="id <> ?", values=(PLATFORM,))


def create_link(act: Act, params: Json) -> Json:
    """A link for one visit, five minutes long."""
    _platform_only(act)
    account = act.get("account", params["account"], "account")
    secret = new_id("link", 32)
    kept = {
        "account": account["id"],
        "expires_at": time.time() + LINK_SECONDS,
        "refresh_url": params["refresh_url"],
        "return_url": params["return_url"],
    }
    act.store.set_setting(f"link:{secret}", json.dumps(kept))
    return {
        "object": "account_link",
        "created": act.now,
        "expires_at": act.now + LINK_SECONDS,
        "url": f"{act.world.public_url}/setup/{secret}",
    }


def onboard(world: World, ident: str) -> Json:
    """The owner has filled in everything: the account may charge."""
    act = Act(world, ident)
    account = _reachable(act, ident)
    before = {name: account[name] for name in ("charges_enabled", "details_submitted", "payouts_enabled")}
    account.update(charges_enabled=True, details_submitted=True, payouts_enabled=True)
    account["capabilities"] = dict.fromkeys({*account["capabilities"], "card_payments", "transfers"}, "active")
    account["requirements"] = _requirements()
    world.store.put(PLATFORM, account)
    emit(act, "account.updated", account, before)
    return account


def set_charges_enabled(world: World, ident: str, enabled: bool) -> Json:
    """What Stripe's own review may do to an account."""
    act = Act(world, ident)
    account = _reachable(act, ident)
    before = {"charges_enabled": account["charges_enabled"]}
    account["charges_enabled"] = enabled
    account["requirements"]["disabled_reason"] = None if enabled else "under_review"
    world.store.put(PLATFORM, account)
    emit(act, "account.updated", account, before)
    return account


def set_payouts_enabled(world: World, ident: str, enabled: bool) -> Json:
    """The bank account that money goes to is missing, or there again."""
    act = Act(world, ident)
    account = _reachable(act, ident)
    before = {"payouts_enabled": account["payouts_enabled"]}
    account["payouts_enabled"] = enabled
    account["requirements"]["currently_due"] = [] if enabled else ["external_account"]
    world.store.put(PLATFORM, account)
    emit(act, "account.updated", account, before)
    return account


def set_revoked(world: World, ident: str, revoked: bool) -> None:
    """The owner takes the platform's consent back (or gives it again)."""
    act = Act(world, ident)
    _reachable(act, ident)
    change_settings(world, ident, {"revoked": revoked})
    name = "deauthorized" if revoked else "authorized"
    application = {"id": "ca_paysimPlatform", "object": "application", "name": "The platform"}
    emit(act, f"account.application.{name}", application)


def change_settings(world: World, ident: str, changes: dict[str, Any]) -> Json:
    """paysim's own settings of an account, merged."""
    merged = {**Act(world, ident).settings(), **changes}
    world.store.set_setting(f"account:{ident}", json.dumps(merged))
    return merged


def install(world: World) -> None:
    """Bring in the platform and the configuration's accounts; what they have done before stays."""
    now = world.clock.now()
    if world.store.find("account", PLATFORM) is None:
        platform = _new_account(PLATFORM, "GB", "gbp", now)
        platform["business_profile"]["name"] = "The platform"
        _activate(platform)
        world.store.put(PLATFORM, platform)
    for one in world.config.accounts:
        add_account(world, one)


def add_account(world: World, one: AccountConfig) -> Json:
    """A connected account that is ready to charge; known ones keep their state and take name and settings."""
    known = world.store.find("account", one.id)
    account = known[1] if known else _new_account(one.id, one.country, one.default_currency, world.clock.now())
    if not known:
        _activate(account)
    account["business_profile"]["name"] = one.business_name
    account["settings"]["dashboard"]["display_name"] = one.business_name
    world.store.put(PLATFORM, account)
    if one.settlement_seconds is not None:
        change_settings(world, one.id, {"settlement_seconds": one.settlement_seconds})
    return account


def _platform_only(act: Act) -> None:
    if act.account != PLATFORM:
        raise invalid("Only a platform can work with other accounts: call this without Stripe-Account.")


def _reachable(act: Act, ident: str) -> Json:
    found = act.store.get(PLATFORM, "account", ident)
    if found is None or act.account not in (PLATFORM, ident):
        raise no_such("account", ident)
    return found


def _change(account: Json, params: Json) -> None:
    account["business_profile"] |= params.get("business_profile") or {}
    if params.get("email"):
        account["email"] = params["email"]
    if params.get("default_currency"):
        account["default_currency"] = check_currency(params["default_currency"], "default_currency")
    state = "active" if account["charges_enabled"] else "inactive"
    for name, wish in (params.get("capabilities") or {}).items():
        if wish.get("requested"):
            account["capabilities"][name] = state
        elif wish.get("requested") is False:
            account["capabilities"].pop(name, None)
    merge_metadata(account, params)


def _activate(account: Json) -> None:
    account.update(charges_enabled=True, details_submitted=True, payouts_enabled=True)
    account["capabilities"] = dict.fromkeys(CAPABILITIES, "active")


def _requirements() -> Json:
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": [],
        "disabled_reason": None,
        "errors": [],
        "eventually_due": [],
        "past_due": [],
        "pending_verification": [],
    }


def _new_account(ident: str, country: str, currency: str, created: int) -> Json:
    return {
        "id": ident,
        "object": "account",
        "business_profile": {
            "mcc": None,
            "name": None,
            "support_address": None,
            "support_email": None,
            "support_phone": None,
            "support_url": None,
            "url": None,
        },
        "business_type": None,
        "capabilities": {},
        "charges_enabled": False,
        "controller": {
            "fees": {"payer": "account"},
            "is_controller": True,
            "losses": {"payments": "stripe"},
            "requirement_collection": "stripe",
            "stripe_dashboard": {"type": "full"},
            "type": "application",
        },
        "country": country,
        "created": created,
        "default_currency": currency,
        "details_submitted": False,
        "email": None,
        "external_accounts": {
            "object": "list",
            "data": [],
            "has_more": False,
            "url": f"/v1/accounts/{ident}/external_accounts",
        },
        "future_requirements": _requirements(),
        "metadata": {},
        "payouts_enabled": False,
        "requirements": _requirements(),
        "settings": {
            "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
            "card_payments": {
                "decline_on": {"avs_failure": False, "cvc_failure": False},
                "statement_descriptor_prefix": None,
                "statement_descriptor_prefix_kana": None,
                "statement_descriptor_prefix_kanji": None,
            },
            "dashboard": {"display_name": None, "timezone": "Etc/UTC"},
            "payments": {
                "statement_descriptor": None,
                "statement_descriptor_kana": None,
                "statement_descriptor_kanji": None,
            },
        },
        "type": "none",
    }
