"""One door for every kind of file."""

from itertools import islice
from pathlib import Path

from core.i18n import _
from core.tabular.delimited import Delimited, open_text
from core.tabular.delimiters import detect_delimiter, known_delimiter
from core.tabular.encodings import detect_encoding, known_encoding
from core.tabular.errors import MOST_COLUMNS, TabularError
from core.tabular.headers import find_heading
from core.tabular.kinds import kind_of
from core.tabular.source import Source
from core.tabular.table import Row, Table
from core.tabular.workbook import Sheet, open_sheet

_LOOKED_AT = 60
_HEAD = 100_000


def read(
    path_or_bytes: str | Path | bytes,
    filename: str,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    header: bool | None = None,
) -> Table:
    """Find the table in a CSV, XLSX, XLS or ODS file; what a person knows better than we guess can be said.

    Rows come as a stream. A row that cannot be used carries a `problem` and spoils no other.
    Raises TabularError when there is no table to be had; its message names the remedy.
    """
    source = Source.of(path_or_bytes, filename)
    kind = kind_of(source)
    if kind == "text":
        return _read_text(source, encoding, delimiter, header)
    return _read_sheet(source, open_sheet(source, kind, sheet), header)


def _read_text(source: Source, encoding: str | None, delimiter: str | None, header: bool | None) -> Table:
    written = known_encoding(source, encoding) if encoding else detect_encoding(source)
    with open_text(source, written.name) as text:
        beginning = text.read(_HEAD)
    notes = [_("The file has NUL characters; they are left out.")] if "\0" in beginning else []
    delimiter = known_delimiter(delimiter) if delimiter else detect_delimiter(beginning.replace("\0", ""))
    lines = Delimited(source, written, delimiter)
    heading = find_heading(_beginning(source, lines), header=header)
    width = len(heading.names)
    return Table(
        headers=heading.names,
        encoding=written.name,
        delimiter=delimiter,
        sheet=None,
        sheets=[],
        has_header=heading.found,
        warnings=notes + heading.warnings,
        _rows=lambda: islice(lines.rows(width), heading.depth, None),
    )


def _read_sheet(source: Source, sheet: Sheet, header: bool | None) -> Table:
    first = _beginning(source, sheet)
    grouped_lines = sheet.grouped_lines()
    grouped = {at for at, row in enumerate(first) if row.line in grouped_lines}
    heading = find_heading(first, grouped=grouped, header=header)
    width = len(heading.names)
    return Table(
        headers=heading.names,
        encoding=None,
        delimiter=None,
        sheet=sheet.name,
        sheets=sheet.names,
        has_header=heading.found,
        warnings=heading.warnings,
        _rows=lambda: islice(sheet.rows(width), heading.depth, None),
    )


def _beginning(source: Source, lines: "Delimited | Sheet") -> list[Row]:
    first = list(islice(lines.rows(), _LOOKED_AT))
    if not first:
        raise TabularError(
            "empty",
            _(
                "“%(file)s” has nothing but blank lines. Choose a file with a header line and data.",
                file=source.name,
            ),
        )
    if (width := max(map(len, first))) > MOST_COLUMNS:
        raise TabularError(
            "too_many_columns",
            _(
                "“%(file)s” has %(found)s columns, and %(limit)s are the most we take. "
                "Delete the ones you do not need and upload it again.",
                file=source.name,
                found=width,
                limit=MOST_COLUMNS,
            ),
        )
    return first
