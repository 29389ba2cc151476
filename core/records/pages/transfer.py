"""Handing records over to another owner: one from its page, or many from a list, with what goes along."""

from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from core.access import require
from core.errors import FieldProblem, Invalid, NotFound
from core.i18n import _, _n
from core.records.pages.addresses import list_url, next_url, url_of
from core.records.pages.blueprint import found, may_any, records
from core.records.pages.controls import Control, control, members
from core.records.pages.details import short_title
from core.records.pages.picked import Picked, picked
from core.records.pages.runs import after
from core.records.runs import transferring
from core.records.schemas import from_form
from core.records.transferring import transfer_record as give
from core.records.types import RecordType, names_for, type_of_plural
from core.web import redirect_to, render, toast


@records.get("/<plural>/<uuid:record_id>/owner", permission=may_any("transfer"))
def ask_transfer(plural: str, record_id: UUID) -> ResponseReturnValue:
    record_type, record = _owned(plural, record_id)
    return _ask_one(record_type, record)


@records.post("/<plural>/<uuid:record_id>/owner", permission=may_any("transfer"))
def transfer_record(plural: str, record_id: UUID) -> ResponseReturnValue:
    record_type, record = _owned(plural, record_id)
    try:
        tasks, keep = _along()
        owner_id = _owner(record_type)
        give(record_type, record, owner_id, tasks=tasks, keep=keep)
    except Invalid as invalid:
        return _ask_one(record_type, record, invalid)
    owner = record_type.builtin["owner"]
    name = names_for([owner], [record]).get(("member", owner_id), "")
    toast(_("“%(title)s” is %(owner)s’s now.", title=short_title(record_type, record), owner=name))
    still = record_type.is_visible(record)
    return redirect_to(next_url(url_of(record_type, record_id)) if still else list_url(record_type))


@records.post("/<plural>/bulk/owner", permission=may_any("transfer"))
def transfer_records(plural: str) -> ResponseReturnValue:
    """Without an owner named yet, ask for one; with one, hand over."""
    record_type = type_of_plural(plural)
    if "owner" not in record_type.builtin:
        raise NotFound(_("There is no such page."))
    chosen = picked(record_type)
    if "owner" not in request.form:
        return _ask_many(record_type, chosen)
    try:
        tasks, keep = _along()
        run = transferring.transfer_records(chosen.selection, _owner(record_type), tasks=tasks, keep=keep)
    except Invalid as invalid:
        return _ask_many(record_type, chosen, invalid)
    return after(
        run,
        _n("%(num)s was handed over.", "%(num)s were handed over.", run.changed),
        _n("%(num)s could not be handed over.", "%(num)s could not be handed over.", run.refused),
    )


def _owned(plural: str, record_id: UUID) -> tuple[RecordType, Any]:
    record_type, record = found(plural, record_id, "transfer")
    if "owner" not in record_type.builtin:
        raise NotFound(_("There is no such page."))
    require("edit", record_type, record)
    return record_type, record


def _owner(record_type: RecordType) -> UUID:
    values = from_form(record_type, request.form, fields=[record_type.builtin["owner"]])
    if values["owner"] is None:
        raise Invalid([FieldProblem("owner", "required", _("Choose who takes over."))])
    return values["owner"]


def _along() -> tuple[bool, str]:
    """Whether the tasks go along, and as what the previous owner is kept."""
    return request.form.get("tasks") == "1", request.form.get("keep", "")


def _ask_one(record_type: RecordType, record: Any, invalid: Invalid | None = None) -> ResponseReturnValue:
    owner = record_type.builtin["owner"]
    names = names_for([owner], [record])
    return render(
        "records/hand_over.html",
        status=422 if invalid else 200,
        record_type=record_type,
        title=short_title(record_type, record),
        url=url_of(record_type, record.id),
        present=names.get(("member", owner.get(record)), ""),
        next=request.values.get("next", ""),
        **_form(owner, invalid),
    )


def _ask_many(record_type: RecordType, chosen: Picked, invalid: Invalid | None = None) -> ResponseReturnValue:
    total = chosen.selection.total()
    return render(
        "records/transfer.html",
        status=422 if invalid else 200,
        record_type=record_type,
        carried=chosen.carried(),
        total=total,
        left_out=total - chosen.selection.count(("edit", "transfer")),
        cancel=next_url(list_url(record_type)),
        next=request.values.get("next", ""),
        **_form(record_type.builtin["owner"], invalid),
    )


def _form(owner: Any, invalid: Invalid | None) -> dict[str, Any]:
    errors = {each.field: each.message for each in invalid.problems} if invalid else {}
    made: Control = control(owner, request.form.get("owner", ""), error=errors.get("owner"), people=members([owner]))
    made.required, made.label = True, _("New owner")
    return {
        "control": made,
        "errors": errors,
        "tasks": request.form.get("tasks") == "1" if invalid else True,
        "keep": request.form.get("keep", ""),
        "keeps": [("", _("Not at all")), ("view", _("To view")), ("edit", _("To view and edit"))],
    }
