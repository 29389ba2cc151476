"""How much of a field the acting member is told on one record."""

from typing import Any, NamedTuple
from uuid import UUID

from core.access.adding import HIDDEN, OPEN, READ
from core.records.fields import FieldType
from core.records.guards import Guard
from core.records.types import RecordType


class Row(NamedTuple):
    """A record of which only the id is at hand."""

    id: UUID


def level_on(of: FieldType | None, record: Any) -> int:
    """How far the field is open on this record; `of` is the field as the member has it."""
    if of is None:
        return HIDDEN
    if isinstance(of, Guard):
        return of.level(record)
    return OPEN if of.editable else READ


def is_there(of: FieldType | None, record: Any) -> bool:
    """Whether the member may know that the record has such a field."""
    return level_on(of, record) > HIDDEN


def is_told(of: FieldType | None, record: Any) -> bool:
    """Whether the member may read what the record holds."""
    return level_on(of, record) >= READ


def is_open(of: FieldType | None, record: Any) -> bool:
    """Whether the member's roles let them write the field of this record."""
    return level_on(of, record) == OPEN


def seen(of: FieldType, record: Any, value: Any) -> Any:
    """A value that the record has, or once had, as the member may see it."""
    return of.seen(record, value) if isinstance(of, Guard) else value


def value_told(record_type: RecordType, key: str, record: Any) -> Any:
    """What a field of the record holds where the member may read it, else None."""
    of = record_type.field(key)
    return of.get(record) if of is not None and is_told(of, record) else None
