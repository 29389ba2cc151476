"""Record types and their fields; the tenant's own fields can be added, changed and retired."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate
from sqlalchemy import select

from core import current, db
from core.api.blueprints import PREFIX, Answer, Resource, listed, single
from core.api.docs import ANYTHING, FLAG, TEXT, Doc, Flag, many, maybe, thing
from core.api.reading import loaded
from core.errors import Conflict, FieldProblem, Invalid, NotFound
from core.i18n import _
from core.records.custom import (
    CustomField,
    OfferedTypes,
    add_custom_field,
    as_field,
    change_custom_field,
    retire_custom_field,
)
from core.records.fields import FIELD_TYPES, Choice, FieldType, MultiChoice
from core.records.fields.choice import Option
from core.records.schemas import SYSTEM
from core.records.types import RecordType, enabled_types, type_named
from core.web.blueprints import any_member, holding

record_types = Resource("record_types", __name__)

MANAGE = holding("tenant.manage_fields")
COLORS = ("blue", "green", "orange", "red", "purple", "teal", "gray")
OPTION = thing(value=TEXT, label=TEXT, color=TEXT)
FIELD = thing(
    key=TEXT,
    label=TEXT,
    type=TEXT,
    help=TEXT,
    required=FLAG,
    editable=FLAG,
    filterable=FLAG,
    custom=FLAG,
    retired=FLAG,
    operators=many(TEXT),
    options=maybe(many(OPTION)),
    target=maybe(TEXT),
    schema={**ANYTHING, "description": "The JSON schema of the value."},
)
RECORD_TYPE = thing(name=TEXT, plural=TEXT, label=TEXT, module=TEXT, customisable=FLAG, url=TEXT, actions=many(TEXT))


class OptionInput(ma.Schema):
    value = fields.String(validate=validate.Regexp(r"^[\w-]{1,50}$"))
    label = fields.String(required=True, validate=validate.Length(1, 100))
    color = fields.String(load_default="gray", validate=validate.OneOf(COLORS))


class FieldChange(ma.Schema):
    label = fields.String(validate=validate.Length(1, 100))
    help = fields.String(validate=validate.Length(max=500))
    required = Flag()
    position = fields.Integer(strict=True, validate=validate.Range(0, 10_000))
    options = fields.List(fields.Nested(OptionInput), validate=validate.Length(1, 500))
    retired = Flag()


class FieldInput(FieldChange):
    class Meta:
        exclude = ("retired", "position")

    label = fields.String(required=True, validate=validate.Length(1, 100))
    type = fields.String(required=True, validate=validate.OneOf(OfferedTypes()))
    key = fields.String(validate=validate.Regexp(r"^[a-z][a-z0-9_]{0,49}$"))
    max_length = fields.Integer(strict=True, validate=validate.Range(1, 5_000))
    range = fields.List(fields.Float(), validate=validate.Length(equal=2))


@record_types.get("/record-types", permission=any_member, doc=Doc(gives=RECORD_TYPE, many=True))
def list_record_types() -> Answer:
    """List the record types of the workspace."""
    return listed([_type(each) for each in enabled_types()])


@record_types.get("/record-types/<name>", permission=any_member, doc=Doc(gives=RECORD_TYPE))
def show_record_type(name: str) -> Answer:
    """Show a record type."""
    return single(_type(type_named(name)))


@record_types.get("/record-types/<name>/fields", permission=any_member, doc=Doc(gives=FIELD, many=True))
def list_fields(name: str) -> Answer:
    """List the fields of a record type: built in, then the workspace's own, retired ones last."""
    record_type = type_named(name)
    own = _rows(record_type)
    ordered = [row for row in own if not row.retired_at] + [row for row in own if row.retired_at]
    return listed([*map(field_json, record_type.builtin.values()), *map(_own, ordered)])


@record_types.post("/record-types/<name>/fields", permission=MANAGE, doc=Doc(FieldInput, FIELD, status=201))
def create_field(name: str) -> Answer:
    """Give a record type a field of the workspace's own."""
    record_type = _customisable(name)
    said = loaded(FieldInput)
    made = add_custom_field(
        record_type.name,
        label=said["label"],
        type=said["type"],
        taken=[*record_type.builtin, *SYSTEM, *(row.key for row in _rows(record_type))],
        key=said.get("key"),
        config=_config(said["type"], said),
        required=said.get("required", False),
        help=said.get("help", ""),
    )
    db.flush()
    return single(_own(made)), 201, {"Location": f"{PREFIX}/record-types/{name}/fields/{made.key}"}


