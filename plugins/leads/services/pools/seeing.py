"""Which pools the acting member sees into, and what they see of the records there."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, literal, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Text

from core.sdk import Conflict, Cover, _, _l, covers, permitted, session, tenant, tenant_id
from plugins.leads.models import Lead, Pool
from plugins.leads.permissions import MANAGE_POOLS, MANAGE_ROUTING, OVERSEE

MASKED = ("phone", "email", "wechat")
"""By what one gets in touch: where all could read it in the pool, nobody would have to claim anything."""


def require_in_hand(lead: Lead) -> None:
    """A lead that waits in a pool is for whoever claims it, and for those who look after pools. Raises Conflict."""
    member = tenant().member
    if lead.is_in_pool and member is not None and member.user_id is not None and not _looks_after_pools():
        raise Conflict(_("This lead waits in a pool. Claim it first."))


def is_in_hand(lead: Lead) -> bool:
    """Whether the acting member may work it, as `require_in_hand` says."""
    return not lead.is_in_pool or _looks_after_pools()


def _looks_after_pools() -> bool:
    return permitted(MANAGE_POOLS.name) or permitted(MANAGE_ROUTING.name)


def in_pools_i_see() -> ColumnElement[bool]:
    """The condition that a lead without an owner is in a pool that the acting member may look into."""
    if tenant().member is None or permitted(MANAGE_POOLS.name) or permitted(OVERSEE.name):
        return true()
    mine = select(Pool.id).where(Pool.tenant_id == tenant_id(), Pool.record_type == "lead", concerns_me(Pool.sees))
    return or_(Lead.pool_id.is_(None), Lead.pool_id.in_(mine))


def concerns_me(who: Any) -> ColumnElement[bool]:
    """The condition that a pool's `sees` or `claims` includes the acting member. An empty one includes everybody."""
    me = tenant().member
    assert me is not None
    teams = [step for step in me.team_path.split("/") if step]
    named = {"members": [str(me.id)], "teams": teams, "roles": [str(each) for each in me.role_ids]}
    everybody = who == literal({}, JSONB)
    return or_(everybody, *(who[key].has_any(literal(ids, ARRAY(Text))) for key, ids in named.items() if ids))


@covers("lead")
def covered_in_pools(_record_type: str) -> Sequence[Cover]:
    """How one gets in touch with a lead is masked until it is claimed, or for everyone but its owner, as the rules of
    its pool say."""
    held = select(Pool.id, Pool.mask).where(
        Pool.tenant_id == tenant_id(), Pool.record_type == "lead", Pool.mask != "never", Pool.deleted_at.is_(None)
    )
    masks = {str(pool_id): mask for pool_id, mask in session().execute(held)}
    if not masks:
        return ()
    always = [pool_id for pool_id, mask in masks.items() if mask == "always"]
    claimed: list[Any] = [{"field": "owner", "op": "not_empty"}]
    if always:
        claimed.append({"field": "pool", "op": "not_in", "value": always})
    open_on = {"any": [{"field": "pool", "op": "not_in", "value": sorted(masks)}, {"all": claimed}]}
    why = _l("The pool that the lead belongs to keeps this covered until somebody has claimed it.")
    return [Cover(key, open_on, why, to_owner=True, unless=MANAGE_POOLS.name) for key in MASKED]
