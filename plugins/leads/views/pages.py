"""The leads of oneself, and the boxes on other pages."""

from uuid import UUID

from flask.typing import ResponseReturnValue
from sqlalchemy import select

from core.sdk import (
    CUSTOMER,
    acting_member,
    any_member,
    list_url,
    redirect_to,
    render,
    session,
    tenant_id,
    to,
)
from plugins.leads.models import OPEN, Lead
from plugins.leads.services.pools.clocks import returns_at
from plugins.leads.services.pools.standing import left
from plugins.leads.types import LEAD
from plugins.leads.views.blueprints import leads

MINE = {"all": [{"field": "owner", "op": "is", "value": "me"}, {"field": "status", "op": "in", "value": list(OPEN)}]}
SHOWN_IN_BOX = 5


@leads.get("/mine", permission=any_member)
def list_my_leads() -> ResponseReturnValue:
    return redirect_to(list_url(LEAD, MINE))


@leads.get("/of-customer/<uuid:customer_id>", permission=to("view", "lead"))
def show_leads_of_customer(customer_id: UUID) -> ResponseReturnValue:
    customer = CUSTOMER.get(customer_id)
    found = LEAD.visible().where(Lead.customer_id == customer.id).order_by(Lead.id.desc()).limit(SHOWN_IN_BOX)
    theirs = session().scalars(found).all()
    return render(
        "leads/of_customer.html",
        "leads/_of_customer.html",
        leads=theirs,
        customer=customer,
        field=LEAD.field,
    )


@leads.get("/my-new", permission=to("view", "lead"))
def show_my_new_leads() -> ResponseReturnValue:
    """Those I have not followed up yet, the most urgent first."""
    mine = (
        select(Lead)
        .where(Lead.tenant_id == tenant_id(), Lead.owner_id == acting_member().id, Lead.deleted_at.is_(None))
        .where(Lead.status == "new")
        .order_by(Lead.assigned_at)
        .limit(SHOWN_IN_BOX)
    )
    found = session().scalars(mine).all()
    return render("leads/my_new.html", "leads/_my_new.html", leads=[(lead, left(returns_at(lead))) for lead in found])
