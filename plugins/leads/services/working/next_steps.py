"""What is to be done next with a lead: its open task that is due first."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from core.sdk import Task, session, tenant_id
from plugins.leads.models import Lead

TASKS = ("task.created", "task.updated", "task.deleted", "task.restored")


def open_tasks(lead: Lead) -> Sequence[Task]:
    """What is planned with it, the next first."""
    found = select(Task).where(
        Task.tenant_id == tenant_id(), Task.about_id == lead.id, Task.status == "open", Task.deleted_at.is_(None)
    )
    return session().scalars(found.order_by(Task.due_at.asc().nulls_last(), Task.id).limit(20)).all()


def plan_next(lead: Lead, follow_up: Any) -> None:
    """A follow-up says what comes next."""
    if follow_up.next_step and (lead.next_at is None or not follow_up.next_at or follow_up.next_at < lead.next_at):
        lead.next_step, lead.next_at = follow_up.next_step, follow_up.next_at


def look_for_next(lead_id: UUID) -> None:
    """A task has come, changed or gone: the lead's next step is the open one that is due first, in one statement."""
    session().flush()
    first = (
        select(Task.title, Task.due_at)
        .where(Task.tenant_id == tenant_id(), Task.about_id == lead_id, Task.status == "open")
        .where(Task.deleted_at.is_(None))
        .order_by(Task.due_at.asc().nulls_last(), Task.id)
        .limit(1)
        .subquery()
    )
    title, due = (select(column).scalar_subquery() for column in (first.c.title, first.c.due_at))
    session().execute(
        update(Lead)
        .where(Lead.tenant_id == tenant_id(), Lead.id == lead_id)
        .where(Lead.next_step.is_distinct_from(title) | Lead.next_at.is_distinct_from(due))
        .values(next_step=func.left(title, 500), next_at=due, updated_at=Lead.updated_at)
        .execution_options(synchronize_session="fetch")
    )