@record_types.get("/record-types/<name>/fields/<key>", permission=any_member, doc=Doc(gives=FIELD))
def show_field(name: str, key: str) -> Answer:
    """Show a field."""
    record_type = type_named(name)
    built_in = record_type.builtin.get(key)
    return single(field_json(built_in) if built_in else _own(_row(record_type, key)))


@record_types.patch("/record-types/<name>/fields/<key>", permission=MANAGE, doc=Doc(FieldChange, FIELD))
def update_field(name: str, key: str) -> Answer:
    """Change a field of the workspace's own. Its key and type stay as they are."""
    row = _row(_customisable(name), key)
    said = loaded(FieldChange)
    config = _config(row.type, said)
    changes = {key: value for key, value in said.items() if key != "options"}
    change_custom_field(row, config={**row.config, **config} if config else None, **changes)
    return single(_own(row))


@record_types.delete("/record-types/<name>/fields/<key>", permission=MANAGE, doc=Doc(status=204))
def delete_field(name: str, key: str) -> Answer:
    """Retire a field of the workspace's own: it is hidden, and its values are kept."""
    row = _row(_customisable(name), key)
    if not row.retired_at:
        retire_custom_field(row)
    return None


def _customisable(name: str) -> RecordType:
    record_type = type_named(name)
    if not record_type.customisable:
        raise Conflict(_("This record type cannot have fields of your own."), code="not_customisable")
    return record_type


def _rows(record_type: RecordType) -> list[CustomField]:
    found = select(CustomField).where(
        CustomField.tenant_id == current.tenant_id(), CustomField.record_type == record_type.name
    )
    return list(db.session().scalars(found.order_by(CustomField.position, CustomField.id)))


def _row(record_type: RecordType, key: str) -> CustomField:
    found = next((row for row in _rows(record_type) if row.key == key), None)
    if found is None:
        if key in record_type.builtin:
            raise Conflict(_("This field is built in and stays as it is."), code="built_in")
        raise NotFound(_("There is no such field."))
    return found


def _config(type_name: str, said: dict[str, Any]) -> dict[str, Any]:
    """What was said about the options of a field of this type. Raises Invalid for options that it has not."""
    given: dict[str, Any] = {key: said[key] for key in ("options", "max_length", "range") if key in said}
    if unfit := [key for key in given if key not in FIELD_TYPES[type_name].configurable]:
        message = _("A field of this type has no such option.")
        raise Invalid([FieldProblem(key, "unknown_field", message) for key in unfit])
    if "options" in given:
        given["options"] = _options(given["options"])
    if "range" in given and given["range"][0] > given["range"][1]:
        raise Invalid([FieldProblem("range", "out_of_range", _("The first number is the smaller one."))])
    return given


def _options(said: list[dict[str, Any]]) -> list[dict[str, Any]]:
    named = [{"value": each.get("value") or each["label"], "label": each["label"], "color": each["color"]}
             for each in said]  # fmt: skip
    if len({each["value"] for each in named}) < len(named):
        raise Invalid([FieldProblem("options", "duplicate", _("Two options have the same value."))])
    return named


def _type(record_type: RecordType) -> dict[str, Any]:
    return {
        "name": record_type.name,
        "plural": record_type.plural,
        "label": str(record_type.label),
        "module": record_type.module,
        "customisable": record_type.customisable,
        "url": f"{PREFIX}/{record_type.plural}",
        "actions": [action.name for action in record_type.actions],
    }


def _own(row: CustomField) -> dict[str, Any]:
    return field_json(as_field(row), retired=row.retired_at is not None)


def field_json(field: FieldType, *, retired: bool = False) -> dict[str, Any]:
    return {
        "key": field.key,
        "label": str(field.label),
        "type": field.type_name,
        "help": str(field.help),
        "required": field.required,
        "editable": field.editable,
        "filterable": field.filterable,
        "custom": field.custom_id is not None,
        "retired": retired,
        "operators": list(field.operators) if field.filterable else [],
        "options": [_option(o) for o in field.options] if isinstance(field, (Choice, MultiChoice)) else None,
        "target": field.refers_to(),
        "schema": field.json_schema(),
    }


def _option(option: Option) -> dict[str, str]:
    return {"value": option.value, "label": str(option.label), "color": option.color}
