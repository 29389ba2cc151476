"""What campaigns and sources brought, and what a lead, a qualified one and a customer cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from core.sdk import _, _l, _lp, session, type_named
from plugins.leads.models import Campaign
from plugins.leads.services.figures.counting import count_by, total_of
from plugins.leads.services.figures.dimensions import DIMENSIONS
from plugins.leads.services.figures.funnel import NODES
from plugins.leads.services.figures.periods import Period, today, zone
from plugins.leads.services.figures.questions import Question
from plugins.leads.services.figures.tables import Cell, Column, Row, Table, share

MEASURES = {"leads": NODES["captured"], "qualified": NODES["qualified"], "converted": NODES["converted"]}
COLUMNS = (
    Column("leads", _l("Leads")),
    Column("qualified", _lp("leads", "Qualified")),
    Column("converted", _lp("leads", "Converted")),
    Column("conversion", _l("Conversion"), "share"),
    Column("cost", _lp("money", "Cost"), "money"),
    Column("per_lead", _l("Cost per lead"), "money"),
    Column("per_qualified", _l("Cost per qualified lead"), "money"),
    Column("per_converted", _l("Cost per customer"), "money"),
)
SPREAD = _l("The cost of a campaign is spread evenly over its days; what falls into the period is counted.")
Money = Mapping[str, float]


@dataclass(frozen=True)
class Spent:
    """What a campaign cost within the time."""

    id: UUID
    name: str
    source: str | None
    money: Money


def campaigns(question: Question) -> list[Table]:
    spent, where = _spent(question), question.captured()
    by_campaign, by_source = {str(each.id): each.money for each in spent}, _by_source(spent)
    leads = count_by(DIMENSIONS["campaign"], question, MEASURES, where)
    known = {row.key for row in leads}
    leads += [Row(str(each.id), each.name, {key: Cell(0) for key in MEASURES})
              for each in spent if str(each.id) not in known]  # fmt: skip
    total = _row(Row("", _("All"), total_of(leads, MEASURES, where)), _sum([each.money for each in spent]))
    sources = count_by(DIMENSIONS["source"], question, MEASURES, where)
    return [
        Table("campaigns", _l("By campaign"), _l("Campaign"), COLUMNS,
              [_row(row, by_campaign.get(row.key)) for row in leads], total, SPREAD),
        Table("sources", _l("By source"), _l("Source"), COLUMNS,
              [_row(row, by_source.get(row.key)) for row in sources], total),
    ]  # fmt: skip


def _spent(question: Question) -> list[Spent]:
    """The campaigns that the member may see and whose time is the question's, too. What leads are narrowed down to by
    who has them says nothing of what a campaign cost, so then there are no costs."""
    if question.seller or question.team or question.pool:
        return []
    found = type_named("campaign").visible().where(Campaign.cost_minor.is_not(None))
    found = found.where(Campaign.source == question.source) if question.source else found
    found = found.where(Campaign.id == question.campaign) if question.campaign else found
    rows: Sequence[Any] = session().scalars(found.order_by(Campaign.id)).all()
    parts = [(each, each.cost_minor * _part(each, question.period)) for each in rows]
    return [Spent(each.id, each.name, each.source, {each.cost_currency: part}) for each, part in parts if part]


def _part(campaign: Campaign, period: Period) -> float:
    """Which part of its days is in the period. One without an end goes on until today."""
    first: date = campaign.starts_on or campaign.created_at.astimezone(zone()).date()
    last = max(first, campaign.ends_on or today())
    both = (min(last, period.last) - max(first, period.first)).days + 1
    return max(0, both) / ((last - first).days + 1)


def _by_source(spent: Sequence[Spent]) -> dict[str, Money]:
    sources = {each.source for each in spent}
    return {source or "": _sum([each.money for each in spent if each.source == source]) for source in sources}


def _sum(several: Sequence[Money]) -> Money:
    found: dict[str, float] = {}
    for each in several:
        for currency, amount in each.items():
            found[currency] = found.get(currency, 0) + amount
    return found


def _row(row: Row, cost: Money | None) -> Row:
    cells = {**row.cells, "conversion": share(row.cells["converted"], row.cells["leads"]), "cost": Cell(money=cost)}
    cells |= {f"per_{one}": _each(cost, cells[many]) for one, many in
              (("lead", "leads"), ("qualified", "qualified"), ("converted", "converted"))}  # fmt: skip
    return Row(row.key, row.label, cells)


def _each(cost: Money | None, number: Cell) -> Cell:
    """What one cost. Of several currencies nobody can say."""
    if not cost or not number.value or len(cost) > 1:
        return Cell()
    return Cell(money={currency: amount / number.value for currency, amount in cost.items()})
