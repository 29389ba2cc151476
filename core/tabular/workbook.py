"""Sheets of an XLSX, XLS or ODS file. Formulas give the values that were saved with them."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from tempfile import NamedTemporaryFile

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from core.i18n import _
from core.tabular.errors import MOST_CELLS, TabularError
from core.tabular.fitting import fit
from core.tabular.kinds import damaged, encrypted
from core.tabular.measuring import Block, measure_ods, measure_xlsx
from core.tabular.source import Source
from core.tabular.table import Row

Value = int | float | str | bool | time | date | datetime | timedelta


@dataclass(frozen=True)
class Sheet:
    """One sheet with its merged blocks; every cell of a block has the block's value."""

    name: str
    names: list[str]
    _sheet: CalamineSheet
    _blocks: list[Block]

    def rows(self, width: int | None = None) -> Iterator[Row]:
        left = (self._sheet.start or (0, 0))[1]
        merged = _anchors(self._blocks, left, self._sheet.end or (0, 0))
        values: dict[tuple[int, int], str] = {}
        for number, line in enumerate(self._sheet.iter_rows()):
            cells = [_text(value) for value in line]
            for column, anchor in merged.get(number, ()):
                if anchor == (number, column):
                    values[anchor] = cells[column]
                else:
                    cells[column] = cells[column] or values.get(anchor, "")
            row = fit(cells, number + 1, width)
            if row is not None:
                yield row

    def grouped_lines(self) -> set[int]:
        """Lines on which a heading spans some, but not all, of the columns."""
        width = self._sheet.width
        return {top + 1 for top, left, bottom, right in self._blocks if bottom == top and 1 < right - left + 1 < width}


def open_sheet(source: Source, kind: str, wanted: str | None) -> Sheet:
    """The sheet called `wanted`, or else the first visible one with anything in it.

    Raises TabularError when there is none, or when the file is locked, damaged or would not fit into memory.
    """
    measure: Callable[[Source], Mapping[str, list[Block]]] | None = {
        "xlsx": measure_xlsx,
        "ods": measure_ods,
    }.get(kind)
    with _readable(source):
        blocks = measure(source) if measure else {}
        book = _open_book(source, kind)
        names = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
        ]
        if wanted is not None and wanted not in names:
            raise TabularError(
                "no_sheet",
                _(
                    "“%(file)s” has no sheet “%(sheet)s”. Choose one of: %(names)s.",
                    file=source.name,
                    sheet=wanted,
                    names=", ".join(names),
                ),
            )
        for name in [wanted] if wanted is not None else names:
            sheet = book.get_sheet_by_name(name)
            if sheet.start is not None:
                merged = [(*start, *end) for start, end in sheet.merged_cell_ranges or []]
                return Sheet(name, names, sheet, merged or blocks.get(name, []))
    raise TabularError(
        "empty",
        _("“%(file)s” has no sheet with data. Choose a file with a header line and data.", file=source.name),
    )


def _open_book(source: Source, kind: str) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_filelike(source.open())
    except CalamineError:
        if kind != "xls":
            raise
    with NamedTemporaryFile(suffix=".xls") as file:  # given a name, the reader tells a locked file from a bad one
        with source.open() as stream:
            shutil.copyfileobj(stream, file)
        file.flush()
        return CalamineWorkbook.from_path(file.name)


@contextmanager
def _readable(source: Source) -> Iterator[None]:
    """Say in our own words what the reader has to say about a bad file, its panics included."""
    try:
        yield
    except TabularError:
        raise
    except PasswordError as error:
        raise encrypted(source) from error
    except (CalamineError, OSError, ValueError, EOFError, NotImplementedError) as error:
        raise damaged(source) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise damaged(source) from error


def _anchors(blocks: list[Block], margin: int, end: tuple[int, int]) -> dict[int, list[tuple[int, tuple[int, int]]]]:
    """For each line, its columns that belong to a block, and the block's top left cell."""
    lines: dict[int, list[tuple[int, tuple[int, int]]]] = {}
    left_over = MOST_CELLS
    for top, left, bottom, right in blocks:
        bottom, left, right = min(bottom, end[0]), left - margin, min(right, end[1]) - margin
        left_over -= max(bottom - top + 1, 0) * max(right - left + 1, 0)
        if left < 0 or left_over < 0:
            continue
        for line in range(top, bottom + 1):
            lines.setdefault(line, []).extend((column, (top, left)) for column in range(left, right + 1))
    return lines


def _text(value: Value) -> str:
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number_text(value)
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    if isinstance(value, time):
        return value.isoformat("seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


def _number_text(value: float) -> str:
    """As a spreadsheet shows it: fifteen digits, and no point or exponent that nobody typed."""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return f"{Decimal(format(value, '.15g')):f}"
