"""The rules as routing follows them: read once for each version of the tenant's settings, the default always there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.sdk import kept_with_settings, new_id, now, session, tenant_id
from plugins.leads.models import Pool, RoutingRule

LAST = 1_000_000
"""The place of the default: behind all others."""


@dataclass(frozen=True)
class Rule:
    """A rule, plain: one that is kept, or one that is only tried. `pool_mode` is that of the pool that it names."""

    id: UUID
    name: str
    strategy: str
    condition: Mapping[str, Any] | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    is_default: bool = False
    active: bool = True
    version: int = 1
    pool_mode: str | None = None

    def ids(self, key: str) -> frozenset[UUID]:
        return frozenset(UUID(str(each)) for each in self.params.get(key) or ())

    def id_of(self, key: str) -> UUID | None:
        return UUID(str(found)) if (found := self.params.get(key)) else None


def rules_in_force() -> tuple[Rule, ...]:
    """The rules that are switched on, in their order; the default is the last."""
    return kept_with_settings("leads.routing", lambda: tuple(rule for rule in all_rules() if rule.active))


def all_rules() -> list[Rule]:
    """Those that are switched off, too."""
    rows = rows_in_order()
    modes = pool_modes([row.params.get("pool") for row in rows])
    return [plain(row, modes) for row in rows]


def rows_in_order() -> list[RoutingRule]:
    """The rules as they are kept. A default that is missing is made."""
    found = _rows()
    if any(row.is_default for row in found):
        return found
    ensure_default()
    return _rows()


def ensure_default() -> None:
    """Everyone in turn gets what no rule takes, until somebody says otherwise. However often, there is one."""
    values = {"tenant_id": tenant_id(), "id": new_id(), "name": "", "position": LAST, "strategy": "turn",
              "is_default": True, "updated_at": now()}  # fmt: skip
    session().execute(insert(RoutingRule).values(values).on_conflict_do_nothing())


def plain(row: RoutingRule, modes: Mapping[str, str]) -> Rule:
    return Rule(
        row.id, row.title, row.strategy, row.condition, row.params, row.is_default, row.active, row.version,
        modes.get(str(row.params.get("pool"))),
    )  # fmt: skip


def _rows() -> list[RoutingRule]:
    mine = select(RoutingRule).where(RoutingRule.tenant_id == tenant_id())
    return list(session().scalars(mine.order_by(RoutingRule.is_default, RoutingRule.position, RoutingRule.id)))


def pool_modes(named: Iterable[Any]) -> dict[str, str]:
    """How the pools work that are there, of those named."""
    ids = [each for each in named if each]
    if not ids:
        return {}
    there = select(Pool.id, Pool.mode).where(Pool.tenant_id == tenant_id(), Pool.deleted_at.is_(None), Pool.id.in_(ids))
    return {str(row.id): row.mode for row in session().execute(there)}
