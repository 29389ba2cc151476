"""What a route of the API takes and gives, said beside it: checked on the way in, and shown by OpenAPI."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import marshmallow as ma

from core.records.types import RecordType

JsonSchema = Mapping[str, Any]
Said = JsonSchema | type[ma.Schema] | Callable[[RecordType], JsonSchema]
"""A JSON schema, the marshmallow schema that does the checking, or one made for each record type."""

TEXT: JsonSchema = {"type": "string"}
FLAG: JsonSchema = {"type": "boolean"}
ID: JsonSchema = {"type": "string", "format": "uuid"}
INSTANT: JsonSchema = {"type": "string", "format": "date-time"}
ANYTHING: JsonSchema = {"type": "object"}
BYTES: JsonSchema = {"type": "string", "format": "binary"}
"""Of an answer that is a file and no JSON."""


def thing(**properties: JsonSchema) -> JsonSchema:
    """The schema of an object that always has these properties."""
    return {"type": "object", "properties": dict(properties), "required": sorted(properties)}


def maybe(schema: JsonSchema) -> JsonSchema:
    """The same schema, or null."""
    if not isinstance(schema.get("type"), str):
        return {"anyOf": [schema, {"type": "null"}]}
    named = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": [schema["type"], "null"], **named}


def many(schema: JsonSchema) -> JsonSchema:
    return {"type": "array", "items": schema}


class Flag(ma.fields.Boolean):
    """True or false, and not what merely looks like it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


@dataclass(frozen=True)
class Param:
    """A parameter of the query string. Others are refused, so that a slip of the pen is not taken for "all"."""

    name: str
    what: str
    schema: JsonSchema = field(default_factory=lambda: TEXT)
    required: bool = False


LIMIT = Param("limit", "How many to answer with, 50 unless told.", {"type": "integer", "minimum": 1, "maximum": 200})
AFTER = Param("after", "The `next` of the page before.")
AFTER_ID = Param("after", "The `next` of the page before.", ID)


@dataclass(frozen=True)
class Doc:
    """What a route takes and gives. `gives` describes `data`; None stands for an answer without content.

    `also` are other statuses of success, with the same content.
    An answer that is not `remembered` is made anew however often the same key comes: for what must not be kept.
    """

    takes: Said | None = None
    gives: Said | None = None
    many: bool = False
    status: int = 200
    also: tuple[int, ...] = ()
    params: tuple[Param, ...] = ()
    optional_body: bool = False
    media: str = "application/json"
    remembered: bool = True
