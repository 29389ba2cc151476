"""Deleting records, one or many, and taking it back."""

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from core.i18n import _, _n
from core.records import services
from core.records.pages.addresses import list_url, next_url, url_of
from core.records.pages.blueprint import found, may_any, records
from core.records.pages.picked import picked
from core.records.pages.runs import after
from core.records.runs import services as services_of_runs
from core.records.types import type_of_plural
from core.web import redirect_to, render, toast


@records.post("/<plural>/<uuid:record_id>/deletion", permission=may_any("delete"))
def delete_record(plural: str, record_id: UUID) -> ResponseReturnValue:
    record_type, record = found(plural, record_id, "delete")
    title = record_type.title_of(record)[:100]
    services.delete_record(record_type, record)
    toast(_("“%(title)s” was deleted.", title=title), undo=f"{url_of(record_type, record_id)}/restoration")
    return redirect_to(next_url(list_url(record_type)))


@records.post("/<plural>/<uuid:record_id>/restoration", permission=may_any("delete"))
def restore_record(plural: str, record_id: UUID) -> ResponseReturnValue:
    record_type = type_of_plural(plural)
    record = services.restore_record(record_type, record_id)
    toast(_("“%(title)s” is back.", title=record_type.title_of(record)[:100]))
    return redirect_to(url_of(record_type, record_id))


@records.post("/<plural>/bulk/deletion", permission=may_any("delete"))
def delete_records(plural: str) -> ResponseReturnValue:
    """Delete what was ticked; of all that match, ask first how many that are."""
    record_type = type_of_plural(plural)
    chosen = picked(record_type)
    if chosen.selection.all and "go" not in request.form:
        total = chosen.selection.total()
        return render(
            "records/runs/delete.html",
            record_type=record_type,
            carried=chosen.carried(),
            total=total,
            left_out=total - chosen.selection.count(("delete",)),
            cancel=next_url(list_url(record_type)),
            next=request.values.get("next", ""),
        )
    run = services_of_runs.delete_records(chosen.selection)
    return after(
        run,
        _n("%(num)s was deleted.", "%(num)s were deleted.", run.changed),
        _n("%(num)s may not be deleted by you.", "%(num)s may not be deleted by you.", run.refused),
    )
