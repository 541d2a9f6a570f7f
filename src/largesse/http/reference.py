"""The API described by itself: `/openapi.json`, and `/docs` to read it without any script."""

from __future__ import annotations

from html import escape
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, get

from largesse.http.description import METHODS, describe
from largesse.kernel.problems import PROBLEMS

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 2rem 1rem; }
h1 { font-size: 2rem; margin: 0 0 .5rem } h2 { margin: 3rem 0 .5rem; text-transform: capitalize }
article { border: 1px solid var(--line); border-radius: 12px; padding: 1rem 1.25rem; margin: 1rem 0 }
h3 { margin: 0; font: 600 1rem/1.4 ui-monospace, monospace; overflow-wrap: anywhere }
h3 b { display: inline-block; min-width: 4.5ch; margin-right: .75ch }
p { margin: .5rem 0 } code { font-family: ui-monospace, monospace; font-size: .9em }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; font-size: .925rem }
th { text-align: left; font-weight: 600 } td, th { padding: .3rem .5rem .3rem 0; vertical-align: top;
border-top: 1px solid var(--soft) } summary { cursor: pointer; margin-top: .5rem }
"""


@get("/openapi.json", include_in_schema=False)
async def openapi_json(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The OpenAPI 3.1 document, made from the routes themselves."""
    document = describe(request.app)
    return Response(msgspec.json.encode(document), media_type=MediaType.JSON)


@get("/docs", include_in_schema=False, media_type=MediaType.HTML)
async def docs(request: Request[Any, Any, Any]) -> str:
    """Every call on one page."""
    document = describe(request.app)
    by_tag: dict[str, list[str]] = {}
    for path, calls in sorted(document["paths"].items()):
        for method in METHODS:
            if method in calls:
                call = calls[method]
                tag = (call.get("tags") or ["other"])[0]
                by_tag.setdefault(tag, []).append(_call(document, method, path, call))
    sections = "".join(f"<h2>{escape(tag)}</h2>{''.join(by_tag[tag])}" for tag in sorted(by_tag))
    return _page(
        "Largesse API",
        "<h1>Largesse API</h1><p>Every call, made from the code. For machines: "
        "<a href=/openapi.json>openapi.json</a>. Refusals: <a href=/docs/problems>problems</a>."
        f"</p>{sections}",
    )


@get("/docs/problems", include_in_schema=False, media_type=MediaType.HTML)
async def problems_page() -> str:
    """Every code a refusal can have."""
    rows = "".join(
        f"<tr id={escape(code)}><td><code>{escape(code)}</code><td>{status}<td>{escape(title)}"
        for code, (status, title) in sorted(PROBLEMS.items())
    )
    return _page(
        "Largesse problems",
        "<h1>Problems</h1><p>A refusal is an <code>application/problem+json</code> document "
        "(RFC 9457) with one of these codes. <a href=/docs>All calls</a></p>"
        f"<table><tr><th>code<th>status<th>title{rows}</table>",
    )


def _page(title: str, body: str) -> str:
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width,initial-scale=1'>"
        f"<title>{escape(title)}</title><style>{STYLE}</style><body>{body}</body></html>"
    )


def _call(document: dict[str, Any], method: str, path: str, call: dict[str, Any]) -> str:
    parts = [
        f"<article><h3><b>{method.upper()}</b>{escape(path)}</h3>",
        f"<p>{escape(str(call.get('description') or call.get('summary') or ''))}</p>",
    ]
    if parameters := call.get("parameters"):
        rows = "".join(
            f"<tr><td><code>{escape(one['name'])}</code><td>{one['in']}"
            f"<td>{escape(_kind(one.get('schema', {})))}"
            for one in parameters
        )
        parts.append(f"<table><tr><th>parameter<th>in<th>type{rows}</table>")
    if body := call.get("requestBody"):
        schema = next(iter(body["content"].values()))["schema"]
        parts.append(f"<details><summary>Body</summary>{_fields(document, schema)}</details>")
    for status, answer in call.get("responses", {}).items():
        for content in answer.get("content", {}).values():
            if status.startswith("2"):
                fields = _fields(document, content["schema"])
                parts.append(f"<details><summary>{status}</summary>{fields}</details>")
    return "".join(parts) + "</article>"


def _fields(document: dict[str, Any], schema: dict[str, Any]) -> str:
    name = schema.get("$ref", "").rpartition("/")[2]
    whole = document["components"]["schemas"].get(name, schema)
    required = set(whole.get("required", ()))
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code>{'' if field in required else ' (optional)'}"
        f"<td>{escape(_kind(kind))}"
        for field, kind in whole.get("properties", {}).items()
    )
    return f"<table><tr><th>{escape(name or 'field')}<th>type{rows}</table>"


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "oneOf" in schema:
        return " or ".join(_kind(one) for one in schema["oneOf"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    kind = schema.get("format") or schema.get("type") or "anything"
    return str(" or ".join(kind) if isinstance(kind, list) else kind)


routes = [openapi_json, docs, problems_page]
