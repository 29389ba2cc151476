"""Sharing many records at once, by one statement for a thousand and each of those they are shared with."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from core import access, current, db
from core.access import scope_clause
from core.errors import Forbidden
from core.events import emit
from core.i18n import _
from core.records.collaborators import Whom, end_of
from core.records.happenings import RecordsShared
from core.records.runs.changing import in_chunks, refuse_others
from core.records.runs.doing import does
from core.records.runs.models import Run
from core.records.runs.progress import Progress
from core.records.runs.selection import Selection
from core.records.runs.services import begin_run
from core.records.sharing import check_choice, find_whom, put_shares
from core.records.types import RecordType, type_named


def share_records(selection: Selection, whom: Sequence[Whom], *, level: str = "view", until: date | None = None) -> Run:
    """Share many records, as `share_record` does with one. Raises Forbidden, Invalid."""
    if not may_share_any(selection.record_type):
        raise Forbidden(_("Your role does not allow this. Ask an administrator of your workspace."))
    check_choice(whom, level, until)
    return begin_run(
        "bulk_share", selection.record_type, selection.total(), selection=selection.kept(), level=level,
        until=until.isoformat() if until else None,
        members=[str(each.id) for each in whom if not each.is_team],
        teams=[str(each.id) for each in whom if each.is_team],
    )  # fmt: skip


def may_share_any(record_type: RecordType) -> bool:
    """Whether there may be records of the type that the member may share."""
    return access.may("share", record_type) or ("owner" in record_type.builtin and access.may("edit", record_type))


def shareable(record_type: RecordType, level: str) -> ColumnElement[bool]:
    """The records that the member may share at this level: see `may_share` and `require_sharing`."""
    model: Any = record_type.model
    may_edit = scope_clause("edit", record_type)
    ways = [scope_clause("share", record_type)]
    if hasattr(model, "owner_id"):
        ways.append(and_(model.owner_id == current.member_id(), may_edit))
    return or_(*ways) & may_edit if level == "edit" else or_(*ways)


def count_shareable(selection: Selection) -> int:
    """How many of the records the member may share at all."""
    found = selection.found(("view",), selection.record_type.model.id).where(shareable(selection.record_type, "view"))
    return db.session().scalar(select(func.count()).select_from(found.subquery())) or 0


@does("bulk_share")
def share(run: Run, progress: Progress) -> None:
    record_type, asked = type_named(run.record_type), run.params
    selection = Selection.read(record_type, asked["selection"])
    model = record_type.model
    found = selection.found(("view",), model.id).where(shareable(record_type, asked["level"]))
    ids = list(db.session().scalars(found.order_by(model.id)))
    refuse_others(run, selection, ids, progress)
    whom = find_whom(map(UUID, asked["members"]), map(UUID, asked["teams"]))
    until = date.fromisoformat(asked["until"]) if asked["until"] else None
    shared: set[UUID] = set()
    for some in in_chunks(ids):
        shared |= put_shares(record_type, some, whom, level=asked["level"], until=end_of(until))
        progress.told(progress.done + len(some))
    progress.changed = len(shared)
    if shared:
        emit(RecordsShared(record_type="run", record_id=run.id, of_type=record_type.name, count=progress.changed,
                           level=asked["level"], until=asked["until"], member_ids=asked["members"],
                           team_ids=asked["teams"]))  # fmt: skip
