"""Which currencies there are, how many digits they have, and what the least and most is one can charge."""

from portico_billing.paysim.protocol.errors import ApiError, invalid

# fmt: off
ZERO_DECIMAL = frozenset((
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof",
    "xpf",
))
THREE_DECIMAL = frozenset((
    "bhd", "jod", "kwd", "omr", "tnd",
))
TWO_DECIMAL = frozenset((
    "aed", "afn", "all", "amd", "ang", "aoa", "ars", "aud", "awg", "azn", "bam", "bbd", "bdt", "bgn",
    "bmd", "bnd", "bob", "brl", "bsd", "bwp", "byn", "bzd", "cad", "cdf", "chf", "cny", "cop", "crc",
    "cve", "czk", "dkk", "dop", "dzd", "egp", "etb", "eur", "fjd", "fkp", "gbp", "gel", "gip", "gmd",
    "gtq", "gyd", "hkd", "hnl", "htg", "huf", "idr", "ils", "inr", "isk", "jmd", "kes", "kgs", "khr",
    "kyd", "kzt", "lak", "lbp", "lkr", "lrd", "lsl", "mad", "mdl", "mkd", "mmk", "mnt", "mop", "mur",
    "mvr", "mwk", "mxn", "myr", "mzn", "nad", "ngn", "nio", "nok", "npr", "nzd", "pab", "pen", "pgk",
    "php", "pkr", "pln", "qar", "ron", "rsd", "rub", "sar", "sbd", "scr", "sek", "sgd", "shp", "sle",
    "sos", "srd", "std", "szl", "thb", "tjs", "top", "try", "ttd", "twd", "tzs", "uah", "ugx", "usd",
    "uyu", "uzs", "wst", "xcd", "yer", "zar", "zmw",
))
# fmt: on
CURRENCIES = ZERO_DECIMAL | THREE_DECIMAL | TWO_DECIMAL
MOST = 99_999_999
LEAST = {
    "usd": 50, "eur": 50, "gbp": 30, "aud": 50, "cad": 50, "chf": 50, "nzd": 50, "sgd": 50, "brl": 50,
    "inr": 50, "dkk": 250, "nok": 300, "sek": 300, "czk": 1500, "pln": 200, "ron": 200, "bgn": 100,
    "hkd": 400, "huf": 17500, "jpy": 50, "mxn": 1000, "myr": 200, "thb": 1000, "aed": 200,
}  # fmt: skip


def check_currency(raw: str | None, param: str) -> str:
    """The currency in lower case, or the 400."""
    currency = (raw or "").lower()
    if currency not in CURRENCIES:
        raise invalid(f"Invalid currency: {raw}. It is none that paysim knows.", param=param)
    return currency


def check_amount(amount: int, currency: str, param: str) -> None:
    """A total that may be charged, in minor units; raises the 400 with Stripe's code."""
    least = LEAST.get(currency, 1)
    if amount < least:
        message = f"Amount must be at least {say(least, currency)}"
        raise invalid(message, code="amount_too_small", param=param)
    if amount > MOST:
        message = f"Amount must be no more than {say(MOST, currency)}"
        raise invalid(message, code="amount_too_large", param=param)
    check_step(amount, currency, param)


def check_step(amount: int, currency: str, param: str) -> None:
    """Three-decimal currencies take no odd last digit."""
    if currency in THREE_DECIMAL and amount % 10:
        raise ApiError(
            400,
            "invalid_request_error",
            f"Invalid amount: in {currency} the last digit must be 0",
            code="parameter_invalid_integer",
            param=param,
        )


def exponent(currency: str) -> int:
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def say(amount: int, currency: str) -> str:
    """An amount for a person: 1,250.00 GBP."""
    digits = exponent(currency)
    whole, part = divmod(abs(amount), 10**digits)
    sign = "-" if amount < 0 else ""
    tail = f".{part:0{digits}d}" if digits else ""
    return f"{sign}{whole:,}{tail} {currency.upper()}"
