"""What is asked of the figures: a time, and which leads. It becomes conditions, which lists of leads understand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk import MemberRow, Team, session, tenant_id
from plugins.leads.services.figures.periods import Period

Condition = Mapping[str, Any]
MOST_VALUES = 500
"""So many values one comparison takes."""


@dataclass(frozen=True)
class Question:
    """Which leads, of what time, by what they are told apart."""

    period: Period
    by: str = "source"
    source: str | None = None
    campaign: UUID | None = None
    seller: UUID | None = None
    team: UUID | None = None
    pool: UUID | None = None

    def narrowing(self) -> list[Condition]:
        """Which leads, whatever the time."""
        values = (("source", self.source), ("campaign", self.campaign), ("owner", self.seller), ("pool", self.pool))
        found: list[Condition] = [is_(field, value) for field, value in values if value]
        return [*found, one_of("owner", members_of(self.team))] if self.team else found

    def captured(self) -> list[Condition]:
        """Those of them that came in the time."""
        return [*during("created_at", self.period), *self.narrowing()]


def is_(field: str, value: Any) -> Condition:
    """A field has this value, or none."""
    if value is None:
        return {"field": field, "op": "empty"}
    return {"field": field, "op": "is", "value": value if isinstance(value, (bool, str)) else str(value)}


def filled(field: str) -> Condition:
    return {"field": field, "op": "not_empty"}


def during(field: str, period: Period) -> list[Condition]:
    return [
        {"field": field, "op": "gte", "value": period.since.isoformat()},
        {"field": field, "op": "lt", "value": period.until.isoformat()},
    ]


def moved(way: str, period: Period, **more: Any) -> Condition:
    """Leads that changed hands in the time: see `asked`."""
    of = {key: None if value is None else str(value) for key, value in more.items()}
    value = {"way": way, "since": period.since.isoformat(), "until": period.until.isoformat(), **of}
    return {"field": "moved", "op": "is", "value": value}


def one_of(field: str, values: Sequence[UUID]) -> Condition:
    """The field has one of these values, however many they are; of no values, no record."""
    return {"any": [{"field": field, "op": "in", "value": part} for part in _parts([str(each) for each in values])]}


def _parts(values: list[str]) -> Iterator[list[str]]:
    for at in range(0, len(values), MOST_VALUES):
        yield values[at : at + MOST_VALUES]


def all_of(conditions: Sequence[Condition]) -> Condition | None:
    """One condition of several. The same one twice is said once."""
    said: list[Condition] = []
    for each in conditions:
        if each not in said:
            said.append(each)
    return {"all": said} if said else None


def members_of(team_id: UUID) -> list[UUID]:
    """The members of a team and of those below it."""
    path = select(Team.path).where(Team.tenant_id == tenant_id(), Team.id == team_id).scalar_subquery()
    mates = select(MemberRow.id).where(MemberRow.tenant_id == tenant_id(), MemberRow.team_path.startswith(path))
    return list(session().scalars(mates.order_by(MemberRow.id)))
