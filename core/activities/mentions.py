"""Telling those who follow a record what happened to it, and those who are named in a note that they are."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import current, db
from core.access import Member
from core.access.others import as_seen_by
from core.activities.notifications import notify
from core.errors import NotFound
from core.events import Event, watches
from core.i18n import _l
from core.records.following import follow, followers_of, of_followed
from core.records.told import Row, is_there
from core.records.types import RecordType, find_type, type_named

CHANGED = _l("%(who)s changed “%(title)s”, which you follow: %(what)s")
MENTIONED = _l("%(who)s mentioned you at “%(title)s”: %(what)s")
LONG = 200


@watches(of_followed)
def tell_followers(event: Event) -> None:
    """Tell each who may still see the record, but not whoever did it."""
    record_type = find_type(event.record_type)
    actor = event.happened.actor_id if event.happened else None
    readers = [each for each in followers_of(event.record_id) if each != actor]
    if record_type and readers:
        _tell(readers, CHANGED, record_type, event.record_id, actor, lambda: _what(record_type, event))


def _what(record_type: RecordType, event: Event) -> str | None:
    """What happened, as its reader may know it: by the fields that they have. None where there is nothing to tell."""
    mine, every, record = record_type.fields(), record_type.all_fields(), Row(event.record_id)
    about = [*(event.changes or ()), *filter(None, [getattr(event, "field_key", None)])]
    told = [key for key in about if key not in every or is_there(mine.get(key), record)]
    if about and not told:
        return None
    return ", ".join(str(mine[key].label) for key in told if key in mine) or str(event.label)


def mention(record_type: str, record_id: UUID, text: str) -> None:
    """Tell the members that a text names as `@Name`, and have them follow the record."""
    named = members_named(text)
    me = current.member_id()
    others = [m.id for m in named if m.id != me]
    told = _tell(others, MENTIONED, type_named(record_type), record_id, me, lambda: text)
    follow(record_type, record_id, told)


def members_named(text: str) -> Sequence[Member]:
    """The active members that are named after an `@`. Of two names that fit, the longer is meant."""
    if not re.search("[@＠]", text):
        return []
    active = select(Member).where(Member.tenant_id == current.tenant_id(), Member.status == "active")
    by_name: dict[str, list[Member]] = {}
    for member in db.session().scalars(active):
        by_name.setdefault(member.name.casefold(), []).append(member)
    names = sorted((re.escape(name) for name in by_name), key=len, reverse=True)
    pattern = rf"[@＠]\s?({'|'.join(names)})(?![a-z0-9])"
    found = re.findall(pattern, text.casefold()) if names else []
    return [member for name in dict.fromkeys(found) for member in by_name[name]]


def _tell(
    member_ids: Iterable[UUID], text: Any, record_type: RecordType, record_id: UUID, actor_id: UUID | None,
    what_of: Callable[[], str | None],
) -> list[UUID]:  # fmt: skip
    """Tell those who may see the record; returns who they are. `what_of` says what happened, as each may know it."""
    told = []
    for member in db.session().scalars(select(Member).where(Member.id.in_(list(member_ids)))):
        with current.entering(as_seen_by(member)):
            try:
                record = record_type.get(record_id)
            except NotFound:
                continue
            title, what = record_type.title_of(record), what_of()
        if what is None:
            continue
        actor = db.get(Member, actor_id)
        url = f"{record_type.plural}/{record_id}"
        what = what if len(what) <= LONG else f"{what[:LONG]}…"
        notify([member.id], text, url=url, icon="eye", who=actor.name if actor else "Guanxi", title=title, what=what)
        told.append(member.id)
    return told
