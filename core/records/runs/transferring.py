"""Handing many records over: the owner as any field, then what goes along, by a few statements for a thousand."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import access, current, db
from core.events import EventRow, emit
from core.records.happenings import RecordsHandedOver
from core.records.runs.changing import Change, edit, in_chunks
from core.records.runs.doing import does
from core.records.runs.models import Run
from core.records.runs.progress import Progress
from core.records.runs.selection import Selection
from core.records.runs.services import begin_run
from core.records.transferring import check_keep, hand_on, new_owner
from core.records.types import RecordType, type_named


def transfer_records(selection: Selection, owner_id: UUID | None, *, tasks: bool = False, keep: str = "") -> Run:
    """Give many records to another owner, as `transfer_record` does with one. Raises Forbidden, Invalid."""
    record_type = selection.record_type
    new = new_owner(owner_id)
    check_keep(keep)
    change = Change(record_type, set={"owner": new.id})
    for grant in change.grants:
        access.require(grant, record_type)
    change.check()
    return begin_run("bulk_transfer", record_type, selection.total(), selection=selection.kept(), change=change.kept(),
                     tasks=tasks, keep=keep)  # fmt: skip


@does("bulk_transfer")
def transfer(run: Run, progress: Progress) -> None:
    edit(run, progress)
    record_type, tasks = type_named(run.record_type), 0
    owner_id = new_owner(Change.read(record_type, run.params["change"]).set["owner"]).id
    had = _had(run, record_type)
    if run.params.get("tasks") or run.params.get("keep"):
        for ids in in_chunks(list(had)):
            some = {record_id: had[record_id] for record_id in ids}
            tasks += hand_on(record_type, some, owner_id, tasks=bool(run.params.get("tasks")),
                             keep=run.params.get("keep", ""))  # fmt: skip
    if had and not record_type.minds(["owner"]):
        emit(RecordsHandedOver(record_type="run", record_id=run.id, of_type=record_type.name, count=len(had),
                               owner_id=owner_id, tasks=tasks))  # fmt: skip


def _had(run: Run, record_type: RecordType) -> dict[UUID, UUID | None]:
    """Who had the records that the run gave away, as its events tell."""
    db.flush()
    of: Any = record_type.builtin["owner"]
    rows = select(EventRow.record_id, EventRow.changes["owner"][0].label("previous")).where(
        EventRow.tenant_id == current.tenant_id(), EventRow.run_id == run.id,
        EventRow.record_type == record_type.name, EventRow.changes.has_key("owner"),
    )  # fmt: skip
    had: dict[UUID, UUID | None] = {}
    for row in db.session().execute(rows.order_by(EventRow.id)):
        had.setdefault(row.record_id, of.load(row.previous))
    return had
