"""The records that were ticked in a list."""

from uuid import UUID

from flask import request

from core.errors import FieldProblem, Invalid
from core.i18n import _

MOST = 200


def picked_ids() -> list[UUID]:
    """Raises Invalid for none or too many; whatever is no id is passed over."""
    found = list(dict.fromkeys(filter(None, (_id(raw) for raw in request.form.getlist("id")))))
    if not found:
        raise Invalid([FieldProblem("id", "none", _("Tick at least one record."))])
    if len(found) > MOST:
        raise Invalid([FieldProblem("id", "too_many", _("Tick at most %(limit)s records at once.", limit=MOST))])
    return found


def _id(raw: str) -> UUID | None:
    try:
        return UUID(raw)
    except ValueError:
        return None
