"""What an action must be told: its schema as fields, so that its form is made as any other, and read back."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records.fields import (
    Choice,
    Date,
    DateTime,
    FieldType,
    Integer,
    LongText,
    Lookup,
    Member,
    Option,
    Text,
    YesNo,
)
from core.records.schemas import Parsed
from core.records.types import RecordAction


def load_asked(action: RecordAction, typed: Mapping[str, Any]) -> dict[str, Any]:
    """The values that were typed, as the action takes them. Raises Invalid."""
    schema = action.schema(unknown=ma.EXCLUDE)
    given = {key: value for key, value in typed.items() if value not in (None, "", [])}
    absent = [name for name, each in schema.fields.items() if each.required and name not in given]
    missing = [FieldProblem(name, "required", _("Fill this in.")) for name in absent]
    try:
        values = dict(schema.load(given))
    except ma.ValidationError as error:
        messages: Mapping[str, Any] = error.normalized_messages()
        wrong = [FieldProblem(k, "invalid", _first(m)) for k, m in messages.items() if k not in absent]
        raise Invalid([*missing, *wrong]) from None
    return values


def _first(messages: Any) -> str:
    while isinstance(messages, (list, dict)):
        messages = next(iter(messages.values() if isinstance(messages, dict) else messages), "")
    return str(messages)


def asked(action: RecordAction) -> list[FieldType]:
    """What an action must be told, as fields, so that its form is made as any other."""
    found = []
    for name, each in action.schema().fields.items():
        of = each.field if isinstance(each, Parsed) else _as_field(each)
        of.key, of.required = name, each.required
        found.append(of)
    return found


def _as_field(each: ma.fields.Field[Any]) -> FieldType:
    """The field type that a plain marshmallow field stands for."""
    about = each.metadata
    label, help = about.get("label") or _title(each.name or ""), about.get("help", "")
    one_of = next((v for v in [each.validate, *each.validators] if isinstance(v, ma.validate.OneOf)), None)
    default = None if each.load_default is ma.missing else each.load_default
    shared: dict[str, Any] = {"help": help, "default": default}
    options = about.get("options") or (
        one_of and list(zip(one_of.choices, one_of.labels or one_of.choices, strict=False))
    )
    if options:
        return Choice(label, options=[Option(str(value), text) for value, text in options], **shared)
    if about.get("widget") == "member":
        return Member(label, **shared)
    if about.get("widget") == "lookup":
        return Lookup(label, target=about["target"], **shared)
    kinds = (
        (ma.fields.Boolean, YesNo),
        (ma.fields.Integer, Integer),
        (ma.fields.DateTime, DateTime),
        (ma.fields.Date, Date),
    )
    if about.get("widget") == "textarea":
        return LongText(label, **shared)
    return next((kind for base, kind in kinds if isinstance(each, base)), Text)(label, **shared)


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()
