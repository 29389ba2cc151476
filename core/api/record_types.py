"""Record types and their fields; the tenant's own fields can be added, changed and retired."""

from collections.abc import Mapping, Sequence
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate
from sqlalchemy import select

from core import current, db
from core.api.blueprints import PREFIX, Answer, Resource, listed, single
from core.api.docs import ANYTHING, FLAG, TEXT, Doc, Flag, Param, many, maybe, thing
from core.api.reading import flag, loaded
from core.errors import Conflict, FieldProblem, Invalid, NotFound
from core.i18n import _, _l
from core.records.custom import (
    CustomField,
    OfferedTypes,
    add_custom_field,
    change_custom_field,
)
from core.records.field_changes import change_field, restore_field, retire_field, settings_of
from core.records.field_config import checked_config
from core.records.fields import FIELD_TYPES, Choice, FieldError, FieldType, MultiChoice, State, StateOption
from core.records.fields.choice import Option
from core.records.making import afresh
from core.records.schemas import SYSTEM
from core.records.shape import OwnType, as_field
from core.records.types import RecordType, enabled_types, find_type, type_named
from core.web.blueprints import any_member, holding

record_types = Resource("record_types", __name__, title=_l("Record types"))

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
CHANGEABLE = ("label", "help", "required")
ALTHOUGH_USED = Param("although_used", "Retire it although it is used.", {"type": "boolean"})
STATE = thing(value=TEXT, label=TEXT, color=TEXT, to=maybe(many(TEXT)), requires=many(TEXT))
RECORD_TYPE = thing(
    name=TEXT, plural=TEXT, label=TEXT, plural_label=TEXT, description=TEXT, icon=TEXT, color=TEXT, title_label=TEXT,
    own=FLAG, retired=FLAG, columns=many(TEXT), states=many(STATE), module=TEXT, customisable=FLAG, url=TEXT,
    actions=many(TEXT),
)  # fmt: skip


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
    config = fields.Dict(keys=fields.String(), metadata={"description": "Further settings of the type of field."})
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
    return listed([type_json(each) for each in enabled_types()])


@record_types.get("/record-types/<name>", permission=any_member, doc=Doc(gives=RECORD_TYPE))
def show_record_type(name: str) -> Answer:
    """Show a record type."""
    return single(type_json(type_named(name)))


@record_types.get("/record-types/<name>/fields", permission=any_member, doc=Doc(gives=FIELD, many=True))
def list_fields(name: str) -> Answer:
    """List the fields of a record type: built in, then the workspace's own, retired ones last."""
    record_type = type_named(name)
    own = _rows(record_type)
    ordered = [row for row in own if not row.retired_at] + [row for row in own if row.retired_at]
    return listed([*(_built_in(record_type, key) for key in record_type.builtin), *map(_own, ordered)])


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
    return single(_built_in(record_type, key) if key in record_type.builtin else _own(_row(record_type, key)))


@record_types.patch("/record-types/<name>/fields/<key>", permission=MANAGE, doc=Doc(FieldChange, FIELD))
def update_field(name: str, key: str) -> Answer:
    """Change a field. Its key and type stay as they are; of a built-in one, all but its words and `required`."""
    record_type, said = _customisable(name), loaded(FieldChange)
    if key in record_type.builtin:
        return single(_change_built_in(record_type, key, said))
    row = _row(record_type, key)
    config = _config(row.type, said, row.config) if {"options", "config"} & set(said) else None
    changes = {key: value for key, value in said.items() if key not in ("options", "config")}
    change_custom_field(row, config=config, **changes)
    return single(_own(row))


@record_types.delete(
    "/record-types/<name>/fields/<key>", permission=MANAGE, doc=Doc(status=204, params=(ALTHOUGH_USED,))
)
def delete_field(name: str, key: str) -> Answer:
    """Retire a field: it is hidden, and its values are kept.

    One that forms, views, formulas, … use is retired only with `although_used=true`; else the problem names its `uses`.
    """
    record_type = _customisable(name)
    gone = key not in record_type.all_fields() if key in record_type.builtin else _row(record_type, key).retired_at
    if not gone:
        retire_field(record_type, key, although_used=flag("although_used"))
    return None


