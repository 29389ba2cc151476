"""Facts in the past tense. A service emits; the row is the audit log, the history and the timeline at once.

The event and the calls of its listeners are written in the emitting transaction and delivered by the workers.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Index, Row, Select, Uuid, bindparam, delete, select, text, true, union_all
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, aliased, mapped_column

from core import current, db
from core.db import TenantModel, new_id
from core.i18n import LazyText, _l
from core.jobs import enqueue, job_name, module_of, waiting


class EventRow(TenantModel):
    """What happened, to which record, about which customer, by whom, why, and what changed.

    `id` is a uuid v7, so that reading backwards by id is reading backwards in time. `changes` maps field to
    [old, new]. `run_id` is the import, bulk edit or merge that it is a part of, and can be undone with. `audit` puts it
    into the audit log, and its `cause` then says from which address, browser and session it came. The application's
    role can neither update nor delete a row.
    """

    __tablename__ = "event"
    __table_args__ = (
        Index("event_timeline", "tenant_id", "customer_id", text("id desc"),
              postgresql_where=text("customer_id is not null")),
        Index("event_history", "tenant_id", "record_id", text("id desc"),
              postgresql_where=text("record_id is distinct from customer_id")),
        Index("event_run", "tenant_id", "run_id", "id", postgresql_where=text("run_id is not null")),
        Index("event_audit", "tenant_id", text("at desc"), text("id desc"), postgresql_where=text("audit")),
    )  # fmt: skip

    name: Mapped[str]
    at: Mapped[datetime]
    record_type: Mapped[str]
    record_id: Mapped[UUID] = mapped_column(Uuid)
    customer_id: Mapped[UUID | None] = mapped_column(Uuid)
    actor_id: Mapped[UUID | None] = mapped_column(Uuid)
    cause: Mapped[dict[str, Any]] = mapped_column(JSONB)
    changes: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    run_id: Mapped[UUID | None] = mapped_column(Uuid)
    audit: Mapped[bool] = mapped_column(default=False, server_default=text("false"))


class HistoryLink(TenantModel):
    """What happened to a record belongs into the timeline of a customer that was not known at the time."""

    __tablename__ = "history_link"
    __table_args__ = (Index("history_link_uq", "tenant_id", "customer_id", "record_id", unique=True),)

    customer_id: Mapped[UUID] = mapped_column(Uuid)
    record_id: Mapped[UUID] = mapped_column(Uuid)


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all events: a frozen dataclass whose own fields are the event's data.

    Class attributes: `name` is `<plugin>.<thing>_<done>` and never changes; `label` is shown; `text` is the
    sentence of the timeline, with the data's keys in braces; `icon` is a Tabler icon; `audited` puts it into the
    audit log, too.
    """

    name: ClassVar[str] = ""
    label: ClassVar[LazyText] = _l("Event")
    text: ClassVar[LazyText] = LazyText("", {})
    icon: ClassVar[str] = "point"
    audited: ClassVar[bool] = False

    record_type: str
    record_id: UUID
    customer_id: UUID | None = None
    changes: Mapping[str, Any] | None = None
    happened: "Happened | None" = field(default=None, compare=False)

    @property
    def full_name(self) -> str:
        """The name; the generic events of records put their record type for the star."""
        return self.name.replace("*", self.record_type)

    def is_audited(self, in_run: bool) -> bool:
        """Whether this one is an entry of the audit log. Of what is done to many records at once (`in_run`), the run
        may be the entry, and not each of its records."""
        return self.audited

    @classmethod
    def text_for(cls, data: Mapping[str, Any]) -> LazyText:
        """The sentence of an event with this data, for a kind that has several."""
        return cls.text

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__dict__.get("name"):
            EVENTS[cls.name] = cls


@dataclass(frozen=True)
class Happened:
    """When, by whom and why: known of an event that is read back."""

    id: UUID
    at: datetime
    actor_id: UUID | None
    cause: Mapping[str, Any]


EVENTS: dict[str, type[Event]] = {}
"""All kinds of event of the installation, by name."""

_BASE = frozenset({"record_type", "record_id", "customer_id", "changes", "happened"})
Listener = Callable[[Any], None]
Kind = TypeVar("Kind", bound=Event)
_listeners: dict[str, list[Listener]] = {}


