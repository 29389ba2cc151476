"""What campaigns and sources brought, and what that cost."""

from uuid import UUID

from flask.typing import ResponseReturnValue

from core.sdk import list_url, render, to
from plugins.leads.services.channels.costs import costs_of_campaigns, costs_of_sources
from plugins.leads.types import CAMPAIGN, LEAD
from plugins.leads.views.blueprints import leads


@leads.get("/costs", permission=to("view", "campaign"))
def list_costs() -> ResponseReturnValue:
    return render(
        "leads/costs.html", campaigns=costs_of_campaigns(), sources=costs_of_sources(),
        leads_of=_leads_of, leads_from=_leads_from,
    )  # fmt: skip


@leads.get("/campaigns/<uuid:campaign_id>/costs", permission=to("view", "campaign"))
def show_costs(campaign_id: UUID) -> ResponseReturnValue:
    campaign = CAMPAIGN.get(campaign_id)
    (cost,) = costs_of_campaigns([campaign.id])
    return render(
        "leads/campaign_costs.html", "leads/_campaign_costs.html", campaign=campaign, cost=cost, leads_of=_leads_of
    )


def _leads_of(campaign_id: UUID) -> str:
    return list_url(LEAD, {"all": [{"field": "campaign", "op": "is", "value": str(campaign_id)}]})


def _leads_from(source: str) -> str:
    asked = {"field": "source", "op": "is", "value": source} if source else {"field": "source", "op": "empty"}
    return list_url(LEAD, {"all": [asked]})
