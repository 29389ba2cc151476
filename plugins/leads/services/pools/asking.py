"""Asking whoever looks after the pools: for a lead that one may not just take, and for more time with one's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from core.sdk import (
    Conflict,
    Customer,
    FieldProblem,
    Forbidden,
    Invalid,
    NotFound,
    _,
    _l,
    acting_member,
    acting_member_id,
    emit,
    get,
    notify,
    now,
    permitted,
    require_permission,
    session,
    tenant,
    tenant_id,
    type_named,
)
from plugins.leads.events import LeadAskedFor, LeadAssigned, LeadExtended, MoreTimeAskedFor, PoolRequestDecided
from plugins.leads.models import Lead, PoolRequest
from plugins.leads.permissions import MANAGE_POOLS
from plugins.leads.services.pools.claiming import take, why_not
from plugins.leads.services.pools.clocks import set_clocks
from plugins.leads.services.pools.customers.asking import grant_customer
from plugins.leads.services.pools.customers.holding import about_customer
from plugins.leads.services.pools.customers.kind import CUSTOMERS
from plugins.leads.services.pools.customers.switching import customers_are_pooled
from plugins.leads.services.pools.holding import active_name, get_lead
from plugins.leads.services.pools.kinds import LEADS, Kind
from plugins.leads.services.pools.requesting import FARTHEST, REQUESTS, put_request
from plugins.leads.services.pools.rules import rules_for
from plugins.leads.services.pools.telling import names_of, pool_managers
from plugins.leads.services.telling import about, name_of
from plugins.leads.services.working.responding import expect_response

# --- a lead --------------------------------------------------------------------------------------------


def request_claim(lead: Lead, reason: str | None = None) -> None:
    """Ask for a lead of a pool whose managers decide who gets it. Asking twice says it anew.

    Raises Conflict where it cannot be asked for.
    """
    me, rules, reason = acting_member(), rules_for(lead.pool_id), (reason or "").strip()
    if not lead.is_in_pool or rules.mode != "request" or not rules.may_claim:
        raise Conflict(_("This lead may be claimed at once.") if rules.mode == "claim" and rules.may_claim
                       else why_not(lead, rules, me.id))  # fmt: skip
    put_request("claim", LEADS, lead.id, lead.pool_id, reason=reason)
    emit(LeadAskedFor(**about(lead), reason=reason))
    notify(pool_managers(), _l("%(who)s asks for %(lead)s: %(reason)s"), url=REQUESTS, icon="hand-stop", who=me.name,
           lead=lead.name, reason=reason or "–")  # fmt: skip


# --- more time -----------------------------------------------------------------------------------------


def extend_lead(lead: Lead, days: int, reason: str | None = None) -> None:
    """More time for a lead: given at once by whoever looks after the pools, asked for by everybody else.

    Raises Invalid for more days than the pool has to give, Conflict where no clock runs.
    """
    if lead.owner_id is None or not lead.is_open or lead.returns_at is None:
        raise Conflict(_("No clock runs for this lead."))
    decides, reason = permitted(MANAGE_POOLS.name), (reason or "").strip()
    most = FARTHEST if decides else rules_for(lead.pool_id).extend_days
    if most == 0:
        raise Conflict(_("No more time is given for the leads of this pool."))
    if not 1 <= days <= most:
        raise Invalid([FieldProblem("days", "out_of_range", _("Give a number from 1 to %(most)s.", most=most))])
    if decides:
        _extend(lead, days, reason)
        return
    if lead.owner_id != acting_member_id():
        raise Forbidden(_("Only who has a lead may ask for more time with it."))
    if not reason:
        raise Invalid([FieldProblem("reason", "required", _("Say what the time is for."))])
    put_request("extend", LEADS, lead.id, lead.pool_id, days=days, reason=reason)
    emit(MoreTimeAskedFor(**about(lead), days=days, reason=reason))
    text = _l("%(who)s asks for %(days)s more days with %(lead)s: %(reason)s")
    notify(pool_managers(), text, url=REQUESTS, icon="hourglass", who=acting_member().name, days=days, lead=lead.name,
           reason=reason)  # fmt: skip


def _extend(lead: Lead, days: int, reason: str) -> None:
    lead.extended_until = max(lead.returns_at or now(), now()) + timedelta(days=days)
    lead.warned_follow_up_at = lead.warned_deal_at = None
    emit(LeadExtended(**about(lead), days=days, reason=reason))
    set_clocks([lead.id])


# --- what both are -------------------------------------------------------------------------------------


def decide_request(request: PoolRequest, granted: bool, answer: str = "") -> None:
    """Grant or refuse what was asked for, and tell who asked. Raises Conflict where somebody decided already, or where
    it has become impossible; Invalid for a refusal without a word; Forbidden."""
    require_permission(MANAGE_POOLS.name)
    request = _locked(request)
    if request.status != "open":
        raise Conflict(_("This request has been decided already."))
    answer = answer.strip()
    if not granted and not answer:
        raise Invalid([FieldProblem("answer", "required", _("Say why not: whoever asked wants to know."))])
    record, name = _record(request), name_of(request.member_id)
    if granted:
        active_name(request.member_id)
        if isinstance(record, Customer):
            grant_customer(request, record, name)
        else:
            _grant(request, record, name)
        if request.kind == "claim":
            _refuse_others(request, record.name, name)
    _decide(request, "granted" if granted else "refused", answer)
    what = about_customer(record) if isinstance(record, Customer) else about(record)
    emit(PoolRequestDecided(**what, granted=granted, member=name, answer=answer))
    _tell_requester(request, record, granted, answer)


def _record(request: PoolRequest) -> Lead | Customer:
    """What was asked for. Raises NotFound."""
    if request.record_type == LEADS.name:
        return get_lead(request.record_id)
    customer = get(Customer, request.record_id)
    if customer is None or customer.deleted_at or not customers_are_pooled():
        raise NotFound(_("There is no such record, or you may not see it."))
    return customer


def _grant(request: PoolRequest, lead: Lead, name: str) -> None:
    if request.kind == "extend":
        if lead.owner_id != request.member_id or not lead.is_open:
            raise Conflict(_("%(name)s does not have this lead any more.", name=name))
        _extend(lead, request.days or 1, request.reason or "")
        return
    take(lead, request.member_id, rules_for(lead.pool_id), how="request")
    emit(LeadAssigned(**about(lead), owner=name, owner_id=request.member_id, how="request",
                      changes={"owner": [None, str(request.member_id)]}))  # fmt: skip
    expect_response([lead.id])


def _refuse_others(request: PoolRequest, title: str, name: str) -> None:
    others = update(PoolRequest).where(
        PoolRequest.tenant_id == tenant_id(), PoolRequest.record_id == request.record_id, PoolRequest.kind == "claim",
        PoolRequest.status == "open", PoolRequest.id != request.id,
    )  # fmt: skip
    said = _("Somebody else got it.")
    gone = others.values(status="refused", answer=said, decided_at=now(), decided_by_id=acting_member_id())
    losers = session().scalars(gone.returning(PoolRequest.member_id)).all()
    notify(losers, _l("%(lead)s, which you asked for, went to %(name)s."), url=_pool_page(request),
           icon="hand-stop", lead=title, name=name)  # fmt: skip


def _decide(request: PoolRequest, status: str, answer: str) -> None:
    request.status, request.answer = status, answer or None
    request.decided_by_id, request.decided_at = acting_member_id(), now()
    session().flush()


def _pool_page(request: PoolRequest) -> str:
    return "leads/pool" if request.record_type == LEADS.name else "leads/customer-pool"


def _tell_requester(request: PoolRequest, record: Lead | Customer, granted: bool, answer: str) -> None:
    said: Mapping[tuple[str, bool], Any] = {
        ("claim", True): _l("%(lead)s, which you asked for, is yours. %(answer)s"),
        ("claim", False): _l("You do not get %(lead)s: %(answer)s"),
        ("extend", True): _l("You have %(days)s more days for %(lead)s. %(answer)s"),
        ("extend", False): _l("You get no more time for %(lead)s: %(answer)s"),
    }
    text = said[request.kind, granted]
    kind = CUSTOMERS if isinstance(record, Customer) else LEADS
    url = kind.page.format(record.id) if granted or request.kind == "extend" else _pool_page(request)
    notify([request.member_id], text, url=url, icon="gavel", lead=record.name, days=request.days, answer=answer)


def withdraw_request(request: PoolRequest) -> None:
    """Take back what one asked for. Raises Forbidden for another's, Conflict where it has been decided."""
    request = _locked(request)
    if request.member_id != acting_member_id():
        raise Forbidden(_("This is another's request."))
    if request.status != "open":
        raise Conflict(_("This request has been decided already."))
    _decide(request, "withdrawn", "")


