"""The API's documentation as a page: exactly what this workspace has, drawn from its own OpenAPI description."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from flask import Response, url_for
from flask.typing import ResponseReturnValue

from core.api.blueprints import PREFIX
from core.api.openapi import describe
from core.i18n import _l
from core.records.types import enabled_types
from core.settings import settings
from core.web import render
from core.web.blueprints import any_member, workspace
from core.web.settings_menu import SettingsPage, add_settings_page

reference = workspace("api_reference", __name__, template_folder="templates")

add_settings_page(SettingsPage(_l("API reference"), "api_reference.show_reference", "api", section="system", place=30,
                               summary=_l("Every call that this workspace answers, with its fields.")))  # fmt: skip
DEEP = 4


@dataclass(frozen=True)
class Row:
    """A property of something sent or answered. `depth` says how far inside it stands."""

    name: str
    type: str
    required: bool
    text: str
    depth: int
    example: str = ""


@dataclass(frozen=True)
class Call:
    """One operation as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    text: str
    parameters: Sequence[Mapping[str, Any]]
    takes: Sequence[Row]
    gives: Sequence[Row]
    example: str


@reference.get("/settings/api", permission=any_member)
def show_reference() -> ResponseReturnValue:
    spec = describe()
    groups: dict[str, list[Call]] = {}
    records = {str(record_type.plural_label) for record_type in enabled_types()}
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            groups.setdefault(operation["tags"][0], []).append(_call(spec, path, method, operation))
    return render(
        "api/reference.html",
        groups=sorted(groups.items(), key=lambda group: (group[0] not in records, group[0])),
        about=spec["info"]["description"],
        type_of=partial(_type_of, spec),
        base=f"{settings().base_url}{PREFIX}",
        spec_url=url_for("api_reference.download_description"),
    )


@reference.get("/settings/api/openapi.json", permission=any_member)
def download_description() -> Response:
    """The description as a file: the API's own address wants a token, which no browser sends."""
    response = Response(orjson.dumps(describe(), option=orjson.OPT_INDENT_2), mimetype="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="openapi.json"'
    return response


def _call(spec: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any]) -> Call:
    takes = _content(operation.get("requestBody", {}))
    status = next(iter(operation["responses"]))
    gives = _content(operation["responses"][status])
    return Call(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        text=operation.get("description", ""),
        parameters=operation.get("parameters", ()),
        takes=list(_rows(spec, takes)) if takes else (),
        gives=list(_rows(spec, gives)) if gives else (),
        example=_example(spec, path, method.upper(), operation),
    )


def _content(body: Any) -> Mapping[str, Any] | None:
    """The schema of a body, of whichever medium comes first."""
    found = body.get("content") if isinstance(body, Mapping) else None
    return next(iter(found.values())).get("schema") if found else None


def _resolved(spec: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in schema:
        return spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for word in ("anyOf", "oneOf", "allOf"):
        if parts := [each for each in schema.get(word, ()) if each.get("type") != "null"]:
            return _resolved(spec, parts[0])
    return schema


def _rows(spec: Mapping[str, Any], schema: Mapping[str, Any], depth: int = 0) -> Iterator[Row]:
    found = _resolved(spec, schema)
    if found.get("type") == "array" and depth < DEEP:
        yield from _rows(spec, found.get("items", {}), depth)
    required = found.get("required", ())
    for name, given in found.get("properties", {}).items():
        inner = _resolved(spec, given)
        said = given.get("title") or inner.get("title"), given.get("description") or inner.get("description")
        text = ". ".join(each for each in said if each)
        yield Row(name, _type_of(spec, inner), name in required, text, depth, _shown_example(given))
        if depth < DEEP and (inner.get("properties") or inner.get("type") == "array"):
            yield from _rows(spec, inner, depth + 1)


def _shown_example(schema: Mapping[str, Any]) -> str:
    """How a value looks, where its options do not say so."""
    return "" if "enum" in schema else " ".join(orjson.dumps(each).decode() for each in schema.get("examples", ())[:1])


def _type_of(spec: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", "any")
    named = " | ".join(each for each in kind if each != "null") if isinstance(kind, list) else str(kind)
    if options := schema.get("enum"):
        return " | ".join(f"“{each}”" for each in options[:8] if each is not None) + (" …" if len(options) > 8 else "")
    if named == "array":
        return f"[{_type_of(spec, _resolved(spec, schema.get('items', {})))}]"
    return f"{named} ({schema['format']})" if "format" in schema else named


def _example(spec: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any]) -> str:
    takes = _content(operation.get("requestBody", {}))
    asked = "&".join(f"{p['name']}=…" for p in operation["parameters"] if p["in"] == "query" and p["required"])
    address = f"{settings().base_url}{PREFIX}{path}{'?' if asked else ''}{asked}"
    lines = [f"curl -X {method} '{address}'", "  -H 'Authorization: Bearer gx_…'"]
    if takes and "multipart/form-data" in operation["requestBody"]["content"]:
        lines += [f"  -F '{name}={_part(takes['properties'][name])}'" for name in takes["required"]]
    elif takes:
        body = orjson.dumps(_sample(spec, takes)).decode().replace("'", "'\\''")
        lines += ["  -H 'Content-Type: application/json'", f"  -d '{body}'"]
    return " \\\n".join(lines)


def _part(schema: Mapping[str, Any]) -> str:
    return "@file.csv" if schema.get("format") == "binary" else "…"


def _sample(spec: Mapping[str, Any], schema: Mapping[str, Any], depth: int = 0) -> Any:
    """A body that shows how one looks: what is required, else the first few properties."""
    found = _resolved(spec, schema)
    if "example" in found or "examples" in found:
        return found.get("example", (found.get("examples") or [None])[0])
    if found.get("properties"):
        keys = list(found.get("required") or list(found["properties"])[:3]) if depth < 3 else []
        return {key: _sample(spec, found["properties"][key], depth + 1) for key in keys if key in found["properties"]}
    if found.get("enum"):
        return found["enum"][0]
    kind = found.get("type")
    kind = next((each for each in kind if each != "null"), "string") if isinstance(kind, list) else kind
    if kind == "array":
        return [_sample(spec, found.get("items", {}), depth + 1)] if depth < 3 else []
    return {"integer": 1, "number": 1.5, "boolean": True, "object": {}}.get(str(kind), "…")
