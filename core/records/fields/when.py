"""Dates and instants."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape
from sqlalchemy import Date as DateColumn
from sqlalchemy import DateTime as InstantColumn
from sqlalchemy.types import TypeEngine

from core import current
from core.i18n import _, _l, fmt_date, fmt_datetime
from core.records.fields.base import NO_NAMES, FieldError, FieldType, Names
from core.records.fields.operators import (
    ORDER_OPERATORS,
    PERIODS,
    Operator,
    is_period,
    within_days,
    within_instants,
    zone,
)
from core.tabular import Ambiguous, parse_date_text


class Date(FieldType):
    """A day, without time or zone."""

    type_name = "date"
    icon = "calendar"
    title = _l("Date")
    slot = "t"
    cell_kind = "date"
    cell_format = "yyyy-mm-dd"
    widget = "date"
    operators = ORDER_OPERATORS | {"within": Operator(_l("is within"), "period", within_days)}
    aggregates = ("count", "min", "max")

    def column_type(self) -> TypeEngine[Any]:
        return DateColumn()

    def parse(self, raw: Any) -> date | None:
        if isinstance(raw, date) and not isinstance(raw, datetime):
            return raw
        return super().parse(raw)

    def parse_text(self, text: str) -> date:
        found = parse_date_text(text) if len(text) < 40 else None
        if isinstance(found, Ambiguous):
            raise FieldError("ambiguous_date", _("Write the date as year-month-day: it can be read in two ways."))
        if found is None:
            raise FieldError("not_a_date", _("Enter a date like 2026-03-08."))
        return found

    def indexed(self, value: Any) -> Any:
        return datetime(value.year, value.month, value.day, tzinfo=UTC) if self.custom_id else value

    def operand(self, op: Operator, raw: Any) -> Any:
        if op.takes == "period":
            if not is_period(raw):
                raise FieldError("wrong_operand", _("Choose one of: %(list)s.", list=", ".join(PERIODS)))
            return raw
        return super().operand(op, raw)

    def dump(self, value: date | None) -> Any:
        return value.isoformat() if value else None

    def cell(self, value: Any, names: Names = NO_NAMES) -> Any:
        return value

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        return value.isoformat() if value else ""

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        return escape(fmt_date(value))

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}

    def example(self) -> Any:
        return "2026-03-08"


class DateTime(Date):
    """An instant, kept in UTC; text without a zone is in the zone of the one who types it."""

    type_name = "datetime"
    cell_kind = "datetime"
    cell_format = "yyyy-mm-dd hh:mm:ss"
    icon = "calendar-time"
    title = _l("Date and time")
    widget = "datetime"
    operators = ORDER_OPERATORS | {"within": Operator(_l("is within"), "period", within_instants)}

    def column_type(self) -> TypeEngine[Any]:
        return InstantColumn(timezone=True)

    def parse(self, raw: Any) -> Any:
        if isinstance(raw, datetime):
            return raw.astimezone(UTC)
        return FieldType.parse(self, raw)

    def parse_text(self, text: str) -> Any:
        try:
            found = datetime.fromisoformat(text.replace("/", "-"))
        except ValueError:
            raise FieldError("not_a_datetime", _("Enter a date and time like 2026-03-08 14:30.")) from None
        if not 1900 <= found.year <= 9998:
            raise FieldError("not_a_datetime", _("Enter a date and time like 2026-03-08 14:30."))
        where = zone() if current.tenant_or_none() else ZoneInfo("UTC")
        return (found if found.tzinfo else found.replace(tzinfo=where)).astimezone(UTC)

    def indexed(self, value: Any) -> Any:
        return value

    def dump(self, value: Any) -> Any:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value else None

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        return self.dump(value) or ""

    def cell_text(self, value: Any, names: Names = NO_NAMES) -> str:
        """By the clock of the one who reads it."""
        return value.astimezone(zone()).strftime("%Y-%m-%d %H:%M:%S") if value else ""

    def typed(self, value: Any) -> Any:
        return value.astimezone(zone()).strftime("%Y-%m-%dT%H:%M") if value else ""

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        return escape(fmt_datetime(value))

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}

    def example(self) -> Any:
        return "2026-03-08T14:30:00Z"
