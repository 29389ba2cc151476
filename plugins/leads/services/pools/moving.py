"""The one statement by which records get an owner, another one or none, with its line in the open log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BindParameter,
    DateTime,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    cast,
    column,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from core.sdk import (
    acting_member_id,
    arm_exactly,
    is_steady,
    kept_with_settings,
    look_again,
    new_id,
    now,
    protected_among,
    session,
    tenant_id,
    type_named,
)
from plugins.leads.models import Movement
from plugins.leads.services.pools.clocks import arm, as_instant, due_times, in_pool, refresh
from plugins.leads.services.pools.kinds import LEADS, Kind
from plugins.leads.services.pools.placing import pool_of
from plugins.leads.services.pools.rules import pool_rules

FREE, HELD, ANY = "free", "held", "any"
OF_MOVED = 9
"""So many columns of the statement are those of `Moved`; the times of the deadlines come after them."""


@dataclass(frozen=True)
class Move:
    """What becomes of a record: `owner_id` has it, or nobody, and then it waits in `pool_id` or where it belongs."""

    record_id: UUID
    owner_id: UUID | None = None
    how: str = "choice"
    rule_id: UUID | None = None
    pool_id: UUID | None = None
    reason: str | None = None
    why: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Moved:
    """What became of it. `is_new` where nobody ever had it before."""

    id: UUID
    title: str
    customer_id: UUID | None
    owner_id: UUID | None
    from_id: UUID | None
    pool_id: UUID
    how: str
    reason: str | None
    is_new: bool


def move(
    moves: Sequence[Move], *, which: str = ANY, kind: Kind = LEADS, claimed: bool = False, **more: Any
) -> list[Moved]:
    """Do this to those of the records that are open and, by `which`, that nobody has (FREE) or somebody (HELD).

    Whoever gets one has the full time for it. What somebody else changed while we waited for the row is left alone. One
    statement for the records and the log, one for their deadlines. `more` are further conditions, by name for readers.
    """
    if not moves:
        return []
    session().flush()
    if kind.statement:
        rows = session().execute(kind.statement(moves, which, kind, claimed, tuple(more.values()))).all()
    elif more or not _is_steady(kind):
        rows = session().execute(_statement(moves, which, kind, claimed, tuple(more.values()))).all()
    else:
        kept = kept_with_settings(
            ("leads.moving", which, kind.name, claimed), lambda: _statement([], which, kind, claimed, ())
        )
        rows = session().execute(kept, _values(moves, kind)).all()
    ids = [row.id for row in rows]
    if ids:
        refresh(ids, kind)
        look_again()
        if kind.statement:
            arm(ids, due_times(kind, kind.held.id == any_(literal(ids, ARRAY(Uuid))), ids), kind)
        else:
            arm_exactly(kind.table, kind.deadlines, ids, [each for row in rows for each in _deadlines(row, kind)])
    return [Moved(*row[:OF_MOVED]) for row in rows]


def _deadlines(row: Any, kind: Kind) -> list[tuple[UUID, str, datetime]]:
    """What is to be armed for whoever has it now."""
    return [(row.id, of, at) for of, at in zip(kind.deadlines, row[OF_MOVED:], strict=True) if row.owner_id and at]


def _is_steady(kind: Kind) -> bool:
    """Whether the statement is the same each time but for what it is given."""
    of, rules = type_named(kind.name), pool_rules(kind)
    return kept_with_settings(("leads.moving", kind.name), lambda: not any(
        each.in_working_days or not (is_steady(of, each.condition) and is_steady(of, each.key_condition))
        for each in rules
    ))  # fmt: skip


def _statement(moves: Sequence[Move], which: str, kind: Kind, claimed: bool, more: Sequence[Any]) -> Any:
    held, rules = kind.held, pool_rules(kind)
    table = held.__table__
    ids = [each.record_id for each in moves]
    given = given_rows(moves)
    moment = bindparam("given_at", now(), DateTime(timezone=True))
    of = held.id == any_(bindparam("given_ids", ids, ARRAY(Uuid)))
    place = pool_of(kind, rules) if len(rules) > 1 else literal(rules[-1].id, Uuid)
    belongs = case((held.is_pool_chosen, place), else_=in_pool(kind))
    due = due_times(kind, of, ids, begins=moment, pool=belongs)
    was = (
        select(
            held.id, held.owner_id.label("from_id"), belongs.label("belongs"),
            (held.assigned_at.is_(None) & held.pooled_at.is_(None) & held.owner_id.is_(None)).label("is_new"),
        )
        .where(held.tenant_id == tenant_id(), of)
        .subquery("was")
    )  # fmt: skip
    gets = given.c.owner_id.is_not(None)
    stays = was.c.from_id.is_(None)
    asked = {FREE: [was.c.from_id.is_(None)], HELD: [was.c.from_id.is_not(None)], ANY: []}[which]
    moved = (
        update(table)
        .where(table.c.tenant_id == tenant_id(), table.c.id == given.c.id, was.c.id == given.c.id)
        .where(due.c.id == given.c.id, kind.is_open(), table.c.owner_id.is_not_distinct_from(was.c.from_id))
        .where(or_(given.c.owner_id.is_distinct_from(was.c.from_id), was.c.from_id.is_(None)), *asked, *more)
        .values(
            owner_id=given.c.owner_id,
            assigned_at=case((gets, moment)),
            assigned_how=case((gets, given.c.how)),
            routing_rule_id=given.c.rule_id,
            pooled_at=case((~gets & stays, func.coalesce(table.c.pooled_at, moment)), (~gets, moment)),
            pool_reason=case((~gets, given.c.reason)),
            pool_id=case((~gets, func.coalesce(given.c.pool_id, in_pool(kind))), else_=was.c.belongs),
            is_pool_chosen=~gets & (given.c.pool_id.is_not(None) | table.c.is_pool_chosen),
            previous_owner_id=func.coalesce(was.c.from_id, table.c.previous_owner_id),
            returns_at=case((gets, due.c.returns_at)),
            returns_because=case((gets, due.c.because)),
            extended_until=None,
            locked_until=None,
            warned_follow_up_at=None,
            warned_deal_at=None,
            version=table.c.version + case((was.c.is_new, 0), else_=1),
            updated_at=moment,
        )
        .returning(
            table.c.id, _plain(kind.title), table.c.customer_id, table.c.owner_id, was.c.from_id, table.c.pool_id,
            given.c.how, given.c.reason, was.c.is_new, due.c.returns_at.label("due_at"), due.c.warn_follow_up_at,
            due.c.warn_deal_at, given.c.movement_id, given.c.rule_id, given.c.why,
        )
        .cte("moved")
    )  # fmt: skip
    told = list(moved.columns)[: OF_MOVED + len(kind.deadlines)]
    return select(*told).add_cte(logged(moved, kind, claimed, moment))


def logged(moved: Any, kind: Kind, claimed: bool, moment: Any) -> Any:
    """What the open log says of it; where nobody had a record and nobody got it, nothing."""
    it = moved.c
    what = case(
        (literal(claimed), "claimed"), (it.is_new, "captured"), (it.owner_id.is_not(None), "assigned"), else_="returned"
    )
    said = select(
        literal(tenant_id(), Uuid), it.movement_id, literal(kind.name, Text), it.id, as_instant(moment), what, it.how,
        it.from_id, it.owner_id, it.pool_id, it.rule_id, it.reason, it.why,
        bindparam("acting_id", acting_member_id(), Uuid()),
    ).where(it.is_new | it.owner_id.is_not(None) | it.from_id.is_not(None))  # fmt: skip
    names = ["tenant_id", "id", "record_type", "record_id", "at", "kind", "how", "from_id", "to_id", "pool_id",
             "rule_id", "reason", "why", "actor_id"]  # fmt: skip
    written = insert(Movement.__table__).from_select(names, said)  # type: ignore[arg-type]
    return written.on_conflict_do_nothing().cte("logged")


def _plain(attribute: Any) -> Any:
    return attribute.property.columns[0]


def given_rows(moves: Sequence[Move]) -> Any:
    given: list[Any] = _lists(moves)
    lists = [cast(each, each.type) for each in given]
    names: list[Any] = [column(each.key.removeprefix("given_"), each.type.item_type) for each in given]
    return func.unnest(*lists).table_valued(*names, name="given").render_derived()


def _values(moves: Sequence[Move], kind: Kind) -> dict[str, Any]:
    """What a statement that is kept is given."""
    ids = [each.record_id for each in moves]
    more = {"given_ids": ids, "given_at": now(), "acting_id": acting_member_id(),
            "protected_ids": sorted(protected_among(kind.name, ids))}  # fmt: skip
    return {each.key: each.value for each in _lists(moves)} | more


def _lists(moves: Sequence[Move]) -> list[BindParameter[Any]]:
    columns: dict[str, tuple[Any, list[Any]]] = {
        "id": (Uuid(), [each.record_id for each in moves]),
        "owner_id": (Uuid(), [each.owner_id for each in moves]),
        "how": (Text(), [each.how for each in moves]),
        "rule_id": (Uuid(), [each.rule_id for each in moves]),
        "pool_id": (Uuid(), [each.pool_id for each in moves]),
        "reason": (Text(), [each.reason or None for each in moves]),
        "why": (JSONB(), [dict(each.why) for each in moves]),
        "movement_id": (Uuid(), [new_id() for _each in moves]),
    }
    return [bindparam(f"given_{name}", values, ARRAY(of, dimensions=1)) for name, (of, values) in columns.items()]
