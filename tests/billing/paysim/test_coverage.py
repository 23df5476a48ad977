"""stripe.md §14.7: paysim's parameter tables name exactly what the installed SDK can send, call by call."""

from collections.abc import Iterator

import pytest
from stripe._api_version import _ApiVersion

from portico_billing.paysim import API_VERSION
from portico_billing.paysim.protocol.endpoints import ENDPOINTS, Endpoint
from portico_billing.paysim.protocol.params import Group, Many, Rule
from tests.billing.stripe_contract import StripeContract

CONTRACT = StripeContract()


def test_the_version_is_that_of_the_installed_sdk() -> None:
    assert _ApiVersion.CURRENT == API_VERSION


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda one: f"{one.method} {one.path}")
def test_a_table_names_every_parameter_of_its_call_and_no_other(endpoint: Endpoint) -> None:
    path = endpoint.path.replace("{", "x").replace("}", "")
    assert CONTRACT.operation(endpoint.method, path) is not None
    for inside, group in _groups(endpoint.params, ()):
        known, required = CONTRACT.parameters(endpoint.method, path, inside)
        ours = set(group.fields) | set(group.beyond)
        if inside == () and endpoint.method == "DELETE":
            ours -= {"expand"}
        assert ours == known, f"{inside}: too many {ours - known}, missing {known - ours}"
        assert set(group.required) >= required, f"{inside}: required is {required}"


def _groups(rule: Rule, inside: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Group]]:
    if isinstance(rule, Group):
        yield inside, rule
        for name, below in rule.fields.items():
            yield from _groups(below, (*inside, name))
    elif isinstance(rule, Many):
        yield from _groups(rule.rule, inside)
