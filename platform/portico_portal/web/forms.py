"""How the body of a form is read: url-encoded, few fields, kept nowhere but in its request."""

from collections import defaultdict
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request
from litestar.datastructures import FormMultiDict
from litestar.enums import RequestEncodingType
from litestar.exceptions import ClientException, ValidationException
from litestar.status_codes import HTTP_413_REQUEST_ENTITY_TOO_LARGE

LARGEST_BODY = 256 * 1024
MOST_FIELDS = 1500  # two hundred invoices with their ids, amounts and what was seen, twice over


class PortalRequest(Request[Any, Any, Any]):
    """Litestar's request, with a `form` of our own.

    Litestar's remembers the last 1,024 bodies of the process, passwords included, and takes any number of fields.
    A multipart body is as good as none, but on the few routes that say `uploads=True`: their pages send files.
    """

    __slots__ = ()

    async def form(self) -> FormMultiDict:
        """The posted fields, read once."""
        state: dict[str, Any] = self.scope["state"]
        kept: FormMultiDict | None = state.get("form")
        if kept is None:
            kept = state["form"] = FormMultiDict.from_form_data(await self._fields())
        return kept

    async def _fields(self) -> dict[str, Any]:
        if self.content_type[0] == RequestEncodingType.MULTI_PART and self.route_handler.opt.get("uploads"):
            return await self._parts()
        if self.content_type[0] != RequestEncodingType.URL_ENCODED:
            return {}
        body = await self.body()
        if len(body) > LARGEST_BODY:  # a route that takes files takes larger bodies, but no longer texts
            raise ClientException(status_code=HTTP_413_REQUEST_ENTITY_TOO_LARGE)
        try:
            pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
        except ValueError:
            raise ClientException(status_code=HTTP_413_REQUEST_ENTITY_TOO_LARGE) from None
        fields: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in pairs:
            if "\0" in name or "\0" in value:
                raise ClientException("a NUL character in a form")
            fields[name].append(value)
        return {name: values if len(values) > 1 else values[0] for name, values in fields.items()}

    async def _parts(self) -> dict[str, Any]:
        """Fields and files, as Litestar reads them: it remembers no multipart body. Files end with the request."""
        try:
            parts = await super().form()
        except (ValidationException, UnicodeDecodeError, LookupError) as problem:
            raise ClientException("a form that cannot be read") from problem
        if any("\0" in name or (isinstance(value, str) and "\0" in value) for name, value in parts.multi_items()):
            raise ClientException("a NUL character in a form")
        return {name: parts.getall(name) for name in parts}
