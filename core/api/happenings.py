"""What happened: the history and timeline of a record, and the change feed of the workspace."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select, text

from core import access, current, db
from core.access import scopes_for
from core.api import reading
from core.api.blueprints import Answer, Resource, listed
from core.api.docs import AFTER_ID, ANYTHING, ID, INSTANT, LIMIT, TEXT, Doc, maybe, thing
from core.api.records import allowed
from core.events import EventRow, kind_of
from core.i18n import _l
from core.records.covers import field_rules
from core.records.guards import look_at
from core.records.seen import seen_changes, seen_data
from core.records.types import RecordType, enabled_types, find_type
from core.settings import settings
from core.web.blueprints import any_member

happenings = Resource("happenings", __name__, title=_l("Events"))

EVENT = thing(
    id=ID,
    name=TEXT,
    label=TEXT,
    at=INSTANT,
    record_type=TEXT,
    record_id=ID,
    customer_id=maybe(ID),
    actor_id=maybe(ID),
    cause=ANYTHING,
    changes={**maybe(ANYTHING), "description": "Each changed field with [old, new]."},
    data=ANYTHING,
)
PAGED = Doc(gives=EVENT, many=True, params=(LIMIT, AFTER_ID))


@happenings.get("/<plural:plural>/<uuid:record_id>/history", permission=any_member, doc=PAGED)
def list_history(plural: str, record_id: UUID) -> Answer:
    """List what happened to a record itself, newest first."""
    record_type = allowed("view", plural)
    record = record_type.get(record_id)
    return _newest(_about(record_type, record))


@happenings.get("/<plural:plural>/<uuid:record_id>/timeline", permission=any_member, doc=PAGED)
def list_timeline(plural: str, record_id: UUID) -> Answer:
    """List everything that happened about a record, newest first; about a customer, in every module."""
    record_type = allowed("view", plural)
    record = record_type.get(record_id)
    if record_type.name == "customer":
        return _newest(and_(EventRow.customer_id == record.id, visible_events()))
    return _newest(_about(record_type, record))


def _about(record_type: RecordType, record: Any) -> ColumnElement[bool]:
    """The events of one record, each found by the index that holds them."""
    mine = EventRow.record_id == record.id
    if record_type.name == "customer":
        return and_(mine, EventRow.customer_id == record.id)
    return and_(mine, EventRow.record_id.is_distinct_from(EventRow.customer_id))


def _newest(condition: ColumnElement[bool]) -> Answer:
    found = select(EventRow).where(EventRow.tenant_id == current.tenant_id(), condition)
    if before := reading.uuid("after"):
        found = found.where(EventRow.id < before)
    limit = reading.limit()
    rows = db.session().scalars(found.order_by(EventRow.id.desc()).limit(limit + 1)).all()
    page = rows[:limit]
    return listed(events_json(page), next=str(page[-1].id) if len(rows) > limit else None)


# --- the change feed -----------------------------------------------------------------------------------

HORIZON = text("""
select extract(epoch from least(
         statement_timestamp(),
         min(xact_start) filter (where backend_xid is not null or xact_start > statement_timestamp() - interval '5 s'),
         case when bool_or(backend_xid is null and xact_start < statement_timestamp() - interval '5 s')
              then statement_timestamp() - interval '250 ms' end))
  from pg_stat_activity
 where datname = current_database() and usename = current_user and pid <> pg_backend_pid()
""")
SKEW = timedelta(milliseconds=500)
"""How far the clocks of web machines and of a database elsewhere may be apart."""


@happenings.get("/events", permission=any_member, doc=PAGED)
def list_events() -> Answer:
    """Follow what happens: oldest first, from `after` on.

    `next` is never null once anything happened: keep it, and ask again with it later. No event is ever skipped.
    """
    horizon = safe_horizon()
    found = select(EventRow).where(EventRow.tenant_id == current.tenant_id(), EventRow.id < horizon, visible_events())
    after = reading.uuid("after")
    if after:
        found = found.where(EventRow.id > after)
    rows = db.session().scalars(found.order_by(EventRow.id).limit(reading.limit())).all()
    last = rows[-1].id if rows else after
    return listed(events_json(rows), next=str(last) if last else None)


def safe_horizon() -> UUID:
    """The id before which no more events can appear.

    Ids rise with the time at which they are made, but transactions commit in any order: one that began earlier may
    yet commit an event with a smaller id than some that can be seen already. An event is made after its transaction
    began, so everything older than the oldest transaction at work is complete. Whoever has been reading for long
    without writing anything does not hold the feed up; what it writes next is covered by a quarter of a second.
    """
    seconds = float(db.session().scalar(HORIZON) or 0)
    if urlsplit(settings().database_url).hostname not in (None, "localhost", "127.0.0.1", "::1"):
        seconds -= SKEW.total_seconds()
    return UUID(int=int(seconds * 1000) << 80)


def visible_events() -> ColumnElement[bool]:
    """Events of records that the member may see, deleted ones too, of modules that are on."""
    whole, clauses = [], []
    for record_type in enabled_types():
        if "all" in (scopes := scopes_for("view", record_type.name)):
            whole.append(record_type.name)
        elif scopes:
            model = record_type.model
            mine = select(model.id).where(
                model.tenant_id == current.tenant_id(), access.scope_clause("view", record_type)
            )
            clauses.append(and_(EventRow.record_type == record_type.name, EventRow.record_id.in_(mine)))
    return or_(EventRow.record_type.in_(whole) if whole else false(), *clauses)


def events_json(rows: Sequence[EventRow]) -> list[Mapping[str, Any]]:
    """The events as the acting member may read them: with the changes of fields that are open to them."""
    for record_type in {row.record_type for row in rows}:
        if field_rules(record_type) and (found := find_type(record_type)):
            look_at(found, [row.record_id for row in rows if row.record_type == record_type])
    follow_ups = _follow_ups_in(rows)
    return [event_json(row, telling=_said_in(row) in (None, *follow_ups)) for row in rows]


def _said_in(row: EventRow) -> UUID | None:
    """The follow-up whose words an event repeats."""
    return UUID(row.data["follow_up_id"]) if "follow_up_id" in row.data else None


def _follow_ups_in(rows: Sequence[EventRow]) -> set[UUID]:
    """Those of the follow-ups in these events that the acting member may see."""
    ids = {said for row in rows if (said := _said_in(row))}
    record_type = find_type("follow_up")
    if not ids or record_type is None or not scopes_for("view", record_type.name):
        return set()
    model = record_type.model
    return set(db.session().scalars(record_type.visible(model.id).where(model.id.in_(ids))))


def event_json(row: EventRow, *, telling: bool = True) -> Mapping[str, Any]:
    return {
        "id": str(row.id),
        "name": row.name,
        "label": str(kind_of(row.name).label),
        "at": reading.instant(row.at),
        "record_type": row.record_type,
        "record_id": str(row.record_id),
        "customer_id": str(row.customer_id) if row.customer_id else None,
        "actor_id": str(row.actor_id) if row.actor_id else None,
        "cause": {key: value for key, value in row.cause.items() if key not in current.TRACES},
        "changes": seen_changes(row),
        "data": seen_data(row) if telling else {},
    }
