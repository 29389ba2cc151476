"""The timeline of a customer: a page of events of all modules, narrowed to a kind where one wishes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, not_, or_

from core.access.decisions import scopes_for
from core.customers.models import Customer
from core.customers.telling import FOLLOWED_UP, Entry, Names, Teller, follow_ups_of
from core.events import EventRow, timeline_of
from core.i18n import LazyText, _l
from core.records.in_sight import in_sight
from core.records.pages.history import is_told_of
from core.records.types import enabled_types, find_type

PAGE = 20
CUSTOMER = "customer"
"""The customer whose timeline it is may be seen, and so those that went into it."""

_seen = EventRow.record_type.in_(bindparam("seen", expanding=True))
_followed_up = EventRow.name == FOLLOWED_UP
_task = EventRow.record_type == "task"
_change = EventRow.name.endswith(".updated")


@dataclass(frozen=True)
class Kind:
    """What one may narrow the timeline to."""

    key: str
    label: LazyText
    only: ColumnElement[bool]


KINDS = (
    Kind("all", _l("All"), _seen),
    Kind("follow-ups", _l("Follow-ups"), and_(_seen, _followed_up)),
    Kind("tasks", _l("Tasks"), and_(_seen, _task)),
    Kind("changes", _l("Changes"), and_(_seen, _change, not_(_task))),
    Kind("other", _l("Other"), and_(_seen, not_(or_(_followed_up, _task, _change)))),
)


@dataclass(frozen=True)
class Timeline:
    """A page of it. `kind` is what it was narrowed to; what is older than `last` is on the next page, if any."""

    entries: Sequence[Entry]
    last: UUID | None
    kind: str
    names: Names


def timeline(
    customer: Customer,
    *,
    kind: str = "all",
    before: UUID | None = None,
    known: Names | None = None,
    also: Mapping[str, set[UUID]] | None = None,
    in_view: Collection[tuple[str, UUID]] = (),
) -> Timeline:
    """A page of what happened, newest first, as far as the member may see the records that it happened to.

    Of names, those that are `known` are not looked up again; `also` are further ids by type whose names are wanted;
    the records `in_view` are known to be visible to the member.
    """
    chosen = next((each for each in KINDS if each.key == kind), KINDS[0])
    seen = [t.name for t in enabled_types() if scopes_for("view", t.name)]
    rows = timeline_of(customer.id, limit=PAGE + 1, before=before, only=chosen.only, seen=seen)
    page = rows[:PAGE]
    follow_ups = follow_ups_of(page)
    said = [row for row in page if row.name != FOLLOWED_UP or UUID(row.data["follow_up_id"]) in follow_ups]
    told = [row for row in in_sight(said, besides=CUSTOMER, known={*(known or ()), *in_view}) if _is_told(row)]
    shown = [row for row, older in pairwise([*told, None]) if row and not _is_echo(row, older)]
    teller = Teller(customer, shown, follow_ups, known or {}, also or {})
    last = page[-1].id if len(rows) > PAGE else None
    return Timeline([teller.tell(row) for row in shown], last, chosen.key, teller.names)


def _is_told(row: EventRow) -> bool:
    """Whether the event tells of anything besides fields that are hidden from the member."""
    record_type = find_type(row.record_type)
    return record_type is None or is_told_of(row, record_type)


def _is_echo(row: EventRow, older: EventRow | None) -> bool:
    """A task that a follow-up has just made of its next step says nothing that the follow-up does not."""
    return (
        older is not None
        and (row.name, older.name) == ("task.created", FOLLOWED_UP)
        and row.data.get("title") == older.data.get("next_step")
        and row.at - older.at < timedelta(seconds=5)
    )