def _built_in(record_type: RecordType, key: str) -> dict[str, Any]:
    """A built-in field as the workspace has it."""
    found = record_type.all_fields().get(key)
    return field_json(found or record_type.builtin[key], retired=found is None)


def _change_built_in(record_type: RecordType, key: str, said: dict[str, Any]) -> dict[str, Any]:
    if fixed := [name for name in said if name not in (*CHANGEABLE, "retired")]:
        message = _("This cannot be changed of a field that is built in.")
        raise Invalid([FieldProblem(name, "built_in", message) for name in fixed])
    if "retired" in said and said["retired"] == (key in record_type.all_fields()):
        (retire_field if said["retired"] else restore_field)(record_type, key)
    if words := {name: said[name] for name in CHANGEABLE if name in said}:
        change_field(record_type, key, **words)
    with afresh():
        return _built_in(record_type, key)


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


def _config(type_name: str, said: dict[str, Any], present: Mapping[str, Any] = {}) -> dict[str, Any]:
    """The settings of a field of this type, as `present` has them and as is said. Raises Invalid."""
    kind = FIELD_TYPES[type_name]
    given: dict[str, Any] = {key: said[key] for key in ("options", "max_length", "range") if key in said}
    given |= said.get("config", {})
    known = {*kind.configurable, *settings_of(kind), "default", "synonyms"}
    if unfit := [key for key in given if key not in known]:
        message = _("A field of this type has no such option.")
        raise Invalid([FieldProblem(key[:60], "unknown_field", message) for key in unfit])
    if "options" in said:
        given["options"] = _options(said["options"])
    if "range" in said and said["range"][0] > said["range"][1]:
        raise Invalid([FieldProblem("range", "out_of_range", _("The first number is the smaller one."))])
    target = given.get("target")
    if target is not None and "target" in kind.configurable and (not isinstance(target, str) or not find_type(target)):
        raise Invalid([FieldProblem("config.target", "unknown_type", _("There is no such record type."))])
    try:
        return checked_config(type_name, {**present, **given})
    except FieldError as error:
        raise Invalid([FieldProblem("config", error.code, error.message)]) from None


def _options(said: list[dict[str, Any]]) -> list[dict[str, Any]]:
    named = [{"value": each.get("value") or each["label"], "label": each["label"], "color": each["color"]}
             for each in said]  # fmt: skip
    if len({each["value"] for each in named}) < len(named):
        raise Invalid([FieldProblem("options", "duplicate", _("Two options have the same value."))])
    return named


def type_json(record_type: RecordType | None, own: OwnType | None = None) -> dict[str, Any]:
    """A record type; of a hidden one of the workspace's own there is no more than what is kept of it."""
    if record_type is None:
        assert own is not None
        return _hidden(own)
    return {
        "name": record_type.name,
        "plural": record_type.plural,
        "label": str(record_type.label),
        "plural_label": str(record_type.plural_label),
        "description": record_type.description,
        "icon": record_type.icon,
        "color": record_type.color,
        "title_label": str(record_type.title_field.label),
        "own": record_type.is_own,
        "retired": False,
        "columns": [field.key for field in record_type.list_fields()],
        "states": [_state(state) for state in _states(record_type)],
        "module": record_type.module,
        "customisable": record_type.customisable,
        "url": f"{PREFIX}/{record_type.plural}",
        "actions": [action.name for action in record_type.all_actions()],
    }


def _hidden(own: OwnType) -> dict[str, Any]:
    return {
        "name": own.name, "plural": own.name, "label": own.label, "plural_label": own.plural_label,
        "description": own.description, "icon": own.icon, "color": own.color, "title_label": own.title_label,
        "own": True, "retired": True, "columns": list(own.columns), "states": list(own.states), "module": "core",
        "customisable": True, "url": f"{PREFIX}/{own.name}", "actions": [],
    }  # fmt: skip


def _states(record_type: RecordType) -> Sequence[StateOption]:
    state = next((f for f in record_type.builtin.values() if isinstance(f, State)), None)
    return [option for option in state.options if isinstance(option, StateOption)] if state else []


def _state(state: StateOption) -> dict[str, Any]:
    to = None if state.to is None else list(state.to)
    return {"value": state.value, "label": str(state.label), "color": state.color, "to": to,
            "requires": list(state.requires)}  # fmt: skip


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
