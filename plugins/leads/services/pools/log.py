"""The open log: what happened to which record, to be read by everybody who may see records of the kind."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, column, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB, insert

from core.sdk import acting_member_id, new_id, now, session, tenant_id
from plugins.leads.models import Movement
from plugins.leads.services.pools.kinds import LEADS, Kind


def note_movement(
    ids: Sequence[UUID], kind: str, *, from_id: UUID | None = None, to_id: UUID | None = None, how: str | None = None,
    reason: str | None = None, why: Mapping[str, Any] | None = None, of: Kind = LEADS,
) -> None:  # fmt: skip
    """Write into the log what became of these records besides their owner: they were converted, closed, opened again.

    One statement, however many they are.
    """
    if not ids:
        return
    session().flush()
    held = of.held
    lists = [literal(each, ARRAY(Uuid)) for each in (list(ids), [new_id() for _each in ids])]
    given = func.unnest(*lists).table_valued(column("record_id", Uuid), column("id", Uuid), name="given")
    given = given.render_derived()
    said = select(
        literal(tenant_id(), Uuid), given.c.id, literal(of.name, Text), held.id, literal(now()),
        literal(kind, Text), literal(how, Text), literal(from_id, Uuid), literal(to_id, Uuid), held.pool_id,
        literal(reason, Text),
        literal(dict(why or {}), JSONB), literal(acting_member_id(), Uuid),
    ).where(held.tenant_id == tenant_id(), held.id == given.c.record_id)  # fmt: skip
    names = ["tenant_id", "id", "record_type", "record_id", "at", "kind", "how", "from_id", "to_id", "pool_id",
             "reason", "why", "actor_id"]  # fmt: skip
    written = insert(Movement.__table__).from_select(names, said)  # type: ignore[arg-type]
    session().execute(written.on_conflict_do_nothing())
