"""What a template says the same each time is worked out once, as it is compiled.

An environment belongs to one language and one theme, so `_("Invoices")`, `icon("check")` and `link("home")` are as
constant there as the markup around them, with which they melt into one piece of text.
"""

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from jinja2 import Environment, nodes
from jinja2.visitor import NodeTransformer


class FoldingEnvironment(Environment):
    """Jinja's, with calls of `constant` functions by constants alone replaced by what they answer."""

    constant: Mapping[str, Callable[..., Any]] = {}

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Flat: Jinja's chain of mappings is walked key by key for every template of a page."""
        return {**self.globals, **(d or {})}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        ours = {each.name for each in template.find_all(nodes.Name) if each.ctx != "load"}
        constant = {name: function for name, function in self.constant.items() if name not in ours}
        folded: nodes.Template = _Folding(constant).visit(template)
        return folded


class _Folding(NodeTransformer):
    def __init__(self, constant: Mapping[str, Callable[..., Any]]) -> None:
        self._constant = constant

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - Jinja calls it by the node's name
        self.generic_visit(node)
        called = node.node
        if not isinstance(called, nodes.Name) or called.name not in self._constant:
            return node
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            return node
        arguments = [_constant_of(each) for each in node.args]
        named = {each.key: _constant_of(each.value) for each in node.kwargs}
        if _UNKNOWN in arguments or _UNKNOWN in named.values():
            return node
        return nodes.Const(self._constant[called.name](*arguments, **named), lineno=node.lineno)


_UNKNOWN = object()


def _constant_of(node: nodes.Expr) -> object:
    return node.value if isinstance(node, nodes.Const) else _UNKNOWN
