"""Which leads have ended, how, and when: what there is to learn from."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, case, func, or_, select

from core.sdk import EventRow, now, session, tenant_id
from plugins.leads.models import OPEN, Lead

ENOUGH, ENOUGH_OF_EACH = 200, 50
OLD, SILENT = timedelta(days=180), timedelta(days=90)
"""An open lead this old, that nothing was heard of for so long, counts as lost."""
MOST = 50_000
"""So many of those that ended last are learned from."""
LATE = 0.2
"""A field changed after the outcome for so many of the leads that have it says something of the outcome."""


@dataclass(frozen=True)
class Counted:
    """How many leads were won and lost, and whether that is enough to learn from."""

    won: int
    lost: int

    @property
    def are_enough(self) -> bool:
        return min(self.won, self.lost) >= ENOUGH_OF_EACH and self.won + self.lost >= ENOUGH


def was_won() -> Any:
    return Lead.status == "converted"


def ended_at() -> Any:
    """When a lead ended. Of one that fell silent, when it was heard of last."""
    return case(
        (was_won(), Lead.converted_at),
        (Lead.status == "disqualified", func.coalesce(Lead.disqualified_at, Lead.updated_at)),
        else_=_heard_of(),
    )


def has_ended() -> Any:
    silent = and_(Lead.status.in_(OPEN), Lead.created_at < now() - OLD, _heard_of() < now() - SILENT)
    return and_(
        Lead.tenant_id == tenant_id(), Lead.deleted_at.is_(None),
        or_(Lead.status.in_(("converted", "disqualified")), silent),
    )  # fmt: skip


def _heard_of() -> Any:
    ever = (Lead.created_at, Lead.last_touch_at, Lead.last_follow_up_at)
    return func.greatest(*ever)  # null counts for nothing


def counted() -> Counted:
    won = func.count().filter(was_won())
    row = session().execute(select(won, func.count() - won).select_from(Lead).where(has_ended())).one()
    return Counted(*row)


def the_latest() -> Any:
    """The leads to learn from."""
    return Lead.id.in_(select(Lead.id).where(has_ended()).order_by(ended_at().desc(), Lead.id).limit(MOST))


def changed_late() -> dict[str, int]:
    """For how many of the closed leads each field was changed when the outcome was known, by key."""
    event: Any = EventRow
    known = ended_at() - timedelta(seconds=1)
    changed = (
        select(func.jsonb_object_keys(event.changes).label("key"), event.record_id)
        .join(Lead, and_(Lead.tenant_id == tenant_id(), Lead.id == event.record_id))
        .where(event.tenant_id == tenant_id(), event.name == "lead.updated", has_ended(), event.at >= known)
        .subquery("changed")
    )
    rows = select(changed.c.key, func.count(changed.c.record_id.distinct())).group_by(changed.c.key)
    return {row[0]: row[1] for row in session().execute(rows)}
