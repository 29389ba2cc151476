"""Why somebody was given a lead: for whoever may see the lead."""

from uuid import UUID

from flask.typing import ResponseReturnValue

from core.sdk import render, to
from plugins.leads.services.routing.explaining import explain_assignment
from plugins.leads.services.routing.words import CAME, HOW_WORDS, STRATEGY_WORDS, WHY_NOT
from plugins.leads.types import LEAD
from plugins.leads.views.blueprints import leads


@leads.get("/<uuid:lead_id>/why-mine", permission=to("view", "lead"))
def show_why(lead_id: UUID) -> ResponseReturnValue:
    lead = LEAD.get(lead_id)
    return render(
        "leads/why.html", "leads/_why.html", lead=lead, why=explain_assignment(lead), how_words=HOW_WORDS, came=CAME,
        why_not=WHY_NOT, strategies=STRATEGY_WORDS,
    )  # fmt: skip