def get_request(request_id: UUID) -> PoolRequest:
    """A request of one's own, or any for who decides. Raises NotFound."""
    found = get(PoolRequest, request_id)
    if found is None or not (permitted(MANAGE_POOLS.name) or found.member_id == acting_member_id()):
        raise NotFound(_("There is no such request."))
    return found


def _locked(request: PoolRequest) -> PoolRequest:
    held = get(PoolRequest, request.id, lock=True)
    assert held is not None
    return held


# --- reading -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A request as pages show it. `title` is empty for a lead that the reader may neither see nor decide about."""

    request: PoolRequest
    title: str
    member: str


def list_requests(*, status: str = "", mine: bool = False, limit: int = 100) -> Sequence[Asked]:
    """Requests, the latest first: all of them for who decides, else one's own."""
    found = select(PoolRequest).where(PoolRequest.tenant_id == tenant_id())
    if mine or not permitted(MANAGE_POOLS.name):
        found = found.where(PoolRequest.member_id == acting_member_id())
    if status:
        found = found.where(PoolRequest.status == status)
    rows = session().scalars(found.order_by(PoolRequest.created_at.desc(), PoolRequest.id.desc()).limit(limit)).all()
    titles: dict[UUID, str] = {}
    for kind in (LEADS, CUSTOMERS):
        of_kind = {each.record_id for each in rows if each.record_type == kind.name}
        titles |= visible_titles(of_kind, every=permitted(MANAGE_POOLS.name), kind=kind)
    names = names_of({each.member_id for each in rows})
    return [Asked(each, titles.get(each.record_id, ""), names.get(each.member_id, "")) for each in rows]


