"""The comparisons of a condition, each a small piece of SQL that an index can serve under row-level security."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, not_, or_

from core import current
from core.i18n import LazyText, _l

Build = Callable[[ColumnElement[Any], Any], ColumnElement[bool]]


@dataclass(frozen=True)
class Operator:
    """`takes` says what stands beside the operator: value, text, list, two, period or none."""

    label: LazyText
    takes: str
    build: Build


def escape_like(text: str) -> str:
    """The text with LIKE's wildcards made plain."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def contains(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    return column.ilike(f"%{escape_like(text)}%", escape="\\")


def starts_with(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    return column.ilike(f"{escape_like(text)}%", escape="\\")


EMPTY = Operator(_l("is empty"), "none", lambda c, _v: c.is_(None))
NOT_EMPTY = Operator(_l("is not empty"), "none", lambda c, _v: c.is_not(None))
IS = Operator(_l("is"), "value", lambda c, v: c == v)
IS_NOT = Operator(_l("is not"), "value", lambda c, v: c.is_distinct_from(v))
IN = Operator(_l("is any of"), "list", lambda c, v: c.in_(v))
NOT_IN = Operator(_l("is none of"), "list", lambda c, v: or_(c.not_in(v), c.is_(None)))

TEXT_OPERATORS = {
    "contains": Operator(_l("contains"), "text", contains),
    "not_contains": Operator(_l("does not contain"), "text", lambda c, v: or_(not_(contains(c, v)), c.is_(None))),
    "is": IS,
    "is_not": IS_NOT,
    "starts_with": Operator(_l("starts with"), "text", starts_with),
    "in": IN,
    "empty": EMPTY,
    "not_empty": NOT_EMPTY,
}

ORDER_OPERATORS = {
    "is": IS,
    "is_not": IS_NOT,
    "gt": Operator(_l("is more than"), "value", lambda c, v: c > v),
    "gte": Operator(_l("is at least"), "value", lambda c, v: c >= v),
    "lt": Operator(_l("is less than"), "value", lambda c, v: c < v),
    "lte": Operator(_l("is at most"), "value", lambda c, v: c <= v),
    "between": Operator(_l("is between"), "two", lambda c, v: and_(c >= v[0], c <= v[1])),
    "empty": EMPTY,
    "not_empty": NOT_EMPTY,
}

CHOICE_OPERATORS = {
    "is": IS,
    "is_not": IS_NOT,
    "in": IN,
    "not_in": NOT_IN,
    "empty": EMPTY,
    "not_empty": NOT_EMPTY,
}


# --- relative dates ------------------------------------------------------------------------------------

PERIODS = {
    "today": _l("today"),
    "yesterday": _l("yesterday"),
    "tomorrow": _l("tomorrow"),
    "this_week": _l("this week"),
    "last_week": _l("last week"),
    "this_month": _l("this month"),
    "last_month": _l("last month"),
    "this_year": _l("this year"),
    "last_7_days": _l("in the last 7 days"),
    "last_30_days": _l("in the last 30 days"),
    "last_90_days": _l("in the last 90 days"),
    "next_7_days": _l("in the next 7 days"),
    "next_30_days": _l("in the next 30 days"),
}


def period(name: str) -> tuple[date, date]:
    """First day and the day after the last, in the time zone of the one who asks. Weeks begin on Monday."""
    today = datetime.now(zone()).date()
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    day, week = timedelta(days=1), timedelta(days=7)
    next_month = (first + timedelta(days=32)).replace(day=1)
    spans = {
        "today": (today, today + day),
        "yesterday": (today - day, today),
        "tomorrow": (today + day, today + 2 * day),
        "this_week": (monday, monday + week),
        "last_week": (monday - week, monday),
        "this_month": (first, next_month),
        "last_month": ((first - day).replace(day=1), first),
        "this_year": (today.replace(month=1, day=1), today.replace(year=today.year + 1, month=1, day=1)),
    }
    if name in spans:
        return spans[name]
    way, days, _unit = name.split("_")
    length = timedelta(days=int(days))
    return (today - length + day, today + day) if way == "last" else (today, today + length)


def zone() -> ZoneInfo:
    """The member's time zone, else the tenant's."""
    context = current.tenant()
    return ZoneInfo((context.member and context.member.timezone) or context.timezone)


def within_days(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    start, end = period(name)
    return and_(column >= start, column < end)


def within_instants(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    start, end = (datetime.combine(day, time(), zone()) for day in period(name))
    return and_(column >= start, column < end)
