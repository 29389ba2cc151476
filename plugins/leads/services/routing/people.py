"""Whom leads may be given to, what each has already, and why somebody cannot take one just now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import (
    ColumnElement,
    DateTime,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    null,
    or_,
    select,
    text,
)

from core.sdk import (
    MemberRole,
    MemberRow,
    holders_of,
    is_working_day,
    now,
    session,
    tenant,
    tenant_id,
)
from plugins.leads.models import Lead, Movement, Rotation, Seller
from plugins.leads.models.lead import OPEN
from plugins.leads.permissions import RECEIVE_LEADS

GIVEN = ("captured", "assigned")
"""The movements by which somebody is given a lead: at once as it comes, or later."""


@dataclass(eq=False)
class Candidate:
    """A member who works here. `open` and `today` are counted up as leads are given out."""

    id: UUID
    name: str
    team_path: str
    roles: frozenset[UUID]
    receives: bool
    away_from: datetime | None
    away_until: datetime | None
    deputy_id: UUID | None
    zone: str
    capacity: int | None
    daily_cap: int | None
    weight: int
    level: str | None
    skills: frozenset[str]
    territories: tuple[str, ...]
    hours: Mapping[str, Sequence[Sequence[str]]]
    paused: bool
    paused_until: datetime | None
    open: int = 0
    today: int = 0

    def is_paused(self, at: datetime) -> bool:
        return self.paused and (self.paused_until is None or at < self.paused_until)

    def is_away(self, at: datetime) -> bool:
        return bool(self.away_from and self.away_until and self.away_from <= at < self.away_until)

    def is_outside_hours(self, at: datetime) -> bool:
        """Whoever has hours of their own has them on working days; who has none takes leads at any time."""
        if not self.hours:
            return False
        here = at.astimezone(ZoneInfo(self.zone))
        spans = self.hours.get(str(here.weekday()), ())
        return not (is_working_day(here.date()) and any(_is_within(here.time(), span) for span in spans))

    def why_full(self) -> str | None:
        if self.capacity is not None and self.open >= self.capacity:
            return "full"
        return "day_full" if self.daily_cap is not None and self.today >= self.daily_cap else None

    def why_not(self, at: datetime, *, past_caps: bool = False) -> str | None:
        """Why they cannot take a lead at this moment, or None. `past_caps` is given whatever they have and whenever."""
        if self.is_paused(at):
            return "paused"
        if self.is_away(at):
            return "away"
        if past_caps:
            return None
        return "outside_hours" if self.is_outside_hours(at) else self.why_full()


@dataclass
class Turns:
    """Where a rule stands: who was last, and how far ahead of their share the others are."""

    last_id: UUID | None = None
    ahead: dict[str, int] = field(default_factory=dict)
    changed: bool = False


@dataclass(frozen=True)
class Room:
    """All that routing must know, as of one moment: everyone, the turns of all rules, and how many times this tenant
    has routed before, by which we notice that somebody came between. `is_ours` as long as nobody else may route."""

    people: Mapping[UUID, Candidate]
    turns: dict[UUID, Turns]
    count: int | None
    is_ours: bool
    more: Any = None


def wait_for_turn() -> None:
    """Wait until nobody else routes leads of this tenant. Whoever comes after us waits until we commit."""
    session().execute(select(func.pg_advisory_xact_lock(_key())))


def looking_around(more: ScalarSelect[Any], *, everything: bool = False) -> Select[Any]:
    """The statement for everyone with what they have, and the turns, with `more` that is to be known besides.

    What nobody asks is not counted: open leads only where there is a capacity, unless `everything` is wanted.
    """
    first = func.row_number().over(order_by=MemberRow.id) == 1

    def once(value: ScalarSelect[Any]) -> ColumnElement[Any]:
        return case((first, value), else_=null())

    turns = select(func.jsonb_object_agg(Rotation.id, func.jsonb_build_array(Rotation.last_id, Rotation.state)))
    turns = turns.where(Rotation.tenant_id == tenant_id())
    statement = _everyone(everything=everything).add_columns(
        once(turns.scalar_subquery()).label("turns"),
        once(select(func.pg_try_advisory_xact_lock(_key())).scalar_subquery()).label("is_ours"),
        once(more).label("more"),
    )
    return statement.order_by(MemberRow.id)


def look_around(statement: Select[Any], lead_ids: Sequence[UUID]) -> Room:
    """Everyone and everything, as of this moment, with what the statement knows of these leads."""
    rows = session().execute(statement, {"lead_ids": list(lead_ids), "midnight": midnight(now())}).all()
    found = _candidates(rows)
    head = next(iter(rows), None)
    kept = {UUID(rule): Turns(UUID(last) if last else None, dict(state))
            for rule, (last, state) in ((head and head.turns) or {}).items()}  # fmt: skip
    ledger = kept.pop(tenant_id(), None)
    count = ledger.ahead.get("routed") if ledger else None
    return Room(found, kept, count, bool(head and head.is_ours), head.more if head else None)


def look_at() -> dict[UUID, Candidate]:
    """Everyone with all that they have, for showing."""
    rows = session().execute(_everyone(everything=True).order_by(MemberRow.id)).all()
    return _candidates(rows)


def _candidates(rows: Sequence[Any]) -> dict[UUID, Candidate]:
    """By id. Where nobody was given the right to receive leads, whoever may do everything receives them."""
    somebody = any(row.by_name for row in rows)
    return {row.id: _candidate(row, row.by_name if somebody else row.may) for row in rows}


def _everyone(*, everything: bool) -> Select[Any]:
    held = select(func.count()).where(Lead.tenant_id == tenant_id(), Lead.owner_id == MemberRow.id)
    held = held.where(Lead.deleted_at.is_(None), Lead.status.in_(OPEN)).correlate(MemberRow)
    today = bindparam("midnight", midnight(now()), DateTime(timezone=True))
    got = select(func.count()).where(Movement.tenant_id == tenant_id(), Movement.to_id == MemberRow.id)
    got = got.where(
        Movement.at >= today,
        Movement.kind.in_(GIVEN),
        Movement.record_type == "lead",
        Movement.how.is_distinct_from("handover"),
    )
    got = got.correlate(MemberRow)
    roles = select(func.array_agg(MemberRole.role_id)).where(MemberRole.tenant_id == tenant_id())
    roles = roles.where(MemberRole.member_id == MemberRow.id).correlate(MemberRow)
    asked = literal(everything)
    found: Any = (
        select(
            MemberRow.id, MemberRow.name, MemberRow.team_path, MemberRow.away_from, MemberRow.away_until,
            MemberRow.deputy_id, MemberRow.timezone, Seller.capacity, Seller.daily_cap, Seller.weight, Seller.level,
            Seller.skills, Seller.territories, Seller.hours, Seller.paused, Seller.paused_until,
            MemberRow.id.in_(holders_of(RECEIVE_LEADS.name, by_name=True)).label("by_name"),
            MemberRow.id.in_(holders_of(RECEIVE_LEADS.name)).label("may"),
            roles.scalar_subquery().label("roles"),
            case((or_(asked, Seller.capacity.is_not(None)), held.scalar_subquery()), else_=0).label("open"),
            case((or_(asked, Seller.daily_cap.is_not(None)), got.scalar_subquery()), else_=0).label("today"),
        )
        .outerjoin(Seller, and_(Seller.tenant_id == tenant_id(), Seller.member_id == MemberRow.id))
        .where(MemberRow.tenant_id == tenant_id(), MemberRow.status == "active", MemberRow.kind == "person")
    )  # fmt: skip
    return cast(Select[Any], found)


KEEP = """
with first as (
  insert into leads_rotation (tenant_id, id, state) values (:tenant, :tenant, jsonb_build_object('routed', :next))
  on conflict (tenant_id, id) do update set state = excluded.state
    where leads_rotation.state ->> 'routed' is not distinct from :before
  returning 1
), others as (
  insert into leads_rotation (tenant_id, id, last_id, state)
  select :tenant, (row ->> 0)::uuid, (row ->> 1)::uuid, row -> 2
    from jsonb_array_elements(cast(:rows as jsonb)) row where exists (select 1 from first)
  on conflict (tenant_id, id) do update set last_id = excluded.last_id, state = excluded.state
)
select count(*) from first
"""


def keep_turns(room: Room) -> bool:
    """Write down where the rules stand now. False, and nothing is written, if somebody has routed since we looked."""
    rows = [[str(rule), str(each.last_id) if each.last_id else None, each.ahead]
            for rule, each in room.turns.items() if each.changed]  # fmt: skip
    values = {
        "tenant": tenant_id(), "rows": orjson.dumps(rows).decode(), "next": (room.count or 0) + 1,
        "before": None if room.count is None else str(room.count),
    }  # fmt: skip
    return bool(session().scalar(text(KEEP), values))


def _key() -> ColumnElement[Any]:
    return func.hashtextextended(f"leads.routing:{tenant_id()}", 0)


def midnight(at: datetime) -> datetime:
    """When the tenant's day began."""
    zone = ZoneInfo(tenant().timezone)
    return datetime.combine(at.astimezone(zone).date(), time(), zone)


def _candidate(row: Any, receives: bool) -> Candidate:
    return Candidate(
        row.id, row.name, row.team_path, frozenset(row.roles or ()), receives,
        row.away_from, row.away_until, row.deputy_id, row.timezone or tenant().timezone,
        row.capacity, row.daily_cap, 1 if row.weight is None else row.weight, row.level,
        frozenset(str(each).strip().casefold() for each in row.skills or ()), tuple(row.territories or ()),
        row.hours or {}, bool(row.paused), row.paused_until,
        row.open, row.today,
    )  # fmt: skip


def _is_within(at: time, span: Sequence[str]) -> bool:
    """`["22:00", "06:00"]` goes past midnight, and counts for the day on which it ends as well as begins."""
    begins, ends = (time.fromisoformat(each) for each in span)
    return begins <= at < ends if begins < ends else at >= begins or at < ends
