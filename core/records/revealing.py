"""Opening what is kept encrypted: one value at a time, by those who may, so often a day, and never unnoticed."""

from datetime import timedelta
from typing import Any

from core import access, current
from core.counters import count_up
from core.errors import Conflict, DomainError, NotFound
from core.events import emit
from core.i18n import _
from core.records.fields import FieldType, Secret
from core.records.fields.autonumber import local_now
from core.records.happenings import ValueRevealed
from core.records.permissions import REVEAL_VALUES
from core.records.services import about
from core.records.types import RecordType
from core.sealing import CannotOpen

REVEALS_A_DAY = 50
"""How many values a member may open from midnight to midnight."""


class TooManyRevealed(DomainError):
    """The member opened as many values today as one may."""

    status = 429
    code = "too_many_revealed"


def may_reveal(of: FieldType, value: Any) -> bool:
    """Whether the acting member may open this value of a field."""
    return isinstance(of, Secret) and value is not None and access.permitted(REVEAL_VALUES.name)


def reveal_value(record_type: RecordType, record: Any, key: str) -> str:
    """The text of an encrypted value, which the member's day and the record's history note.

    Raises NotFound, Forbidden, TooManyRevealed, or Conflict for a value that no key opens.
    """
    of = record_type.field(key)
    value = of.get(record) if isinstance(of, Secret) else None
    if of is None or value is None:
        raise NotFound(_("There is no such value."))
    access.require_permission(REVEAL_VALUES.name)
    _count()
    try:
        text = value.open()
    except CannotOpen:
        raise Conflict(_("This value was encrypted with a key that this installation no longer has.")) from None
    emit(ValueRevealed(**about(record_type, record), field_key=of.key, field_label=str(of.label)))
    return str(text)


def _count() -> None:
    day = local_now().date()
    if count_up(f"revealed:{current.member().id}", day.isoformat()) > REVEALS_A_DAY:
        when = (day + timedelta(days=1)).isoformat()
        message = _("You opened %(limit)s values today, as many as one may. Go on on %(day)s.",
                    limit=REVEALS_A_DAY, day=when)  # fmt: skip
        raise TooManyRevealed(message)
