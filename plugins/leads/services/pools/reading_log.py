"""The open log, read: who got what, when, by whom and why. Names of leads that one may not see are not told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select, tuple_

from core.sdk import FieldProblem, Invalid, _, session, tenant, tenant_id
from plugins.leads.models import Movement
from plugins.leads.services.pools.asking import visible_titles
from plugins.leads.services.pools.kinds import LEADS, Kind
from plugins.leads.services.pools.telling import names_of


@dataclass(frozen=True)
class Filters:
    """What to read: `member` who got, had or did it; `since` and `until` are days of the workspace, both included."""

    kind: str = ""
    member: UUID | None = None
    pool: UUID | None = None
    lead: UUID | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Line:
    """One movement with the names it speaks of; `title` is empty where the lead is not the reader's to see."""

    movement: Movement
    title: str
    from_name: str
    to_name: str
    actor: str


@dataclass(frozen=True)
class LogPage:
    """Some lines, the latest first. `next` is where the following ones begin."""

    lines: Sequence[Line]
    next: str | None


def read_log(filters: Filters, *, after: str | None = None, limit: int = 50, kind: Kind = LEADS) -> LogPage:
    """Raises Invalid for a cursor that is none."""
    found = select(Movement).where(Movement.tenant_id == tenant_id(), Movement.record_type == kind.name)
    if filters.kind:
        found = found.where(Movement.kind == filters.kind)
    if filters.member:
        who = (Movement.to_id, Movement.from_id, Movement.actor_id)
        found = found.where(or_(*(column == filters.member for column in who)))
    if filters.pool:
        found = found.where(Movement.pool_id == filters.pool)
    if filters.lead:
        found = found.where(Movement.record_id == filters.lead)
    if filters.since:
        found = found.where(Movement.at >= _begin(filters.since))
    if filters.until:
        found = found.where(Movement.at < _begin(filters.until + timedelta(days=1)))
    if after:
        found = found.where(tuple_(Movement.at, Movement.id) < tuple_(*_read(after)))
    rows = session().scalars(found.order_by(Movement.at.desc(), Movement.id.desc()).limit(limit + 1)).all()
    shown = rows[:limit]
    titles = visible_titles({each.record_id for each in shown}, kind=kind)
    names = names_of(each for row in shown for each in (row.from_id, row.to_id, row.actor_id))
    lines = [
        Line(each, titles.get(each.record_id, ""), *(names.get(who, "") if who else "" for who in
             (each.from_id, each.to_id, each.actor_id)))
        for each in shown
    ]  # fmt: skip
    return LogPage(lines, _cursor(shown[-1]) if len(rows) > limit else None)


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(tenant().timezone))


def _cursor(row: Movement) -> str:
    return f"{row.at.timestamp():.6f}_{row.id}"


def _read(cursor: str) -> tuple[datetime, UUID]:
    at, _line, row_id = cursor.partition("_")
    try:
        return datetime.fromtimestamp(float(at), ZoneInfo("UTC")), UUID(row_id)
    except (ValueError, OverflowError, OSError):
        problem = FieldProblem("after", "bad_cursor", _("This page is gone. Start again from the first."))
        raise Invalid([problem]) from None
