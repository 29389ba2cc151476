"""Times of day, lengths of time, and months."""

import re
from datetime import time
from typing import Any, ClassVar

from babel.dates import format_skeleton
from markupsafe import Markup, escape

from core.i18n import _, _l, locale
from core.records.fields.base import NO_NAMES, FieldError, FieldType, Names
from core.records.fields.number import Integer, exact
from core.records.fields.operators import ORDER_OPERATORS
from core.records.fields.when import Date

CLOCK = re.compile(
    r"(?P<before>上午|下午|am|pm)?\s*(?P<hour>\d{1,2})(?:[:：点时](?P<minute>\d{1,2})?(?:[:：分]\d{0,2})?)?分?\s*"
    r"(?P<after>am|pm|a\.m\.|p\.m\.)?"
)


class Time(FieldType):
    """A time of day, to the minute, wherever one is: "14:30"."""

    type_name = "time"
    icon = "clock"
    title = _l("Time of day")
    widget = "time"
    operators = ORDER_OPERATORS
    aggregates = ("count", "min", "max")

    def parse_text(self, text: str) -> str:
        found = CLOCK.fullmatch(text.lower())
        if found:
            hour, minute = int(found["hour"]), int(found["minute"] or 0)
            half = (found["before"] or found["after"] or "").replace(".", "")
            if half and not 1 <= hour <= 12:
                hour = 99
            elif half in ("pm", "下午"):
                hour = hour % 12 + 12
            elif half in ("am", "上午"):
                hour %= 12
            if hour < 24 and minute < 60 and (found["minute"] or half or re.search("[点时]", text)):
                return f"{hour:02}:{minute:02}"
        raise FieldError("not_a_time", _("Enter a time like 14:30."))

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        return escape(format_skeleton("Hm", time.fromisoformat(value), locale=locale())) if value else ""

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}

    def example(self) -> Any:
        return "14:30"


UNITS = {"d": 1440, "天": 1440, "日": 1440, "h": 60, "小时": 60, "时": 60, "m": 1, "min": 1, "分": 1, "分钟": 1}
PART = re.compile(r"(\d+(?:\.\d+)?)\s*(小时|分钟|min|[dhm天日时分])(?:ays?|ours?|rs?|ins?|inutes?|utes?)?\s*")


class Duration(Integer):
    """A length of time in whole minutes; typed as "1:30", "1h 30m", "1 小时 30 分" or a number of minutes."""

    type_name = "duration"
    cell_format = '0" min"'
    icon = "hourglass"
    title = _l("Duration")
    widget = "text"
    align = "end"
    configurable: ClassVar[tuple[str, ...]] = ()

    def parse(self, raw: Any) -> Any:
        if isinstance(raw, str):
            raw = self._minutes(raw.replace("\x00", "").strip().lower()) if raw.strip() else None
        value = super().parse(raw)
        if value is not None and not 0 <= value <= 60 * 24 * 36_600:
            raise FieldError("out_of_range", _("Enter a length of time like 1:30 or 90."))
        return value

    @staticmethod
    def _minutes(text: str) -> Any:
        if found := re.fullmatch(r"(\d{1,6}):([0-5]\d)", text):
            return int(found[1]) * 60 + int(found[2])
        parts = PART.findall(text)
        if parts and PART.sub("", text) == "":
            return int(sum(exact(number) * UNITS[unit] for number, unit in parts))
        try:
            return int(exact(text))
        except FieldError:
            raise FieldError("not_a_duration", _("Enter a length of time like 1:30 or 90.")) from None

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        return "" if value is None else f"{value // 60}:{value % 60:02}"

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        if value is None:
            return ""
        hours, minutes = divmod(value, 60)
        if not hours:
            return escape(_("%(minutes)s min", minutes=minutes))
        if not minutes:
            return escape(_("%(hours)s h", hours=hours))
        return escape(_("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes))

    def json_schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 0, "description": "minutes"}

    def example(self) -> Any:
        return 90


class Month(FieldType):
    """A month of a year: "2026-03"."""

    type_name = "month"
    icon = "calendar-month"
    title = _l("Month")
    widget = "month"
    operators = ORDER_OPERATORS
    aggregates = ("count", "min", "max")

    def parse_text(self, text: str) -> str:
        found = re.fullmatch(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?", text) or re.fullmatch(r"(\d{4})(\d\d)", text)
        if found:
            year, month = int(found[1]), int(found[2])
        elif back := re.fullmatch(r"(\d{1,2})[/.-](\d{4})", text):
            month, year = int(back[1]), int(back[2])
        else:
            day = Date("").parse_text(text) if re.search(r"\d.*\D.*\d.*\D.*\d", text) else None
            year, month = (day.year, day.month) if day else (0, 0)
        if not (1000 <= year <= 9998 and 1 <= month <= 12):
            raise FieldError("not_a_month", _("Enter a month like 2026-03."))
        return f"{year:04}-{month:02}"

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        if not value:
            return ""
        first = Date("").parse_text(f"{value}-01")
        return escape(format_skeleton("yMMM", first, locale=locale()))

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[1-9][0-9]{3}-(0[1-9]|1[0-2])$"}

    def example(self) -> Any:
        return "2026-03"
