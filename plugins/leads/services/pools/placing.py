"""Which pool a record belongs to."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, any_, case, literal, or_, update
from sqlalchemy.dialects.postgresql import ARRAY

from core.sdk import compile_condition, fault_of_condition, session, tenant_id, type_named
from plugins.leads.services.pools.clocks import set_clocks
from plugins.leads.services.pools.kinds import LEADS, Kind
from plugins.leads.services.pools.rules import PoolRules, pool_rules


def place(lead_ids: Sequence[UUID], kind: Kind = LEADS) -> list[UUID]:
    """Put these records under the first pool whose condition they meet, in one statement. Returns which moved.

    The clocks of those that somebody has go by the rules of their new pool. What was put into its pool on purpose
    stays there until somebody has it. Where there is only the default pool there is nothing to do.
    """
    rules = pool_rules(kind)
    if len(rules) == 1 or not lead_ids:
        return []
    session().flush()
    held = kind.held
    of = held.id == any_(literal(list(lead_ids), ARRAY(Uuid)))
    moved = session().execute(_into(kind, rules, of)).all()
    set_clocks([row.id for row in moved if row.owner_id], kind)
    return [row.id for row in moved]


def place_all(kind: Kind = LEADS) -> int:
    """Look again where every open record belongs, since the rules have changed. Returns how many moved."""
    session().flush()
    moved = session().execute(_into(kind, pool_rules(kind), kind.is_open())).all()
    set_clocks([row.id for row in moved if row.owner_id], kind)
    return len(moved)


def _into(kind: Kind, rules: Sequence[PoolRules], which: ColumnElement[bool]) -> Any:
    held: Any = kind.held
    belongs = pool_of(kind, rules)
    return (
        update(held)
        .where(held.tenant_id == tenant_id(), which, kind.joined(), held.pool_id.is_distinct_from(belongs))
        .where(or_(held.owner_id.is_not(None), ~held.is_pool_chosen, held.pool_id.is_(None)))
        .values(pool_id=belongs, is_pool_chosen=False, updated_at=held.updated_at)
        .returning(held.id, held.owner_id)
        .execution_options(synchronize_session="fetch")
    )


def pool_of(kind: Kind, rules: Sequence[PoolRules]) -> ColumnElement[Any]:
    """The id of the pool that a record belongs to, as SQL. A condition that no longer fits takes nothing."""
    record_type = type_named(kind.name)
    steps = [
        (compile_condition(record_type, each.condition, whole=True), literal(each.id, Uuid))
        for each in rules
        if each.condition and not each.is_default and not fault_of_condition(record_type, each.condition)
    ]
    default = literal(rules[-1].id, Uuid)
    return case(*steps, else_=default) if steps else default
