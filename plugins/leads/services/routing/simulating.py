"""Trying rules on the leads of the last weeks: who would have got what, beside what happened. Nothing is written.

Everything goes by in the order in which the leads arrived: turns start anew, open leads and the leads of a day are
counted as they would have been, and a lead is closed when it was closed in truth. Of what was not kept (who was away,
or paused, how leads looked when they came) it takes what holds today.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from heapq import heapify, heappop, heappush
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, null, or_, select

from core.sdk import now, session, tenant, tenant_id
from plugins.leads.models import Lead, Movement
from plugins.leads.models.lead import OPEN
from plugins.leads.services.routing.companies import owners_of_companies
from plugins.leads.services.routing.desk import Decision, Desk
from plugins.leads.services.routing.facts import Facts, Met, facts_since
from plugins.leads.services.routing.people import Candidate, look_at
from plugins.leads.services.routing.rates import rates_of
from plugins.leads.services.routing.rules import Rule

MOST_LEADS = 5000
MOST_SHOWN = 200


@dataclass(frozen=True)
class Line:
    """A lead: who got it, and who would have got it by which rule, or why nobody."""

    lead_id: UUID
    name: str
    arrived_at: datetime
    got: UUID | None
    decision: Decision

    @property
    def is_other(self) -> bool:
        return self.got != self.decision.owner_id


@dataclass
class Simulation:
    """What came of it. `got` and `would_get` count leads by member, None is the pool; `by_rule` by the rule."""

    days: int
    leads: int = 0
    others: int = 0
    is_cut: bool = False
    got: Counter[UUID | None] = field(default_factory=Counter)
    would_get: Counter[UUID | None] = field(default_factory=Counter)
    by_rule: Counter[UUID | None] = field(default_factory=Counter)
    lines: list[Line] = field(default_factory=list)
    broken: dict[UUID, str] = field(default_factory=dict)
    names: dict[UUID, str] = field(default_factory=dict)


def simulate(rules: Sequence[Rule], days: int = 30) -> Simulation:
    """Run these rules over the latest leads of so many days. Reads a handful of statements, and writes nothing."""
    since = now() - timedelta(days=days)
    met = facts_since(rules, since, MOST_LEADS)
    result = Simulation(days, leads=len(met.leads), is_cut=len(met.leads) == MOST_LEADS)
    begins = met.leads[0].arrived_at if met.leads else since
    people, closing = _as_they_were(begins)
    result.names = {each.id: each.name for each in people.values()}
    desk = _desk(rules, met, people)
    result.broken = {rules[place].id: why for place, why in desk.broken.items()}
    got, names = _what_happened([lead.id for lead in met.leads])
    for lead, decision in _in_order(desk, met.leads, closing):
        line = Line(lead.id, names.get(lead.id, ""), lead.arrived_at, got.get(lead.id), decision)
        result.got[line.got] += 1
        result.would_get[decision.owner_id] += 1
        result.by_rule[decision.rule_id] += 1
        result.others += line.is_other
        if line.is_other:
            result.lines.append(line)
    result.lines = result.lines[-MOST_SHOWN:][::-1]
    return result


def _desk(rules: Sequence[Rule], met: Met, people: dict[UUID, Candidate]) -> Desk:
    by_company = {place for place, rule in enumerate(rules) if rule.strategy == "same_company"}
    asked = [lead for lead in met.leads if lead.company_keys and lead.met & by_company]
    companies = owners_of_companies(asked) if asked else {}
    return Desk(rules, people, {}, dict(met.broken), rates_of(rules), companies)


Closing = tuple[datetime, UUID, int]
"""When so many leads of a member were closed."""


def _in_order(desk: Desk, leads: Sequence[Facts], closing: list[Closing]) -> Iterator[tuple[Facts, Decision]]:
    """Each lead with its decision, while days begin and leads are closed between them."""
    zone, today = ZoneInfo(tenant().timezone), date.min
    heapify(closing)
    for lead in leads:
        here = lead.arrived_at.astimezone(zone).date()
        if here != today:
            today = here
            for each in desk.people.values():
                each.today = 0
        while closing and closing[0][0] <= lead.arrived_at:
            _when, member_id, count = heappop(closing)
            if member_id in desk.people:
                desk.people[member_id].open -= count
        desk.next_moment()
        decision = desk.decide(lead, lead.arrived_at)
        if decision.owner_id and lead.closed_at:
            heappush(closing, (lead.closed_at, decision.owner_id, 1))
        yield lead, decision


def _as_they_were(at: datetime) -> tuple[dict[UUID, Candidate], list[Closing]]:
    """Everyone as they are, but with as many open leads as they had then; and when those were closed since, by day."""
    people = look_at()
    closed = func.coalesce(Lead.converted_at, Lead.disqualified_at)
    day = case((Lead.status.in_(OPEN), null()), else_=func.date_trunc("day", closed))
    held = select(Lead.owner_id, day.label("day"), func.count().label("held"))
    held = held.where(Lead.tenant_id == tenant_id(), Lead.owner_id.is_not(None), Lead.deleted_at.is_(None))
    held = held.where(Lead.created_at < at, or_(Lead.status.in_(OPEN), closed > at)).group_by(Lead.owner_id, "day")
    for each in people.values():
        each.open = each.today = 0
        each.away_from = each.away_until = None
    closing = []
    for row in session().execute(held):
        if row.owner_id in people:
            people[row.owner_id].open += row.held
            if row.day:
                closing.append((row.day, row.owner_id, row.held))
    return people, closing


def _what_happened(ids: Sequence[UUID]) -> tuple[dict[UUID, UUID | None], dict[UUID, str]]:
    """To whom each lead was given first, and what it is called."""
    if not ids:
        return {}, {}
    first = (
        select(Movement.to_id)
        .where(Movement.tenant_id == tenant_id(), Movement.record_id == Lead.id, Movement.to_id.is_not(None))
        .where(Movement.record_type == "lead")
        .order_by(Movement.at, Movement.id)
        .limit(1)
        .scalar_subquery()
    )
    rows = session().execute(
        select(Lead.id, Lead.name, func.coalesce(first, Lead.owner_id).label("got")).where(
            Lead.tenant_id == tenant_id(), Lead.id.in_(list(ids))
        )
    )
    found = list(rows)
    return {row.id: row.got for row in found}, {row.id: row.name for row in found}
