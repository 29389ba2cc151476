"""An export as a workbook: real numbers and dates, choices with their options, and the keys to know it again by."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from babel.numbers import get_currency_precision
from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name

from core.i18n import _
from core.records.exports.columns import (
    FIRST_DAY,
    ID,
    MARK,
    VERSION,
    Column,
    day_serial,
    moment_serial,
)
from core.records.exports.watermarks import Mark
from core.records.fields import Amount, Phone, Text

MOST_ROWS = 1_048_575
"""What a sheet can hold, the header aside."""
ROOM = 200
"""So many lines below the last one have the drop-downs, too: for rows that are added."""
WIDTHS = {"number": 14, "money": 16, "date": 12, "datetime": 19}
OPTIONS = {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False,
           "strings_to_numbers": False, "default_date_format": "yyyy-mm-dd"}  # fmt: skip

SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£"}

Write = Callable[[int, int, Any, Any], Any]


def write_workbook(
    path: Path, title: str, columns: Sequence[Column], rows: Iterable[Any], export_id: UUID,
    tell: Callable[[int], None] = lambda number: None, *, mark: Mark | None = None,
) -> int:  # fmt: skip
    """Write the rows to a file, with memory for one row at a time. Returns how many there were.

    Text is written as text, whatever it begins with: no cell of an export is ever run as a formula.
    """
    book = Workbook(str(path), OPTIONS | {"tmpdir": str(path.parent)})
    sheet = book.add_worksheet(_sheet_name(title))
    heads = [*(column.header for column in columns), ID, VERSION, f"{MARK} {export_id}"]
    _dress(book, sheet, columns, heads)
    # What they wrap (write_string, write_number) looks for "A1" in each call, which three million cells would feel.
    text, number = sheet._write_string, sheet._write_number
    plain = {"text": text, "number": number}
    writers = [
        (at, column.read, plain.get(column.kind) or _writer(book, sheet, column), _looks(book, column))
        for at, column in enumerate(columns)
    ]
    count, at_id = 0, len(columns)
    for count, row in enumerate(rows, start=1):
        for at, read, write, looks in writers:
            if (value := read(row)) is not None and value != "":
                write(count, at, value, looks)
        text(count, at_id, str(row.id))
        number(count, at_id + 1, row.version)
        if count % 1000 == 0:
            tell(count)
        if count == MOST_ROWS:
            break
    sheet.autofilter(0, 0, max(count, 1), len(heads) - 1)
    _offer_options(book, sheet, columns, count)
    if mark:
        mark.put_on(book, title)
    book.close()
    return count


def _dress(book: Workbook, sheet: Any, columns: Sequence[Column], heads: Sequence[str]) -> None:
    bold = book.add_format({"bold": True, "bottom": 1, "valign": "vcenter"})
    for at, column in enumerate(columns):
        sheet.set_column(at, at, WIDTHS.get(column.kind, max(12, min(40, len(column.header) * 2 + 4))))
    sheet.set_column(len(columns), len(heads) - 1, None, None, {"hidden": True})
    sheet.freeze_panes(1, 1)
    for at, head in enumerate(heads):
        sheet.write_string(0, at, head, bold)


def _looks(book: Workbook, column: Column) -> Any:
    """How a spreadsheet shows the column. Texts that may be all digits stay texts when somebody edits them."""
    if column.kind == "text":
        return book.add_format({"num_format": "@"}) if isinstance(column.field, (Text, Phone)) else None
    return book.add_format({"num_format": column.format}) if column.format else None


def _writer(book: Workbook, sheet: Any, column: Column) -> Write:
    """How a cell is written that is neither text nor a number as it stands."""
    if column.kind == "money":
        return _money_writer(book, sheet)
    serial: Callable[[Any], float] = moment_serial if column.kind == "datetime" else day_serial

    def write(line: int, at: int, value: date, looks: Any) -> None:
        day = value.date() if isinstance(value, datetime) else value
        if day < FIRST_DAY:
            sheet.write_string(line, at, value.isoformat(*([" ", "seconds"] if isinstance(value, datetime) else [])))
        else:
            sheet._write_number(line, at, serial(value), looks)

    return write


def _money_writer(book: Workbook, sheet: Any) -> Write:
    known: dict[str, tuple[int, Any]] = {}

    def write(line: int, at: int, value: Amount, _looks: Any) -> None:
        if (found := known.get(value.currency)) is None:
            places = get_currency_precision(value.currency)
            sign = SIGNS.get(value.currency, f"{value.currency} ")
            shape = f"[${sign}]#,##0" + ("." + "0" * places if places else "")
            found = known[value.currency] = (10**places, book.add_format({"num_format": shape}))
        sheet._write_number(line, at, value.minor / found[0], found[1])

    return write


def _offer_options(book: Workbook, sheet: Any, columns: Sequence[Column], count: int) -> None:
    """A drop-down in each column of choices; what it offers stands in a sheet of its own, which is hidden."""
    offering = [(at, column) for at, column in enumerate(columns) if column.options and column.field.editable]
    if not offering:
        return
    lists = book.add_worksheet("_lists")
    lists.hide()
    for line in range(max(len(column.options) for _at, column in offering)):
        for place, (_at, column) in enumerate(offering):
            if line < len(column.options):
                lists.write_string(line, place, column.options[line])
    for place, (at, column) in enumerate(offering):
        name = xl_col_to_name(place, True)
        sheet.data_validation(1, at, min(count + ROOM, MOST_ROWS), at, {
            "validate": "list", "source": f"=_lists!{name}$1:{name}${len(column.options)}", "ignore_blank": True,
            "error_title": column.header[:32], "error_message": _("Choose one from the list."),
        })  # fmt: skip


def _sheet_name(title: str) -> str:
    return "".join(" " if c in "[]:*?/\\'" else c for c in title).strip()[:31] or "Export"
