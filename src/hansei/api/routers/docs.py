"""The human documentation at /docs: the OpenAPI document as one page, with no script and nothing from elsewhere.

A page of our own instead of a bundled viewer: it needs no dependency, and no megabyte of foreign script runs on the
origin of an API that asks for no token in local mode.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from hansei.core.metrics import REGISTRY

router = APIRouter(include_in_schema=False)
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: light-dark(#0b5c8a, #7cc4ee); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 3rem; text-transform: capitalize; }
code { font: 0.9em ui-monospace, monospace; overflow-wrap: anywhere; }
details { border: 1px solid var(--line); border-radius: 6px; margin: 0.5rem 0; padding: 0 1rem; }
details[open] { padding-bottom: 1rem; }
summary { cursor: pointer; padding: 0.6rem 0; }
summary:hover { color: var(--accent); }
.verb { display: inline-block; min-width: 4.5rem; font-weight: 600; color: var(--accent); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 1rem; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.6rem; border-bottom: 1px solid var(--line); }
th { background: var(--soft); }
a { color: var(--accent); }
"""


@router.get("/docs")
async def page(request: Request) -> Response:
    """Show every route with its fields, and the names of the metrics."""
    document: dict[str, Any] = request.app.openapi()
    return HTMLResponse("\n".join(_page(document)), headers={"Content-Security-Policy": PAGE_POLICY})


@router.get("/docs/style.css")
async def style() -> Response:
    """Return the page's own style."""
    return PlainTextResponse(STYLE, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


def _page(document: Mapping[str, Any]) -> Iterator[str]:
    info = document["info"]
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Hansei API</title>'
    yield '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/docs/style.css"></head>'
    yield f"<body><main><h1>Hansei API {escape(info['version'])}</h1><p>{escape(info['description'])}</p>"
    yield '<p><a href="/openapi.json">openapi.json</a> · <a href="#metrics">names of metrics</a></p>'
    groups: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for verb, operation in operations.items():
            text = "\n".join(_operation(verb, path, operation, document["components"]["schemas"]))
            groups.setdefault(operation["tags"][0], []).append(text)
    for tag, operations in groups.items():
        yield f'<section id="{escape(tag)}"><h2>{escape(tag)}</h2>'
        yield from operations
        yield "</section>"
    yield '<section id="metrics"><h2>Names of metrics</h2><p>Every metric is optional on every sprint.</p>'
    rows = [(m.name, m.title, m.unit, m.definition, ", ".join(m.aliases)) for m in REGISTRY.values()]
    yield _table(("name", "shown as", "unit", "definition", "also accepted as"), rows)
    yield "</section></main></body></html>"


def _operation(
    verb: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]
) -> Iterator[str]:
    yield f'<details id="{escape(operation["operationId"])}"><summary><span class="verb">{verb.upper()}</span> '
    yield f"<code>{escape(path)}</code> {escape(operation.get('summary', ''))}</summary>"
    if "x-scope" in operation:
        yield f"<p>Scope of the token, where one is needed: <code>{escape(operation['x-scope'])}</code>.</p>"
    parameters = [
        (
            p["name"],
            p["in"],
            _kind(p["schema"]),
            "yes" if p.get("required") else "no",
            p.get("description", ""),
        )
        for p in operation.get("parameters", ())
    ]
    if parameters:
        yield "<h3>Parameters</h3>" + _table(("name", "in", "type", "needed", ""), parameters)
    content = operation.get("requestBody", {}).get("content", {})
    for media_type, body in content.items():
        yield f"<h3>Body: <code>{escape(media_type)}</code></h3>" + _schema(body["schema"], schemas)
    answers = [
        (code, ", ".join(answer.get("content", {})), answer.get("description", ""))
        for code, answer in sorted(operation["responses"].items())
    ]
    yield "<h3>Answers</h3>" + _table(("code", "type", ""), answers)
    for answer in (operation["responses"][c] for c in operation["responses"] if c.startswith("2")):
        schema = answer.get("content", {}).get("application/json", {}).get("schema")
        if schema is not None:
            yield "<h3>Fields of the answer</h3>" + _schema(schema, schemas)
            break
    yield "</details>"


def _schema(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    name = schema.get("$ref", "").rpartition("/")[2]
    found = schemas.get(name, schema)
    fields = [(n, _kind(f), f.get("description", "")) for n, f in found.get("properties", {}).items()]
    return _table(("field", "type", ""), fields) if fields else f"<p>{escape(_kind(found))}</p>"


def _kind(schema: Mapping[str, Any]) -> str:
    """Say a schema in a few words: "integer 2–52 or null"."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_kind(s) for s in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return ", ".join(str(v) for v in schema.get("enum", [schema.get("const")]))
    kind = str(schema.get("type", "anything"))
    if kind == "array":
        kind = f"list of {_kind(schema.get('items', {}))}"
    least = next((schema[k] for k in ("minimum", "minLength", "minItems") if k in schema), None)
    most = next((schema[k] for k in ("maximum", "maxLength", "maxItems") if k in schema), None)
    if least is not None or most is not None:
        kind += f" ({'' if least is None else least}–{'' if most is None else most})"
    return kind


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    top = "".join(f"<th>{escape(h)}</th>" for h in head)
    lines = ("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'