def listens(*kinds: type[Event] | str) -> Callable[[Listener], Listener]:
    """Call this function, in a worker, in the tenant, for each event of these kinds.

    It runs while its module is on, and is tried again if it fails: so it writes to the database and nowhere else.
    """

    def decorate(function: Listener) -> Listener:
        for kind in kinds:
            _listeners.setdefault(kind if isinstance(kind, str) else kind.name, []).append(function)
        LISTENERS[job_name(function)] = function
        return function

    return decorate


LISTENERS: dict[str, Listener] = {}
Chooser = Callable[[Sequence[Mapping[str, Any]]], Iterable[UUID]]
_watchers: list[tuple[Chooser, Listener]] = []


def watches(choose: Chooser) -> Callable[[Listener], Listener]:
    """Call this function, as a listener is called, for the events that `choose` picks.

    `choose` is given the rows of all events that are being written and returns the ids of those that are wanted: at
    the cost of a question each time, it spares a call for each event that is of no interest. Imports and changes of
    many records at once ask it nothing.
    """

    def decorate(function: Listener) -> Listener:
        _watchers.append((choose, function))
        LISTENERS[job_name(function)] = function
        return function

    return decorate


def listeners_of(name: str, modules: frozenset[str]) -> list[Listener]:
    return [f for f in _listeners.get(name, ()) if module_of(f) in modules or module_of(f) == "core"]


RUNS = frozenset({"import", "bulk", "sheet", "merge", "undo"})
"""Causes that are work on many records at once; their `ref` is the id of that work."""


def emit(*events: Event) -> None:
    """Write events with the rest of the transaction. The one way to say that something happened."""
    if not events:
        return
    context = current.tenant()
    now = current.now()
    cause = context.cause.told()
    actor = context.member.id if context.member else None
    run = UUID(context.cause.ref) if context.cause.kind in RUNS and context.cause.ref else None
    rows = [_row(e, context.tenant_id, now, actor, cause, run) for e in events]
    if any(row["audit"] for row in rows):
        traced = cause | current.whence().told()
        rows = [row | {"cause": traced} if row["audit"] else row for row in rows]
    db.session().flush()
    db.insert_rows(EventRow.metadata.tables["event"], rows)
    calls = [(listener, row["id"]) for row in rows for listener in listeners_of(row["name"], context.modules)]
    if run is None:
        mine = [(choose, each) for choose, each in _watchers if module_of(each) in context.modules | {"core"}]
        calls += [(listener, wanted) for choose, listener in mine for wanted in choose(rows)]
    enqueue([waiting(job_name(listener), module_of(listener), {"event": str(wanted)}) for listener, wanted in calls])


def _row(
    event: Event, tenant: UUID, now: datetime, actor: UUID | None, cause: dict[str, Any], run: UUID | None
) -> dict[str, Any]:
    data = {f.name: getattr(event, f.name) for f in fields(event) if f.name not in _BASE}
    return {
        "tenant_id": tenant,
        "id": new_id(),
        "name": event.full_name,
        "at": now,
        "record_type": event.record_type,
        "record_id": event.record_id,
        "customer_id": event.customer_id,
        "actor_id": actor,
        "cause": cause,
        "changes": event.changes,
        "data": orjson.loads(orjson.dumps(data)),
        "run_id": run,
        "audit": event.is_audited(run is not None),
    }


def read_back(row: EventRow | Row[Any]) -> Event:
    """The event that a row holds; of a kind no longer installed, a plain Event with its name gone."""
    kind = kind_of(row.name)
    own, uuids = _own_fields(kind)  # type: ignore[arg-type]
    data = {
        key: UUID(value) if value is not None and key in uuids else value
        for key, value in row.data.items()
        if key in own
    }
    return kind(
        record_type=row.record_type,
        record_id=row.record_id,
        customer_id=row.customer_id,
        changes=row.changes,
        happened=Happened(row.id, row.at, row.actor_id, row.cause),
        **data,
    )


def kind_of(name: str) -> type[Event]:
    return EVENTS.get(name) or EVENTS.get("*." + name.rpartition(".")[2], Event)


@cache
def _own_fields(kind: Any) -> tuple[frozenset[str], frozenset[str]]:
    """The fields that a kind of event has beside those of all, and which of them are ids."""
    own = [f for f in fields(kind) if f.name not in _BASE]
    return frozenset(f.name for f in own), frozenset(f.name for f in own if "UUID" in str(f.type))


