"""Turning events into what a person reads: who did what, what was said, what changed from what to what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from markupsafe import Markup, escape
from sqlalchemy import select

from core import current, db
from core.access.decisions import scope_clause, scopes_for
from core.activities.events import FollowedUp
from core.activities.models import CHANNELS, FollowUp
from core.activities.shown import CHANNEL_ICONS
from core.activities.types import FOLLOW_UP
from core.customers.models import Customer
from core.events import EventRow, kind_of
from core.i18n import LazyText, _, _l
from core.records.fields import FieldError, FieldType, Option
from core.records.pages.history import is_restorable, restore_url
from core.records.told import Row, is_there, seen
from core.records.types import RecordType, find_type, titles

FOLLOWED_UP = FollowedUp.name
LONG = 120
Names = Mapping[tuple[str, UUID], str]


@dataclass(frozen=True)
class Change:
    """`restore_url` puts back what the field was, where the member may edit such records."""

    label: str
    old: Markup | str
    new: Markup | str
    restore_url: str | None = None


@dataclass(frozen=True)
class Entry:
    """One happening, ready to be shown."""

    id: UUID
    at: datetime
    by: str
    cause: str
    icon: str
    colour: str
    sentence: Markup | str
    follow_up: FollowUp | None = None
    changes: Sequence[Change] = field(default=())


FOLLOWED_UP_BY = {
    "call": _l("logged a call"),
    "email": _l("logged an e-mail"),
    "meeting": _l("logged a meeting"),
    "visit": _l("logged a visit"),
    "chat": _l("logged a chat"),
    "note": _l("wrote a note"),
}
TASKS = {
    "created": ("checkbox", "orange", _l("planned {title}")),
    "updated": ("calendar-event", "gray", _l("changed the task {title}")),
    "done": ("circle-check", "green", _l("completed {title}")),
    "open": ("rotate", "orange", _l("reopened {title}")),
    "dropped": ("circle-x", "gray", _l("dropped {title}")),
    "deleted": ("trash", "gray", _l("deleted the task {title}")),
    "restored": ("arrow-back-up", "gray", _l("restored the task {title}")),
}
OF_CUSTOMER = {
    "created": ("plus", _l("created this customer")),
    "updated": ("pencil", _l("changed {fields}")),
    "deleted": ("trash", _l("deleted this customer")),
    "restored": ("arrow-back-up", _l("restored this customer")),
}
OF_RECORD = {
    "created": ("plus", _l("added {title} ({type})")),
    "updated": ("pencil", _l("changed {fields} of {title}")),
    "deleted": ("trash", _l("deleted {title} ({type})")),
    "restored": ("arrow-back-up", _l("restored {title} ({type})")),
}
CAUSES = {
    "import": _l("Import"),
    "token": _l("API"),
    "deadline": _l("Deadline"),
    "rule": _l("Automation"),
    "form": _l("Web form"),
    "bulk": _l("Change of many"),
    "sheet": _l("Returned sheet"),
    "undo": _l("Undone"),
}


class Teller:
    """Makes entries of events, with everything that they name looked up at once."""

    def __init__(
        self, customer: Customer, rows: Sequence[EventRow], follow_ups: Mapping[UUID, FollowUp], known: Names,
        also: Mapping[str, set[UUID]],
    ) -> None:  # fmt: skip
        self.customer = customer
        self.follow_ups = {key: each for key, each in follow_ups.items() if each.deleted_at is None}
        wanted = _named(rows, also)
        unknown = {target: {each for each in ids if (target, each) not in known} for target, ids in wanted.items()}
        self.names: Names = {**known, **titles(unknown)}

    def tell(self, row: EventRow) -> Entry:
        if row.name == FOLLOWED_UP:
            return self._follow_up(row)
        if row.record_type == "task":
            return self._task(row)
        if row.name == f"{row.record_type}.{_verb(row)}" and _verb(row) in OF_RECORD:
            return self._record(row)
        kind, record_type = kind_of(row.name), find_type(row.record_type)
        sentence = self._said(row, kind.text_for(row.data)) or str(kind.label)
        colour = record_type.color if record_type else "gray"
        return self._entry(row, kind.icon, colour, sentence, changes=self._changes(row))

    def _entry(self, row: EventRow, icon: str, colour: str, sentence: Markup | str, **more: Any) -> Entry:
        name = self.names.get(("member", row.actor_id)) if row.actor_id else None
        via = row.cause.get("via")
        cause = _("via %(app)s", app=via) if via else str(CAUSES.get(row.cause.get("kind", ""), ""))
        by = name or cause or "Guanxi"
        return Entry(row.id, row.at, by, cause if name else "", icon, colour, sentence, **more)

    def _follow_up(self, row: EventRow) -> Entry:
        follow_up = self.follow_ups.get(UUID(row.data["follow_up_id"]))
        channel = follow_up.channel if follow_up else row.data["channel"]
        option = next((each for each in CHANNELS if each.value == channel), Option("", "", "gray"))
        sentence: Markup | str = str(FOLLOWED_UP_BY.get(channel, FollowedUp.label))
        if row.record_id != self.customer.id:
            sentence = Markup("{} · {}").format(sentence, self._link(row))
        return self._entry(
            row, CHANNEL_ICONS.get(channel, FollowedUp.icon), option.color, sentence, follow_up=follow_up
        )

    def _task(self, row: EventRow) -> Entry:
        status = (row.changes or {}).get("status", (None, None))[1]
        icon, colour, text = TASKS.get(status or _verb(row), TASKS["updated"])
        return self._entry(row, icon, colour, self._said(row, text), changes=[] if status else self._changes(row))

    def _record(self, row: EventRow) -> Entry:
        icon, text = (OF_CUSTOMER if row.record_id == self.customer.id else OF_RECORD)[_verb(row)]
        record_type = find_type(row.record_type)
        colour = record_type.color if record_type and _verb(row) == "created" else "gray"
        return self._entry(row, icon, colour, self._said(row, text), changes=self._changes(row))

    def _said(self, row: EventRow, text: LazyText) -> Markup:
        """The sentence with its values in their places, all of it escaped."""
        record_type = find_type(row.record_type)
        around = {
            "title": self._link(row),
            "type": record_type.label if record_type else "",
            "fields": _listed([change.label for change in self._changes(row)]) or _("something"),
        }
        return escape(str(text)).format_map(_Values(row.data | around))

    def _link(self, row: EventRow) -> Markup:
        title = row.data.get("title") or self.names.get((row.record_type, row.record_id)) or _("a record")
        title = title if len(title) <= LONG else f"{title[:LONG]}…"
        if row.record_id == self.customer.id or _verb(row) == "deleted":
            return Markup("<b>{}</b>").format(title)
        path = f"/w/{current.tenant().slug}/go/{row.record_type}/{row.record_id}"
        return Markup('<a href="{}">{}</a>').format(path, title)

    def _changes(self, row: EventRow) -> list[Change]:
        record_type = find_type(row.record_type)
        editable = record_type is not None and bool(scopes_for("edit", row.record_type))
        return [
            Change(
                str(made.label), *self._shown(made, was, now),
                restore_url(record_type, row, made)
                if record_type and editable and is_restorable(made, row.record_id) else None,
            )
            for made, was, now in _changed_fields(row)
        ]  # fmt: skip

    def _shown(self, made: FieldType, was: Any, now: Any) -> tuple[Markup | str, Markup | str]:
        return made.change_html(was, now, self.names) or (made.html(was, self.names), made.html(now, self.names))


class _Values(dict[str, Any]):
    """What a sentence does not find in its event is left out."""

    def __missing__(self, key: str) -> str:
        return ""


def _verb(row: EventRow) -> str:
    return row.name.rpartition(".")[2]


def _listed(words: Sequence[str]) -> str:
    """A, B and C."""
    if len(words) < 2:
        return "".join(words)
    return _("%(some)s and %(last)s", some=_(", ").join(words[:-1]), last=words[-1])


def follow_ups_of(rows: Iterable[EventRow]) -> Mapping[UUID, FollowUp]:
    """What was said, as it reads by now, as far as the member may see it; deleted ones, too."""
    ids = [UUID(row.data["follow_up_id"]) for row in rows if row.name == FOLLOWED_UP]
    if not ids:
        return {}
    found = select(FollowUp).where(
        FollowUp.tenant_id == current.tenant_id(), FollowUp.id.in_(ids), scope_clause("view", FOLLOW_UP)
    )
    return {each.id: each for each in db.session().scalars(found)}


def _named(rows: Iterable[EventRow], also: Mapping[str, set[UUID]]) -> dict[str, set[UUID]]:
    """Everything that the rows name without its title: who acted, who was dealt with, what changed fields point at."""
    wanted = {"member": set[UUID]()} | {target: set(ids) for target, ids in also.items()}
    for row in rows:
        if row.actor_id:
            wanted["member"].add(row.actor_id)
        if row.name == FOLLOWED_UP:
            wanted.setdefault(row.record_type, set()).add(row.record_id)
        for made, *pair in _changed_fields(row):
            for value in pair:
                if pointed := made.points_at(value):
                    wanted.setdefault(pointed[0], set()).add(pointed[1])
    return wanted


def _changed_fields(row: EventRow) -> list[tuple[FieldType, Any, Any]]:
    """The fields that changed, as far as they still exist, with their old and new values as the member may see them."""
    record_type: RecordType | None = find_type(row.record_type)
    if record_type is None or not row.changes:
        return []
    fields, record = record_type.fields(), Row(row.record_id)
    there = [(fields[key], pair) for key, pair in row.changes.items() if key in fields]
    return [
        (made, *(seen(made, record, _loaded(made, stored)) for stored in pair))
        for made, pair in there
        if is_there(made, record)
    ]


def _loaded(made: FieldType, stored: Any) -> Any:
    """The value that history holds; None where the field has changed its nature since."""
    try:
        return made.load(stored)
    except FieldError:
        return None
