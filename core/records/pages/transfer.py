"""Handing several records over to somebody else."""

from flask import request
from flask.typing import ResponseReturnValue

from core import db
from core.errors import DomainError, FieldProblem, Invalid, NotFound
from core.i18n import _, _n
from core.records import services
from core.records.pages.addresses import list_url, next_url
from core.records.pages.blueprint import may_any, records
from core.records.pages.controls import control, members
from core.records.pages.picked import picked_ids
from core.records.schemas import from_form
from core.records.types import RecordType, type_of_plural
from core.web import redirect_to, render, toast


@records.post("/<plural>/bulk/owner", permission=may_any("transfer"))
def transfer_records(plural: str) -> ResponseReturnValue:
    """Without an owner named yet, ask for one; with one, hand over."""
    record_type = type_of_plural(plural)
    if "owner" not in record_type.builtin:
        raise NotFound(_("There is no such page."))
    ids = picked_ids()
    if "owner" not in request.form:
        return _ask(record_type, ids)
    try:
        values = from_form(record_type, request.form, fields=[record_type.builtin["owner"]])
        if values["owner"] is None:
            raise Invalid([FieldProblem("owner", "required", _("Choose who takes over."))])
    except Invalid as invalid:
        return _ask(record_type, ids, invalid.message)
    done, refused = 0, 0
    for record_id in ids:
        try:
            with db.savepoint():
                services.update_record(record_type, record_type.get(record_id, action="transfer"), values)
            done += 1
        except DomainError:
            refused += 1
    if done:
        toast(_n("%(num)s was handed over.", "%(num)s were handed over.", done))
    if refused:
        toast(_n("%(num)s could not be handed over.", "%(num)s could not be handed over.", refused), "warning")
    return redirect_to(next_url(list_url(record_type)))


def _ask(record_type: RecordType, ids: list, error: str | None = None) -> ResponseReturnValue:
    owner = record_type.builtin["owner"]
    made = control(owner, request.form.get("owner", ""), error=error, people=members([owner]))
    made.required = True
    return render(
        "records/transfer.html",
        status=422 if error else 200,
        record_type=record_type,
        ids=ids,
        control=made,
        cancel=next_url(list_url(record_type)),
        next=request.values.get("next", ""),
    )
