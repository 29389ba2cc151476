"""The pages of runs: how far one is, what became of the records, taking it back; and what was done of late."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response
from flask.typing import ResponseReturnValue

from core import current
from core.errors import Conflict, NotFound
from core.i18n import _, _l, _n
from core.records.exports.services import TYPES, file_of
from core.records.fields import Names
from core.records.pages.addresses import list_url, next_url
from core.records.pages.blueprint import records
from core.records.pages.sheet_lines import choosing
from core.records.runs import services
from core.records.runs.models import Run
from core.records.runs.progress import how_far
from core.records.types import RecordType, titles, type_named
from core.web import redirect_to, render, toast
from core.web.blueprints import any_member
from core.web.settings_menu import SettingsPage, add_settings_page

add_settings_page(SettingsPage(_l("Bulk work"), "records.list_runs", "stack-2", section="data", place=50,
                  summary=_l("What was done to many records at once, and can be undone.")))  # fmt: skip
KINDS: Mapping[str, tuple[Any, str]] = {
    "bulk_edit": (_l("Bulk edit"), "edit"),
    "bulk_action": (_l("Bulk action"), "bolt"),
    "bulk_delete": (_l("Deletion"), "trash"),
    "bulk_transfer": (_l("Handover"), "user-share"),
    "bulk_share": (_l("Sharing"), "share"),
    "export": (_l("Export"), "download"),
    "sheet": (_l("Changes from a sheet"), "table-import"),
    "undo": (_l("Undoing"), "arrow-back-up"),
    "handover": (_l("Handover of all that a member has"), "transfer"),
}
PLACES: dict[str, str] = {}
"""The endpoints of the kinds of run that have pages of their own, since they are not about one record type."""


@records.get("/runs", permission=any_member)
def list_runs() -> ResponseReturnValue:
    runs = services.recent_runs()
    names = titles({"member": {run.member_id for run in runs if run.member_id}})
    types = {run.record_type: _type_of(run) for run in runs}
    shown = [(run, headline(run, types[run.record_type]), _name_of(names, run.member_id))
             for run in runs if types[run.record_type] or run.kind in PLACES]  # fmt: skip
    return render("records/runs/list.html", runs=shown, icons={kind: icon for kind, (_t, icon) in KINDS.items()},
                  places=PLACES)  # fmt: skip


@records.get("/runs/<uuid:run_id>", permission=any_member)
def show_run(run_id: UUID) -> ResponseReturnValue:
    run = services.find_run(run_id)
    if run.kind == "sheet" and run.status == "draft":
        return render("records/runs/sheet.html", "records/runs/_sheet.html", **context_of(run), **choosing(run))
    return render("records/runs/show.html", "records/runs/_progress.html", **context_of(run))


@records.post("/runs/<uuid:run_id>/cancellation", permission=any_member)
def cancel_run(run_id: UUID) -> ResponseReturnValue:
    run = services.find_run(run_id)
    services.cancel_run(run)
    return redirect_to(run_url(run))


@records.post("/runs/<uuid:run_id>/undoing", permission=any_member)
def undo_run(run_id: UUID) -> ResponseReturnValue:
    run = services.find_run(run_id)
    try:
        undoing = services.undo(run)
    except Conflict as error:
        toast(error.message, "warning")
        return redirect_to(run_url(run))
    if undoing.status == "done":
        said = _n("%(num)s is back.", "%(num)s are back.", undoing.changed) if run.kind == "bulk_delete" else (
            _n("%(num)s is as it was.", "%(num)s are as they were.", undoing.changed)
        )  # fmt: skip
        toast(said)
        if not undoing.refused:
            return redirect_to(next_url(list_url(type_named(run.record_type))))
    return redirect_to(run_url(undoing))


@records.get("/runs/<uuid:run_id>/file", permission=any_member)
def download_run_file(run_id: UUID) -> ResponseReturnValue:
    return as_download(services.find_run(run_id))


def as_download(run: Run) -> Response:
    """The file of an export, to be saved and never shown."""
    file = file_of(run)
    answer = Response(file.content, content_type=TYPES[run.params["choices"]["format"]])
    answer.headers.set("Content-Disposition", "attachment", filename=file.name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def run_url(run: Run) -> str:
    return f"/w/{current.tenant().slug}/runs/{run.id}"


def after(run: Run, done: str, refused: str) -> ResponseReturnValue:
    """Where to go once a run was begun: it is done and said so, or its page tells how far it is."""
    if run.status == "running":
        return redirect_to(run_url(run))
    if run.status == "failed":
        toast(run.error or _("Nothing was changed."), "error")
    elif run.changed:
        toast(done, undo=f"{run_url(run)}/undoing" if run.can_be_undone else None)
    elif not run.refused:
        toast(_("Nothing was changed: it was so already."), "info")
    if run.refused:
        toast(refused, "warning")
        return redirect_to(run_url(run))
    return redirect_to(next_url(list_url(type_named(run.record_type))))


def context_of(run: Run) -> dict[str, Any]:
    record_type = type_named(run.record_type)
    names = titles({"member": {run.member_id}}) if run.member_id else {}
    return {
        "run": run,
        "url": run_url(run),
        "record_type": record_type,
        "headline": headline(run, record_type),
        "icon_name": KINDS[run.kind][1],
        "by": _name_of(names, run.member_id),
        "done": how_far(run) if run.status == "running" else run.done,
        "rows": services.rows_of(run, "refused") if run.refused else (),
        "list_url": list_url(record_type),
        "details": details(run, record_type),
    }


def headline(run: Run, record_type: RecordType | None) -> str:
    """What a run is, in words."""
    label = str(KINDS[run.kind][0])
    if run.kind == "bulk_action" and record_type and (action := record_type.by_action.get(run.params["action"])):
        label = str(action.label)
    if run.kind in PLACES:
        return label
    return _("%(what)s: %(type)s", what=label, type=record_type.plural_label if record_type else run.record_type)


def details(run: Run, record_type: RecordType) -> list[tuple[str, str]]:
    """What was to be done, field by field."""
    fields = record_type.fields()
    change = run.params.get("change", {})
    said: list[tuple[str, str]] = []
    for key, value in change.get("set", {}).items():
        if (of := fields.get(key)) and of.guarded:
            said.append((str(of.label), str(of.mask(of.load(value)) or _("emptied"))))
        elif of:
            loaded = of.load(value)
            names = titles(_all_pointed(of, loaded))
            said.append((str(of.label), of.text(loaded, names) or _("emptied")))
    for part, sign in (("add", "+"), ("remove", "−")):
        words = {k: value for k, value in change.get(part, {}).items() if k in fields and not fields[k].guarded}
        said += [(str(fields[key].label), f"{sign} {fields[key].text(value)}") for key, value in words.items()]
    return said


def _all_pointed(of: Any, value: Any) -> dict[str, set[UUID]]:
    wanted: dict[str, set[UUID]] = {}
    for target, record_id in of.all_pointed(value):
        wanted.setdefault(target, set()).add(record_id)
    return wanted


def _name_of(names: Names, member_id: UUID | None) -> str:
    return names.get(("member", member_id), "") if member_id else ""


def _type_of(run: Run) -> RecordType | None:
    try:
        return type_named(run.record_type)
    except NotFound:
        return None
