"""The ERP connection's form in the preview, with NetSuite's own fields."""

from types import SimpleNamespace
from typing import Any

from portico_connectors import registry
from portico_themes.texts import retold

Entry = tuple[str, str, dict[str, Any]]


def connection_pages(language: str) -> list[Entry]:
    manifest = registry.load("netsuite").manifest
    base: dict[str, Any] = {
        "connection": None,
        "connectors": [(manifest.key, manifest.name)],
        "manifest": manifest,
        "kept": frozenset({"private_key_pem"}),
        "shut": frozenset(),
        "values": {"account_id": "1234567", "time_zone": "Europe/London"},
        "time_zones": ["Europe/London", "Europe/Dublin"],
        "tested": None,
    }
    refused = SimpleNamespace(ok=False, sentence="NetSuite refused the sign-in; see its Login Audit Trail", notes=())
    notes = ("Currencies: EUR, GBP", "OneWorld account, subsidiaries: 3")
    works = SimpleNamespace(ok=True, sentence="Stanmoor Fasteners Ltd", notes=notes)
    tokens = {
        "kept": frozenset({"consumer_key", "consumer_secret", "token_id"}),
        "values": {**base["values"], "auth_method": "tba"},
        "errors": {"token_secret": retold(language, "Token secret is missing")},
    }
    shut = {"kept": frozenset(), "shut": frozenset({"private_key_pem"})}
    return [
        (name, "staff/connection.html", {**base, **context})
        for name, context in (
            ("staff-connection", {}),
            ("staff-connection-tokens", tokens),
            ("staff-connection-works", {"tested": works}),
            ("staff-connection-shut", shut),
            ("staff-connection-refused", {"tested": refused}),
        )
    ]
