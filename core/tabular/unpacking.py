"""A program of its own: reads one sheet of a workbook into a file of plain rows.

The reader of workbooks is quick but trusts what it reads: a few wrong bytes make it ask for more memory than
there is and end its process. So it gets a process to end, with limits, and imports nothing of ours.

    python unpacking.py WORKBOOK SHEET OUTPUT

What it writes are `marshal` values: first a dict about the sheet, or about why there is none, then batches of
rows, last None.
"""

import marshal
import resource
import sys
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import BinaryIO

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

MOST_MEMORY = 2 * 1024**3
MOST_SECONDS = 120
_BATCH = 500

Value = int | float | str | bool | time | date | datetime | timedelta


def main(path: str, wanted: str, output: str) -> None:
    limits = {resource.RLIMIT_AS: MOST_MEMORY, resource.RLIMIT_CPU: MOST_SECONDS, resource.RLIMIT_CORE: 0}
    for kind, limit in limits.items():
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (limit, limit))
    with open(output, "wb") as file:
        try:
            _unpack(CalamineWorkbook.from_path(path), wanted, file)
        except PasswordError:
            marshal.dump({"problem": "encrypted"}, file)
        except (CalamineError, OSError, ValueError):
            marshal.dump({"problem": "damaged"}, file)


def _unpack(book: CalamineWorkbook, wanted: str, file: BinaryIO) -> None:
    names = [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
    ]
    if wanted and wanted not in names:
        marshal.dump({"problem": "no_sheet", "names": names}, file)
        return
    for name in [wanted] if wanted else names:
        sheet = book.get_sheet_by_name(name)
        if sheet.start is not None and sheet.end is not None:
            merged = [[*start, *end] for start, end in sheet.merged_cell_ranges or []]
            about = {"name": name, "names": names, "left": sheet.start[1], "end": sheet.end, "merged": merged}
            marshal.dump(about, file)
            _write_rows(sheet, file)
            return
    marshal.dump({"problem": "empty"}, file)


def _write_rows(sheet: CalamineSheet, file: BinaryIO) -> None:
    rows = ([_text(value) for value in row] for row in sheet.iter_rows())
    while batch := list(islice(rows, _BATCH)):
        marshal.dump(batch, file, 2)
    marshal.dump(None, file, 2)


def _text(value: Value) -> str:
    """The value as one would write it in a CSV file."""
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


if __name__ == "__main__":
    main(*sys.argv[1:])
