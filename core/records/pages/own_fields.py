"""The pages where an administrator looks after the fields of a record type: built in and of one's own."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.errors import FieldProblem, Invalid, NotFound
from core.i18n import _
from core.records import custom, field_changes
from core.records.custom import CustomField, OfferedTypes
from core.records.field_changes import Administered, InUse, settings_of
from core.records.fields import FIELD_TYPES, FieldError, FieldType
from core.records.pages.blueprint import records
from core.records.pages.controls import Control, control, members
from core.records.pages.kinds import gallery, kind_of
from core.records.retyping import changeable_types, is_changing
from core.records.shape import as_field
from core.records.types import RecordType, enabled_types, type_of_plural
from core.records.usage import uses_of, where_used
from core.web import Link, redirect_to, render, toast
from core.web.blueprints import holding

MANAGE = holding("tenant.manage_fields")
WITHOUT_DEFAULT = frozenset({"auto_number", "file", "image", "signature", "secret", "identity", "lines"})


def customisable_type(plural: str) -> RecordType:
    """Raises NotFound for a type whose fields stay as they are."""
    record_type = type_of_plural(plural)
    if not record_type.customisable:
        raise NotFound(_("There is no such page."))
    return record_type


def _field(record_type: RecordType, field_id: UUID) -> CustomField:
    return custom.get_custom_field(record_type.name, field_id)


def _customisable() -> list[RecordType]:
    """The types that take further fields, customers first as they are what most are looking for."""
    return sorted((t for t in enabled_types() if t.customisable), key=lambda t: t.name != "customer")


def fields_page(record_type: RecordType) -> str:
    return url_for("records.list_fields", plural=record_type.plural)


def type_tabs(record_type: RecordType, page: str = "records.list_fields") -> list[Link]:
    return [
        Link(str(t.plural_label), url_for(page, plural=t.plural), t.icon, active=t.name == record_type.name)
        for t in _customisable()
    ]


@records.get("/settings/fields/", permission=MANAGE)
def fields_home() -> ResponseReturnValue:
    return redirect_to(fields_page(_customisable()[0]))


@records.get("/settings/fields/<plural>", permission=MANAGE)
def list_fields(plural: str) -> ResponseReturnValue:
    record_type = customisable_type(plural)
    found = field_changes.administered(record_type, uses_of(record_type))
    live = [each for each in found if not each.is_retired]
    return render(
        "records/fields.html",
        record_type=record_type,
        tabs=type_tabs(record_type),
        own=[each for each in live if each.row is not None],
        ready=[each for each in live if each.row is None],
        retired=[each for each in found if each.is_retired],
        kind_of=lambda of: kind_of(type(of)),
        url_of_field=lambda each: _url(record_type, each, ""),
        url_to=lambda each, verb: _url(record_type, each, verb),
    )


def _url(record_type: RecordType, each: Administered, verb: str) -> str:
    """The address of a field, or of something done to it: `retirement`, `restoration`, `position`, `type`."""
    name = str(each.row.id) if each.row is not None else f"ready/{each.key}"
    return f"{fields_page(record_type)}/{name}" + (f"/{verb}" if verb else "")


@records.get("/settings/fields/<plural>/uses/<key>", permission=MANAGE)
def show_uses(plural: str, key: str) -> ResponseReturnValue:
    record_type = customisable_type(plural)
    each = field_changes.the_field(record_type, key)
    return render("records/field_uses.html", record_type=record_type, each=each, uses=where_used(record_type, key),
                  back=fields_page(record_type))  # fmt: skip


# --- a new one -----------------------------------------------------------------------------------------


@records.get("/settings/fields/<plural>/new", permission=MANAGE)
def new_field(plural: str) -> ResponseReturnValue:
    """First the type is chosen, then the rest is asked that this type needs."""
    record_type = customisable_type(plural)
    chosen = request.args.get("type", "")
    if chosen not in OfferedTypes():
        return render("records/field_kinds.html", record_type=record_type, gallery=gallery(),
                      back=fields_page(record_type), on=request.args.get("on", ""))  # fmt: skip
    return _form(record_type, FIELD_TYPES[chosen], {}, {})


@records.post("/settings/fields/<plural>", permission=MANAGE)
def create_field(plural: str) -> ResponseReturnValue:
    record_type, form = customisable_type(plural), request.form
    kind = FIELD_TYPES.get(form.get("type", "")) if form.get("type") in OfferedTypes() else None
    if kind is None:
        problem = Invalid([FieldProblem("type", "unknown_type", _("Choose a type of field."))])
        return _form(record_type, FIELD_TYPES["text"], form, _posted(FIELD_TYPES["text"]), problem)
    try:
        made = field_changes.add_field(
            record_type,
            label=form.get("label", ""),
            type=kind.type_name,
            config=_posted(kind),
            required=bool(form.get("required")) and not kind.computed,
            help=form.get("help", ""),
        )
    except Invalid as invalid:
        return _form(record_type, kind, form, _posted(kind), invalid)
    if form.get("on") == "form":
        return render("records/field_made.html", key=made.key, otherwise=url_for("records.design_form", plural=plural))
    toast(_("“%(title)s” was created.", title=made.label))
    return redirect_to(fields_page(record_type))


def _posted(kind: type[FieldType]) -> dict[str, Any]:
    return {name: asked.from_form(request.form, name) for name, asked in settings_of(kind).items()}


# --- one of one's own ----------------------------------------------------------------------------------


@records.get("/settings/fields/<plural>/<uuid:field_id>", permission=MANAGE)
def edit_own_field(plural: str, field_id: UUID) -> ResponseReturnValue:
    record_type = customisable_type(plural)
    row = _field(record_type, field_id)
    kind, of = type(as_field(row)), as_field(row)
    said = {name: _kept(asked, row.config.get(name)) for name, asked in settings_of(kind).items()}
    typed = {"label": row.label, "required": row.required, "help": row.help, "default": of.typed(of.default)}
    return _form(record_type, kind, typed, said, row=row)


def _kept(asked: FieldType, stored: Any) -> Any:
    try:
        return asked.typed(asked.parse(stored))
    except FieldError:
        return stored


@records.post("/settings/fields/<plural>/<uuid:field_id>", permission=MANAGE)
def update_own_field(plural: str, field_id: UUID) -> ResponseReturnValue:
    record_type, form = customisable_type(plural), request.form
    row = _field(record_type, field_id)
    kind, said = type(as_field(row)), _posted(type(as_field(row)))
    if (
        isinstance(said.get("options"), str)
        and "options-label" not in form
        and isinstance(row.config.get("options"), list)
    ):
        said["options"] = custom.options_of(said["options"], row.config["options"])
    try:
        config = field_changes.checked_config(kind, said)
        if _has_default(kind):
            made = CustomField(id=row.id, record_type=row.record_type, key=row.key, label=row.label, type=row.type,
                               config=config, required=False, help="")  # fmt: skip
            config = field_changes.with_default(made, config, as_field(made).from_form(form, "default"))
        field_changes.change_field(record_type, row.key, label=form.get("label", ""),
                                   required=bool(form.get("required")), help=form.get("help", ""))  # fmt: skip
        custom.change_custom_field(row, config=config)
    except Invalid as invalid:
        return _form(record_type, kind, form, said, invalid, row=row)
    toast(_("“%(title)s” was saved.", title=row.label))
    return redirect_to(fields_page(record_type))


@records.post("/settings/fields/<plural>/<uuid:field_id>/position", permission=MANAGE)
def move_field(plural: str, field_id: UUID) -> ResponseReturnValue:
    record_type = customisable_type(plural)
    custom.move_custom_field(_field(record_type, field_id), -1 if request.form.get("way") == "up" else 1)
    return redirect_to(fields_page(record_type))


@records.post("/settings/fields/<plural>/<uuid:field_id>/retirement", permission=MANAGE)
def retire_field(plural: str, field_id: UUID) -> ResponseReturnValue:
    record_type = customisable_type(plural)
    return _retire(record_type, _field(record_type, field_id).key)


@records.post("/settings/fields/<plural>/<uuid:field_id>/restoration", permission=MANAGE)
def restore_field(plural: str, field_id: UUID) -> ResponseReturnValue:
    record_type = customisable_type(plural)
    return _restore(record_type, _field(record_type, field_id).key)


# --- a built-in one ------------------------------------------------------------------------------------


@records.get("/settings/fields/<plural>/ready/<key>", permission=MANAGE)
def edit_ready_field(plural: str, key: str) -> ResponseReturnValue:
    record_type = customisable_type(plural)
    each = _ready(record_type, key)
    return _form(record_type, type(each.of), {"label": each.of.label, "help": each.of.help,
                                              "required": each.of.required}, {}, ready=each)  # fmt: skip


@records.post("/settings/fields/<plural>/ready/<key>", permission=MANAGE)
def update_ready_field(plural: str, key: str) -> ResponseReturnValue:
    record_type, form = customisable_type(plural), request.form
    each = _ready(record_type, key)
    try:
        field_changes.change_field(
            record_type,
            key,
            label=form.get("label", ""),
            help=form.get("help", ""),
            required=bool(form.get("required")),
        )
    except Invalid as invalid:
        return _form(record_type, type(each.of), form, {}, invalid, ready=each)
    toast(_("“%(title)s” was saved.", title=form["label"]))
    return redirect_to(fields_page(record_type))


@records.post("/settings/fields/<plural>/ready/<key>/retirement", permission=MANAGE)
def retire_ready_field(plural: str, key: str) -> ResponseReturnValue:
    record_type = customisable_type(plural)
    return _retire(record_type, _ready(record_type, key).key)


@records.post("/settings/fields/<plural>/ready/<key>/restoration", permission=MANAGE)
def restore_ready_field(plural: str, key: str) -> ResponseReturnValue:
    record_type = customisable_type(plural)
    return _restore(record_type, _ready(record_type, key).key)


def _ready(record_type: RecordType, key: str) -> Administered:
    each = field_changes.the_field(record_type, key)
    if each.row is not None:
        raise NotFound(_("There is no such field."))
    return each


# --- what both have in common --------------------------------------------------------------------------


def _retire(record_type: RecordType, key: str) -> ResponseReturnValue:
    """What is used is retired only by who was told by what."""
    each = field_changes.the_field(record_type, key)
    try:
        field_changes.retire_field(record_type, key, although_used=bool(request.form.get("although_used")))
    except InUse as refused:
        return render("records/field_retiring.html", status=422, record_type=record_type, each=each, uses=refused.uses,
                      action=_url(record_type, each, "retirement"), back=fields_page(record_type))  # fmt: skip
    undo = _url(record_type, each, "restoration")
    toast(_("“%(title)s” is hidden. Its values are kept.", title=each.of.label), undo=undo)
    return redirect_to(fields_page(record_type))


def _restore(record_type: RecordType, key: str) -> ResponseReturnValue:
    field_changes.restore_field(record_type, key)
    toast(_("“%(title)s” is back.", title=field_changes.the_field(record_type, key).of.label))
    return redirect_to(fields_page(record_type))


def _has_default(kind: type[FieldType]) -> bool:
    return not kind.computed and kind.type_name not in WITHOUT_DEFAULT


def settings_controls(
    kind: type[FieldType], said: Mapping[str, Any], errors: Mapping[str, str], record_type: str = ""
) -> list[Control]:
    """The controls of a type's settings. What nothing was said about begins with its default."""
    asked = settings_of(kind)
    for of in asked.values():
        of.record_type = record_type
    people = members(asked.values())
    return [
        control(
            of, said[name] if name in said else of.typed(of.default), name=name, error=errors.get(name), people=people
        )
        for name, of in asked.items()
    ]


