"""The pages that make a record type of a spreadsheet: upload it, look at what is proposed, watch the rows come in."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core import db
from core.errors import Invalid, NotFound
from core.files import MAX_FILE, File, keep_file
from core.i18n import _, _l, _n
from core.records import proposing
from core.records.from_files import make_type_of_file
from core.records.imports.run import rows_read
from core.records.imports.services import find_import
from core.records.pages.addresses import list_url
from core.records.pages.blueprint import records
from core.records.pages.own_types import MANAGE, looks
from core.records.proposing import Proposal
from core.records.types import type_named
from core.tabular import Table, TabularError, read
from core.web import redirect_to, render, toast

SUFFIX = ".guanxi-sheet"
"""How our name for the file ends, so that no other file of the workspace is taken for one."""
ORDERS = [("ymd", _l("Year, month, day")), ("dmy", _l("Day, month, year")), ("mdy", _l("Month, day, year"))]


@records.get("/settings/record-types/sheet", permission=MANAGE)
def new_sheet() -> ResponseReturnValue:
    return _upload_page()


@records.post("/settings/record-types/sheet", permission=MANAGE)
def create_sheet() -> ResponseReturnValue:
    file = request.files.get("file")
    if file is None or not file.filename:
        return _upload_page(_("Choose a file."))
    content = file.read()
    if len(content) > MAX_FILE:
        return _upload_page(_("The file is larger than %(limit)s MB. Split it.", limit=MAX_FILE // 1024 // 1024))
    try:
        proposing.propose(read(content, file.filename), file.filename)
    except TabularError as error:
        return _upload_page(error.message)
    except Invalid as invalid:
        return _upload_page(invalid.message)
    kept = keep_file(f"{file.filename[:150]}{SUFFIX}", content)
    return redirect_to(url_for("records.edit_sheet", file_id=kept.id))


@records.get("/settings/record-types/sheet/<uuid:file_id>", permission=MANAGE)
def edit_sheet(file_id: UUID) -> ResponseReturnValue:
    file, name = _file(file_id)
    table = _table(file, name, request.args.get("sheet"))
    return _page(file, name, table, proposing.propose(table, name), {"icon": "box", "color": "teal"})


@records.post("/settings/record-types/sheet/<uuid:file_id>", permission=MANAGE)
def make_type_of_sheet(file_id: UUID) -> ResponseReturnValue:
    """Make the type, its fields, and have the rows brought in."""
    file, name = _file(file_id)
    table = _table(file, name, request.form.get("sheet"))
    proposal = _as_said(proposing.propose(table, name))
    form = request.form
    try:
        _own, run = make_type_of_file(
            proposal, table, name, file.content, plural_label=form.get("plural_label", ""),
            icon=form.get("icon", "box"), color=form.get("color", "teal"),
        )  # fmt: skip
    except Invalid as invalid:
        return _page(file, name, table, proposal, form, {p.field: p.message for p in invalid.problems}, invalid.message)
    db.session().delete(file)
    return redirect_to(url_for("records.show_sheet_progress", import_id=run.id))


@records.get("/settings/record-types/sheet/imports/<uuid:import_id>", permission=MANAGE)
def show_sheet_progress(import_id: UUID) -> ResponseReturnValue:
    """How far the rows are; once they are in, on to their list, or to what is to be looked at."""
    run = find_import(import_id)
    record_type = type_named(run.record_type)
    if run.status == "running":
        return render("records/own_types/progress.html", "records/own_types/_progress.html", run=run,
                      record_type=record_type, read=rows_read(run))  # fmt: skip
    if run.status == "done" and not (run.refused or run.remarked or run.skipped):
        toast(_n("%(num)s record was brought in.", "%(num)s records were brought in.", run.created))
        return redirect_to(list_url(record_type))
    return redirect_to(url_for("imports.show_import", import_id=run.id))


def _file(file_id: UUID) -> tuple[File, str]:
    file = db.get(File, file_id)
    if file is None or not file.name.endswith(SUFFIX):
        raise NotFound(_("This file is gone. Upload it again."))
    return file, file.name.removesuffix(SUFFIX)


def _table(file: File, name: str, sheet: str | None) -> Table:
    try:
        return read(file.content, name, sheet=sheet or None)
    except TabularError as error:
        raise Invalid([], error.message) from None


def _as_said(proposal: Proposal) -> Proposal:
    """The proposal as the form has it."""
    form = request.form
    proposal.label = form.get("label", "")
    title = form.get("title", "")
    proposal.title = int(title) if title.isdigit() and len(title) < 6 else -1
    for column in proposal.columns:
        column.use = f"use-{column.at}" in form or column.at == proposal.title
        column.label = form.get(f"label-{column.at}", column.label)[:200]
        column.type = form.get(f"type-{column.at}", column.type)
        column.required = f"required-{column.at}" in form
        column.order = form.get(f"order-{column.at}", column.order)
        if column.order not in ("", *(key for key, _label in ORDERS)):
            column.order = ""
    return proposal


def _upload_page(error: str = "") -> ResponseReturnValue:
    return render("records/own_types/sheet_new.html", status=422 if error else 200, error=error)


def _page(
    file: File, name: str, table: Table, proposal: Proposal, typed: Any, errors: dict[str, str] | None = None,
    error: str = "",
) -> ResponseReturnValue:  # fmt: skip
    return render(
        "records/own_types/sheet.html", status=422 if errors or error else 200, file=file, name=name, table=table,
        proposal=proposal, typed=typed, errors=errors or {}, error=error, types=proposing.type_names(), orders=ORDERS,
        sheets=[(each, each) for each in table.sheets], **looks(typed),
    )  # fmt: skip
