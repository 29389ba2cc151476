"""The pages of an import."""

from typing import Any
from uuid import UUID

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from core import access, db
from core.errors import Invalid
from core.i18n import _
from core.records.imports import services
from core.records.imports.downloads import file_name, odd_as_csv, odd_as_xlsx
from core.records.imports.models import Import
from core.records.imports.new_fields import NEW, add_field_for, may_add_fields
from core.records.imports.shown import mapping_page, result_page
from core.records.imports.targets import importable
from core.records.types import RecordType, type_named, type_of_plural
from core.web import redirect_to, render, toast
from core.web.blueprints import any_member, workspace

imports = workspace("imports", __name__, template_folder="templates")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
    """Change what the columns are; with `check` or `start` pressed, go on as well."""
    run = services.find_import(import_id)
    said, choices = [request.form.get(f"column-{at}") or None for at in range(len(run.headers))], _choices(run)
    mapping = [None if key == NEW else key for key in said]
    try:
        with db.savepoint():
            mapping = _with_new_fields(run, said)
            services.map_import(run, mapping, choices)
            if "check" in request.form:
                services.check_import(run)
            elif "start" in request.form:
                services.start_import(run)
    except Invalid as error:
        if run.status in ("draft", "checked"):
            run.mapping, run.choices, run.status = mapping, run.choices | choices, "draft"
        return _page(run, {p.field: p.message for p in error.problems}, status=422)
    return redirect_to(url_for(".show_import", import_id=run.id))


@imports.post("/imports/<uuid:import_id>/file", permission=any_member)
def read_again(import_id: UUID) -> ResponseReturnValue:
    """Take another sheet of the file, or read it in another encoding."""
    run = services.find_import(import_id)
    said = {name: request.form[name] for name in ("sheet", "encoding", "delimiter") if request.form.get(name)}
    try:
        with db.savepoint():
            services.look_again(run, **said)
    except Invalid as error:
        db.session().refresh(run)
        return _page(run, {p.field: p.message for p in error.problems}, status=422)
    return redirect_to(url_for(".show_import", import_id=run.id))


@imports.post("/imports/<uuid:import_id>/start", permission=any_member)
def start_import(import_id: UUID) -> ResponseReturnValue:
    """Bring in what was checked."""
    run = services.find_import(import_id)
    try:
        with db.savepoint():
            services.start_import(run)
    except Invalid as error:
        run.status = "draft"
        return _page(run, {p.field: p.message for p in error.problems}, status=422)
    return redirect_to(url_for(".show_import", import_id=run.id))


@imports.post("/imports/<uuid:import_id>/cancellation", permission=any_member)
def cancel_import(import_id: UUID) -> ResponseReturnValue:
    run = services.find_import(import_id)
    services.cancel_import(run)
    return redirect_to(url_for(".show_import", import_id=run.id))


@imports.post("/imports/<uuid:import_id>/reversion", permission=any_member)
def revert_import(import_id: UUID) -> ResponseReturnValue:
    run = services.find_import(import_id)
    services.start_reverting(run)
    return redirect_to(url_for(".show_import", import_id=run.id))


@imports.get("/imports/<uuid:import_id>/progress", permission=any_member)
def show_progress(import_id: UUID) -> ResponseReturnValue:
    run = services.find_import(import_id)
    if run.status == "draft":  # a check that was cancelled
        return redirect_to(url_for(".show_import", import_id=run.id))
    return render("imports/show.html", "imports/_progress.html", **result_page(run))


@imports.get("/imports/<uuid:import_id>/rows.csv", permission=any_member)
def download_rows(import_id: UUID) -> ResponseReturnValue:
    """The rows that were refused, skipped or remarked upon, with the reason in the last column."""
    run = services.find_import(import_id)
    answer = Response(b"".join(odd_as_csv(run)), content_type="text/csv; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=file_name(run, "csv"))
    return answer


@imports.get("/imports/<uuid:import_id>/rows.xlsx", permission=any_member)
def download_workbook(import_id: UUID) -> ResponseReturnValue:
    run = services.find_import(import_id)
    answer = Response(odd_as_xlsx(run), content_type=XLSX)
    answer.headers.set("Content-Disposition", "attachment", filename=file_name(run, "xlsx"))
    return answer


# --- the form of the columns --------------------------------------------------------------------------------


def _choices(run: Import) -> dict[str, Any]:
    form = request.form
    dates = {str(at): order for at in range(len(run.headers)) if (order := form.get(f"dates-{at}"))}
    choices: dict[str, Any] = {name: form[name] for name in ("mode", "empty", "bad_cells") if name in form}
    if "match-0" in form:
        keys = (form.get(f"match-{n}") for n in range(3))
        choices["match"] = list(dict.fromkeys(key for key in keys if key))
    if "links-shown" in form:
        choices["create_links"] = form.getlist("create_links")
    if "rules-shown" in form:
        choices["rules"] = "rules" in form
    return choices | {"dates": dates}


def _with_new_fields(run: Import, said: list[str | None]) -> list[str | None]:
    """The mapping, with a field made for each column that wants one. Raises Invalid, Forbidden."""
    record_type = type_named(run.record_type)
    mapping = list(said)
    for at, key in enumerate(said):
        if key == NEW:
            mapping[at] = add_field_for(record_type, run, at, request.form.get(f"type-{at}", "text"))
            toast(_("“%(title)s” was created.", title=run.headers[at]))
    return mapping


def _type(plural: str) -> RecordType:
    record_type = type_of_plural(plural)
    access.require("import", record_type)
    return record_type


def _upload_page(record_type: RecordType, errors: dict[str, str]) -> ResponseReturnValue:
    return render(
        "imports/new.html", type=record_type, errors=errors, recent=services.recent_imports(record_type),
        fields=importable(record_type), may_edit=bool(access.scopes_for("edit", record_type.name)),
        status=422 if errors else 200,
    )  # fmt: skip


def _page(run: Import, errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    if run.status == "draft" or errors or (run.status == "checked" and "columns" in request.args):
        return render(
            "imports/mapping.html", status=status, errors=errors or {},
            may_add=may_add_fields(type_named(run.record_type)), **mapping_page(run),
        )  # fmt: skip
    return render("imports/show.html", status=status, **result_page(run))
