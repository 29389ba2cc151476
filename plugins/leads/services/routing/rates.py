"""How many of their leads sellers convert, smoothed where there are few."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import func, or_, select

from core.sdk import kept_with_settings, now, session, tenant_id
from plugins.leads.models import Lead
from plugins.leads.services.routing.rules import Rule
from plugins.leads.services.routing.strategies import NOBODYS, Rates

DAYS = 90
AS_MANY_AS = 20
"""How much a seller's own figures must weigh to count as much as everybody's."""


def days_of(rule: Rule) -> int:
    return int(rule.params.get("days") or DAYS)


def rates_of(rules: Sequence[Rule]) -> dict[int, Rates]:
    """The rates for each period that these rules look at, by its days, worked out at most once an hour."""
    days = {days_of(rule) for rule in rules if rule.strategy == "performance"}
    hour = now().replace(minute=0, second=0, microsecond=0)
    return {each: kept_with_settings(("leads.rates", each, hour), partial(_rates, each)) for each in days}


def _rates(days: int) -> Rates:
    """Converted leads among those closed in the period, each seller's rate drawn towards everybody's (additive
    smoothing): two of two is not better than 80 of 100. Who closed nothing stands where everybody stands."""
    since: datetime = now() - timedelta(days=days)
    closed = (
        select(Lead.owner_id, func.count(Lead.converted_at).label("won"), func.count().label("closed"))
        .where(Lead.tenant_id == tenant_id(), Lead.owner_id.is_not(None), Lead.deleted_at.is_(None))
        .where(or_(Lead.converted_at >= since, Lead.disqualified_at >= since))
        .where(Lead.status.in_(("converted", "disqualified")))
        .group_by(Lead.owner_id)
    )
    rows = session().execute(closed).all()
    won, every = sum(row.won for row in rows), sum(row.closed for row in rows)
    usual = won / every if every else 1.0
    rates: dict[UUID, float] = {NOBODYS: usual}
    for row in rows:
        rates[row.owner_id] = (row.won + AS_MANY_AS * usual) / (row.closed + AS_MANY_AS)
    return rates
