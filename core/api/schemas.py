"""JSON schemas of records as this tenant has them, custom fields included, and of what actions take."""

from functools import cache
from typing import Any

import marshmallow as ma
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin, OpenAPIConverter

from core.api.docs import ID, INSTANT, JsonSchema, Said, many, maybe
from core.records.fields import FieldType, MultiLookup
from core.records.types import RecordType


def record_schema(record_type: RecordType) -> JsonSchema:
    """A record as it is answered. With `fields=` some keys are left out, with `expand=` links are objects."""
    fields = record_type.fields()
    properties: dict[str, Any] = {"id": {**ID, "readOnly": True}}
    properties |= {key: _shown(field) for key, field in fields.items()}
    properties["version"] = {"type": "integer", "readOnly": True, "description": "Rises with every change."}
    return {"type": "object", "properties": properties, "required": ["id"]}


def create_schema(record_type: RecordType) -> JsonSchema:
    """What a new record may be given."""
    editable = {key: field for key, field in record_type.fields().items() if field.editable}
    required = sorted(key for key, field in editable.items() if field.required and field.default is None)
    return {
        "type": "object",
        "properties": {key: _taken(field) for key, field in editable.items()},
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }


def update_schema(record_type: RecordType) -> JsonSchema:
    """What may be changed. What only the system sets may be sent back as it is; another `version` answers 412."""
    fixed = {key: _shown(field) for key, field in record_type.fields().items() if not field.editable}
    editable = {key: _taken(field) for key, field in record_type.fields().items() if field.editable}
    system = {"id": ID, "version": {"type": "integer"}}
    return {"type": "object", "properties": {**editable, **fixed, **system}, "additionalProperties": False}


def _shown(field: FieldType) -> JsonSchema:
    shown: JsonSchema = field.shown_schema()
    if field.refers_to():
        shown = _or_expanded(shown)
    elif isinstance(field, MultiLookup):
        shown = many(_or_expanded(ID))
    schema: dict[str, Any] = dict(INSTANT if field.key in ("created_at", "updated_at") else maybe(shown))
    return _annotated(schema, field) | ({} if field.editable else {"readOnly": True})


def _or_expanded(link: JsonSchema) -> JsonSchema:
    return {"anyOf": [link, {"type": "object", "description": "With `expand`."}]}


def _taken(field: FieldType) -> JsonSchema:
    schema = field.json_schema()
    if field.required and schema.get("type") == "string" and "enum" not in schema:
        schema = {"minLength": 1, **schema}
    taken = dict(schema if field.required else maybe(schema))
    return _annotated(taken, field) | {"examples": [field.example()]}


def _annotated(schema: dict[str, Any], field: FieldType) -> dict[str, Any]:
    schema["title"] = str(field.label)
    if said := [each.rstrip(".") for each in (str(field.help), schema.get("description", "")) if each]:
        schema["description"] = ". ".join(said)
    if target := field.refers_to() or (field.target if isinstance(field, MultiLookup) else None):
        schema["x-record-type"] = target
    if field.custom_id:
        schema["x-custom"] = True
    return schema


# --- marshmallow ---------------------------------------------------------------------------------------


@cache
def _converter() -> OpenAPIConverter:
    plugin = MarshmallowPlugin(schema_name_resolver=lambda _schema: "")  # inline, and not by name
    APISpec("", "", "3.1.0", plugins=[plugin])
    assert plugin.converter is not None
    return plugin.converter


def json_schema_of(schema: type[ma.Schema]) -> dict[str, Any]:
    """The JSON schema of what a marshmallow schema takes."""
    found: dict[str, Any] = _converter().schema2jsonschema(schema())
    return {"type": "object", **found, "additionalProperties": False}


def as_json_schema(said: Said, record_type: RecordType | None) -> JsonSchema:
    """What a route says it takes or gives, as a JSON schema."""
    if isinstance(said, type):
        return json_schema_of(said)
    if callable(said):
        assert record_type is not None
        return said(record_type)
    return said
