"""The tasks before a member, by when they are due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement

from core import current, db
from core.activities.models import Task
from core.activities.types import TASK
from core.i18n import LazyText, _l, timezone

AT_MOST = 200


@dataclass(frozen=True)
class Group:
    """Some tasks with one answer to "when?"."""

    key: str
    label: LazyText
    tasks: Sequence[Task]


GROUPS = {
    "overdue": _l("Overdue"),
    "today": _l("Today"),
    "week": _l("Next 7 days"),
    "later": _l("Later"),
    "someday": _l("Without a date"),
}


def my_agenda() -> list[Group]:
    """My open tasks by when they are due, the empty groups left out."""
    return grouped(_open(Task.owner_id == current.member().id))


def open_tasks_of(customer_id: UUID) -> Sequence[Task]:
    """What is still to be done for a customer, by whomever."""
    return _open(Task.customer_id == customer_id)


def grouped(tasks: Sequence[Task]) -> list[Group]:
    found: dict[str, list[Task]] = {key: [] for key in GROUPS}
    for task in tasks:
        found[when(task.due_at)].append(task)
    return [Group(key, label, found[key]) for key, label in GROUPS.items() if found[key]]


def when(due: datetime | None) -> str:
    """The key of the group that a time falls into, as the reader's calendar has it."""
    if due is None:
        return "someday"
    if due < current.now():
        return "overdue"
    today = datetime.now(timezone()).date()
    if due < start_of(today + timedelta(days=1)):
        return "today"
    return "week" if due < start_of(today + timedelta(days=8)) else "later"


def start_of(day: date) -> datetime:
    return datetime.combine(day, time(), timezone())


def _open(condition: ColumnElement[bool]) -> Sequence[Task]:
    found = TASK.visible().where(Task.status == "open", condition)
    return db.session().scalars(found.order_by(Task.due_at.asc().nulls_last(), Task.id).limit(AT_MOST)).all()
