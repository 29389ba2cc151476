"""The public holidays of China with the working days that are moved for them (调休), as the State Council announces
them each autumn for the year after. What is not announced yet follows the week alone."""

from datetime import date
from functools import cache

import chinese_calendar
from chinese_calendar.constants import holidays, workdays

COUNTRY = "china"
ZONES = frozenset({"Asia/Shanghai", "Asia/Chongqing", "Asia/Harbin", "Asia/Urumqi", "Asia/Kashgar", "PRC"})


@cache
def known_until() -> date:
    """The last day of which holidays are known."""
    return date(max(holidays).year, 12, 31)


def works_on(day: date) -> bool | None:
    """Whether China works on a day that is otherwise than its weekday says; None for all others."""
    if day in holidays:
        return False
    return True if day in workdays else None


def name_of(day: date, *, chinese: bool) -> str:
    """The holiday that the day is, or is worked for."""
    called = holidays.get(day) or workdays.get(day)
    if called is None:
        return ""
    holiday = chinese_calendar.Holiday(called)
    return str(holiday.chinese if chinese else holiday.value)
