"""What goes with records that are shared or handed over: open tasks, and a word to those who have them now."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, column, func, literal, select

from core import current, db
from core.access import Member, RecordShare
from core.access.others import as_seen_by
from core.activities.models import Task
from core.activities.notifications import notify
from core.activities.types import TASK
from core.deadlines import on_deadline
from core.events import Event, listens, watches
from core.i18n import _l
from core.records.collaborators import NAMED, Whom, last_day, names_of, reached_by
from core.records.happenings import RecordsHandedOver, RecordShared, RecordsShared
from core.records.runs.batch import Batch
from core.records.sharing import ENDS, arm_next
from core.records.transferring import goes_along
from core.records.types import RecordType, find_type, titles

SHARED = {
    ("view", False): _l("%(who)s shared “%(title)s” with you to view."),
    ("view", True): _l("%(who)s shared “%(title)s” with you to view, until %(until)s."),
    ("edit", False): _l("%(who)s shared “%(title)s” with you to edit."),
    ("edit", True): _l("%(who)s shared “%(title)s” with you to edit, until %(until)s."),
}
MANY_SHARED = {
    "view": _l("%(who)s shared with you to view (%(count)s): %(records)s"),
    "edit": _l("%(who)s shared with you to edit (%(count)s): %(records)s"),
}
HANDED_OVER = _l("%(who)s handed “%(title)s” over to you.")
MANY_HANDED_OVER = _l("%(who)s handed over to you (%(count)s): %(records)s")
ENDING = _l("“%(title)s” is shared with %(whom)s only until %(until)s.")
MANY_ENDING = _l("What you share ends on %(until)s (%(count)s): %(records)s")


# --- tasks ---------------------------------------------------------------------------------------------


@goes_along
def move_open_tasks(had: Mapping[UUID, UUID | None], owner_id: UUID) -> int:
    """The open tasks about these records that whoever had them was to do are the new owner's."""
    owned = {record_id: previous for record_id, previous in had.items() if previous}
    given = func.unnest(literal(list(owned), ARRAY(Uuid)), literal(list(owned.values()), ARRAY(Uuid)))
    before = given.table_valued(column("record_id", Uuid), column("owner_id", Uuid), name="had").render_derived()
    open_ones = (
        select(Task.id)
        .join(before, (Task.about_id == before.c.record_id) & (Task.owner_id == before.c.owner_id))
        .where(Task.tenant_id == current.tenant_id(), Task.status == "open", Task.deleted_at.is_(None))
    )
    ids = list(db.session().scalars(open_ones)) if owned else []
    batch = Batch(TASK, [TASK.all_fields()["owner"]])
    tasks = batch.read(ids) if ids else []
    for task in tasks:
        batch.set(task, {"owner": owner_id})
    return batch.write(tasks)


# --- telling -------------------------------------------------------------------------------------------


def _shared(rows: Sequence[Mapping[str, Any]]) -> Iterable[UUID]:
    return [row["id"] for row in rows if row["name"] == RecordShared.name]


def _given_to_another(rows: Sequence[Mapping[str, Any]]) -> Iterable[UUID]:
    """Of events that are being written, those by which a record got another owner. A type with services of its own
    for that tells its people itself."""
    changed = [row for row in rows if row["name"].endswith(".updated") and "owner" in (row["changes"] or {})]
    return [row["id"] for row in changed if (of := find_type(row["record_type"])) and not of.minds(["owner"])]


@watches(_shared)
def tell_shared(event: RecordShared) -> None:
    """Tell those a record is shared with, as far as it has an effect for them."""
    record_type = find_type(event.record_type)
    whom = Whom(event.team_id or event.member_id, event.whom, event.team_id is not None)  # type: ignore[arg-type]
    if record_type:
        text = SHARED[event.level, event.until is not None]
        _tell(_readers(record_type, [whom], event), text, event, record_type, until=event.until or "")


