"""What stands in each column of an export: decided once for the column, so that a cell costs next to nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import lru_cache
from operator import attrgetter
from typing import Any
from uuid import UUID

from core.records.fields import Choice, FieldType, YesNo
from core.records.fields.number import Number
from core.records.fields.operators import zone

Names = dict[tuple[str, UUID], str]
Read = Callable[[Any], Any]

ID, VERSION, MARK = "_id", "_version", "_export"
"""Heads of the columns by which a sheet is known again when it comes back."""
KEPT = 20_000
"""So many different values of a column are remembered with their cells."""


@dataclass(frozen=True)
class Column:
    """A field in an export. `read` gives the cell of a row; `options` is what a choice may hold."""

    field: FieldType
    header: str
    kind: str
    format: str
    read: Read
    options: Sequence[str] = ()


def columns_for(fields: Sequence[FieldType], names: Names, *, as_text: bool) -> list[Column]:
    """The columns of these fields. `names` is filled by the caller for the rows at hand; `as_text` is for CSV."""
    return [_column(of, names, as_text) for of in fields]


def _column(of: FieldType, names: Names, as_text: bool) -> Column:
    kind = "text" if as_text or of.guarded else of.cell_kind
    return Column(of, str(of.label), kind, of.cell_format, _reader(of, names, as_text), _options(of))


def _reader(of: FieldType, names: Names, as_text: bool) -> Read:
    show = _shower(of, names, as_text)
    raw = _raw(of)
    if raw is None:
        get = of.get
        return get if show is None else lambda row: None if (value := get(row)) is None else show(value)
    return raw if show is None else lambda row: None if (value := raw(row)) is None else show(value)


def _raw(of: FieldType) -> Read | None:
    """Straight to the value, where `get` does nothing but look there."""
    if type(of).get is not FieldType.get or of.computed:
        return None
    if not of.custom_id:
        return attrgetter(of.attr)
    key, kept_as_is = of.key, type(of).store is FieldType.store and type(of).dump is FieldType.dump
    if kept_as_is and (type(of).load is FieldType.load or isinstance(of, Choice)):
        return lambda row: row.custom.get(key)
    load = lru_cache(KEPT)(of.load)

    def read(row: Any) -> Any:
        stored = row.custom.get(key)
        if stored is None:
            return None
        return of.load(stored) if stored.__class__ in (list, dict) else load(stored)

    return read


def _shower(of: FieldType, names: Names, as_text: bool) -> Callable[[Any], Any] | None:
    """From the value to the cell; None where the value is the cell."""
    kind = type(of)
    if of.guarded:
        return lambda value: of.cell_text(value, names)
    if as_text:
        plain = kind.cell_text is FieldType.cell_text and kind.text is FieldType.text
        return None if plain else _remembering(of, lambda value: of.cell_text(value, names))
    if of.cell_kind == "datetime" or (of.cell_kind == "number" and kind.cell is Number.cell):
        return _moment(zone()) if of.cell_kind == "datetime" else None
    if of.cell_kind in ("date", "money"):
        return None
    if kind.cell is FieldType.cell and kind.text is FieldType.text:
        return None
    return _remembering(of, lambda value: of.cell(value, names))


def _remembering(of: FieldType, show: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Where there are few different values, each is shown once. Names of records change from batch to batch."""
    return lru_cache(KEPT)(show) if isinstance(of, (Choice, YesNo)) else show


def _moment(where: tzinfo) -> Callable[[datetime], datetime]:
    return lambda value: value.astimezone(where).replace(tzinfo=None)


def _options(of: FieldType) -> Sequence[str]:
    if isinstance(of, Choice):
        return [str(option.label) for option in of.options]
    return [of.text(True), of.text(False)] if isinstance(of, YesNo) else ()


def export_text(of: FieldType, value: Any, names: Mapping[tuple[str, UUID], str] = {}) -> str:
    """A value as an export writes it: what `parse` takes back unchanged."""
    return "" if value is None else of.cell_text(value, names)


def sheet_text(of: FieldType, value: Any, names: Mapping[tuple[str, UUID], str] = {}) -> str:
    """A value as it reads when a workbook with it comes back."""
    if value is None:
        return ""
    if of.cell_kind == "money":
        return str(value.plain)
    if of.cell_kind == "number" and not isinstance(value, str):
        return _number(of.cell(value))
    return export_text(of, value, names)[:LONGEST_CELL]


LONGEST_CELL = 32_767
"""What a cell of a workbook can hold."""


def _number(value: Any) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else format(value, ".15g")


def day_serial(value: date) -> float:
    """A day as spreadsheets count them."""
    return value.toordinal() - DAY_ZERO


def moment_serial(value: datetime) -> float:
    seconds = value.hour * 3600 + value.minute * 60 + value.second
    return value.toordinal() - DAY_ZERO + seconds / 86_400


DAY_ZERO = date(1899, 12, 30).toordinal()
FIRST_DAY = date(1900, 3, 1)
"""Before it spreadsheets are a day out, since they believe in a 29 February 1900."""