def _form(
    record_type: RecordType, kind: type[FieldType], typed: Mapping[str, Any], said: Mapping[str, Any],
    invalid: Invalid | None = None, *, row: CustomField | None = None, ready: Administered | None = None,
) -> ResponseReturnValue:  # fmt: skip
    errors = {p.field: p.message for p in invalid.problems} if invalid else {}
    default = None
    if row is not None and _has_default(kind):
        of = as_field(row)
        default = control(
            of, typed.get("default", ""), name="default", error=errors.get("default"), people=members([of])
        )
        default.label, default.required, default.help = _("Default"), False, _("Stands in the form of something new.")
    each = ready or (field_changes.the_field(record_type, row.key) if row is not None else None)
    controls = settings_controls(kind, said, errors, record_type.name) if ready is None else []
    labels = {"label": _("Name"), "type": _("Type"), "help": _("Help text"), "default": _("Default")}
    return render(
        "records/field_settings.html",
        status=422 if invalid else 200,
        record_type=record_type,
        kind=kind_of(kind),
        computed=kind.computed,
        row=row,
        each=each,
        typed=typed,
        settings=controls,
        default=default,
        may_change_type=row is not None and bool(changeable_types(as_field(row))),
        is_changing=row is not None and is_changing(row),
        errors=errors,
        labels=labels | {c.name: c.label for c in controls},
        action=_url(record_type, each, "") if each else fields_page(record_type),
        back=fields_page(record_type),
        on=request.values.get("on", ""),
    )
