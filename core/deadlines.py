""" "Nothing happened for N days" as a fact of its own: armed rows that fire once, at their minute.

A row is armed and disarmed in the transaction of what moves the clock. The clock process turns due rows into
jobs in one statement, so a row fires once however often the clock dies.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, Index, Text, Uuid, any_, delete, exists, func, literal, select, text
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


def arm_selected(table: str, kinds: Sequence[str], ids: Sequence[UUID], wanted: Any) -> None:
    """Have exactly those deadlines of these kinds armed for these records of a table that a statement selects, as
    (record id, kind, due time): in one statement, however many there are. The others are disarmed."""
    if not ids:
        return
    module, _handler = _handlers[kinds[0]]
    rows, jobs = Base.metadata.tables["deadline"], Base.metadata.tables["job"]
    found = wanted.subquery().select().cte("wanted")
    record_id, kind, due_at = found.columns
    keys = [key_of(each, of) for each in ids for of in kinds]
    fired = delete(jobs).where(jobs.c.tenant_id == current.tenant_id(), jobs.c.key == any_(literal(keys, ARRAY(Text))))
    gone = delete(rows).where(
        rows.c.tenant_id == current.tenant_id(), rows.c.record_id == any_(literal(list(ids), ARRAY(Uuid))),
        rows.c.kind.in_(kinds), ~exists().where(record_id == rows.c.record_id, kind == rows.c.kind),
    )  # fmt: skip
    said = {"tenant_id": literal(current.tenant_id(), Uuid), "record_type": literal(table, Text),
            "module": literal(module, Text), "payload": literal({}, JSONB),
            "cause": literal({"depth": current.tenant().cause.depth}, JSONB)}  # fmt: skip
    each = select(func.gen_random_uuid(), record_id, kind, due_at, *said.values())
    new = insert(rows).from_select(["id", "record_id", "kind", "due_at", *said], each)
    armed = new.on_conflict_do_update(
        index_elements=["tenant_id", "record_id", "kind"],
        set_={name: new.excluded[name] for name in ("due_at", "payload", "module", "cause")},
    )
    db.session().execute(armed.add_cte(fired.cte("fired"), gone.cte("gone")))


ARM_EXACTLY = text("""
with fired as (
    delete from job where tenant_id = :tenant and key = any(cast(:keys as text[]))
), wanted as (
    select * from unnest(cast(:records as uuid[]), cast(:kinds as text[]), cast(:times as timestamptz[]))
        as wanted(record_id, kind, due_at)
), gone as (
    delete from deadline where tenant_id = :tenant and record_id = any(cast(:ids as uuid[]))
       and kind = any(cast(:all as text[]))
       and not exists (select from wanted where wanted.record_id = deadline.record_id and wanted.kind = deadline.kind)
)
insert into deadline (id, tenant_id, record_id, kind, due_at, record_type, module, payload, cause)
select gen_random_uuid(), :tenant, record_id, kind, due_at, :table, :module, '{}', cast(:cause as jsonb) from wanted
on conflict (tenant_id, record_id, kind) do update
   set due_at = excluded.due_at, payload = excluded.payload, module = excluded.module, cause = excluded.cause
""")


def arm_exactly(
    table: str, kinds: Sequence[str], ids: Sequence[UUID], wanted: Sequence[tuple[UUID, str, datetime]]
) -> None:
    """Have exactly these deadlines, as (record id, kind, due time), armed for these records of a table, of all that are
    of these kinds: in one statement. `arm_selected` does the same with times that only the database knows."""
    if not ids:
        return
    module, _handler = _handlers[kinds[0]]
    records, of_kinds, times = [list(each) for each in zip(*wanted, strict=True)] if wanted else [[], [], []]
    db.session().execute(ARM_EXACTLY, {
        "tenant": current.tenant_id(), "table": table, "module": module, "ids": list(ids), "all": list(kinds),
        "keys": [key_of(each, of) for each in ids for of in kinds], "records": records, "kinds": of_kinds,
        "times": times, "cause": orjson.dumps({"depth": current.tenant().cause.depth}).decode(),
    })  # fmt: skip


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
