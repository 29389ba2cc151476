"""Opening what is kept encrypted, or covered for the member: one value at a time, by those who may, so often a day,
and never unnoticed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from core import access, current
from core.access.adding import MASKED
from core.access.use import note_use
from core.counters import count_up
from core.errors import Conflict, DomainError, NotFound
from core.events import emit
from core.i18n import _
from core.records.fields import FieldType, Secret
from core.records.fields.autonumber import local_now
from core.records.happenings import ValueRevealed
from core.records.permissions import REVEAL_VALUES
from core.records.services import about
from core.records.told import level_on
from core.records.types import RecordType, titles
from core.sealing import CannotOpen

REVEALS_A_DAY = 50
"""How many values a member may open from midnight to midnight."""


class TooManyRevealed(DomainError):
    """The member opened as many values today as one may."""

    status = 429
    code = "too_many_revealed"


def may_reveal(of: FieldType, record: Any) -> bool:
    """Whether the acting member may open what this record holds in a field that shows its cover."""
    return _is_covered(of, record) and of.get(record) is not None and access.permitted(REVEAL_VALUES.name)


def _is_covered(of: FieldType, record: Any) -> bool:
    level = level_on(of, record)
    return level == MASKED or (level > MASKED and isinstance(of, Secret))


def reveal_value(record_type: RecordType, record: Any, key: str) -> str:
    """The text of a covered value, which the member's day and the record's history note.

    Raises NotFound, Forbidden, TooManyRevealed, or Conflict for a value that no key opens.
    """
    of = record_type.field(key)
    held = record_type.all_fields()[key] if of is not None and _is_covered(of, record) else None
    if of is None or held is None or (value := held.get(record)) is None:
        raise NotFound(_("There is no such value."))
    access.require_permission(REVEAL_VALUES.name)
    _count()
    text = _text(held, value)
    emit(ValueRevealed(**about(record_type, record), field_key=of.key, field_label=str(of.label)))
    note_use("revealed")
    return text


def _text(held: FieldType, value: Any) -> str:
    """The value as plain text; of one that is kept encrypted, its very text."""
    if not isinstance(held, Secret):
        return held.text(value, titles(_pointed(held, value)))
    try:
        return str(value.open())
    except CannotOpen:
        raise Conflict(_("This value was encrypted with a key that this installation no longer has.")) from None


def _pointed(held: FieldType, value: Any) -> dict[str, set[UUID]]:
    wanted: dict[str, set[UUID]] = {}
    for target, record_id in held.all_pointed(value):
        wanted.setdefault(target, set()).add(record_id)
    return wanted


def _count() -> None:
    day = local_now().date()
    if count_up(f"revealed:{current.member().id}", day.isoformat()) > REVEALS_A_DAY:
        when = (day + timedelta(days=1)).isoformat()
        message = _("You opened %(limit)s values today, as many as one may. Go on on %(day)s.",
                    limit=REVEALS_A_DAY, day=when)  # fmt: skip
        raise TooManyRevealed(message)
