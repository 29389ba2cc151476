"""What a seller works on now: their open leads, by what is most pressing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import case, func, literal, select
from sqlalchemy.dialects.postgresql import distinct_on

from core.sdk import Task, acting_member_id, now, session, tenant_id, working_calendar
from plugins.leads.models import OPEN, Lead

SECTIONS = ("unanswered", "overdue", "returning", "today", "new", "high", "unplanned")
"""Each lead stands in the first that fits it."""
SHOWN = 15
SOON = timedelta(days=1)
HIGH = 70


@dataclass(frozen=True)
class Section:
    """Leads for one reason, the most pressing first; `total` counts those that are not shown, too."""

    key: str
    leads: Sequence[Lead]
    total: int


def my_inbox() -> list[Section]:
    """One statement, however many leads one has: what is due by the clock, then what scores best."""
    at, end_of_day = now(), _end_of_day()
    mine = (
        select(Lead.id, _section(at, end_of_day).label("section"), _pressing().label("pressing"), Lead.score)
        .where(Lead.tenant_id == tenant_id(), Lead.owner_id == acting_member_id(), Lead.status.in_(OPEN))
        .where(Lead.deleted_at.is_(None))
        .subquery()
    )
    order = (mine.c.pressing.asc().nulls_last(), mine.c.score.desc(), mine.c.id)
    ranked = select(
        mine.c.id, mine.c.section,
        func.row_number().over(partition_by=mine.c.section, order_by=order).label("place"),
        func.count().over(partition_by=mine.c.section).label("total"),
    ).where(mine.c.section.is_not(None)).subquery()  # fmt: skip
    rows = (
        session()
        .execute(
            select(Lead, ranked.c.section, ranked.c.total)
            .join(ranked, (ranked.c.id == Lead.id) & (Lead.tenant_id == tenant_id()))
            .where(ranked.c.place <= SHOWN)
            .order_by(ranked.c.section, ranked.c.place)
        )
        .all()
    )
    found = []
    for number, key in enumerate(SECTIONS):
        of_section = [row for row in rows if row.section == number]
        if of_section:
            found.append(Section(key, [row.Lead for row in of_section], of_section[0].total))
    return found


def next_tasks(leads: Sequence[Lead]) -> dict[Any, Task]:
    """The open task of each lead that is due first, for the box that says that it is done."""
    if not leads:
        return {}
    found = (
        select(Task)
        .where(Task.tenant_id == tenant_id(), Task.about_id.in_([lead.id for lead in leads]))
        .where(Task.status == "open", Task.deleted_at.is_(None))
        .ext(distinct_on(Task.about_id))
        .order_by(Task.about_id, Task.due_at.asc().nulls_last(), Task.id)
    )
    return {task.about_id: task for task in session().scalars(found)}


def _section(at: datetime, end_of_day: datetime) -> Any:
    """Its number among SECTIONS; none for leads that are planned for later."""
    conditions = (
        Lead.respond_by.is_not(None) & Lead.responded_at.is_(None),
        Lead.next_at <= at,
        Lead.returns_at <= at + SOON,
        Lead.next_at <= end_of_day,
        Lead.last_follow_up_at.is_(None) & Lead.next_at.is_(None),
        (Lead.score >= HIGH) & Lead.next_at.is_(None),
        Lead.next_step.is_(None),
    )
    return case(*((condition, literal(number)) for number, condition in enumerate(conditions)))


def _pressing() -> Any:
    """The first moment by which something is due."""
    waits = case((Lead.responded_at.is_(None), Lead.respond_by))
    return func.least(waits, Lead.next_at, Lead.returns_at)


def _end_of_day() -> datetime:
    zone = working_calendar().zone
    return datetime.combine(now().astimezone(zone).date() + timedelta(days=1), time(0), zone)
