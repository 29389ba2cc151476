"""OpenAPI 3.1 of exactly what this tenant has: its record types and fields, its modules' routes, its actions."""

import inspect
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

from apispec import APISpec
from flask import current_app
from werkzeug.routing import Rule

from core import current
from core.api.acting import run_action
from core.api.blueprints import PREFIX, Answer, Resource
from core.api.docs import ANYTHING, BYTES, ID, TEXT, Doc, JsonSchema, many, maybe, thing
from core.api.problems import PROBLEM
from core.api.schemas import as_json_schema, create_schema, json_schema_of, record_schema, update_schema
from core.i18n import _l
from core.records.types import RecordAction, RecordType, enabled_types
from core.web.blueprints import any_member

openapi = Resource("openapi", __name__, title=_l("This workspace"))

VERSION = "1"
ABOUT = """Times are RFC 3339 in UTC; money is `{"amount": "12.50", "currency": "CNY"}`; links are ids.
Errors are `application/problem+json`. `Accept-Language` chooses the language of messages.
`id`, `version` and other fields that only the system sets may be sent back unchanged in a PATCH; another `version`
answers 412, as `If-Match` does, and any other change of them 422. `Idempotency-Key` on POST and PATCH is honoured
for 24 hours. `RateLimit` headers say how many requests are left."""
IF_MATCH = {"name": "If-Match", "in": "header", "schema": TEXT, "description": "The version last seen."}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "Asked again with the same key within 24 hours, the same answer is given and nothing is done twice.",
}
PART = re.compile(r"<(?:(\w+):)?(\w+)>")


@openapi.get("/openapi.json", permission=any_member, doc=Doc(gives=ANYTHING))
def show_openapi() -> Answer:
    """Show this description."""
    return describe()


def describe() -> dict[str, Any]:
    """The whole description, as the tenant we are in has it."""
    context = current.tenant()
    spec = APISpec(
        title=f"Guanxi: {context.name}",
        version=VERSION,
        openapi_version="3.1.0",
        info={"description": ABOUT},
        servers=[{"url": PREFIX}],
        security=[{"token": []}],
    )
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Problem", dict(PROBLEM))
    problem = {"$ref": "#/components/schemas/Problem"}
    spec.components.response("Problem", {"description": "What is wrong.",
                                         "content": {"application/problem+json": {"schema": problem}}})  # fmt: skip
    for record_type in enabled_types():
        _add_schemas(spec, record_type)
    for path, operations in sorted(_paths().items()):
        spec.path(path=path, operations=operations)
    found: dict[str, Any] = spec.to_dict()
    return found


def _add_schemas(spec: APISpec, record_type: RecordType) -> None:
    name = component(record_type)
    spec.components.schema(name, {**record_schema(record_type), "title": str(record_type.label)})
    spec.components.schema(f"{name}Create", dict(create_schema(record_type)))
    spec.components.schema(f"{name}Update", dict(update_schema(record_type)))


def component(record_type: RecordType) -> str:
    return "".join(part.capitalize() for part in record_type.name.split("_"))


def _paths() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    routes = list(_routes())
    named = Counter(view.__name__ for _rule, view in routes)
    for rule, view in routes:
        types = enabled_types() if "<plural:plural>" in rule.rule else [None]
        for record_type in types:
            for action in record_type.all_actions() if record_type and view.__name__ == run_action.__name__ else [None]:
                path = _path(rule, record_type, action)
                for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                    operation = _operation(rule, view, method, record_type, action)
                    operation["operationId"] = _operation_id(rule, view, record_type, action, named[view.__name__] > 1)
                    found.setdefault(path, {})[method.lower()] = operation
    return found


def _routes() -> Iterator[tuple[Rule, Any]]:
    """The routes of the core and of the modules that are on."""
    modules = current.tenant().modules
    for rule in current_app.url_map.iter_rules():
        view = current_app.view_functions[rule.endpoint]
        blueprint = current_app.blueprints.get(rule.endpoint.rpartition(".")[0])
        if isinstance(blueprint, Resource) and (blueprint.module is None or blueprint.module in modules):
            yield rule, view


def _resource(rule: Rule) -> Resource:
    return cast(Resource, current_app.blueprints[rule.endpoint.rpartition(".")[0]])


