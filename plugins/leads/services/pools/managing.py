"""Making pools, changing their rules and taking them away, with what becomes of the leads there."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from core.sdk import (
    Conflict,
    FieldProblem,
    Invalid,
    NotFound,
    _,
    emit,
    fields_of_condition,
    get,
    new_id,
    now,
    raise_schema_version,
    session,
    tenant_id,
)
from plugins.leads.events import PoolChanged, PoolCreated, PoolDeleted
from plugins.leads.models import Movement, Pool, PoolRequest
from plugins.leads.services.pools.attending import start_again
from plugins.leads.services.pools.clocks import MANY, in_pool, set_clocks
from plugins.leads.services.pools.kinds import LEADS, Kind
from plugins.leads.services.pools.placing import place_all
from plugins.leads.services.pools.rules import default_pool, pool_rules

CLOCKS = ("follow_up_days", "follow_up_warn_days", "deal_days", "deal_warn_days", "in_working_days",
          "counts_as_follow_up", "key_condition", "key_factor", "protects_open_deals")  # fmt: skip
"""The rules by which clocks run."""
FOLLOWING = frozenset({"pool", "pool_reason", "returns_at"})
"""Fields that change with the pool: one that asks for them would send records to and fro."""


def get_pool(pool_id: UUID, kind: Kind = LEADS) -> Pool:
    """Raises NotFound."""
    found = get(Pool, pool_id)
    if found is None or found.deleted_at or found.record_type != kind.name:
        raise NotFound(_("There is no such pool."))
    return found


def list_pools(kind: Kind = LEADS) -> Sequence[Pool]:
    """All pools in their order, the default one last."""
    pool_rules(kind)
    found = select(Pool).where(Pool.tenant_id == tenant_id(), Pool.record_type == kind.name, Pool.deleted_at.is_(None))
    return session().scalars(found.order_by(Pool.is_default, Pool.position, Pool.id)).all()


def create_pool(values: Mapping[str, Any], kind: Kind = LEADS) -> Pool:
    """A further pool, before the default one. Raises Invalid.

    Leads that meet its condition come under its rules in a moment, by a job.
    """
    pool_rules(kind)
    _check(values, None, kind)
    position = session().scalar(
        select(func.coalesce(func.max(Pool.position), 0) + 1).where(
            Pool.tenant_id == tenant_id(), Pool.record_type == kind.name, Pool.is_default.is_(False)
        )
    )
    made = Pool(**{"id": new_id(), "record_type": kind.name, "position": position} | dict(values))
    session().add(made)
    session().flush()
    emit(PoolCreated(record_type="leads_pool", record_id=made.id, title=made.name))
    raise_schema_version()
    return made


def update_pool(pool: Pool, values: Mapping[str, Any], kind: Kind = LEADS) -> set[str]:
    """Other rules for a pool. Returns which have changed. Raises Invalid."""
    _check({key: getattr(pool, key) for key in ("name", *CLOCKS, "returns_to_id")} | dict(values), pool, kind)
    changes = {key: [_plain(getattr(pool, key)), _plain(value)] for key, value in values.items()
               if getattr(pool, key) != value}  # fmt: skip
    for key in changes:
        setattr(pool, key, values[key])
    if changes:
        session().flush()
        emit(PoolChanged(record_type="leads_pool", record_id=pool.id, title=pool.name, changes=changes))
        raise_schema_version()
    return set(changes)


def move_pool(pool: Pool, before: Pool | None, kind: Kind = LEADS) -> None:
    """Have a pool stand before another one, or last before the default one. Raises Conflict for the default one."""
    if pool.is_default:
        raise Conflict(_("The default pool stands last: it takes what no other pool takes."))
    others = [each for each in list_pools(kind) if not each.is_default and each.id != pool.id]
    place = others.index(before) if before in others else len(others)
    others.insert(place, pool)
    for number, each in enumerate(others):
        each.position = number
    session().flush()
    emit(PoolChanged(record_type="leads_pool", record_id=pool.id, title=pool.name, changes={"position": [None, place]}))
    raise_schema_version()


def delete_pool(pool: Pool, to: Pool | None = None, kind: Kind = LEADS) -> None:
    """Take a pool away. Its leads, and those that return to it, go to `to`, or to the default one.

    Raises Conflict for the default one, and Invalid for going to itself.
    """
    if pool.is_default:
        raise Conflict(_("The default pool cannot be deleted: leads that no other pool takes are in it."))
    if to is not None and to.id == pool.id:
        raise Invalid([FieldProblem("to", "itself", _("Choose another pool."))])
    target = to or get_pool(default_pool(kind).id, kind)
    held: Any = kind.held.__table__
    emptied: list[tuple[Any, str]] = [
        (held, "pool_id"), (Pool.__table__, "returns_to_id"), (PoolRequest.__table__, "pool_id"),
    ]  # fmt: skip
    for table, column in emptied:
        of = table.c[column]
        session().execute(
            update(table).where(table.c.tenant_id == tenant_id(), of == pool.id).values({column: target.id})
        )
    pool.deleted_at = now()
    session().flush()
    emit(PoolDeleted(record_type="leads_pool", record_id=pool.id, title=pool.name, to=target.name))
    raise_schema_version()


# --- what becomes of the leads -------------------------------------------------------------------------


def rules_changed(pool_ids: Sequence[UUID] | None, *, forgive: bool, kind: Kind = LEADS) -> None:
    """Put every lead where it belongs now, and work out the clocks of these pools anew, or of all.

    With `forgive`, those whose time would be over by the new rules have the full time from now on; else they go back.
    """
    place_all(kind)
    held: Any = kind.held
    found = select(held.id).where(held.tenant_id == tenant_id(), held.owner_id.is_not(None), kind.is_open())
    if pool_ids is not None:
        found = found.where(in_pool(kind).in_(pool_ids))
    ids = list(session().scalars(found))
    for start in range(0, len(ids), MANY):
        some = ids[start : start + MANY]
        start_again(some, kind) if forgive else set_clocks(some, kind)


def figures(kind: Kind = LEADS) -> Mapping[UUID, tuple[int, int]]:
    """By pool, how many wait there and how many somebody has under its rules."""
    held: Any = kind.held
    pool = in_pool(kind)
    found = select(pool, func.count().filter(held.owner_id.is_(None)), func.count(held.owner_id))
    rows = session().execute(found.where(held.tenant_id == tenant_id(), kind.is_open()).group_by(pool))
    return {row[0]: (row[1], row[2]) for row in rows}


def is_used(pool: Pool) -> bool:
    """Whether the open log speaks of it."""
    said = select(Movement.id).where(Movement.tenant_id == tenant_id(), Movement.pool_id == pool.id).limit(1)
    return session().scalar(said) is not None


# --- checking ------------------------------------------------------------------------------------------


def _check(values: Mapping[str, Any], pool: Pool | None, kind: Kind) -> None:
    problems = []
    for clock in ("follow_up", "deal"):
        days, warn = values.get(f"{clock}_days"), values.get(f"{clock}_warn_days")
        if days is not None and warn is not None and warn >= days:
            said = _("Warn fewer days ahead than the %(days)s that the clock runs.", days=days)
            problems.append(FieldProblem(f"{clock}_warn_days", "too_many", said))
    for key, options in (("mode", kind.modes), ("mask", kind.masks)):
        if values.get(key, options[0]) not in options:
            problems.append(FieldProblem(key, "not_an_option", _("Choose one from the list.")))
    others = {each.name.casefold(): each.id for each in pool_rules(kind) if pool is None or each.id != pool.id}
    if str(values.get("name", "")).casefold() in others:
        problems.append(FieldProblem("name", "taken", _("There is a pool of this name already.")))
    to = values.get("returns_to_id")
    if to is not None and to not in {each.id for each in pool_rules(kind)}:
        problems.append(FieldProblem("returns_to", "unknown_reference", _("Choose one from the list.")))
    if pool is not None and pool.is_default and values.get("condition"):
        problems.append(
            FieldProblem("condition", "default", _("The default pool takes everything, and has no condition."))
        )
    if pool is None and not values.get("condition"):
        problems.append(
            FieldProblem("condition", "required", _("Say which leads belong here. The others are in the default pool."))
        )
    for key in ("condition", "key_condition"):
        if FOLLOWING & set(fields_of_condition(values.get(key) or {})):
            message = _("A pool cannot ask for what follows from the pool that a lead is in.")
            problems.append(FieldProblem(key, "circular", message))
    if problems:
        raise Invalid(problems)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value
