"""The OpenAPI 3.1 document: what the framework reads off the routes, and what only we know."""

from __future__ import annotations

from typing import Any

from litestar import Litestar

METHODS = ("get", "post", "put", "patch", "delete")

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable; the table is at /docs/problems."},
        "next": {"type": "string", "description": "What the person can do."},
    },
}
REFUSED = {
    "description": "Refused; nothing was changed. `code` says why.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def describe(app: Litestar) -> dict[str, Any]:
    """The whole document, with refusals on every call and bodies closed to unknown fields."""
    document = app.openapi_schema.to_schema()
    schemas = document["components"]["schemas"]
    schemas["Problem"] = PROBLEM
    for calls in document["paths"].values():
        for method in METHODS:
            if (call := calls.get(method)) is not None:
                _refine(call, schemas)
    return document


def _refine(call: dict[str, Any], schemas: dict[str, Any]) -> None:
    call["responses"].pop("400", None)
    call["responses"]["4XX"] = REFUSED
    call["responses"]["503"] = REFUSED
    if empty := call["responses"].get("204"):
        empty.pop("content", None)
    for body in call.get("requestBody", {}).get("content", {}).values():
        name = body["schema"].get("$ref", "").rpartition("/")[2]
        if name in schemas:
            schemas[name]["additionalProperties"] = False
