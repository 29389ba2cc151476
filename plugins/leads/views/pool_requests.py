"""What members ask of those who look after the pools, and deciding it."""

from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.sdk import Invalid, _, any_member, holding, permitted, redirect_to, render, toast
from plugins.leads.fields import pools
from plugins.leads.permissions import MANAGE_POOLS
from plugins.leads.services.pools import asking
from plugins.leads.views.blueprints import leads

SHOWN = ("open", "")


@leads.get("/requests", permission=any_member)
def list_requests() -> ResponseReturnValue:
    """Those that wait, or all: everybody's for who decides, else one's own."""
    return _page()


@leads.post("/requests/<uuid:pool_request_id>/decision", permission=holding(MANAGE_POOLS.name))
def decide_request(pool_request_id: UUID) -> ResponseReturnValue:
    asked = asking.get_request(pool_request_id)
    granted = request.form.get("decision") == "grant"
    try:
        asking.decide_request(asked, granted, request.form.get("answer", ""))
    except Invalid as invalid:
        return _page(pool_request_id, invalid)
    toast(_("Granted.") if granted else _("Refused."))
    return redirect_to(url_for(".list_requests"))


@leads.post("/requests/<uuid:pool_request_id>/withdrawal", permission=any_member)
def withdraw_request(pool_request_id: UUID) -> ResponseReturnValue:
    asking.withdraw_request(asking.get_request(pool_request_id))
    toast(_("Withdrawn."))
    return redirect_to(url_for(".list_requests"))


def _pool_name(pool_id: UUID | None) -> str:
    known = {**pools(), **pools("customer")}
    return known[pool_id][0] if pool_id in known else ""


def _page(faulty: UUID | None = None, invalid: Invalid | None = None) -> ResponseReturnValue:
    every = request.args.get("all") == "1"
    found = asking.list_requests(status="" if every else "open")
    return render(
        "leads/requests.html", requests=found, every=every, decides=permitted(MANAGE_POOLS.name), faulty=faulty,
        error=invalid.problems[0].message if invalid else "", typed=request.form.get("answer", ""),
        pool_name=_pool_name, status=422 if invalid else 200,
    )  # fmt: skip
