"""The pages of an import."""

from typing import Any
from uuid import UUID

from flask import Response, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from core import access, db
from core.errors import Invalid
from core.i18n import _
from core.records.imports import services
from core.records.imports.mapping import importable, open_table, preview
from core.records.imports.models import Import, ImportRow
from core.records.types import RecordType, type_named, type_of_plural
from core.tabular import TabularError, write_csv
from core.web import redirect_to, render
from core.web.blueprints import any_member, workspace

imports = workspace("imports", __name__, template_folder="templates")


@imports.get("/<plural>/import", permission=any_member)
def new_import(plural: str) -> ResponseReturnValue:
    return _upload_page(_type(plural), {})


@imports.post("/<plural>/import", permission=any_member)
def create_import(plural: str) -> ResponseReturnValue:
    record_type = _type(plural)
    file = request.files.get("file")
    if file is None or not file.filename:
        return _upload_page(record_type, {"file": _("Choose a file.")})
    try:
        run = services.begin_import(record_type, file.filename, file.read())
    except Invalid as error:
        return _upload_page(record_type, {p.field: p.message for p in error.problems})
    return redirect_to(url_for(".show_import", import_id=run.id))


@imports.get("/imports/<uuid:import_id>", permission=any_member)
def show_import(import_id: UUID) -> ResponseReturnValue:
    return _page(services.find_import(import_id))


@imports.post("/imports/<uuid:import_id>/mapping", permission=any_member)
def update_mapping(import_id: UUID) -> ResponseReturnValue:
    """Change what the columns are; with `start` pressed, begin as well."""
    run = services.find_import(import_id)
    mapping = [request.form.get(f"column-{at}") or None for at in range(len(run.headers))]
    dates = {str(at): order for at in range(len(run.headers)) if (order := request.form.get(f"dates-{at}"))}
    choices = {"dates": dates, "existing": request.form.get("existing", "skip")}
    try:
        with db.savepoint():
            services.map_import(run, mapping, choices)
            if "start" in request.form:
                services.start_import(run)
    except Invalid as error:
        run.mapping, run.choices = mapping, run.choices | choices
        return _page(run, {p.field: p.message for p in error.problems}, status=422)
    return redirect_to(url_for(".show_import", import_id=run.id))


@imports.post("/imports/<uuid:import_id>/cancellation", permission=any_member)
def cancel_import(import_id: UUID) -> ResponseReturnValue:
    run = services.find_import(import_id)
    services.cancel_import(run)
    return redirect_to(url_for(".show_import", import_id=run.id))


@imports.get("/imports/<uuid:import_id>/progress", permission=any_member)
def show_progress(import_id: UUID) -> ResponseReturnValue:
    run = services.find_import(import_id)
    return render("imports/show.html", "imports/_progress.html", **_context(run))


@imports.get("/imports/<uuid:import_id>/rows.csv", permission=any_member)
def download_rows(import_id: UUID) -> ResponseReturnValue:
    """The rows that were refused, skipped or remarked upon, with the reason in the last column."""
    run = services.find_import(import_id)
    rows = db.session().scalars(select(ImportRow).where(ImportRow.import_id == run.id).order_by(ImportRow.line)).all()
    headers = [_("Line"), *run.headers, _("What happened"), _("Why")]
    verdicts = {"refused": _("refused"), "skipped": _("skipped"), "remark": _("imported, but")}
    labels = {f.key: str(f.label) for f in importable(type_named(run.record_type))}
    lines = (
        [r.line, *_padded(r.cells, len(run.headers)), verdicts[r.verdict], _reasons(r.problems, labels)] for r in rows
    )
    answer = Response(stream_with_context(write_csv(lines, headers)), content_type="text/csv; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{run.file_name.rpartition('.')[0]}-rows.csv")
    return answer


def _padded(cells: list[Any], width: int) -> list[Any]:
    return (cells + [""] * width)[:width]


def _reasons(problems: list[Any], labels: dict[str, str]) -> str:
    return "; ".join(
        f"{labels[p['field']]}: {p['message']}" if p["field"] in labels else p["message"] for p in problems
    )


def _type(plural: str) -> RecordType:
    record_type = type_of_plural(plural)
    access.require("import", record_type)
    return record_type


def _upload_page(record_type: RecordType, errors: dict[str, str]) -> ResponseReturnValue:
    return render(
        "imports/new.html", type=record_type, errors=errors, recent=services.recent_imports(record_type),
        fields=importable(record_type), status=422 if errors else 200,
    )  # fmt: skip


def _page(run: Import, errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    page = "imports/mapping.html" if run.status == "draft" else "imports/show.html"
    return render(page, status=status, errors=errors or {}, **_context(run))


def _context(run: Import) -> dict[str, Any]:
    record_type = type_named(run.record_type)
    context: dict[str, Any] = {"run": run, "type": record_type}
    if run.status == "running":
        return context | {"read": services.rows_read(run)}
    if run.status != "draft":
        rows = select(ImportRow).where(ImportRow.import_id == run.id).order_by(ImportRow.line).limit(20)
        labels = {f.key: str(f.label) for f in importable(record_type)}
        odd = [(row, _reasons(row.problems, labels)) for row in db.session().scalars(rows)]
        return context | {"odd": odd}
    try:
        table = open_table(run)
        reader, rows_read = preview(record_type, run, table)
    except TabularError as error:
        raise Invalid([], error.message) from None
    by_column = {at: n for n, (at, _field) in enumerate(reader.columns)}
    return context | {
        "table": table, "sample": table.sample(8), "cells": rows_read, "by_column": by_column,
        "fields": importable(record_type), "missing": reader.missing, "orders": reader.orders,
        "earlier": services.earlier_import(run),
    }  # fmt: skip
