"""Handing many records over to another owner."""

from flask import request
from flask.typing import ResponseReturnValue

from core.errors import FieldProblem, Invalid, NotFound
from core.i18n import _, _n
from core.records.pages.addresses import list_url, next_url
from core.records.pages.blueprint import may_any, records
from core.records.pages.controls import control, members
from core.records.pages.picked import Picked, picked
from core.records.pages.runs import after
from core.records.runs import services
from core.records.runs.changing import Change
from core.records.schemas import from_form
from core.records.types import RecordType, type_of_plural
from core.web import render


@records.post("/<plural>/bulk/owner", permission=may_any("transfer"))
def transfer_records(plural: str) -> ResponseReturnValue:
    """Without an owner named yet, ask for one; with one, hand over."""
    record_type = type_of_plural(plural)
    if "owner" not in record_type.builtin:
        raise NotFound(_("There is no such page."))
    chosen = picked(record_type)
    if "owner" not in request.form:
        return _ask(record_type, chosen)
    try:
        values = from_form(record_type, request.form, fields=[record_type.builtin["owner"]])
        if values["owner"] is None:
            raise Invalid([FieldProblem("owner", "required", _("Choose who takes over."))])
        change = Change(record_type, set={"owner": values["owner"]})
        run = services.edit_records(chosen.selection, change, kind="bulk_transfer")
    except Invalid as invalid:
        return _ask(record_type, chosen, invalid.message)
    return after(
        run,
        _n("%(num)s was handed over.", "%(num)s were handed over.", run.changed),
        _n("%(num)s could not be handed over.", "%(num)s could not be handed over.", run.refused),
    )


def _ask(record_type: RecordType, chosen: Picked, error: str | None = None) -> ResponseReturnValue:
    owner = record_type.builtin["owner"]
    made = control(owner, request.form.get("owner", ""), error=error, people=members([owner]))
    made.required = True
    total = chosen.selection.total()
    return render(
        "records/transfer.html",
        status=422 if error else 200,
        record_type=record_type,
        carried=chosen.carried(),
        total=total,
        left_out=total - chosen.selection.count(("edit", "transfer")),
        control=made,
        cancel=next_url(list_url(record_type)),
        next=request.values.get("next", ""),
    )
