"""The time that figures are about, in days of the workspace."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.sdk import FieldProblem, Invalid, _, _l, now, tenant

PERIODS: Mapping[str, Any] = {
    "this_month": _l("This month"),
    "last_month": _l("Last month"),
    "this_quarter": _l("This quarter"),
    "last_quarter": _l("Last quarter"),
    "this_year": _l("This year"),
    "last_30_days": _l("Last 30 days"),
    "custom": _l("From … to …"),
}
MONTHS = {"month": 1, "quarter": 3, "year": 12}
MOST_DAYS = 3660


@dataclass(frozen=True)
class Period:
    """From the first day to the last, both of them in."""

    name: str
    first: date
    last: date

    @property
    def since(self) -> datetime:
        return midnight(self.first)

    @property
    def until(self) -> datetime:
        return midnight(self.last + timedelta(days=1))

    def before(self) -> "Period":
        """The period that this one is compared with: the calendar's one before, else as many days."""
        months = MONTHS.get(self.name.partition("_")[2])
        if months:
            return Period(self.name, _later(self.first, -months), self.first - timedelta(days=1))
        days = (self.last - self.first).days + 1
        return Period(self.name, self.first - timedelta(days=days), self.first - timedelta(days=1))

    def weeks(self) -> list[tuple[date, "Period"]]:
        """The weeks of the period that have begun, by their Mondays; the first and the last may be cut."""
        found, monday = [], self.first - timedelta(days=self.first.weekday())
        while monday <= min(self.last, today()):
            end = monday + timedelta(days=6)
            found.append((monday, Period("custom", max(monday, self.first), min(end, self.last))))
            monday += timedelta(days=7)
        return found


def zone() -> ZoneInfo:
    return ZoneInfo(tenant().timezone)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), zone())


def today() -> date:
    return now().astimezone(zone()).date()


def period_named(name: str, first: date | None = None, last: date | None = None) -> Period:
    """Raises Invalid, beside the field that is wrong."""
    day = today()
    if name == "custom":
        return _custom(first, last)
    if name == "last_30_days":
        return Period(name, day - timedelta(days=29), day)
    which, _underscore, unit = name.partition("_")
    if name not in PERIODS:
        raise Invalid([FieldProblem("period", "unknown", _("Choose one from the list."))])
    months = MONTHS[unit]
    begin = day.replace(day=1, month=day.month - (day.month - 1) % months)
    begin = _later(begin, -months) if which == "last" else begin
    return Period(name, begin, _later(begin, months) - timedelta(days=1))


def _custom(first: date | None, last: date | None) -> Period:
    """Until today unless told, and thirty days where no first one is named."""
    last = last or max(today(), first or today())
    first = first or last - timedelta(days=29)
    if last < first:
        raise Invalid([FieldProblem("to", "too_early", _("The last day comes after the first."))])
    if (last - first).days > MOST_DAYS:
        raise Invalid([FieldProblem("from", "too_long", _("Ask for ten years at most."))])
    return Period("custom", first, last)


def _later(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
