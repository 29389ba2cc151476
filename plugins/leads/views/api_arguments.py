"""What stands in the query of a call: ids, days, words. What does not fit is refused, with what would."""

from collections.abc import Collection
from datetime import UTC, date, datetime
from uuid import UUID

from flask import request

from core.sdk import FieldProblem, Invalid, _


def a_uuid(name: str) -> UUID | None:
    given = request.args.get(name)
    try:
        return UUID(given) if given else None
    except ValueError:
        raise Invalid([FieldProblem(name, "not_an_id", _("Give an id."))]) from None


def a_date(name: str) -> date | None:
    given = request.args.get(name)
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise Invalid([FieldProblem(name, "not_a_date", _("Write a day as 2026-01-31."))]) from None


def a_word(name: str, options: Collection[str] = ()) -> str:
    given = request.args.get(name, "")
    if given and options and given not in options:
        raise Invalid([FieldProblem(name, "not_an_option", _("Choose one of: %(list)s.", list=", ".join(options)))])
    return given


def limit(*, default: int = 50, most: int = 200) -> int:
    given = request.args.get("limit", str(default))
    if given.isascii() and given.isdigit() and len(given) < 6 and 1 <= int(given) <= most:
        return int(given)
    raise Invalid([FieldProblem("limit", "out_of_range", _("Give a number from 1 to %(most)s.", most=most))])


def text_of(moment: datetime | None) -> str | None:
    """A time as the API writes it: RFC 3339, in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
