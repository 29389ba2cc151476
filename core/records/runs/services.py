"""The verbs of runs: begin, cancel, take back; and the telling of what became of them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import access, current, db
from core.access import permitted
from core.errors import Conflict, Forbidden, NotFound
from core.events import EventRow, emit
from core.i18n import _
from core.records.happenings import RunUndone
from core.records.runs.changing import Change
from core.records.runs.doing import carry_out, do_run, does
from core.records.runs.models import Run, RunRow
from core.records.runs.progress import Progress, ask_to_cancel
from core.records.runs.selection import Selection
from core.records.runs.undoing import undo_run
from core.records.sharing import end_shares_of_run
from core.records.types import RecordType, find_type, titles, type_named

AT_ONCE = 50
"""So many records are done while the member waits; more go to a worker."""
UNDOING = ("undo", "handover_undo")
OVERSEE = "tenant.manage_settings"
"""Who holds this sees the runs of others, too."""


def begin_run(kind: str, record_type: RecordType, total: int, *, at_once: bool | None = None, **params: Any) -> Run:
    """Write a run down and do it: now where it is small, else in a worker."""
    run = write_down_run(kind, record_type, total, **params)
    start_run(run, at_once=total <= AT_ONCE if at_once is None else at_once)
    return run


def write_down_run(kind: str, record_type: RecordType, total: int, **params: Any) -> Run:
    """Say what is to be done, and do nothing yet."""
    scopes = current.tenant().scopes
    run = Run(kind=kind, record_type=record_type.name, total=total, member_id=current.member_id(),
              params=params | ({"scopes": sorted(scopes)} if scopes is not None else {}))  # fmt: skip
    db.session().add(run)
    db.flush()
    return run


def start_run(run: Run, *, at_once: bool) -> None:
    run.status = "running"
    if at_once:
        carry_out(run, watched=False)
    else:
        do_run.later(run_id=str(run.id))
    db.flush()


def edit_records(selection: Selection, change: Change, *, kind: str = "bulk_edit") -> Run:
    """Change fields of many records. Raises Forbidden, Invalid."""
    for grant in change.grants:
        access.require(grant, selection.record_type)
    change.check()
    return begin_run(kind, selection.record_type, selection.total(), selection=selection.kept(), change=change.kept())


def delete_records(selection: Selection) -> Run:
    """Delete many records: they can be brought back together. Raises Forbidden."""
    access.require("delete", selection.record_type)
    return begin_run("bulk_delete", selection.record_type, selection.total(), selection=selection.kept())


def act_on_records(selection: Selection, action: str, typed: dict[str, Any]) -> Run:
    """Run an action on many records, each by itself."""
    return begin_run(
        "bulk_action", selection.record_type, selection.total(), selection=selection.kept(), action=action, typed=typed
    )


def find_run(run_id: UUID) -> Run:
    """A run of the member's own, or any for those who oversee the workspace. Raises NotFound."""
    run = db.get(Run, run_id)
    mine = run is not None and (run.member_id == current.member_id() or permitted(OVERSEE))
    if run is None or not mine or find_type(run.record_type) is None:
        raise NotFound(_("There is no such page."))
    type_named(run.record_type)
    return run


def recent_runs(limit: int = 50, *, kind: str | None = None) -> Sequence[Run]:
    """What the member did to many records of late, newest first; of all members for those who oversee."""
    found = select(Run).where(Run.tenant_id == current.tenant_id(), Run.status != "draft", Run.kind.not_in(UNDOING))
    if not permitted(OVERSEE):
        found = found.where(Run.member_id == current.member_id())
    if kind:
        found = found.where(Run.kind == kind)
    return db.session().scalars(found.order_by(Run.created_at.desc(), Run.id.desc()).limit(limit)).all()


def rows_of(run: Run, verdict: str, limit: int = 200) -> Sequence[RunRow]:
    rows = select(RunRow).where(RunRow.run_id == run.id, RunRow.verdict == verdict)
    return db.session().scalars(rows.order_by(RunRow.line, RunRow.id).limit(limit)).all()


def cancel_run(run: Run) -> None:
    """Stop: a running one changes nothing at all."""
    if run.status == "draft":
        run.status, run.finished_at = "cancelled", current.now()
    elif run.status == "running":
        ask_to_cancel(run)


def undo(run: Run) -> Run:
    """Take a run back, as a run of its own. Raises Conflict when that was done already or is too late."""
    if not run.can_be_undone:
        raise Conflict(_("This can no longer be undone."))
    record_type = type_named(run.record_type)
    grant = {"bulk_delete": "delete", "bulk_share": "share"}.get(run.kind, "edit")
    if not access.may(grant, record_type):
        raise Forbidden(_("Your role does not allow this. Ask an administrator of your workspace."))
    made = begin_run("undo", record_type, run.changed, at_once=False if run.changed > AT_ONCE else None, of=str(run.id))
    run.undone_by = made.id
    return made


@does("undo")
def take_back(run: Run, progress: Progress) -> None:
    record_type = type_named(run.record_type)
    undone = undo_run(UUID(run.params["of"]), record_type=record_type, undo_id=run.id, tell=progress.told)
    names = titles({record_type.name: {record_id for record_id, _reason in undone.kept}})
    for record_id, reason in undone.kept:
        progress.refuse(record_id, names.get((record_type.name, record_id), ""), reason)
    progress.changed = undone.restored + _take_back_rest(UUID(run.params["of"]), record_type, run.id)
    emit(RunUndone(record_type="run", record_id=UUID(run.params["of"]), of_type=record_type.name,
                   count=progress.changed))  # fmt: skip


def _take_back_rest(run_id: UUID, record_type: RecordType, undo_id: UUID) -> int:
    """What the run shared is no longer; what went along with a handover, records of other types, is as it was. Returns
    how many shares were ended where that is all the run did."""
    done = db.get(Run, run_id)
    ended = end_shares_of_run(run_id)
    if done is None or done.kind != "bulk_transfer":
        return ended
    others = select(EventRow.record_type).where(
        EventRow.tenant_id == current.tenant_id(), EventRow.run_id == run_id, EventRow.changes.is_not(None),
        EventRow.record_type != record_type.name,
    )  # fmt: skip
    for name in db.session().scalars(others.distinct()).all():
        if other := find_type(name):
            undo_run(run_id, record_type=other, undo_id=undo_id)
    return 0
