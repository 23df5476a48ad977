"""The metadata catalogue: which record types there are, and each one's JSON schema or OpenAPI description."""

from typing import Any

from portico_connectors.simulators.netsuite.account import Account
from portico_connectors.simulators.netsuite.answers import Answer, Refused, json_answer, no_such_record
from portico_connectors.simulators.netsuite.exchange import Exchange
from portico_connectors.simulators.netsuite.records.fields import Kind, RecordType, types_for

ROOT = "/services/rest/record/v1/metadata-catalog"
SCHEMA = "application/schema+json"
SWAGGER = "application/swagger+json"

_JSON: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": "string"},
    Kind.INTEGER: {"type": "integer", "format": "int64"},
    Kind.NUMBER: {"type": "number", "format": "double"},
    Kind.MONEY: {"type": "number", "format": "double"},
    Kind.MICRO: {"type": "number", "format": "double"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.DATETIME: {"type": "string", "format": "date-time"},
    Kind.REFERENCE: {"$ref": f"{ROOT}/nsResource"},
    Kind.STATUS: {"type": "object", "properties": {"id": {"type": "string"}, "refName": {"type": "string"}}},
}
_LINK = {"type": "object", "properties": {"rel": {"type": "string"}, "href": {"type": "string", "format": "URI"}}}
_SHARED: dict[str, dict[str, Any]] = {
    "nslink": _LINK,
    "nsresource": {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "refName": {"type": "string"},
            "externalId": {"type": "string"},
            "links": {"type": "array", "items": {"$ref": f"{ROOT}/nsLink"}},
        },
    },
}


def metadata(account: Account, exchange: Exchange, name: str | None) -> Answer:
    """GET of the catalogue or of one type."""
    types = types_for(account.options)
    accept = exchange.headers.get("accept", "*/*")
    if name is not None:
        if name.lower() in _SHARED:
            return json_answer(_SHARED[name.lower()], SCHEMA)
        if name.lower() not in types:
            raise no_such_record()
        if SWAGGER in accept:
            return json_answer(_openapi(account, exchange, [types[name.lower()]]), SWAGGER)
        return json_answer(_schema(account, types[name.lower()]), SCHEMA)
    wanted = exchange.query.get("select")
    chosen = list(types.values())
    if wanted:
        names = [one.strip().lower() for one in wanted.split(",") if one.strip()]
        unknown = [one for one in names if one not in types]
        if unknown:
            raise Refused(400, "INVALID_PARAMETER", f"Unknown record type '{unknown[0]}'.", query_param="select")
        chosen = [types[one] for one in names]
    if SWAGGER in accept:
        return json_answer(_openapi(account, exchange, chosen), SWAGGER)
    return json_answer({"items": [_entry(exchange, record) for record in chosen]})


def _entry(exchange: Exchange, record: RecordType) -> dict[str, Any]:
    href = f"{exchange.base}{ROOT}/{record.name}"
    links = [
        {"rel": "canonical", "href": href, "mediaType": "application/json"},
        {"rel": "alternate", "href": href, "mediaType": SWAGGER},
        {"rel": "alternate", "href": href, "mediaType": SCHEMA},
        {"rel": "describes", "href": f"{exchange.base}/services/rest/record/v1/{record.name}"},
    ]
    return {"name": record.name, "links": links}


def _schema(account: Account, record: RecordType) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "id": {"title": "Internal ID", "type": "string", "nullable": True, "x-ns-filterable": True},
        "links": {"title": "Links", "type": "array", "readOnly": True, "items": {"$ref": f"{ROOT}/nsLink"}},
    }
    for field in record.fields_for(account.options).values():
        shape = dict(_JSON[field.kind])
        shape.update({"title": field.name, "nullable": True, "x-ns-custom-field": False, "x-ns-filterable": True})
        if field.column is None:
            shape["readOnly"] = True
        properties[field.name] = shape
    for name in record.sublists:
        properties[name] = {
            "title": name,
            "type": "object",
            "properties": {
                "links": {"type": "array", "items": {"$ref": f"{ROOT}/nsLink"}},
                "items": {"type": "array", "items": {"type": "object"}},
                "totalResults": {"type": "integer"},
                "count": {"type": "integer"},
                "hasMore": {"type": "boolean"},
                "offset": {"type": "integer"},
            },
        }
    return {
        "$schema": "http://json-schema.org/draft-06/hyper-schema#",
        "type": "object",
        "title": record.label,
        "properties": properties,
        "x-ns-filterable": sorted(name for name in properties if name != "links"),
    }


def _openapi(account: Account, exchange: Exchange, chosen: list[RecordType]) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"nsLink": _SHARED["nslink"], "nsResource": _SHARED["nsresource"]}
    for record in chosen:
        schemas[record.name] = _schema(account, record)
        body = {"application/json": {"schema": {"$ref": f"#/components/schemas/{record.name}"}}}
        found = {"200": {"description": f"{record.label} record.", "content": body}}
        done = {"204": {"description": "Done."}}
        paths[f"/{record.name}"] = {
            "get": {"tags": [record.name], "summary": f"Ids of {record.label} records.", "responses": found},
            "post": {"tags": [record.name], "requestBody": {"content": body}, "responses": done},
        }
        paths[f"/{record.name}/{{id}}"] = {
            "get": {"tags": [record.name], "responses": found},
            "patch": {"tags": [record.name], "requestBody": {"content": body}, "responses": done},
            "delete": {"tags": [record.name], "responses": done},
        }
    return {
        "openapi": "3.0.1",
        "info": {"title": "NetSuite REST Record API", "version": "v1"},
        "servers": [{"url": f"{exchange.base}/services/rest/record/v1"}],
        "paths": paths,
        "components": {"schemas": schemas},
    }
