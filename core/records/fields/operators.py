"""The comparisons of a condition, each a small piece of SQL that an index can serve under row-level security."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, DateTime, and_, not_, or_

from core import current
from core.i18n import LazyText, _l, _n

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
    "next_week": _l("next week"),
    "this_month": _l("this month"),
    "last_month": _l("last month"),
    "next_month": _l("next month"),
    "this_quarter": _l("this quarter"),
    "last_quarter": _l("last quarter"),
    "next_quarter": _l("next quarter"),
    "this_year": _l("this year"),
    "last_year": _l("last year"),
    "next_year": _l("next year"),
    "last_7_days": _l("in the last 7 days"),
    "last_30_days": _l("in the last 30 days"),
    "last_90_days": _l("in the last 90 days"),
    "next_7_days": _l("in the next 7 days"),
    "next_30_days": _l("in the next 30 days"),
}
COUNTED_PERIODS = {
    "last_{n}_days": _l("in the last N days"),
    "next_{n}_days": _l("in the next N days"),
    "more_than_{n}_days_ago": _l("more than N days ago"),
    "more_than_{n}_days_ahead": _l("more than N days from now"),
    "{n}_days_ago": _l("exactly N days ago"),
    "{n}_days_ahead": _l("exactly N days from now"),
}
"""Periods that hold a number of days: `last_45_days`."""
COUNTED_IN_WORDS = {
    "last_{n}_days": lambda n: _n("in the last %(num)s day", "in the last %(num)s days", n),
    "next_{n}_days": lambda n: _n("in the next %(num)s day", "in the next %(num)s days", n),
    "more_than_{n}_days_ago": lambda n: _n("more than %(num)s day ago", "more than %(num)s days ago", n),
    "more_than_{n}_days_ahead": lambda n: _n("more than %(num)s day from now", "more than %(num)s days from now", n),
    "{n}_days_ago": lambda n: _n("%(num)s day ago", "%(num)s days ago", n),
    "{n}_days_ahead": lambda n: _n("%(num)s day from now", "%(num)s days from now", n),
}
MOST_DAYS = 3660


def is_period(name: Any) -> bool:
    return isinstance(name, str) and (name in PERIODS or split_period(name) is not None)


def split_period(name: str) -> tuple[str, int] | None:
    """`last_45_days` is `last_{n}_days` and 45; None for whatever holds no number of days."""
    found = re.fullmatch(r"(\D*?)(\d{1,4})(_days\w*)", name, re.ASCII)
    if found is None or not 1 <= int(found[2]) <= MOST_DAYS or found[2][0] == "0":
        return None
    kind = f"{found[1]}{{n}}{found[3]}"
    return (kind, int(found[2])) if kind in COUNTED_PERIODS else None


def period_text(name: str) -> str:
    """A period in words."""
    if name in PERIODS:
        return str(PERIODS[name])
    counted = split_period(name)
    return COUNTED_IN_WORDS[counted[0]](counted[1]) if counted else name


def period(name: str) -> tuple[date | None, date | None]:
    """First day and the day after the last, in the time zone of the one who asks; None where there is no end.

    Weeks begin on Monday.
    """
    today = datetime.now(zone()).date()
    if counted := split_period(name):
        return _counted(today, *counted)
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    quarter = first.replace(month=first.month - (first.month - 1) % 3)
    day, week = timedelta(days=1), timedelta(days=7)
    spans = {
        "today": (today, today + day),
        "yesterday": (today - day, today),
        "tomorrow": (today + day, today + 2 * day),
        "this_week": (monday, monday + week),
        "last_week": (monday - week, monday),
        "next_week": (monday + week, monday + 2 * week),
        "this_month": (first, _later(first, 1)),
        "last_month": (_later(first, -1), first),
        "next_month": (_later(first, 1), _later(first, 2)),
        "this_quarter": (quarter, _later(quarter, 3)),
        "last_quarter": (_later(quarter, -3), quarter),
        "next_quarter": (_later(quarter, 3), _later(quarter, 6)),
    }
    if name in spans:
        return spans[name]
    year = today.year + {"last_year": -1, "this_year": 0, "next_year": 1}[name]
    return date(year, 1, 1), date(year + 1, 1, 1)


def _counted(today: date, kind: str, days: int) -> tuple[date | None, date | None]:
    day, length = timedelta(days=1), timedelta(days=days)
    ends: dict[str, tuple[date | None, date | None]] = {
        "last_{n}_days": (today - length + day, today + day),
        "next_{n}_days": (today, today + length),
        "more_than_{n}_days_ago": (None, today - length),
        "more_than_{n}_days_ahead": (today + length + day, None),
        "{n}_days_ago": (today - length, today - length + day),
        "{n}_days_ahead": (today + length, today + length + day),
    }
    return ends[kind]


def _later(first: date, months: int) -> date:
    """The first of a month some months later."""
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def zone() -> ZoneInfo:
    """The member's time zone, else the tenant's."""
    context = current.tenant()
    return ZoneInfo((context.member and context.member.timezone) or context.timezone)


def within_days(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    start, end = period(name)
    if isinstance(column.type, DateTime):  # the side index holds days as their midnights in UTC
        return _between(column, *(day and datetime.combine(day, time(), UTC) for day in (start, end)))
    return _between(column, start, end)


def within_instants(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    return _between(column, *(day and datetime.combine(day, time(), zone()) for day in period(name)))


def _between(column: ColumnElement[Any], start: Any, end: Any) -> ColumnElement[bool]:
    ends = [*([column >= start] if start else []), *([column < end] if end else [])]
    return and_(*ends)
