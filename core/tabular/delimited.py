"""Rows of a CSV file and its cousins, as a stream."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from core.i18n import _
from core.tabular.delimiters import declared_delimiter
from core.tabular.encodings import Encoding
from core.tabular.errors import LARGEST_FILE, LONGEST_CELL
from core.tabular.fitting import FORMULA_START, fit
from core.tabular.source import Source
from core.tabular.table import BadRow, Row, RowProblem

csv.field_size_limit(LARGEST_FILE)  # a cell past the parser's limit would end the file; past ours it spoils one row

_BATCH = 1 << 16
_guarded = re.compile(f"'[{FORMULA_START}]")


@dataclass(frozen=True)
class Delimited:
    """How to read one text file."""

    source: Source
    encoding: Encoding
    delimiter: str

    def rows(self, width: int | None = None) -> Iterator[Row]:
        """Every row that is not blank, fitted to `width` when it is known.

        Lines are looked at in batches, since a look at each would cost as much as the parsing: only rows of a
        batch with something odd in it, of several lines or of another width are examined one by one.
        """
        odd, last = False, ""

        def batches(text: io.TextIOWrapper) -> Iterator[list[str]]:
            nonlocal odd, last
            while lines := text.readlines(_BATCH):
                joined = "".join(lines)
                odd = _is_odd(joined) or max(map(len, lines)) > LONGEST_CELL
                last = lines[-1]
                yield [line.replace("\0", "") for line in lines] if "\0" in joined else lines

        with open_text(self.source, self.encoding.name) as text:
            reader = csv.reader(chain.from_iterable(batches(text)), delimiter=self.delimiter)
            line = 0
            row: Row | None
            held: Row | None = None
            for cells in reader:
                first, line = line + 1, reader.line_num
                if first == 1 and declared_delimiter(self.delimiter.join(cells)):
                    continue
                if odd or line != first or len(cells) != width or cells[0] < "!":
                    row = fit(cells, first, width, replaced=not self.encoding.sound)
                    if row is None:
                        continue
                else:
                    row = Row(cells)
                    row.line = first
                if held is not None:
                    yield held
                held = row
            if held is not None:
                several = line > held.line
                yield _unclosed(held) if several and _is_open(last, self.delimiter) else held


def open_text(source: Source, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(source.open(), encoding=encoding, errors="replace", newline="")


def _is_odd(text: str) -> bool:
    return "\0" in text or "\ufffd" in text or ("'" in text and _guarded.search(text) is not None)


def _is_open(last_line: str, delimiter: str) -> bool:
    """Whether a row of several lines, whose last line began inside a quoted cell, also ends inside it."""
    try:
        list(csv.reader(['"' + last_line], delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def _unclosed(row: Row) -> BadRow:
    return BadRow(
        [cell[:LONGEST_CELL] for cell in row],
        RowProblem(
            "unclosed_quote",
            row.line,
            _(
                "Line %(line)s opens a quotation mark that is never closed, so all that follows was taken "
                "for one cell. Close or remove it and upload the file again.",
                line=row.line,
            ),
        ),
    )
