"""Who is away now, until when, and who stands in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from core import current, db
from core.access.models import Member


@dataclass(frozen=True)
class Away:
    """A member's absence at this moment. `deputy` is the name of whoever stands in."""

    until: datetime
    deputy_id: UUID | None
    deputy: str | None

    @property
    def last(self) -> datetime:
        """A moment of the last day, which is over at `until`."""
        return self.until - timedelta(seconds=1)


def is_away(member: Member, at: datetime | None = None) -> bool:
    """Whether the member is on leave now, or at another time."""
    at = at or current.now()
    return bool(member.away_from and member.away_until and member.away_from <= at < member.away_until)


def away_now() -> ColumnElement[bool]:
    """The condition on Member that keeps who is on leave."""
    now = current.now()
    return (Member.away_from <= now) & (Member.away_until > now)


def absences_of(member_ids: Iterable[UUID]) -> Mapping[UUID, Away]:
    """Those of these members who are away now."""
    deputy, tenant = aliased(Member), current.tenant_id()
    found = (
        select(Member.id, Member.away_until, Member.deputy_id, deputy.name)
        .outerjoin(deputy, (deputy.tenant_id == tenant) & (deputy.id == Member.deputy_id))
        .where(Member.tenant_id == tenant, Member.id.in_(list(member_ids)), away_now())
    )
    return {row[0]: Away(row[1], row[2], row[3]) for row in db.session().execute(found) if row[1]}
