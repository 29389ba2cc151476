""" "Nothing happened for N days" as a fact of its own: armed rows that fire once, at their minute.

A row is armed and disarmed in the transaction of what moves the clock. The clock process turns due rows into
jobs in one statement, so a row fires once however often the clock dies.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Text, Uuid, select, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from core import current, db
from core.db import Base, TenantModel, new_id
from core.jobs import cancel, cancel_all, job, module_of


class DeadlineRow(Base):
    """An armed deadline: at most one for each (record, kind). A local table, claimed across tenants."""

    __tablename__ = "deadline"
    __table_args__ = (
        Index("deadline_due", "due_at"),
        Index("deadline_record_uq", "tenant_id", "record_id", "kind", unique=True),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(Uuid)
    record_type: Mapped[str]
    record_id: Mapped[UUID] = mapped_column(Uuid)
    kind: Mapped[str] = mapped_column(Text)
    module: Mapped[str]
    due_at: Mapped[datetime]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    cause: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))


Handler = Callable[[UUID, dict[str, Any]], None]
_handlers: dict[str, tuple[str, Handler]] = {}


def on_deadline(kind: str) -> Callable[[Handler], Handler]:
    """Call this with (record id, payload) when a deadline of the kind is due, in a worker, in the tenant."""

    def decorate(handler: Handler) -> Handler:
        _handlers[kind] = (module_of(handler), handler)
        return handler

    return decorate


def key_of(record_id: UUID, kind: str) -> str:
    """Names the job of a fired deadline, so that disarming reaches it as well."""
    return f"deadline:{kind}:{record_id}"


_new = insert(Base.metadata.tables["deadline"])
ARM = _new.on_conflict_do_update(
    index_elements=["tenant_id", "record_id", "kind"],
    set_={name: _new.excluded[name] for name in ("due_at", "payload", "module", "cause")},
)
DISARM = text("delete from deadline where tenant_id = :tenant and record_id = :record and kind = :kind")


def arm(record: TenantModel, kind: str, due: datetime, payload: dict[str, Any] | None = None) -> None:
    """Fire at `due` unless disarmed or armed anew before. Takes the place of the live one, fired or not."""
    module, _handler = _handlers[kind]
    cancel(key_of(record.id, kind))
    values = {
        "id": new_id(),
        "tenant_id": current.tenant_id(),
        "record_type": record.__tablename__,
        "record_id": record.id,
        "kind": kind,
        "module": module,
        "due_at": due,
        "payload": payload or {},
        "cause": {"depth": current.tenant().cause.depth},
    }
    db.session().execute(ARM, values)


def arm_all(table: str, kind: str, due: Mapping[UUID, datetime]) -> None:
    """Arm the deadlines of many records of a table at once, as `arm` does with one."""
    module, _handler = _handlers[kind]
    said = {"tenant_id": current.tenant_id(), "record_type": table, "kind": kind, "module": module, "payload": {},
            "cause": {"depth": current.tenant().cause.depth}}  # fmt: skip
    cancel_all([key_of(record_id, kind) for record_id in due])
    if due:
        db.session().execute(
            ARM, [said | {"id": new_id(), "record_id": each, "due_at": at} for each, at in due.items()]
        )


def arm_again(record: TenantModel, kind: str, due: datetime, payload: dict[str, Any]) -> None:
    """Arm what was disarmed before, unless its module is no longer installed."""
    if kind in _handlers:
        arm(record, kind, due, payload)


def disarm(record: TenantModel, kind: str) -> None:
    """Nothing will fire, even if the clock has just handed it to a worker that has not begun."""
    cancel(key_of(record.id, kind))
    db.session().execute(DISARM, {"tenant": current.tenant_id(), "record": record.id, "kind": kind})


def due_of(record_id: UUID, kind: str) -> datetime | None:
    """When the armed deadline of a record fires, or None."""
    return db.session().scalar(
        select(DeadlineRow.due_at).where(
            DeadlineRow.tenant_id == current.tenant_id(),
            DeadlineRow.record_id == record_id,
            DeadlineRow.kind == kind,
        )
    )


def kinds() -> list[str]:
    """All kinds of deadlines that somebody answers."""
    return sorted(_handlers)


@job()
def fire(kind: str, record_id: str, payload: dict[str, Any]) -> None:
    """Hand a due deadline to its handler."""
    _handlers[kind][1](UUID(record_id), payload)


DUE = """
select id from deadline where due_at <= :now order by due_at limit :limit for update skip locked
"""
HAND_OVER = f"""
with due as ({DUE}), gone as (delete from deadline d using due where d.id = due.id returning d.*), handed as (
insert into job (id, tenant_id, queue, name, module, args, key, cause, due_at, attempts)
select id, tenant_id, 'quick', :fire, module,
       jsonb_build_object('kind', kind, 'record_id', record_id, 'payload', payload),
       'deadline:' || kind || ':' || record_id,
       jsonb_build_object('kind', 'deadline', 'ref', kind, 'depth', coalesce((cause->>'depth')::int, 0) + 1),
       due_at, 0
  from gone on conflict do nothing)
select count(*) from gone
"""  # noqa: S608


def hand_over_due(limit: int = 1000) -> int:
    """Turn due deadlines of all tenants into jobs, in one statement. Returns how many.

    Rows locked by another clock are skipped; a row is deleted by the statement that makes its job.
    """
    with db.role_session("worker") as session:
        values = {"now": current.now(), "limit": limit, "fire": fire.name}
        return session.execute(text(HAND_OVER), values).scalar_one()
