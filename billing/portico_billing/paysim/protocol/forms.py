"""Bracketed form keys to nested values: `a[b][0][c]=1` becomes {"a": {"b": {"0": {"c": "1"}}}}."""

import re
from urllib.parse import parse_qsl

from portico_billing.paysim.protocol.errors import invalid

Raw = str | dict[str, "Raw"]

KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")


def decode_form(text: str) -> dict[str, Raw]:
    """Lists stay dictionaries with numbered keys: whether a list is meant, the parameter's rule knows."""
    root: dict[str, Raw] = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        match = KEY.match(key)
        if match is None:
            raise invalid(f"Invalid parameter name: {key}", param=key)
        steps = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        _place(root, steps, value, key)
    return root


def _place(node: dict[str, Raw], steps: list[str], value: str, key: str) -> None:
    for step in steps[:-1]:
        inner = node.setdefault(_named(node, step), {})
        if not isinstance(inner, dict):
            raise invalid(f"Invalid parameter: {key} is given both as a value and as a group", param=key)
        node = inner
    node[_named(node, steps[-1])] = value


def _named(node: dict[str, Raw], step: str) -> str:
    return step if step else str(len(node))
