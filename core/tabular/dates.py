"""Dates as people write them, and which way round a column of them is."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

DateOrder = Literal["dmy", "mdy", "ymd", "ambiguous"]

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"), ("feb", "february"), ("mar", "march"), ("apr", "april"), ("may",),
            ("jun", "june"), ("jul", "july"), ("aug", "august"), ("sep", "sept", "september"),
            ("oct", "october"), ("nov", "november"), ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}  # fmt: skip
_SEPARATOR = r"\s*[-/.年月日号,\s]\s*"
_year_first = re.compile(rf"(\d{{4}}){_SEPARATOR}(\d{{1,2}}){_SEPARATOR}(\d{{1,2}})\s*[日号]?")
_year_last = re.compile(r"(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4}|\d{2})")
_compact = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
_day_month_name = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[-\s.]*([a-z]{3,9})\.?[-\s,.]*(\d{4}|\d{2})")
_month_name_day = re.compile(r"([a-z]{3,9})\.?[-\s]*(\d{1,2})(?:st|nd|rd|th)?[-\s,]+(\d{4}|\d{2})")
_serial = re.compile(r"([2-7]\d{4})(\.\d+)?")
_clock = re.compile(
    r"(?:[t\s]+|(?<=[日号]))(上午|下午|am|pm)?\s*(\d{1,2})[:时点](\d{1,2})分?(?::?(\d{1,2})(?:\.(\d{1,6}))?秒?\d*)?\s*(am|pm)?"
    r"\s*(z|[+-]\d\d:?\d\d|utc|gmt)?$"
)
_EXCEL_EPOCH = datetime(1899, 12, 30)


@dataclass(frozen=True)
class Ambiguous:
    """A date such as 3/4/2021: the third of April or the fourth of March. Other rows may tell."""

    day_first: date
    month_first: date

    def resolve(self, order: DateOrder) -> date | None:
        return {"dmy": self.day_first, "mdy": self.month_first}.get(order)


def parse_date_text(text: str, order: DateOrder | None = None) -> date | Ambiguous | None:
    """The day a text means, whatever time of day comes with it; None if it is no date.

    `order` settles what would be ambiguous. A bare number from 20000 to 79999 is a day as Excel counts them.
    """
    day, _ = _split(text)
    return _parse_day(day, order)


def parse_datetime_text(text: str, order: DateOrder | None = None) -> datetime | Ambiguous | None:
    """The moment a text means, midnight if it names none, with a zone only if the text has one."""
    day_text, at = _split(text)
    if (serial := _serial.fullmatch(day_text)) is not None and serial[2] is not None:
        return _EXCEL_EPOCH + timedelta(seconds=round(float(day_text) * 86_400))
    day = _parse_day(day_text, order)
    if day is None or isinstance(day, Ambiguous):
        return day
    moment = _parse_clock(at) if at else time()
    return None if moment is None else datetime.combine(day, moment)


def date_order(samples: Iterable[str]) -> DateOrder:
    """Which way round a column writes its dates. One 20/10 settles all the 3/4 of the column.

    Where nothing can be read in two ways (ISO, Excel's day counts, months by name), there is nothing to ask: "ymd".
    """
    settled: set[DateOrder] = set()
    doubtful = False
    for sample in samples:
        text, _ = _split(sample)
        match = _year_last.fullmatch(text)
        if match is None:
            if _year_first.fullmatch(text) or _compact.fullmatch(text):
                settled.add("ymd")
            continue
        first, second = int(match[1]), int(match[3])
        if first > 12 >= second:
            settled.add("dmy")
        elif second > 12 >= first:
            settled.add("mdy")
        else:
            doubtful = True
    turned = settled - {"ymd"}
    if len(turned) == 1:
        return turned.pop()
    return "ambiguous" if turned or doubtful else "ymd"


def _split(text: str) -> tuple[str, re.Match[str] | None]:
    """The day's part of a text, and the time's."""
    if len(text) > 60:
        return "", None
    text = unicodedata.normalize("NFKC", text).strip().lower()
    text = re.sub(r"\s*(星期|周|礼拜)[一二三四五六日天]\s*", " ", text).strip()
    text = re.sub(r"^(mon|tue|wed|thu|fri|sat|sun)[a-z]*[,.\s]+", "", text)
    match = _clock.search(text)
    return (text[: match.start()].strip(" ,"), match) if match else (text, None)


def _parse_day(text: str, order: DateOrder | None) -> date | Ambiguous | None:
    if match := _year_first.fullmatch(text) or _compact.fullmatch(text):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := _year_last.fullmatch(text):
        return _turned(int(match[1]), int(match[3]), _full_year(match[4]), order)
    if match := _day_month_name.fullmatch(text):
        return _day(_full_year(match[3]), _MONTHS.get(match[2], 0), int(match[1]))
    if match := _month_name_day.fullmatch(text):
        return _day(_full_year(match[3]), _MONTHS.get(match[1], 0), int(match[2]))
    if match := _serial.fullmatch(text):
        return (_EXCEL_EPOCH + timedelta(days=int(match[1]))).date()
    return None


def _turned(first: int, second: int, year: int, order: DateOrder | None) -> date | Ambiguous | None:
    day_first, month_first = _day(year, second, first), _day(year, first, second)
    if order == "dmy":
        return day_first
    if order == "mdy":
        return month_first
    if day_first and month_first and day_first != month_first:
        return Ambiguous(day_first, month_first)
    return day_first or month_first


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _full_year(text: str) -> int:
    """Two digits mean the years from 1970 to 2069."""
    year = int(text)
    return year if len(text) == 4 else year + (1900 if year >= 70 else 2000)


def _parse_clock(match: re.Match[str]) -> time | None:
    half, hour, minute, second, fraction, half_after, zone = match.groups()
    half = half or half_after
    hours = int(hour)
    if half:
        hours = hours % 12 + (12 if half in ("pm", "下午") else 0) if hours <= 12 else hours
    text = f"{hours:02}:{minute:0>2}:{second or '0':0>2}.{(fraction or '0'):0<6}"
    if zone:
        text += "+00:00" if zone in ("z", "utc", "gmt") else zone
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None
