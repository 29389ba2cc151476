"""The rules of the pools as the engine reads them: kept in each process until somebody changes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.sdk import _, kept_with_settings, new_id, now, permitted, raise_schema_version, session, tenant, tenant_id
from plugins.leads.models import Pool
from plugins.leads.permissions import MANAGE_POOLS, OVERSEE
from plugins.leads.services.pools.kinds import LEADS, Kind

LAST = 1_000_000
"""Where the default pool stands: behind all others."""


@dataclass(frozen=True)
class PoolRules:
    """One pool, as `plugins.leads.models.Pool` explains it."""

    id: UUID
    name: str
    condition: Mapping[str, Any] | None
    is_default: bool
    sees: Mapping[str, Any]
    claims: Mapping[str, Any]
    mode: str
    mask: str
    follow_up_days: int | None
    follow_up_warn_days: int | None
    deal_days: int | None
    deal_warn_days: int | None
    in_working_days: bool
    counts_as_follow_up: tuple[str, ...]
    key_condition: Mapping[str, Any] | None
    key_factor: int
    protects_open_deals: bool
    returns_to_id: UUID | None
    holding_cap: int | None
    daily_claim_cap: int | None
    cool_down_hours: int
    lock_limit: int
    lock_days: int
    extend_days: int
    reason_required: bool
    batch_cap: int

    @property
    def is_seen(self) -> bool:
        """Whether the acting member may look into it."""
        return tenant().member is None or permitted(MANAGE_POOLS.name) or permitted(OVERSEE.name) or includes(self.sees)

    @property
    def may_claim(self) -> bool:
        """Whether the acting member is one of those who may take from it, or ask for what is in it."""
        return tenant().member is not None and includes(self.claims) and self.is_seen


def includes(who: Mapping[str, Any]) -> bool:
    """Whether the acting member is meant by a pool's `sees` or `claims`."""
    me = tenant().member
    if me is None or not any(who.values()):
        return True
    mine = {
        "members": {str(me.id)},
        "teams": set(me.team_path.split("/")),
        "roles": {str(each) for each in me.role_ids},
    }
    return any(mine[key] & set(who.get(key, ())) for key in mine)


def pool_rules(kind: Kind = LEADS) -> tuple[PoolRules, ...]:
    """The pools of a kind in their order, the default one last. A workspace that has none yet gets its first."""
    key = ("leads.pools", kind.name)
    found = kept_with_settings(key, lambda: _load(kind))
    if not found:
        make_first_pool(kind)
        found = kept_with_settings(key, lambda: _load(kind))
    return found


def rules_by_id(kind: Kind = LEADS) -> Mapping[UUID, PoolRules]:
    return MappingProxyType({each.id: each for each in pool_rules(kind)})


def default_pool(kind: Kind = LEADS) -> PoolRules:
    return pool_rules(kind)[-1]


def rules_for(pool_id: UUID | None, kind: Kind = LEADS) -> PoolRules:
    """The rules that hold for a record of this pool; those of the default pool for one that is in none."""
    return next((each for each in pool_rules(kind) if each.id == pool_id), default_pool(kind))


def make_first_pool(kind: Kind = LEADS) -> None:
    """Have a default pool. Of two who make it at once, one does."""
    values = {"tenant_id": tenant_id(), "id": new_id(), "record_type": kind.name, "name": _("Public pool"),
              "position": LAST, "is_default": True, **kind.first, "created_at": now()}  # fmt: skip
    session().execute(insert(Pool).values(values).on_conflict_do_nothing())
    raise_schema_version()


def _load(kind: Kind) -> tuple[PoolRules, ...]:
    names = list(PoolRules.__dataclass_fields__)
    found = select(*(getattr(Pool, name) for name in names)).where(
        Pool.tenant_id == tenant_id(), Pool.record_type == kind.name, Pool.deleted_at.is_(None)
    )
    rows = session().execute(found.order_by(Pool.is_default, Pool.position, Pool.id)).mappings()
    made = [dict(row) | {"counts_as_follow_up": tuple(row["counts_as_follow_up"])} for row in rows]
    rules = tuple(PoolRules(**each) for each in made)
    return rules if rules and rules[-1].is_default else ()
