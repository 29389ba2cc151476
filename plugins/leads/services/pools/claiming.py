"""Taking a record out of a pool oneself: in one statement, so that of many who try at once one gets it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, cast, exists, func, or_, select
from sqlalchemy.orm import aliased

from core.sdk import (
    Conflict,
    MemberRow,
    _,
    acting_member,
    acting_member_id,
    emit,
    fmt_relative,
    now,
    session,
    tenant,
    tenant_id,
)
from plugins.leads.events import LeadAssigned
from plugins.leads.models import Lead, Movement, Pool
from plugins.leads.services.pools.holding import get_lead
from plugins.leads.services.pools.kinds import LEADS, Kind
from plugins.leads.services.pools.moving import FREE, Move, move
from plugins.leads.services.pools.rules import PoolRules, default_pool, rules_for
from plugins.leads.services.pools.seeing import concerns_me
from plugins.leads.services.telling import about, name_of
from plugins.leads.services.working.responding import expect_response


def find_in_pool(lead_id: UUID) -> Lead:
    """A lead that may be claimed. Raises NotFound, and Conflict, which says who has it, for one that is taken."""
    lead = get_lead(lead_id)
    if not rules_for(lead.pool_id).is_seen:
        return get_lead(UUID(int=0))
    if not lead.is_in_pool:
        raise Conflict(_taken(lead))
    return lead


def claim_lead(lead: Lead) -> None:
    """Take a lead out of the pool. However many try at once, one gets it, and no limit of the pool is passed.

    Raises Conflict, which says who has it, for everyone else, and for whom the rules of the pool do not let.
    """
    me = acting_member()
    rules = rules_for(lead.pool_id)
    take(lead, me.id, rules, how="claim", and_if=[concerns_me(Pool.claims), Pool.mode == "claim"])
    emit(LeadAssigned(**about(lead), owner=me.name, owner_id=me.id, how="claim",
                      changes={"owner": [None, str(me.id)]}))  # fmt: skip
    expect_response([lead.id])


def take(
    lead: Lead, member_id: UUID, rules: PoolRules, *, how: str, and_if: Sequence[ColumnElement[bool]] = ()
) -> None:
    """Give a lead of a pool to a member, unless they have reached a limit. Raises Conflict with the reason."""
    if rules.holding_cap is not None or rules.daily_claim_cap is not None:
        one_claim_at_a_time(member_id)
    allowed = may_have(LEADS, member_id, and_if)
    if not move([Move(lead.id, member_id, how)], which=FREE, claimed=True, allowed=allowed):
        session().refresh(lead)
        raise Conflict(why_not(lead, rules, member_id))
    session().refresh(lead)


def one_claim_at_a_time(member_id: UUID) -> None:
    """Of two claims of one member the second waits, so that it counts the first: a limit is not passed by haste."""
    mine = select(MemberRow.id).where(MemberRow.tenant_id == tenant_id(), MemberRow.id == member_id)
    session().execute(mine.with_for_update(key_share=True))


def may_have(kind: Kind, member_id: UUID, and_if: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    """The condition that the rules of a record's pool let the member have it."""
    held = kind.held
    waited = held.pooled_at + func.make_interval(0, 0, 0, 0, cast(Pool.cool_down_hours, Integer))
    cooled = or_(held.previous_owner_id.is_distinct_from(member_id), held.pooled_at.is_(None), waited <= now())
    found = exists().where(
        Pool.tenant_id == tenant_id(), Pool.id == func.coalesce(held.pool_id, default_pool(kind).id), cooled, *and_if,
        or_(Pool.holding_cap.is_(None), _held_by(kind, member_id) < Pool.holding_cap),
        or_(Pool.daily_claim_cap.is_(None), _claimed_today(kind, member_id) < Pool.daily_claim_cap),
    )  # fmt: skip
    return found.correlate(held.__table__)


def _held_by(kind: Kind, member_id: UUID) -> Any:
    other = aliased(kind.held)
    counted = select(func.count()).select_from(other).where(
        other.tenant_id == tenant_id(), other.owner_id == member_id, other.deleted_at.is_(None),
        func.coalesce(other.pool_id, default_pool(kind).id) == Pool.id, kind.clock_of(other),
    )  # fmt: skip
    return counted.correlate(Pool).scalar_subquery()


def _claimed_today(kind: Kind, member_id: UUID) -> Any:
    counted = select(func.count()).select_from(Movement).where(
        Movement.tenant_id == tenant_id(), Movement.to_id == member_id, Movement.at >= start_of_day(),
        Movement.kind == "claimed", Movement.record_type == kind.name, Movement.pool_id == Pool.id,
    )  # fmt: skip
    return counted.correlate(Pool).scalar_subquery()


def start_of_day() -> datetime:
    """When the day began where the workspace is."""
    there = now().astimezone(ZoneInfo(tenant().timezone))
    return there.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(ZoneInfo("UTC"))


# --- what one may still take ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Quota:
    """How much of a pool a member has, and has claimed today."""

    held: int
    claimed: int


def quotas(member_id: UUID, kind: Kind = LEADS) -> Mapping[UUID, Quota]:
    """By pool, in one statement."""
    held, claimed = _held_by(kind, member_id), _claimed_today(kind, member_id)
    found = select(Pool.id, held.label("held"), claimed.label("claimed")).where(
        Pool.tenant_id == tenant_id(), Pool.record_type == kind.name, Pool.deleted_at.is_(None)
    )
    return {row.id: Quota(row.held, row.claimed) for row in session().execute(found)}


# --- why not -------------------------------------------------------------------------------------------


def why_not(lead: Lead, rules: PoolRules, member_id: UUID) -> str:
    """Why a member could not take a lead, in the order in which one would ask."""
    if not lead.is_in_pool:
        return _taken(lead)
    if rules.mode == "request":
        return _("Leads of “%(pool)s” are asked for: whoever looks after the pool decides.", pool=rules.name)
    if rules.mode in ("manager", "automatic"):
        return _("Leads of “%(pool)s” are given out, and cannot be claimed.", pool=rules.name)
    if not rules.may_claim:
        return _("You may not claim leads of “%(pool)s”.", pool=rules.name)
    again = lead.pooled_at + timedelta(hours=rules.cool_down_hours) if lead.pooled_at else None
    if lead.previous_owner_id == member_id and again and again > now():
        return _("You had this lead before. You may claim it again %(when)s.", when=fmt_relative(again))
    mine = quotas(member_id).get(rules.id, Quota(0, 0))
    if rules.daily_claim_cap is not None and mine.claimed >= rules.daily_claim_cap:
        return _("You have claimed %(count)s leads of “%(pool)s” today, and may claim more tomorrow.",
                 count=mine.claimed, pool=rules.name)  # fmt: skip
    return _("You have %(count)s leads of “%(pool)s”, the most that one may have. Close one or give one back first.",
             count=mine.held, pool=rules.name)  # fmt: skip


def _taken(lead: Lead) -> str:
    if lead.owner_id is None or not lead.is_open:
        return _("This lead is closed.")
    if lead.owner_id == acting_member_id():
        return _("You have this lead already.")
    return _("%(name)s was faster: the lead is taken.", name=name_of(lead.owner_id))