@listens(RecordsShared)
def tell_many_shared(event: RecordsShared) -> None:
    record_type = find_type(event.of_type)
    whom = [Whom(UUID(each), "") for each in event.member_ids]
    whom += [Whom(UUID(each), "", is_team=True) for each in event.team_ids]
    if record_type:
        _tell_of_many(_readers(record_type, whom, event), MANY_SHARED[event.level], event, record_type, event.count)


@watches(_given_to_another)
def tell_new_owner(event: Event) -> None:
    record_type, owner = find_type(event.record_type), (event.changes or {})["owner"][1]
    if record_type and owner:
        _tell(_readers(record_type, [Whom(UUID(owner), "")], event), HANDED_OVER, event, record_type)


@listens(RecordsHandedOver)
def tell_owner_of_many(event: RecordsHandedOver) -> None:
    record_type = find_type(event.of_type)
    if record_type:
        readers = _readers(record_type, [Whom(event.owner_id, "")], event)
        _tell_of_many(readers, MANY_HANDED_OVER, event, record_type, event.count)


@on_deadline(ENDS)
def tell_ending(member_id: UUID, payload: dict[str, Any]) -> None:
    """Tell a member which of the records they share are shared for one day more."""
    sharer, until = db.get(Member, member_id), datetime.fromisoformat(payload["until"])
    if sharer is None:
        return
    ending = select(RecordShare.record_type, RecordShare.record_id, RecordShare.member_id, RecordShare.team_id).where(
        RecordShare.tenant_id == current.tenant_id(), RecordShare.shared_by_id == member_id, RecordShare.until == until
    )
    by_type: dict[str, list[Any]] = {}
    for row in db.session().execute(ending.order_by(RecordShare.id)):
        by_type.setdefault(row.record_type, []).append(row)
    day = last_day(until).isoformat()
    with current.entering(as_seen_by(sharer)):
        for name, rows in by_type.items():
            if record_type := find_type(name):
                _tell_ending(member_id, record_type, rows, day)
    arm_next(member_id)


def _tell_ending(member_id: UUID, record_type: RecordType, rows: Sequence[Any], day: str) -> None:
    seen = titles({record_type.name: {row.record_id for row in rows}})
    rows = [row for row in rows if (record_type.name, row.record_id) in seen]
    if len(rows) > NAMED:
        notify([member_id], MANY_ENDING, url=f"{record_type.plural}/", icon="clock", until=day, count=len(rows),
               records=record_type.plural_label)  # fmt: skip
        return
    names = names_of([row.member_id for row in rows], [row.team_id for row in rows])
    for row in rows:
        notify([member_id], ENDING, url=f"{record_type.plural}/{row.record_id}/shares", icon="clock", until=day,
               title=seen[record_type.name, row.record_id],
               whom=names.get(row.member_id or row.team_id, ""))  # fmt: skip


def _readers(record_type: RecordType, whom: Sequence[Whom], event: Event) -> list[UUID]:
    actor = event.happened.actor_id if event.happened else None
    return [each for each in db.session().scalars(reached_by(record_type, whom)) if each != actor]


def _tell(readers: Sequence[UUID], text: Any, event: Event, record_type: RecordType, **said: Any) -> None:
    record: Any = db.get(record_type.model, event.record_id)
    if record is not None and record.deleted_at is None:
        notify(readers, text, url=f"{record_type.plural}/{record.id}", icon=event.icon, who=_actor(event),
               title=record_type.title_of(record), **said)  # fmt: skip


def _tell_of_many(
    readers: Sequence[UUID], text: Any, event: Event, record_type: RecordType, count: int
) -> None:  # fmt: skip
    notify(readers, text, url=f"{record_type.plural}/", icon=event.icon, who=_actor(event), count=count,
           records=record_type.plural_label)  # fmt: skip


def _actor(event: Event) -> str:
    actor = db.get(Member, event.happened.actor_id) if event.happened else None
    return actor.name if actor else "Guanxi"
