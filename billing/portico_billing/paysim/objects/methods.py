"""Which ways to pay an account offers in a currency, and PaymentMethods already used."""

from portico_billing.paysim.act import Act
from portico_billing.paysim.bank.debits import SCHEMES
from portico_billing.paysim.protocol.errors import invalid
from portico_billing.paysim.protocol.params import takes
from portico_billing.paysim.store import Json

RETRIEVE_PARAMS = takes()
OTHER_TYPES = (
    "acss_debit", "affirm", "afterpay_clearpay", "alipay", "alma", "amazon_pay", "au_becs_debit",
    "bancontact", "billie", "bizum", "blik", "boleto", "cashapp", "crypto", "customer_balance", "eps", "fpx",
    "giropay", "grabpay", "ideal", "kakao_pay", "klarna", "konbini", "kr_card", "link", "mb_way",
    "mobilepay", "multibanco", "naver_pay", "nz_bank_account", "oxxo", "p24", "pay_by_bank", "payco",
    "paynow", "paypal", "paypay", "payto", "pix", "promptpay", "revolut_pay", "samsung_pay", "satispay",
    "scalapay", "sequra", "sofort", "sunbit", "swish", "twint", "upi", "wechat_pay", "zip",
)  # fmt: skip


def retrieve(act: Act, params: Json, ident: str) -> Json:
    return act.get("payment_method", ident)


def choose_types(act: Act, currency: str, params: Json) -> list[str]:
    """What the account offers in this currency, narrowed by the allowed and excluded types of a request."""
    account = act.store.find("account", act.account)
    active = {name for name, state in (account[1]["capabilities"] if account else {}).items() if state == "active"}
    offered = ["card"] if "card_payments" in active else []
    offered += [
        scheme.type for scheme in SCHEMES.values() if scheme.currency == currency and scheme.capability in active
    ]
    allowed = params.get("allowed_payment_method_types")
    excluded = params.get("excluded_payment_method_types") or []
    chosen = [one for one in offered if (not allowed or one in allowed) and one not in excluded]
    if not chosen:
        raise invalid(
            f"No valid payment method types for this currency ({currency}) among those allowed."
            " Activate more, or allow others.",
            param="allowed_payment_method_types" if allowed else None,
        )
    return chosen
