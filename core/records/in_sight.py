"""Which of the things that happened are about records that the acting member may see."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Text, literal, select, union_all

from core import current, db
from core.access import scope_clause, scopes_for
from core.events import EventRow
from core.records.types import RecordType, enabled_types

Thing = tuple[str, UUID]


def in_sight(rows: Sequence[EventRow], *, besides: str = "", known: Collection[Thing] = ()) -> list[EventRow]:
    """The events whose record the member may see, deleted ones too, in one statement at most. Not asked about are
    records of the type `besides`, and those that are `known` to be in sight."""
    types = {each.name: each for each in enabled_types()}
    seen = {(row.record_type, row.record_id) for row in rows if row.record_type == besides} | set(known)
    wanted: dict[str, set[UUID]] = {}
    for row in rows:
        if (row.record_type, row.record_id) not in seen:
            wanted.setdefault(row.record_type, set()).add(row.record_id)
    whole = {name for name in wanted if name in types and "all" in scopes_for("view", name)}
    asked = [_seen(types[name], ids) for name, ids in wanted.items() if name in types and name not in whole]
    seen |= {(name, found) for name, found in db.session().execute(union_all(*asked))} if asked else set()
    return [row for row in rows if row.record_type in whole or (row.record_type, row.record_id) in seen]


def _seen(record_type: RecordType, ids: set[UUID]) -> Any:
    model: Any = record_type.model
    return select(literal(record_type.name, Text), model.id).where(
        model.tenant_id == current.tenant_id(), model.id.in_(ids), scope_clause("view", record_type)
    )
