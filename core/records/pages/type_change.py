"""Making a field one of another type: choose, look at what would become of its values, then do it."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.errors import Invalid
from core.i18n import _
from core.records import custom, retyping
from core.records.field_changes import settings_of
from core.records.fields import FIELD_TYPES
from core.records.pages.blueprint import records
from core.records.pages.kinds import kind_of
from core.records.pages.own_fields import MANAGE, customisable_type, fields_page, settings_controls
from core.records.shape import as_field
from core.records.usage import where_used
from core.web import redirect_to, render, toast


@records.get("/settings/fields/<plural>/<uuid:field_id>/type", permission=MANAGE)
def choose_type(plural: str, field_id: UUID) -> ResponseReturnValue:
    return _page(plural, field_id, request.args.get("type", ""), {})


@records.post("/settings/fields/<plural>/<uuid:field_id>/type", permission=MANAGE)
def change_type(plural: str, field_id: UUID) -> ResponseReturnValue:
    """Without `step` what would happen is shown; with it, it is done."""
    record_type = customisable_type(plural)
    row = custom.get_custom_field(record_type.name, field_id)
    type = request.form.get("type", "")
    if type not in retyping.changeable_types(as_field(row)):
        return _page(plural, field_id, "", {})
    said = {name: asked.from_form(request.form, name) for name, asked in settings_of(FIELD_TYPES[type]).items()}
    try:
        if request.form.get("step") != "change":
            preview = retyping.preview(record_type, row, type, said)
            mine = record_type.field(row.key)
            if mine is None or mine.guarded:  # how many values convert is told to all, which ones to who may read them
                preview.fit = preview.unfit = []
            return _page(plural, field_id, type, said, preview=preview)
        done = retyping.change_type(record_type, row, type, said)
    except Invalid as invalid:
        return _page(plural, field_id, type, said, invalid=invalid)
    title = FIELD_TYPES[type].title
    toast(
        _("“%(field)s” is now of the type “%(type)s”.", field=row.label, type=title)
        if done
        else _("“%(field)s” will be of the type “%(type)s” in a moment: its values are being converted.",
               field=row.label, type=title)
    )  # fmt: skip
    return redirect_to(fields_page(record_type))


def _page(
    plural: str, field_id: UUID, type: str, said: dict[str, Any], *, preview: Any = None, invalid: Invalid | None = None
) -> ResponseReturnValue:
    record_type = customisable_type(plural)
    row = custom.get_custom_field(record_type.name, field_id)
    of = as_field(row)
    names = retyping.changeable_types(of)
    errors = {p.field: p.message for p in invalid.problems} if invalid else {}
    chosen = FIELD_TYPES[type] if type in names else None
    return render(
        "records/field_type.html",
        status=422 if invalid else 200,
        record_type=record_type,
        row=row,
        now=kind_of(of.__class__),
        kinds=[kind_of(FIELD_TYPES[name]) for name in names],
        chosen=kind_of(chosen) if chosen else None,
        settings=settings_controls(chosen, said, errors) if chosen else [],
        preview=preview,
        uses=where_used(record_type, row.key) if preview else [],
        errors=errors,
        action=url_for("records.change_type", plural=plural, field_id=field_id),
        back=url_for("records.edit_own_field", plural=plural, field_id=field_id),
    )
