"""The open log of who got which lead, when, by whom and why."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from core.sdk import CUSTOMER, MemberRow, _, may, render, session, tenant_id, to
from plugins.leads.fields import pools
from plugins.leads.models.movement import KINDS
from plugins.leads.services.pools.customers.kind import CUSTOMERS
from plugins.leads.services.pools.customers.switching import customers_are_pooled
from plugins.leads.services.pools.kinds import LEADS
from plugins.leads.services.pools.reading_log import Filters, read_log
from plugins.leads.views.blueprints import leads


@leads.get("/movements", permission=to("view", "lead"))
def list_movements() -> ResponseReturnValue:
    """Of leads, or of customers where they have pools."""
    filters, kind = _asked(), LEADS
    if request.args.get("of") == CUSTOMERS.name and customers_are_pooled() and may("view", CUSTOMER):
        kind = CUSTOMERS
    page = read_log(filters, after=request.args.get("after") or None, kind=kind)
    people = select(MemberRow.id, MemberRow.name).where(MemberRow.tenant_id == tenant_id(), MemberRow.kind == "person")
    kept: dict[str, Any] = {key: value for key, value in request.args.items() if value and key not in ("after",)}
    return render(
        "leads/movements.html", "leads/_movements.html", log=page, filters=filters, kinds=_kinds(), hows=_hows(),
        people=[(str(row.id), row.name) for row in session().execute(people.order_by(MemberRow.name))],
        pools=[(str(pool_id), name) for pool_id, (name, _is_there) in pools(kind.name).items()], of=kind.name,
        pool_names={pool_id: name for pool_id, (name, _is_there) in pools(kind.name).items()},
        further=url_for(".list_movements", **kept, after=page.next) if page.next else None,
        newest=url_for(".list_movements", **kept) if request.args.get("after") else None,
    )  # fmt: skip


def _asked() -> Filters:
    """What is asked for; what makes no sense is left out."""
    kind = request.args.get("kind", "")
    return Filters(
        kind if kind in KINDS else "", _uuid("member"), _uuid("pool"), _uuid("lead"), _date("since"), _date("until")
    )


def _uuid(name: str) -> UUID | None:
    try:
        return UUID(request.args.get(name, ""))
    except ValueError:
        return None


def _date(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _kinds() -> dict[str, tuple[str, str, str]]:
    """Label, colour and icon of each kind."""
    return {
        "captured": (_("Came in"), "blue", "magnet"),
        "assigned": (_("Assigned"), "purple", "user-share"),
        "claimed": (_("Claimed"), "green", "hand-grab"),
        "returned": (_("Returned"), "amber", "arrow-back-up"),
        "converted": (_("Became a customer"), "green", "transform"),
        "disqualified": (_("Disqualified"), "gray", "circle-x"),
        "reopened": (_("Reopened"), "blue", "rotate"),
    }


def _hows() -> dict[str, str]:
    return {
        "turn": _("in turn"),
        "weighted": _("in turn, by weight"),
        "performance": _("to who converts most"),
        "load": _("to who has least to do"),
        "skill": _("by skill"),
        "territory": _("by territory"),
        "same_company": _("to who looks after the company"),
        "customer": _("to who looks after the customer"),
        "person": _("by a rule"),
        "pool": _("by a rule"),
        "choice": _("by hand"),
        "claim": "",
        "request": _("on request"),
        "clock": _("by the clock"),
        "silence": _("since nobody answered"),
        "handover": _("by a handover"),
    }
