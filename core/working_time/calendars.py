"""Working time as arithmetic: a pure function of instants, a week, a time zone and days that differ."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from core.working_time import china

Span = tuple[time, time]
Week = Sequence[Sequence[Span]]

MIDNIGHT = time(0)
"""As an end it is the midnight after the day."""
FARTHEST = 3660
"""Days after which nobody looks for working time any more."""
OFFICE_HOURS: Week = (*(((time(9), time(18)),),) * 5, (), ())


@dataclass(frozen=True)
class WorkingCalendar:
    """`week` holds the hours of each weekday from Monday; `own` says of single days whether one works, and stands
    above the holidays of `country`: `china`, or empty for none.

    A day that is worked though its weekday is free, as moved working days are, has the hours of the first working
    weekday. Hours are those of the wall clock: where it jumps, they are shorter or longer by that.
    """

    zone: ZoneInfo
    week: Week = OFFICE_HOURS
    country: str = ""
    own: Mapping[date, bool] = field(default_factory=lambda: MappingProxyType({}))

    def is_working_day(self, day: date) -> bool:
        return bool(self._hours(day))

    def spans_of(self, day: date) -> list[tuple[datetime, datetime]]:
        """The working hours of a day there, as instants."""
        spans = ((self._instant(day, opens), self._ending(day, closes)) for opens, closes in self._hours(day))
        return [(opens, closes) for opens, closes in spans if opens < closes]

    def is_working(self, at: datetime) -> bool:
        return any(start <= at < end for start, end in self.spans_of(self._day(at)))

    def add_time(self, start: datetime, span: timedelta) -> datetime:
        """When so much working time has passed since `start`. Nothing is to pass: `start` itself."""
        if span <= timedelta(0):
            return start.astimezone(UTC)
        for opens, closes in self._spans_from(start):
            if closes - opens >= span:
                return opens + span
            span -= closes - opens
        raise OverflowError("so much working time never comes")

    def add_days(self, start: datetime, days: int) -> datetime:
        """The same time of the day so many working days later. From a free day it counts as of the next opening."""
        begin = start.astimezone(UTC) if self.is_working_day(self._day(start)) else self.next_opening(start)
        local, left = begin.astimezone(self.zone), days
        for day in self._days_from(local.date() + timedelta(days=1)):
            if left <= 0:
                break
            left -= self.is_working_day(day)
            if left <= 0:
                return self._instant(day, local.timetz().replace(tzinfo=None))
        return begin

    def next_opening(self, at: datetime) -> datetime:
        """`at` itself during working hours, else when they begin next."""
        return next(self._spans_from(at))[0]

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """Whole minutes of working time from `start` to `end`, 0 where it does not come after."""
        worked = timedelta(0)
        if start < end:
            for opens, closes in self._spans_from(start):
                if opens >= end:
                    break
                worked += min(closes, end) - opens
        return int(worked.total_seconds() // 60)

    # --- within ----------------------------------------------------------------------------------------

    def _hours(self, day: date) -> Sequence[Span]:
        usual = self.week[day.weekday()]
        works = self.own.get(day)
        if works is None and self.country == china.COUNTRY:
            works = china.works_on(day)
        if works is None:
            return usual
        return (usual or next((hours for hours in self.week if hours), ())) if works else ()

    def _spans_from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """What is left of working time from `start` on, piece by piece."""
        for day in self._days_from(self._day(start)):
            for opens, closes in self.spans_of(day):
                if closes > start:
                    yield max(opens, start.astimezone(UTC)), closes

    def _days_from(self, day: date) -> Iterator[date]:
        return (day + timedelta(days=n) for n in range(FARTHEST))

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def _instant(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)

    def _ending(self, day: date, at: time) -> datetime:
        return self._instant(day + timedelta(days=1) if at == MIDNIGHT else day, at)
