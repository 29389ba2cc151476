"""A row as it came is made to fit the headers, or told why it does not."""

import re

from core.i18n import _
from core.tabular.errors import LONGEST_CELL
from core.tabular.table import BadRow, Row, RowProblem

FORMULA_START = "=+\\-@\t\r＝＋－＠"
"""What begins a formula in a spreadsheet, the full-width forms included; for a regex class."""

_guarded = re.compile(f"'+[{FORMULA_START}]")


def unguard(cell: str) -> str:
    """Take off the one quotation mark that `write_csv` puts before a would-be formula."""
    return cell[1:] if cell[:1] == "'" and _guarded.match(cell) else cell


def fit(cells: list[str], line: int, width: int | None, *, replaced: bool = False) -> Row | None:
    """A row of `width` cells; None for a blank one.

    `replaced` says that U+FFFD stands for bytes we could not read.
    """
    if not any(cell.strip() for cell in cells):
        return None
    too_long = next((i for i, cell in enumerate(cells) if len(cell) > LONGEST_CELL), None)
    if too_long is not None:
        return BadRow([cell[:LONGEST_CELL] for cell in cells], _oversized(line, too_long))
    if replaced and any("\ufffd" in cell for cell in cells):
        return BadRow(cells, _unreadable(line))
    if width is not None and len(cells) > width:
        if any(cell.strip() for cell in cells[width:]):
            return BadRow(cells, _ragged(line, len(cells), width))
        cells = cells[:width]
    row = Row(map(unguard, cells))
    if width is not None:
        row.extend([""] * (width - len(row)))
    row.line = line
    return row


def _oversized(line: int, column: int) -> RowProblem:
    return RowProblem(
        "cell_too_long",
        line,
        _(
            "Line %(line)s: the cell in column %(column)s is longer than %(limit)s characters. Shorten it; "
            "if it should not be that long, look for a quotation mark that is never closed.",
            line=line,
            column=column + 1,
            limit=LONGEST_CELL,
        ),
    )


def _unreadable(line: int) -> RowProblem:
    return RowProblem(
        "unreadable",
        line,
        _(
            "Line %(line)s has unreadable characters. Choose the file's encoding, or save it as UTF-8.",
            line=line,
        ),
    )


def _ragged(line: int, found: int, width: int) -> RowProblem:
    return RowProblem(
        "too_many_cells",
        line,
        _(
            "Line %(line)s has %(found)s cells, but there are %(width)s columns. "
            "Put a cell that contains the separator in quotation marks, or remove the extra cells.",
            line=line,
            found=found,
            width=width,
        ),
    )
