"""Reading the audit log: newest first, a page at a time, narrowed by who, what, when and from where."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, Uuid, cast, func, literal, or_, select, tuple_

from core import current, db
from core.access import Member
from core.auth.audit.groups import in_group
from core.events import EventRow
from core.i18n import timezone

PAGE = 50
ADDRESS: Any = func.coalesce(EventRow.cause["address"].astext, EventRow.data["ip"].astext)
"""What happened before anybody was signed in, or was told by a worker, has its address in its data."""


@dataclass(frozen=True)
class Wish:
    """Which entries: `member` did it or it happened to; `since` and `until` are days, both of them included."""

    member: UUID | None = None
    group: str = ""
    since: date | None = None
    until: date | None = None
    address: str = ""
    text: str = ""

    def told(self) -> dict[str, str]:
        """What was asked for, for an address and for the log."""
        return {key: str(value) for key, value in asdict(self).items() if value}


@dataclass(frozen=True)
class Mark:
    """Behind which entry a page begins, as addresses say it: nothing has to be looked up to go on."""

    at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{round(self.at.timestamp() * 1_000_000)}-{self.id.hex}"

    @classmethod
    def of(cls, said: str) -> "Mark | None":
        moment, _dash, entry_id = said.partition("-")
        if not (moment.isascii() and moment.isdigit() and len(moment) < 18):
            return None
        found = _uuid(entry_id)
        return cls(datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(moment)), found) if found else None


@dataclass(frozen=True)
class Page:
    rows: Sequence[EventRow]
    next: Mark | None


def find_entries(wish: Wish, *, before: Mark | None = None, limit: int = PAGE) -> Page:
    """The newest entries, or those that are older than `before`."""
    found = _newest(wish)
    if before is not None:
        place: Any = tuple_(EventRow.at, EventRow.id)
        found = found.where(place < tuple_(literal(before.at), literal(before.id, Uuid)))
    rows = db.session().scalars(found.limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], Mark(last.at, last.id) if last else None)


def all_entries(wish: Wish, most: int) -> Iterator[Sequence[EventRow]]:
    """The newest so many, some at a time."""
    before, left = None, most
    while left > 0:
        page = find_entries(wish, before=before, limit=min(left, 1000))
        if page.rows:
            yield page.rows
        before, left = page.next, left - len(page.rows)
        if before is None:
            return


def _newest(wish: Wish) -> Select[Any]:
    kept = (EventRow.tenant_id == current.tenant_id()) & EventRow.audit
    return select(EventRow).where(kept, *_conditions(wish)).order_by(EventRow.at.desc(), EventRow.id.desc())


def _conditions(wish: Wish) -> Iterator[ColumnElement[bool]]:
    if wish.member:
        yield or_(EventRow.actor_id == wish.member,
                  (EventRow.record_type == "member") & (EventRow.record_id == wish.member))  # fmt: skip
    if wish.group:
        yield in_group(wish.group)
    if wish.since:
        yield EventRow.at >= _midnight(wish.since)
    if wish.until:
        yield EventRow.at < _midnight(wish.until + timedelta(days=1))
    if wish.address:
        yield ADDRESS.startswith(wish.address, autoescape=True)
    if wish.text:
        yield _mentions(wish.text)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), timezone())


def _mentions(words: str) -> ColumnElement[bool]:
    """The words are in what is told of it, in what changed, or in the name of the member it happened to."""
    called = select(Member.id).where(
        Member.tenant_id == current.tenant_id(),
        or_(Member.name.icontains(words, autoescape=True), Member.email.icontains(words, autoescape=True)),
    )
    texts: list[Any] = [cast(EventRow.data, Text), cast(EventRow.changes, Text), EventRow.name]
    return or_(*(each.icontains(words, autoescape=True) for each in texts), EventRow.record_id.in_(called))


def wish_of(said: Mapping[str, str], groups: Mapping[str, Any]) -> Wish:
    """What an address asks for; what is no such thing is left out."""
    return Wish(
        member=_uuid(said.get("member", "")),
        group=group if (group := said.get("group", "")) in groups else "",
        since=_day(said.get("since", "")),
        until=_day(said.get("until", "")),
        address=_words(said.get("address", ""), 60),
        text=_words(said.get("text", ""), 100),
    )


def _words(said: str, most: int) -> str:
    return said.replace("\x00", "").strip()[:most]


def _day(said: str) -> date | None:
    try:
        found = date.fromisoformat(said)
    except ValueError:
        return None
    return found if 1970 <= found.year < 9999 else None


def _uuid(said: str) -> UUID | None:
    try:
        return UUID(said)
    except ValueError:
        return None
