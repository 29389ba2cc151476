"""Which records the member looked at last: kept in the browser's session, where it costs nothing."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import session

from core import current
from core.access.use import note_use
from core.records.types import RecordType, enabled_types, titles

KEPT = 12


def note_seen(record_type: RecordType, record: Any) -> None:
    note_use("opened")
    name = f"{record_type.name}:{record.id}"
    session[_key()] = [name, *(each for each in session.get(_key(), ()) if each != name)][:KEPT]


def seen_of(record_type: RecordType) -> list[UUID]:
    """The ids of one type, the last first."""
    return [record_id for name, record_id in _seen() if name == record_type.name]


def recent_records(limit: int = 6) -> Sequence[tuple[RecordType, UUID, str]]:
    """Type, id and title of those that may (still) be seen, the last first; one statement."""
    types = {each.name: each for each in enabled_types()}
    latest = [(name, record_id) for name, record_id in _seen() if name in types]
    wanted: dict[str, set[UUID]] = {}
    for name, record_id in latest:
        wanted.setdefault(name, set()).add(record_id)
    found = titles(wanted)
    return [(types[key[0]], key[1], found[key]) for key in latest if key in found][:limit]


def _seen() -> list[tuple[str, UUID]]:
    parts = (each.partition(":") for each in session.get(_key(), ()))
    return [(name, UUID(record_id)) for name, _colon, record_id in parts]


def _key() -> str:
    return f"recent-{current.tenant().slug}"
