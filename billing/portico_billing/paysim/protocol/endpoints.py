"""The part of Stripe's API that paysim serves, one line each; this table is its contents list."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portico_billing.paysim.objects import (
    accounts,
    balance,
    charges,
    events,
    intents,
    methods,
    refunds,
    sessions,
    webhook_endpoints,
)
from portico_billing.paysim.protocol.params import Group
from portico_billing.paysim.store import Json


@dataclass(frozen=True)
class Endpoint:
    """A call: its parameters and the function that answers it. `{…}` in the path is an id."""

    method: str
    path: str
    params: Group
    handle: Callable[..., Json]

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile("^" + re.sub(r"\{[a-z_]+\}", "([^/]+)", self.path) + "$")


ENDPOINTS = (
    Endpoint("POST", "/v1/accounts", accounts.CREATE_PARAMS, accounts.create),
    Endpoint("GET", "/v1/accounts", accounts.LIST_PARAMS, accounts.list_),
    Endpoint("GET", "/v1/accounts/{account}", accounts.RETRIEVE_PARAMS, accounts.retrieve),
    Endpoint("POST", "/v1/accounts/{account}", accounts.UPDATE_PARAMS, accounts.update),
    Endpoint("GET", "/v1/account", accounts.RETRIEVE_PARAMS, accounts.retrieve_own),
    Endpoint("POST", "/v1/account_links", accounts.LINK_PARAMS, accounts.create_link),
    Endpoint("POST", "/v1/checkout/sessions", sessions.CREATE_PARAMS, sessions.create),
    Endpoint("GET", "/v1/checkout/sessions", sessions.LIST_PARAMS, sessions.list_),
    Endpoint("GET", "/v1/checkout/sessions/{session}", sessions.RETRIEVE_PARAMS, sessions.retrieve),
    Endpoint("POST", "/v1/checkout/sessions/{session}", sessions.UPDATE_PARAMS, sessions.update),
    Endpoint("POST", "/v1/checkout/sessions/{session}/expire", sessions.EXPIRE_PARAMS, sessions.expire),
    Endpoint("GET", "/v1/checkout/sessions/{session}/line_items", sessions.LINE_ITEMS_PARAMS, sessions.line_items),
    Endpoint("POST", "/v1/payment_intents", intents.CREATE_PARAMS, intents.create),
    Endpoint("GET", "/v1/payment_intents", intents.LIST_PARAMS, intents.list_),
    Endpoint("GET", "/v1/payment_intents/{intent}", intents.RETRIEVE_PARAMS, intents.retrieve),
    Endpoint("POST", "/v1/payment_intents/{intent}", intents.UPDATE_PARAMS, intents.update),
    Endpoint("POST", "/v1/payment_intents/{intent}/confirm", intents.CONFIRM_PARAMS, intents.confirm),
    Endpoint("POST", "/v1/payment_intents/{intent}/cancel", intents.CANCEL_PARAMS, intents.cancel),
    Endpoint("GET", "/v1/payment_methods/{payment_method}", methods.RETRIEVE_PARAMS, methods.retrieve),
    Endpoint("GET", "/v1/charges", charges.LIST_PARAMS, charges.list_),
    Endpoint("GET", "/v1/charges/{charge}", charges.RETRIEVE_PARAMS, charges.retrieve),
    Endpoint("POST", "/v1/charges/{charge}", charges.UPDATE_PARAMS, charges.update),
    Endpoint("POST", "/v1/refunds", refunds.CREATE_PARAMS, refunds.create),
    Endpoint("GET", "/v1/refunds", refunds.LIST_PARAMS, refunds.list_),
    Endpoint("GET", "/v1/refunds/{refund}", refunds.RETRIEVE_PARAMS, refunds.retrieve),
    Endpoint("POST", "/v1/refunds/{refund}", refunds.UPDATE_PARAMS, refunds.update),
    Endpoint("GET", "/v1/balance_transactions", balance.LIST_PARAMS, balance.list_),
    Endpoint("GET", "/v1/balance_transactions/{id}", balance.RETRIEVE_PARAMS, balance.retrieve),
    Endpoint("GET", "/v1/events", events.LIST_PARAMS, events.list_),
    Endpoint("GET", "/v1/events/{id}", events.RETRIEVE_PARAMS, events.retrieve),
    Endpoint("POST", "/v1/webhook_endpoints", webhook_endpoints.CREATE_PARAMS, webhook_endpoints.create),
    Endpoint("GET", "/v1/webhook_endpoints", webhook_endpoints.LIST_PARAMS, webhook_endpoints.list_),
    Endpoint(
        "GET",
        "/v1/webhook_endpoints/{webhook_endpoint}",
        webhook_endpoints.RETRIEVE_PARAMS,
        webhook_endpoints.retrieve,
    ),
    Endpoint(
        "POST",
        "/v1/webhook_endpoints/{webhook_endpoint}",
        webhook_endpoints.UPDATE_PARAMS,
        webhook_endpoints.update,
    ),
    Endpoint(
        "DELETE",
        "/v1/webhook_endpoints/{webhook_endpoint}",
        webhook_endpoints.DELETE_PARAMS,
        webhook_endpoints.delete,
    ),
)
_BY_PATTERN = [(endpoint.pattern, endpoint) for endpoint in ENDPOINTS]


def find_endpoint(method: str, path: str) -> tuple[Endpoint, tuple[Any, ...]] | None:
    """The endpoint of a call and the ids in its path; None if paysim does not have it."""
    for pattern, endpoint in _BY_PATTERN:
        match = pattern.match(path)
        if match and endpoint.method == method:
            return endpoint, match.groups()
    return None
