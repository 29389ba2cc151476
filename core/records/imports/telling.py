"""What a chunk of an import did, told as services tell it: events, the calls of listeners, the side index."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime as Instant
from sqlalchemy import Double, Text, Uuid, cast, delete, func, literal, or_, select
from sqlalchemy.dialects.postgresql import JSONB, insert

from core import current, db
from core.db import Base, new_id
from core.events import EventRow, listeners_of
from core.jobs import job_name, module_of, wake_after_commit
from core.records.fields import FieldType
from core.records.imports.staging import Stage
from core.records.side_index import SLOTS, CustomValue, side_row

EVENTS: Any = EventRow.__table__
SIDES: Any = CustomValue.__table__
Happening = tuple[str, str, UUID, UUID | None, Mapping[str, Any] | None, str]
"""Name of the event, record type, record, customer, changes and the record's title."""


class Telling:
    """Writes the events of an import and what follows from them."""

    def __init__(self) -> None:
        self.events = Stage("import_event", {
            "id": Uuid(), "name": Text(), "record_type": Text(), "record_id": Uuid(), "customer_id": Uuid(),
            "changes": JSONB(), "data": JSONB(),
        })  # fmt: skip
        self.sides = Stage("import_value", {
            "id": Uuid(), "record_id": Uuid(), "field_id": Uuid(), "s": Text(), "n": Double(),
            "t": Instant(timezone=True), "u": Text(),
        })  # fmt: skip

    def happened(self, happenings: Sequence[Happening]) -> None:
        """Write an event for each, and have its listeners called after the commit."""
        if not happenings:
            return
        self.events.fill(
            (new_id(), name, kind, record, customer, changes, {"title": title})
            for name, kind, record, customer, changes, title in happenings
        )
        context, stage = current.tenant(), self.events.table
        cause = context.cause
        same = {
            "tenant_id": context.tenant_id, "at": current.now(), "actor_id": current.member_id(),
            "run_id": UUID(cause.ref) if cause.ref else None,
        }  # fmt: skip
        constant = [cast(literal(value), EVENTS.c[name].type) for name, value in same.items()]
        constant.append(cast(literal(cause.told(), JSONB), JSONB))
        copied = ("id", "name", "record_type", "record_id", "customer_id", "changes", "data")
        chosen = select(*(stage.c[name] for name in copied), *constant).order_by(stage.c.id)
        new = insert(EVENTS).from_select([*copied, *same, "cause"], chosen)
        db.session().execute(new.on_conflict_do_nothing())
        for name in dict.fromkeys(each[0] for each in happenings):
            self._call_listeners(name)

    def _call_listeners(self, name: str) -> None:
        context, stage = current.tenant(), self.events.table
        cause = context.cause.told() | {"depth": context.cause.depth + 1, "member": _text(current.member_id())}
        jobs = Base.metadata.tables["job"]
        for listener in listeners_of(name, context.modules):
            columns = {
                "id": func.gen_random_uuid(), "tenant_id": cast(literal(context.tenant_id), Uuid),
                "queue": literal("quick"), "name": literal(job_name(listener)),
                "module": literal(module_of(listener)),
                "args": func.jsonb_build_object("event", stage.c.id), "cause": cast(literal(cause, JSONB), JSONB),
                "due_at": cast(literal(current.now()), Instant(timezone=True)), "attempts": literal(0),
            }  # fmt: skip
            called = select(*columns.values()).where(stage.c.name == name)
            db.session().execute(insert(jobs).from_select(list(columns), called))
            wake_after_commit(["quick"])

    def index(self, values: Sequence[tuple[UUID, FieldType, Any]]) -> None:
        """Write custom values to the side index; an empty one leaves it."""
        if not values:
            return
        rows = (side_row(record, field, value) for record, field, value in values)
        self.sides.fill([row["id"], row["record_id"], row["field_id"], *(row[s] for s in SLOTS)] for row in rows)
        stage, kept = self.sides.table, SIDES
        filled = or_(*(stage.c[slot].is_not(None) for slot in SLOTS))
        columns = ("id", "record_id", "field_id", *SLOTS)
        tenant = cast(literal(current.tenant_id()), Uuid)
        new = insert(kept).from_select(
            ["tenant_id", *columns], select(tenant, *(stage.c[c] for c in columns)).where(filled)
        )
        key = ["tenant_id", "record_id", "field_id"]
        db.session().execute(
            new.on_conflict_do_update(index_elements=key, set_={slot: new.excluded[slot] for slot in SLOTS})
        )
        if any(value is None for _record, _field, value in values):
            db.session().execute(
                delete(kept)
                .where(kept.c.tenant_id == current.tenant_id(), kept.c.record_id == stage.c.record_id)
                .where(kept.c.field_id == stage.c.field_id, ~filled)
            )


def _text(value: UUID | datetime | None) -> str | None:
    return str(value) if value else None
