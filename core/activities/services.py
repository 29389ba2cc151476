"""Follow-ups and tasks: the verbs, whoever calls them (pages, API, rules, plugins)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update

from core import current, db
from core.activities.about import find, settle
from core.activities.events import FollowedUp
from core.activities.mentions import mention
from core.activities.models import FollowUp, Task
from core.activities.notifications import notify
from core.deadlines import arm, disarm, on_deadline
from core.errors import FieldProblem, Invalid
from core.events import Event, emit, link_history, listens, unlink_history
from core.host.asking import tell
from core.i18n import _, _l
from core.records.fields import RecordRef
from core.records.schemas import Values
from core.records.services import bury_record, change_record, insert_record
from core.records.types import RECORD_TYPES, type_named

REMINDER = "task.due"
SLOW_CLOCK = timedelta(minutes=10)
"""How far a person's clock may be ahead of ours."""


# --- follow-ups ----------------------------------------------------------------------------------------


def log_follow_up(
    record_type_name: str,
    record: Any,
    *,
    channel: str,
    summary: str,
    happened_at: datetime | None = None,
    next_step: str | None = None,
    next_at: datetime | None = None,
) -> FollowUp:
    """Log that someone dealt with a record. The next step becomes a task of whoever logs it, with a reminder."""
    now = current.now()
    if happened_at and happened_at > now + SLOW_CLOCK:
        raise Invalid([FieldProblem("happened_at", "in_future", _("This has not happened yet. Plan it as a task."))])
    if next_at and not next_step:
        raise Invalid([FieldProblem("next_step", "required", _("Say what the next step is."))])
    customer_id = type_named(record_type_name).customer_of(record)
    said: dict[str, Any] = {"channel": channel, "summary": summary, "next_step": next_step}
    follow_up = FollowUp(
        id=db.new_id(), custom={}, **said, happened_at=happened_at or now, next_at=next_at, customer_id=customer_id,
        about_type=record_type_name, about_id=record.id, owner_id=current.member_id(),
    )  # fmt: skip
    db.session().add(follow_up)
    about: dict[str, Any] = {"record_type": record_type_name, "record_id": record.id, "customer_id": customer_id}
    emit(FollowedUp(**about, **said, follow_up_id=follow_up.id))
    tell("following_up", record=record, follow_up=follow_up)
    mention(record_type_name, record.id, summary)
    if next_step:
        values = {"title": next_step, "due_at": next_at}
        _insert_task(values, {"about": RecordRef(record_type_name, record.id), "customer": customer_id})
    return follow_up


def create_follow_up(values: Values) -> FollowUp:
    """The same from a form or the API, where `about` or at least `customer` says what was dealt with."""
    about = values.get("about") or (values.get("customer") and RecordRef("customer", values["customer"]))
    if not about:
        asked = "customer" if "customer" in values and "about" not in values else "about"
        raise Invalid([FieldProblem(asked, "required", _("Say whom this is about."))])
    said = {key: value for key, value in values.items() if key not in ("about", "customer")}
    return log_follow_up(about.type, find(about), **said)


def change_follow_up(follow_up: FollowUp, values: Values) -> FollowUp:
    """Correct what was logged. It stays about the record it was about, and the clocks are left as they are."""
    kept = {key: value for key, value in values.items() if key not in ("about", "customer")}
    if kept.get("happened_at", follow_up) is None:
        del kept["happened_at"]
    return change_record(RECORD_TYPES["follow_up"], follow_up, kept)


# --- tasks ---------------------------------------------------------------------------------------------


def create_task(
    *,
    title: str,
    due_at: datetime | None = None,
    about: RecordRef | None = None,
    owner_id: UUID | None = None,
    notes: str | None = None,
) -> Task:
    """Plan a task, of the acting member unless another is named, and arm its reminder."""
    return plan_task({"title": title, "due_at": due_at, "about": about, "owner": owner_id, "notes": notes})


def plan_task(values: Values) -> Task:
    """The same from a form or the API."""
    return _insert_task(*settle(values))


def change_task(task: Task, values: Values) -> Task:
    """Change a task: its reminder moves with its time, and a new owner is told of it."""
    fields, owner_id = RECORD_TYPES["task"].builtin, task.owner_id
    same = {key for key in ("about", "customer") if key in values and values[key] == fields[key].get(task)}
    rest, known = settle({key: value for key, value in values.items() if key not in same})
    change_record(RECORD_TYPES["task"], task, rest, **known)
    if task.owner_id != owner_id:
        _tell_owner(task)
    _follow_status(task)
    return task


def complete_task(task: Task) -> Task:
    return change_task(task, {"status": "done"})


def reopen_task(task: Task) -> Task:
    return change_task(task, {"status": "open"})


def delete_task(task: Task) -> None:
    bury_record(RECORD_TYPES["task"], task)
    disarm(task, REMINDER)


def _insert_task(values: Values, known: Values) -> Task:
    task: Task = insert_record(RECORD_TYPES["task"], values, **known)
    _tell_owner(task)
    _follow_status(task)
    return task


def _follow_status(task: Task) -> None:
    """An open task has a reminder at its time, any other has none and knows when it was done."""
    if task.status == "open" and task.due_at:
        arm(task, REMINDER, task.due_at)
    else:
        disarm(task, REMINDER)
    task.done_at = (task.done_at or current.now()) if task.status == "done" else None


def _tell_owner(task: Task) -> None:
    if task.owner_id != current.member_id():
        text = _l("There is a new task for you: %(title)s")
        notify([task.owner_id], text, url=f"tasks/{task.id}", icon="checkbox", title=task.title)


@on_deadline(REMINDER)
def remind(task_id: UUID, _payload: dict[str, Any]) -> None:
    """Tell the owner that the task is due."""
    task = db.get(Task, task_id)
    if task and task.status == "open" and not task.deleted_at:
        notify([task.owner_id], _l("Task due: %(title)s"), url=f"tasks/{task.id}", icon="alarm", title=task.title)


@listens("task.restored")
def remind_again(event: Event) -> None:
    """A task that comes back has its reminder again."""
    if task := db.get(Task, event.record_id):
        _follow_status(task)


# --- both ----------------------------------------------------------------------------------------------


def transfer_history(from_record: Any, to_customer: Any, *, follow_ups: bool = True, tasks: bool = True) -> None:
    """Give a customer all that was done and noted about a record before: a lead that became this customer.

    Follow-ups and tasks get the customer, unless they shall stay; events are never rewritten, so they are linked to
    its timeline.
    """
    moved = [from_record.id]
    for model, comes in ((FollowUp, follow_ups), (Task, tasks)):
        if comes:
            theirs = update(model).where(model.tenant_id == current.tenant_id(), model.about_id == from_record.id)
            moved += db.session().scalars(theirs.values(customer_id=to_customer.id).returning(model.id))
    link_history(moved, to_customer.id)


def take_history_back(record: Any, customer_id: UUID) -> None:
    """Undo what `transfer_history` did: the record is no customer's any more."""
    moved = [record.id]
    for model in (FollowUp, Task):
        theirs = update(model).where(
            model.tenant_id == current.tenant_id(), model.about_id == record.id, model.customer_id == customer_id
        )
        moved += db.session().scalars(theirs.values(customer_id=None).returning(model.id))
    unlink_history(moved, customer_id)
