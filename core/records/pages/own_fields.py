"""The pages where an administrator gives a record type further fields."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.errors import Invalid, NotFound
from core.i18n import _
from core.records import custom
from core.records.custom import OfferedTypes
from core.records.fields import FIELD_TYPES
from core.records.pages.blueprint import records
from core.records.types import RecordType, enabled_types, type_of_plural
from core.web import Link, redirect_to, render, toast
from core.web.blueprints import holding

MANAGE = holding("tenant.manage_fields")


def _type(plural: str) -> RecordType:
    record_type = type_of_plural(plural)
    if not record_type.customisable:
        raise NotFound(_("There is no such page."))
    return record_type


def _field(record_type: RecordType, field_id: UUID) -> custom.CustomField:
    return custom.get_custom_field(record_type.name, field_id)


def _customisable() -> list[RecordType]:
    """The types that take further fields, customers first as they are what most are looking for."""
    return sorted((t for t in enabled_types() if t.customisable), key=lambda t: t.name != "customer")


def _page(record_type: RecordType) -> str:
    return url_for("records.list_fields", plural=record_type.plural)


@records.get("/settings/fields/", permission=MANAGE)
def fields_home() -> ResponseReturnValue:
    return redirect_to(_page(_customisable()[0]))


@records.get("/settings/fields/<plural>", permission=MANAGE)
def list_fields(plural: str) -> ResponseReturnValue:
    record_type = _type(plural)
    rows = custom.fields_of(record_type.name)
    own = [row for row in rows if row.retired_at is None]
    return render(
        "records/fields.html",
        record_type=record_type,
        tabs=[Link(str(t.plural_label), _page(t), t.icon, active=t is record_type) for t in _customisable()],
        own=[(row, custom.as_field(row)) for row in own],
        retired=[(row, custom.as_field(row)) for row in rows if row.retired_at is not None],
        builtin=[f for f in record_type.builtin.values() if f.editable],
    )


@records.get("/settings/fields/<plural>/new", permission=MANAGE)
def new_field(plural: str) -> ResponseReturnValue:
    return _form(_type(plural), None, {"type": "text"})


@records.post("/settings/fields/<plural>", permission=MANAGE)
def create_field(plural: str) -> ResponseReturnValue:
    record_type, form = _type(plural), request.form
    try:
        made = custom.add_custom_field(
            record_type.name,
            label=form.get("label", ""),
            type=form.get("type", ""),
            taken=[*record_type.builtin, *(row.key for row in custom.fields_of(record_type.name))],
            config=_config(form),
            required=bool(form.get("required")),
            help=form.get("help", ""),
        )
    except Invalid as invalid:
        return _form(record_type, None, form, invalid)
    toast(_("“%(title)s” was created.", title=made.label))
    return redirect_to(_page(record_type))


@records.get("/settings/fields/<plural>/<uuid:field_id>", permission=MANAGE)
def edit_own_field(plural: str, field_id: UUID) -> ResponseReturnValue:
    record_type = _type(plural)
    row = _field(record_type, field_id)
    options = "\n".join(o["label"] for o in row.config.get("options", ()))
    return _form(record_type, row, {"label": row.label, "type": row.type, "options": options,
                                    "required": row.required, "help": row.help})  # fmt: skip


@records.post("/settings/fields/<plural>/<uuid:field_id>", permission=MANAGE)
def update_own_field(plural: str, field_id: UUID) -> ResponseReturnValue:
    record_type, form = _type(plural), request.form
    row = _field(record_type, field_id)
    try:
        options = custom.options_of(form.get("options", ""), row.config.get("options", ()))
        custom.change_custom_field(
            row,
            config=row.config | {"options": options} if "options" in row.config else None,
            label=form.get("label", ""),
            required=bool(form.get("required")),
            help=form.get("help", ""),
        )
    except Invalid as invalid:
        return _form(record_type, row, form, invalid)
    toast(_("“%(title)s” was saved.", title=row.label))
    return redirect_to(_page(record_type))


@records.post("/settings/fields/<plural>/<uuid:field_id>/position", permission=MANAGE)
def move_field(plural: str, field_id: UUID) -> ResponseReturnValue:
    record_type = _type(plural)
    custom.move_custom_field(_field(record_type, field_id), -1 if request.form.get("way") == "up" else 1)
    return redirect_to(_page(record_type))


@records.post("/settings/fields/<plural>/<uuid:field_id>/retirement", permission=MANAGE)
def retire_field(plural: str, field_id: UUID) -> ResponseReturnValue:
    record_type = _type(plural)
    row = _field(record_type, field_id)
    custom.retire_custom_field(row)
    undo = url_for("records.restore_field", plural=plural, field_id=field_id)
    toast(_("“%(title)s” is hidden. Its values are kept.", title=row.label), undo=undo)
    return redirect_to(_page(record_type))


@records.post("/settings/fields/<plural>/<uuid:field_id>/restoration", permission=MANAGE)
def restore_field(plural: str, field_id: UUID) -> ResponseReturnValue:
    record_type = _type(plural)
    row = _field(record_type, field_id)
    custom.change_custom_field(row, retired=False)
    toast(_("“%(title)s” is back.", title=row.label))
    return redirect_to(_page(record_type))


def _config(form: Mapping[str, Any]) -> dict[str, Any]:
    kind = FIELD_TYPES.get(form.get("type", ""))
    return {"options": custom.options_of(form.get("options", ""))} if kind and "options" in kind.configurable else {}


def _form(
    record_type: RecordType, row: custom.CustomField | None, typed: Mapping[str, Any], invalid: Invalid | None = None
) -> ResponseReturnValue:
    return render(
        "records/field_settings.html",
        status=422 if invalid else 200,
        record_type=record_type,
        row=row,
        typed=typed,
        kinds=[(name, FIELD_TYPES[name].title) for name in OfferedTypes()],
        has_options=row is None or "options" in FIELD_TYPES[row.type].configurable,
        with_options=[n for n in OfferedTypes() if "options" in FIELD_TYPES[n].configurable],
        errors={p.field: p.message for p in invalid.problems} if invalid else {},
        action=_page(record_type) + (f"/{row.id}" if row else ""),
        back=_page(record_type),
    )
