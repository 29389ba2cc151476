"""The public pool of customers: what waits there, taking one, and where a customer stands with its owner."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.sdk import (
    CUSTOMER,
    NotFound,
    _,
    acting_member_id,
    holding,
    redirect_to,
    render,
    to,
    toast,
    url_of,
)
from plugins.leads.jobs import apply_customer_pools
from plugins.leads.permissions import MANAGE_POOLS
from plugins.leads.services.pools.asking import asked_for, count_open_requests, my_open_request
from plugins.leads.services.pools.claiming import Quota, quotas
from plugins.leads.services.pools.customers import switching
from plugins.leads.services.pools.customers.asking import request_customer
from plugins.leads.services.pools.customers.holding import claim_customer, find_pooled, standing_beside
from plugins.leads.services.pools.customers.kind import CUSTOMERS
from plugins.leads.services.pools.customers.seeing import pools_i_see, waiting_in
from plugins.leads.services.pools.customers.standing import standing_of_customer
from plugins.leads.services.pools.managing import figures
from plugins.leads.services.pools.rules import PoolRules
from plugins.leads.views.blueprints import leads


@leads.get("/customer-pool", permission=to("view", "customer"))
def show_customer_pool() -> ResponseReturnValue:
    """Customers that nobody has, by pool."""
    if not switching.customers_are_pooled():
        raise NotFound(_("There is no such page."))
    seen = pools_i_see()
    counts, me = figures(CUSTOMERS), acting_member_id()
    chosen = _chosen(seen, counts)
    typed = request.args.get("q", "")
    found = waiting_in(chosen, text=typed, after=request.args.get("after") or None) if chosen else None
    here: dict[str, Any] = {"pool": chosen.id if chosen else None, "q": typed or None}
    return render(
        "leads/customer_pool.html", "leads/_customer_pool.html", found=found, typed=typed, pool=chosen,
        tabs=[{"label": each.name, "url": url_for(".show_customer_pool", pool=each.id), "active": each is chosen,
               "count": counts.get(each.id, (0, 0))[0]} for each in seen],
        quota=quotas(me, CUSTOMERS).get(chosen.id, Quota(0, 0)) if chosen and me else Quota(0, 0),
        asked=asked_for([row[0].id for row in found.rows]) if found else set(),
        open_requests=count_open_requests(), field=CUSTOMER.field,
        total=counts.get(chosen.id, (0, 0))[0] if chosen else 0,
        further=url_for(".show_customer_pool", **here, after=found.next) if found and found.next else None,
        newest=url_for(".show_customer_pool", **here) if request.args.get("after") else None,
    )  # fmt: skip


def _chosen(seen: list[PoolRules], counts: Any) -> PoolRules | None:
    by_id = {str(each.id): each for each in seen}
    if (asked := request.args.get("pool", "")) in by_id:
        return by_id[asked]
    return next((each for each in seen if counts.get(each.id, (0, 0))[0]), seen[-1] if seen else None)


@leads.post("/customer-pool/<uuid:customer_id>/claim", permission=to("edit", "customer"))
def create_customer_claim(customer_id: UUID) -> ResponseReturnValue:
    """Take a customer out of the pool. Whoever comes too late is told so."""
    customer = find_pooled(customer_id)
    claim_customer(customer)
    toast(_("“%(name)s” is yours now.", name=customer.name))
    return redirect_to(url_of(CUSTOMER, customer.id))


@leads.post("/customer-pool/<uuid:customer_id>/request", permission=to("edit", "customer"))
def create_customer_request(customer_id: UUID) -> ResponseReturnValue:
    """Ask for a customer of a pool whose managers decide."""
    request_customer(find_pooled(customer_id), request.form.get("reason", ""))
    toast(_("Asked. You will be told what is decided."))
    return redirect_to(url_for(".show_customer_pool", pool=request.form.get("pool") or None))


@leads.get("/standing-of-customer/<uuid:customer_id>", permission=to("view", "customer"))
def show_standing_of_customer(customer_id: UUID) -> ResponseReturnValue:
    customer = CUSTOMER.get(customer_id)
    if not switching.customers_are_pooled():
        raise NotFound(_("There is no such page."))
    return render(
        "leads/standing_of_customer.html", "leads/_standing_of_customer.html", customer=customer,
        standing=standing_of_customer(customer), beside=standing_beside(customer), asked=my_open_request(customer),
        may_ask="extend" in {each.name for each in CUSTOMER.actions_for(customer)},
        extend_url=f"{url_of(CUSTOMER, customer.id)}/actions/extend",
    )  # fmt: skip


@leads.post("/settings/customer-pools", permission=holding(MANAGE_POOLS.name))
def switch_customer_pools() -> ResponseReturnValue:
    on = request.form.get("on") == "1"
    switching.switch_customer_pools(on)
    apply_customer_pools.later()
    toast(_("Customers have public pools now.") if on else _("Customers have no public pools any more."))
    return redirect_to(url_for(".list_pools", of="customer" if on else None))
