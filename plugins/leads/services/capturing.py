"""Catching a lead, wherever it comes from."""

from typing import Any, cast
from uuid import UUID

from sqlalchemy import or_, select, text

from core.sdk import (
    Conflict,
    Event,
    FieldProblem,
    Invalid,
    _,
    _l,
    acting_member_id,
    change_record,
    emit,
    insert_record,
    may,
    members_with,
    notify,
    now,
    session,
    tenant,
    tenant_id,
    type_named,
)
from plugins.leads.events import LeadCameAgain, LeadCaptured
from plugins.leads.models import OPEN, Lead
from plugins.leads.permissions import MANAGE_ROUTING
from plugins.leads.services.clock import start_clock
from plugins.leads.services.holding import active_name, assigned, hold, tell_owner
from plugins.leads.services.taking_turns import Seller, next_seller
from plugins.leads.services.telling import about, address, name_of

SOURCE_OF_CAUSE = {"member": "manual", "token": "api", "form": "form", "import": "import"}
SAME_PERSON = """
select pg_advisory_xact_lock(hashtextextended(key, 0)) from unnest(cast(:keys as text[])) key order by key
"""


def capture_lead(values: dict[str, Any], source: str | None = None) -> Lead:
    """Catch a lead and hand it to the next seller, unless it names its owner.

    Someone whose phone or e-mail we have in an open lead is not a new lead: the one we have is returned, with what
    was missing filled in. Raises Invalid; Conflict where that lead is another's and not the caller's to see.
    """
    values = {key: value for key, value in values.items() if value is not None}
    values.setdefault("source", source or SOURCE_OF_CAUSE.get(tenant().cause.kind, "other"))
    if values.get("status") == "converted":
        raise Invalid([FieldProblem("status", "not_allowed", _("A lead becomes a customer by converting it."))])
    known = _open_lead_of(values.get("phone"), values.get("email"))
    return _welcome_back(known, values) if known else _take_in(values)


def _open_lead_of(phone: str | None, email: str | None) -> Lead | None:
    """The open lead with this phone or e-mail. Whoever catches the same person at the same time waits here."""
    keys = sorted(f"leads:{tenant_id()}:{key}" for key in (phone, email) if key)
    if not keys:
        return None
    session().execute(text(SAME_PERSON), {"keys": keys})
    same = [column == key for column, key in ((Lead.phone, phone), (Lead.email, email)) if key]
    found = (
        select(Lead)
        .where(Lead.tenant_id == tenant_id(), Lead.deleted_at.is_(None), Lead.status.in_(OPEN), or_(*same))
        .order_by(Lead.id)
        .limit(1)
    )
    return session().scalars(found).one_or_none()


def _take_in(values: dict[str, Any]) -> Lead:
    chosen = values.pop("owner", None)
    if values.get("status", "new") not in OPEN:
        return cast(Lead, insert_record(type_named("lead"), values, owner=chosen))
    seller = Seller(chosen, active_name(chosen)) if chosen else next_seller()
    how = "choice" if chosen else "turn"

    def happened(lead: Lead) -> list[Event]:
        caught = LeadCaptured(**about(lead), title=lead.name, source=lead.source or "", campaign=lead.campaign)
        return [caught, assigned(lead, seller.name, how=how)] if seller else [caught]

    held = _held_by(seller) if seller else _pooled()
    lead = cast(Lead, insert_record(type_named("lead"), values, more=happened, **held))
    if seller:
        start_clock(lead)
        tell_owner(lead)
    else:
        _tell_that_nobody_receives(lead)
    return lead


def _held_by(seller: Seller) -> dict[str, Any]:
    return {"owner": seller.id, "assigned_at": now()}


def _pooled() -> dict[str, Any]:
    return {"pooled_at": now(), "pool_reason": _("Nobody receives leads in turn.")}


def _tell_that_nobody_receives(lead: Lead) -> None:
    text = _l("Nobody receives leads in turn, so %(lead)s waits in the pool.")
    notify(members_with(MANAGE_ROUTING.name), text, url=address(lead), icon="alert-triangle", lead=lead.name)


# --- someone we know -----------------------------------------------------------------------------------


def _welcome_back(lead: Lead, values: dict[str, Any]) -> Lead:
    lead_type = type_named("lead")
    if acting_member_id() and not may("view", lead_type, lead):
        raise Conflict(_("%(name)s looks after this lead already.", name=name_of(lead.owner_id)))
    missing = {key: value for key, value in values.items() if _is_missing(lead, key)}
    if missing:
        change_record(lead_type, lead, missing)
    emit(
        LeadCameAgain(
            **about(lead), title=lead.name, source=values["source"],
            campaign=values.get("campaign"), need=values.get("need"),
        )
    )  # fmt: skip
    if lead.owner_id is None:
        _hand_out(lead, values.get("owner"))
    elif lead.owner_id != acting_member_id():
        text = _l("%(lead)s got in touch again.")
        notify([lead.owner_id], text, url=address(lead), icon="repeat", lead=lead.name)
    return lead


def _is_missing(lead: Lead, key: str) -> bool:
    field = type_named("lead").fields()[key]
    return key != "owner" and field.get(lead) is None


def _hand_out(lead: Lead, chosen: UUID | None) -> None:
    """Give a lead that waits in the pool to someone now that it came again."""
    seller = Seller(chosen, active_name(chosen)) if chosen else next_seller()
    if seller is None:
        return
    lead.owner_id = seller.id
    hold(lead)
    emit(assigned(lead, seller.name, how="choice" if chosen else "turn"))
    start_clock(lead)
    tell_owner(lead)