def count_open_requests() -> int:
    """How many wait for the acting member to decide."""
    if tenant().member is None or not permitted(MANAGE_POOLS.name):
        return 0
    waiting = (
        select(func.count())
        .select_from(PoolRequest)
        .where(PoolRequest.tenant_id == tenant_id(), PoolRequest.status == "open")
    )
    return session().scalar(waiting) or 0


def my_open_request(record: Lead | Customer) -> PoolRequest | None:
    """What the acting member has asked about a record, and that nobody has decided yet."""
    if acting_member_id() is None:
        return None
    mine = select(PoolRequest).where(
        PoolRequest.tenant_id == tenant_id(), PoolRequest.record_id == record.id, PoolRequest.status == "open",
        PoolRequest.member_id == acting_member_id(),
    )  # fmt: skip
    return session().scalars(mine.limit(1)).one_or_none()


def asked_for(lead_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these leads the acting member has asked for."""
    if acting_member_id() is None or not lead_ids:
        return set()
    mine = select(PoolRequest.record_id).where(
        PoolRequest.tenant_id == tenant_id(), PoolRequest.record_id.in_(lead_ids), PoolRequest.status == "open",
        PoolRequest.member_id == acting_member_id(), PoolRequest.kind == "claim",
    )  # fmt: skip
    return set(session().scalars(mine))


def visible_titles(ids: set[UUID], *, every: bool = False, kind: Kind = LEADS) -> Mapping[UUID, str]:
    """The names of those of these records that the acting member may see, or of `every` one."""
    if not ids:
        return {}
    of = type_named(kind.name)
    columns = (of.model.id, kind.title.label("title"))
    found = of.existing(*columns) if every else of.visible(*columns)
    return {row.id: row.title for row in session().execute(found.where(of.model.id.in_(ids)))}
