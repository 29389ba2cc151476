"""The pool, the page of a lead, and the boxes on other pages."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from core.sdk import (
    CUSTOMER,
    FOLLOW_UP,
    Invalid,
    Listing,
    RecordRef,
    _,
    acting_member,
    any_member,
    channels,
    create_record,
    list_url,
    may,
    now,
    redirect_to,
    render,
    said_in_composer,
    session,
    show_detail,
    swap,
    tenant_id,
    to,
    toast,
)
from plugins.leads import services
from plugins.leads.models import OPEN, Lead
from plugins.leads.services.clock import attended_at, returns_at
from plugins.leads.types import LEAD
from plugins.leads.views.blueprints import leads

IN_POOL = {"all": [{"field": "owner", "op": "empty"}, {"field": "status", "op": "in", "value": list(OPEN)}]}
MINE = {"all": [{"field": "owner", "op": "is", "value": "me"}, {"field": "status", "op": "in", "value": list(OPEN)}]}
SHOWN_IN_BOX = 5


@leads.get("/pool", permission=to("view", "lead"))
def show_pool() -> ResponseReturnValue:
    """Leads that nobody has, the latest first."""
    asked = {key: request.args.get(key) or None for key in ("after", "before")}
    typed = request.args.get("q", "")
    found = Listing(LEAD, IN_POOL, search=typed, sort="-updated_at", **asked).page(total=True)  # type: ignore[arg-type]
    return render("leads/pool.html", "leads/_pool.html", found=found, typed=typed, field=LEAD.field)


@leads.post("/pool/<uuid:lead_id>/claim", permission=to("edit", "lead"))
def create_claim(lead_id: UUID) -> ResponseReturnValue:
    """Take a lead out of the pool. Whoever comes too late is told who has it, though it is no longer theirs to see."""
    lead = services.find_in_pool(lead_id)
    services.claim_lead(lead)
    toast(_("“%(name)s” is yours now.", name=lead.name))
    return swap("leads/_claimed.html", lead=lead, otherwise=url_for(".show_lead", lead_id=lead.id))


@leads.get("/mine", permission=any_member)
def list_my_leads() -> ResponseReturnValue:
    return redirect_to(list_url(LEAD, MINE))


@leads.get("/<uuid:lead_id>", permission=to("view", "lead"))
def show_lead(lead_id: UUID) -> ResponseReturnValue:
    return _page(LEAD.get(lead_id))


@leads.post("/<uuid:lead_id>/follow-ups", permission=to("create", "follow_up"))
def create_follow_up(lead_id: UUID) -> ResponseReturnValue:
    lead = LEAD.get(lead_id)
    try:
        create_record(FOLLOW_UP, said_in_composer() | {"about": RecordRef("lead", lead.id)})
    except Invalid as invalid:
        return _page(lead, status=422, errors={p.field: p.message for p in invalid.problems}, typed=request.form)
    toast(_("Logged."))
    return redirect_to(url_for(".show_lead", lead_id=lead.id))


def _page(lead: Lead, **more: Any) -> ResponseReturnValue:
    due = returns_at(lead)
    return show_detail(
        LEAD, lead, lead=lead, returns_at=due, attended_at=attended_at(lead), left=left,
        is_late=due is not None and due - now() < timedelta(days=1),
        may_log=may("create", FOLLOW_UP), channels=channels(), **more,
    )  # fmt: skip


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


def left(due: datetime | None) -> str:
    """How long until then, in days and hours, or in minutes when it is soon."""
    minutes = max(0, int((due - now()).total_seconds() // 60)) if due else 0
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return _("%(days)s d %(hours)s h", days=days, hours=hours)
    if hours:
        return _("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes % 60)
    return _("%(minutes)s min", minutes=minutes)