def history_of(
    record_type: str, record_id: UUID, *, also: Sequence[UUID] = (), limit: int = 50, before: UUID | None = None,
    only: Any = True,
) -> Sequence[EventRow]:  # fmt: skip
    """The events of one record, newest first, and of those that went into it. A customer's own are found by the index
    of its timeline."""
    about = EventRow.record_id.in_([record_id, *also]) & only if also else (EventRow.record_id == record_id) & only
    if record_type == "customer":
        about &= EventRow.customer_id == record_id
    else:
        about &= EventRow.record_id.is_distinct_from(EventRow.customer_id)
    return _newest((EventRow.tenant_id == current.tenant_id()) & about, limit, before)


def timeline_of(
    customer_id: UUID,
    *,
    limit: int = 50,
    before: UUID | None = None,
    only: ColumnElement[bool] | None = None,
    **given: Any,
) -> Sequence[EventRow]:
    """Everything that happened about a customer, newest first, whichever module it comes from.

    With it comes what happened to linked records before the customer was known, to the lead that it once was, and the
    whole timeline of customers that were merged into it.
    `only` is a condition on EventRow, made once; `given` are the values of its parameters.
    """
    values = given | {"tenant": current.tenant_id(), "customer": customer_id, "most": limit, "before": before}
    return db.session().scalars(_timeline(only, before is not None), values).all()


@lru_cache(maxsize=100)
def _timeline(only: ColumnElement[bool] | None, from_further_down: bool) -> Select[Any]:
    """The statement, put together once: it would take longer than asking it."""
    tenant: Any = bindparam("tenant")
    customer: Any = bindparam("customer")
    most: Any = bindparam("most")
    wanted = (EventRow.tenant_id == tenant) & (true() if only is None else only)
    if from_further_down:
        wanted &= EventRow.id < bindparam("before")
    newest = select(EventRow).order_by(EventRow.id.desc()).limit(most)
    own = newest.where(wanted, EventRow.customer_id == customer)
    earlier = newest.where(
        wanted,
        EventRow.record_id == HistoryLink.record_id,
        EventRow.record_id.is_distinct_from(EventRow.customer_id),
        EventRow.customer_id.is_distinct_from(customer),
    ).lateral()
    links = select(earlier).select_from(HistoryLink).join(earlier, true())
    of_customer = (HistoryLink.tenant_id == tenant) & (HistoryLink.customer_id == customer)
    merged = newest.where(wanted, EventRow.customer_id == HistoryLink.record_id).lateral()
    theirs = select(merged).select_from(HistoryLink).join(merged, true())
    parts = (own.subquery().select(), links.where(of_customer), theirs.where(of_customer))
    happened = aliased(EventRow, union_all(*parts).subquery())
    once = select(happened).ext(distinct_on(happened.id))
    return once.order_by(happened.id.desc()).limit(most)


def link_history(record_ids: Iterable[UUID], customer_id: UUID) -> None:
    """From now on all that happened to these records is in the timeline of the customer. Twice is once."""
    tenant = current.tenant_id()
    rows = [{"tenant_id": tenant, "id": new_id(), "record_id": r, "customer_id": customer_id} for r in record_ids]
    if rows:
        key = ["tenant_id", "customer_id", "record_id"]
        db.session().execute(upsert(HistoryLink).values(rows).on_conflict_do_nothing(index_elements=key))


def unlink_history(record_ids: Iterable[UUID], customer_id: UUID) -> None:
    """What happened to these records is no longer in the customer's timeline."""
    db.session().execute(
        delete(HistoryLink).where(
            HistoryLink.tenant_id == current.tenant_id(), HistoryLink.customer_id == customer_id,
            HistoryLink.record_id.in_(list(record_ids)),
        )
    )  # fmt: skip


def _newest(condition: Any, limit: int, before: UUID | None) -> Sequence[EventRow]:
    return db.session().scalars(_some(condition, limit, before)).all()


def _some(condition: Any, limit: int, before: UUID | None) -> Select[Any]:
    found = select(EventRow).where(condition).order_by(EventRow.id.desc()).limit(limit)
    return found.where(EventRow.id < before) if before else found
