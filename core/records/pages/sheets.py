"""Uploading an edited export, and choosing cell by cell what to take from it."""

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from core.errors import Invalid
from core.i18n import _, _n
from core.records.pages.addresses import list_url
from core.records.pages.blueprint import may_any, records
from core.records.pages.runs import after, run_url
from core.records.sheets import services
from core.records.types import RecordType, type_of_plural
from core.web import redirect_to, render
from core.web.blueprints import any_member


@records.get("/<plural>/returns/new", permission=may_any("edit"))
def new_return(plural: str) -> ResponseReturnValue:
    return _upload_page(type_of_plural(plural))


@records.post("/<plural>/returns", permission=may_any("edit"))
def create_return(plural: str) -> ResponseReturnValue:
    record_type = type_of_plural(plural)
    file = request.files.get("file")
    if file is None or not file.filename:
        return _upload_page(record_type, _("Choose a file."))
    try:
        run = services.begin_sheet(record_type, file.filename, file.read())
    except Invalid as invalid:
        return _upload_page(record_type, invalid.message)
    return redirect_to(run_url(run))


@records.post("/runs/<uuid:run_id>/cells", permission=any_member)
def apply_sheet(run_id: UUID) -> ResponseReturnValue:
    """Make the changes that were ticked."""
    run = services.find_sheet(run_id)
    cells = (each.partition(":") for each in request.form.getlist("cell"))
    take = {(line, key) for line, _colon, key in cells}
    services.apply_sheet(run, take, rest="rest" in request.form, create=request.form.getlist("create"))
    return after(
        run,
        _n("%(num)s was changed.", "%(num)s were changed.", run.changed),
        _n("%(num)s was left as it is.", "%(num)s were left as they are.", run.refused),
    )


def _upload_page(record_type: RecordType, error: str = "") -> ResponseReturnValue:
    return render(
        "records/runs/upload.html",
        status=422 if error else 200,
        record_type=record_type,
        list_url=list_url(record_type),
        error=error,
    )
