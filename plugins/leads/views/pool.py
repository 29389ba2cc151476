"""The public pool as sellers see it: what waits there, by pool, and what one may take."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.sdk import Listing, _, acting_member_id, list_url, redirect_to, render, swap, to, toast, url_of
from plugins.leads import services
from plugins.leads.models import OPEN, Lead
from plugins.leads.models.lead import GRADES
from plugins.leads.services.pools.asking import asked_for, count_open_requests
from plugins.leads.services.pools.claiming import Quota, quotas
from plugins.leads.services.pools.customers.switching import customers_are_pooled
from plugins.leads.services.pools.managing import figures
from plugins.leads.services.pools.rules import PoolRules, default_pool, pool_rules, rules_for
from plugins.leads.services.pools.standing import Standing, standing_of
from plugins.leads.types import LEAD
from plugins.leads.views.blueprints import leads

IN_POOL: tuple[Mapping[str, Any], ...] = (
    {"field": "owner", "op": "empty"},
    {"field": "status", "op": "in", "value": list(OPEN)},
)


@leads.get("/pool", permission=to("view", "lead"))
def show_pool() -> ResponseReturnValue:
    """Leads that nobody has, by pool."""
    seen = [each for each in pool_rules() if each.is_seen]
    chosen = _chosen(seen)
    asked = {key: request.args.get(key) or None for key in ("after", "before")}
    typed, grade = request.args.get("q", ""), request.args.get("grade", "")
    sort = request.args.get("sort", "") if request.args.get("sort") in _sorts() else "-score"
    found = Listing(LEAD, _condition(chosen, grade), search=typed, sort=sort, **asked).page(total=True)  # type: ignore[arg-type]
    mine, me = figures(), acting_member_id()
    return render(
        "leads/pool.html", "leads/_pool.html", found=found, typed=typed, field=LEAD.field, pool=chosen, sort=sort,
        sorts=list(_sorts().items()), grade=grade, grades=[(each.value, each.label) for each in GRADES],
        tabs=[
            {"label": each.name, "url": url_for(".show_pool", pool=each.id), "active": chosen is not None and
             each.id == chosen.id, "count": mine.get(each.id, (0, 0))[0]} for each in seen
        ],
        quota=quotas(me).get(chosen.id, Quota(0, 0)) if chosen and me else Quota(0, 0),
        asked=asked_for([row.id for row in found.records]), address=url_for(".show_pool", **_kept(chosen)),
        open_requests=count_open_requests(), rules_for=rules_for, action_url=action_url,
    )  # fmt: skip


def _sorts() -> Mapping[str, str]:
    return {"-score": _("Best first"), "-pooled_at": _("Latest first"), "pooled_at": _("Longest waiting first")}


def _chosen(seen: list[PoolRules]) -> PoolRules | None:
    """The pool that is asked for; the first that holds something for me; None where I see into none."""
    by_id = {str(each.id): each for each in seen}
    if (asked := request.args.get("pool", "")) in by_id:
        return by_id[asked]
    waiting = figures() if len(seen) > 1 else {}
    return next((each for each in seen if waiting.get(each.id, (0, 0))[0]), seen[-1] if seen else None)


def _condition(chosen: PoolRules | None, grade: str) -> Mapping[str, Any]:
    parts = list(IN_POOL)
    if chosen is not None and chosen.id == default_pool().id:
        here = {"field": "pool", "op": "is", "value": str(chosen.id)}
        parts.append({"any": [here, {"field": "pool", "op": "empty"}]})
    elif chosen is not None:
        parts.append({"field": "pool", "op": "is", "value": str(chosen.id)})
    if grade in {each.value for each in GRADES}:
        parts.append({"field": "grade", "op": "is", "value": grade})
    return {"all": parts}


def _kept(chosen: PoolRules | None) -> dict[str, Any]:
    """What the address keeps while one pages and sorts."""
    kept = {key: request.args.get(key) for key in ("q", "grade", "sort")}
    return {"pool": chosen.id if chosen else None} | {key: value or None for key, value in kept.items()}


@leads.post("/pool/<uuid:lead_id>/claim", permission=to("edit", "lead"))
def create_claim(lead_id: UUID) -> ResponseReturnValue:
    """Take a lead out of the pool. Whoever comes too late is told who has it, though it is no longer theirs to see."""
    lead = services.find_in_pool(lead_id)
    services.claim_lead(lead)
    toast(_("“%(name)s” is yours now.", name=lead.name))
    return swap("leads/_claimed.html", lead=lead, otherwise=url_for(".show_lead", lead_id=lead.id))


@leads.get("/mine-returning", permission=to("view", "lead"))
def list_returning() -> ResponseReturnValue:
    """My leads, those first that go back first."""
    mine = {"all": [{"field": "owner", "op": "is", "value": "me"}, {"field": "returns_at", "op": "not_empty"}]}
    return redirect_to(list_url(LEAD, mine) + "&sort=returns_at")


def action_url(lead: Lead, name: str) -> str:
    """The page on which an action is told what it must be told."""
    return f"{url_of(LEAD, lead.id)}/actions/{name}"


@leads.app_context_processor
def _for_templates() -> dict[str, object]:
    return {
        "lead_standing": _standing,
        "lead_action_url": action_url,
        "customers_are_pooled": customers_are_pooled,
        "lead_pool_name": lambda lead: rules_for(lead.pool_id).name,
    }


def _standing(lead: Lead) -> Standing | None:
    return standing_of(lead)
