"""A table as a CSV file that spreadsheets open without harm and that `read` gives back unchanged."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from core.tabular.fitting import FORMULA_START

_formula = re.compile(f"'*[{FORMULA_START}]")
_plain_number = re.compile(r"[+-](\d{1,3}(,\d{3})+|\d+)(\.\d+)?([eE][+-]?\d+)?%?")
_BATCH = 1 << 16


def write_csv(
    rows: Iterable[Sequence[object]], headers: Sequence[str], bom: bool = True,
    *, delimiter: str = ",", encoding: str = "utf-8",
) -> Iterator[bytes]:  # fmt: skip
    """Yield the file in pieces, for a download of any length.

    A cell that a spreadsheet would run as a formula gets a quotation mark in front; plain numbers stay as
    they are. The mark at the beginning tells Excel that this is UTF-8.
    """
    piece = io.StringIO()
    writer = csv.writer(piece, delimiter=delimiter)
    if bom and encoding == "utf-8":
        piece.write("\ufeff")
    writer.writerow([_guard(header) for header in headers])
    for row in rows:
        cells = [_guard(cell) for cell in row]
        writer.writerow(cells)
        if piece.tell() > _BATCH:
            yield piece.getvalue().encode(encoding)
            piece.seek(0)
            piece.truncate()
    yield piece.getvalue().encode(encoding)


def _guard(cell: object) -> str:
    text = "" if cell is None else str(cell)
    if _formula.match(text) and not _plain_number.fullmatch(text):
        return "'" + text
    return text
