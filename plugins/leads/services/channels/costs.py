"""What leads cost: by campaign and by source, for each lead, each qualified one and each that became a customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import func, select

from core.sdk import Choice, session, tenant, tenant_id, type_named
from plugins.leads.models import Campaign, Lead, Touch


@dataclass(frozen=True)
class Cost:
    """`amount` is in minor units of `currency`; None where nobody said what it cost."""

    label: str
    leads: int
    qualified: int
    won: int
    amount: int | None
    currency: str
    id: UUID | None = None
    touched: int = 0
    budget: int | None = None
    value: str = ""

    def per(self, count: int) -> int | None:
        """What each of so many cost, to the nearest minor unit."""
        return round(self.amount / count) if self.amount is not None and count else None

    @property
    def per_lead(self) -> int | None:
        return self.per(self.leads)

    @property
    def per_qualified(self) -> int | None:
        return self.per(self.qualified)

    @property
    def per_deal(self) -> int | None:
        return self.per(self.won)


def _reached(column: Any) -> Any:
    return func.count().filter(column.is_not(None))


COUNTS = (
    func.count().label("leads"),
    _reached(func.coalesce(Lead.qualified_at, Lead.converted_at)).label("qualified"),
    _reached(Lead.converted_at).label("won"),
)


def costs_of_campaigns(campaign_ids: Sequence[UUID] | None = None) -> list[Cost]:
    """The campaigns that the acting member may see, the dearest first, in two statements."""
    campaign = type_named("campaign")
    theirs = (
        select(Lead.campaign_id, *COUNTS)
        .where(Lead.tenant_id == tenant_id(), Lead.deleted_at.is_(None), Lead.campaign_id.is_not(None))
        .group_by(Lead.campaign_id)
        .subquery()
    )
    touched = (
        select(Touch.campaign_id, func.count(func.distinct(Touch.lead_id)).label("touched"))
        .where(Touch.tenant_id == tenant_id(), Touch.campaign_id.is_not(None))
        .group_by(Touch.campaign_id)
        .subquery()
    )
    found = (
        campaign.visible(
            Campaign.id, Campaign.name, Campaign.cost_minor, Campaign.cost_currency, Campaign.budget_minor,
            theirs.c.leads, theirs.c.qualified, theirs.c.won, touched.c.touched,
        )
        .outerjoin(theirs, theirs.c.campaign_id == Campaign.id)
        .outerjoin(touched, touched.c.campaign_id == Campaign.id)
        .order_by(Campaign.cost_minor.desc().nulls_last(), Campaign.id)
        .limit(200)
    )  # fmt: skip
    if campaign_ids is not None:
        found = found.where(Campaign.id.in_(campaign_ids))
    return [
        Cost(row.name, row.leads or 0, row.qualified or 0, row.won or 0, row.cost_minor,
             row.cost_currency or tenant().currency, id=row.id, touched=row.touched or 0, budget=row.budget_minor)
        for row in session().execute(found)
    ]  # fmt: skip


def costs_of_sources() -> list[Cost]:
    """Each source with its leads, and with what its campaigns cost in the workspace's own currency."""
    lead = type_named("lead")
    source = cast(Choice, lead.all_fields()["source"])
    labels = {option.value: str(option.label) for option in source.options}
    counted = (
        select(Lead.source, *COUNTS)
        .where(Lead.tenant_id == tenant_id(), Lead.deleted_at.is_(None))
        .group_by(Lead.source)
    )
    spent = (
        select(Campaign.source, func.sum(Campaign.cost_minor))
        .where(
            Campaign.tenant_id == tenant_id(), Campaign.deleted_at.is_(None), Campaign.cost_minor.is_not(None),
            func.coalesce(Campaign.cost_currency, tenant().currency) == tenant().currency,
        )
        .group_by(Campaign.source)
    )  # fmt: skip
    amounts = {source: int(total) for source, total in session().execute(spent) if total is not None}
    rows = {row.source: row for row in session().execute(counted)}
    found = [
        Cost(labels.get(source, source or ""), row.leads if row else 0, row.qualified if row else 0,
             row.won if row else 0, amounts.get(source), tenant().currency, value=source or "")
        for source in {*rows, *amounts}
        for row in [rows.get(source)]
    ]  # fmt: skip
    return sorted(found, key=lambda each: (-each.leads, each.label))