def _path(rule: Rule, record_type: RecordType | None, action: RecordAction | None) -> str:
    path = rule.rule.removeprefix(PREFIX)
    if record_type:
        path = path.replace("<plural:plural>", record_type.plural)
    if action:
        path = path.replace("<action>", action.name)
    return PART.sub(lambda part: "{" + part[2] + "}", path)


def _operation(
    rule: Rule, view: Any, method: str, record_type: RecordType | None, action: RecordAction | None
) -> dict[str, Any]:
    doc: Doc = view.doc
    summary, _line, more = (inspect.getdoc(view) or view.__name__).partition("\n")
    label = str(record_type.plural_label if record_type else _resource(rule).title)
    operation: dict[str, Any] = {
        "summary": f"{summary.rstrip('.')}: {action.label}" if action else summary,
        **({"description": more.strip()} if more else {}),
        "tags": [label],
        "parameters": _parameters(rule, doc, method, record_type, action),
        "responses": _responses(doc, record_type),
    }
    takes = json_schema_of(action.schema) if action else doc.takes and _schema(doc.takes, record_type)
    if takes:
        content = {doc.media: {"schema": takes}}
        operation["requestBody"] = {"required": not doc.optional_body, "content": content}
    return operation


def _operation_id(
    rule: Rule, view: Any, record_type: RecordType | None, action: RecordAction | None, shared: bool
) -> str:
    """`list_customers`, `create_customer`, …: the view's name, and where another has it, the blueprint's too."""
    if record_type and view.__name__ == "list_records":
        return f"list_{record_type.plural.replace('-', '_')}"
    owner = rule.endpoint.rpartition(".")[0].removeprefix("api_")
    name = f"{view.__name__}_{owner}" if shared and owner != "records" else view.__name__
    return "_".join([name, *([record_type.name] if record_type else []), *([action.name] if action else [])])


def _parameters(
    rule: Rule, doc: Doc, method: str, record_type: RecordType | None, action: RecordAction | None
) -> list[dict[str, Any]]:
    gone = {"plural"} if record_type else set()
    gone |= {"action"} if action else set()
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": ID if kind == "uuid" else TEXT}
        for kind, name in PART.findall(rule.rule)
        if name not in gone
    ]
    in_query = [
        {"name": p.name, "in": "query", "description": p.what, "schema": p.schema, "required": p.required}
        for p in doc.params
    ]
    in_headers = [IDEMPOTENCY_KEY] if method in ("POST", "PATCH") and doc.remembered else []
    if record_type and "record_id" in rule.arguments and (method in ("PATCH", "DELETE") or action):
        in_headers = [IF_MATCH, *in_headers]
    return [*in_path, *in_query, *in_headers]


def _responses(doc: Doc, record_type: RecordType | None) -> dict[str, Any]:
    success = {str(status): _success(doc, record_type) for status in (doc.status, *doc.also)}
    return {**success, "4XX": "Problem", "5XX": "Problem"}


def _success(doc: Doc, record_type: RecordType | None) -> dict[str, Any]:
    if doc.gives is None:
        return {"description": "Done."}
    if doc.gives is BYTES:
        return {"description": "The file.", "content": {"application/octet-stream": {"schema": BYTES}}}
    data = _schema(doc.gives, record_type)
    answer: JsonSchema = thing(data=data)
    if doc.gives is ANYTHING and not doc.many:
        answer = ANYTHING
    elif doc.many:
        answer = thing(data=many(data), next=maybe(TEXT))
        if any(param.name == "total" for param in doc.params):
            counted = {"total": {"type": "integer"}, "total_is_minimum": {"type": "boolean"}}
            answer = {**answer, "properties": {**answer["properties"], **counted}}
    return {"description": "Done.", "content": {"application/json": {"schema": answer}}}


SHARED = ((record_schema, ""), (create_schema, "Create"), (update_schema, "Update"))


def _schema(said: Any, record_type: RecordType | None) -> JsonSchema:
    for schema, suffix in SHARED if record_type else ():
        if said is schema and record_type:
            return {"$ref": f"#/components/schemas/{component(record_type)}{suffix}"}
    return as_json_schema(said, record_type)
