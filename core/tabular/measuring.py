"""How large a workbook becomes once it is unpacked, found out before it is.

A few kilobytes can unpack to gigabytes, and two cells in opposite corners of a sheet make a grid of 17
thousand million. The reader of workbooks would try, and take the process with it.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from core.i18n import _
from core.tabular.errors import LARGEST_UNPACKED, MOST_CELLS, MOST_COLUMNS, TabularError
from core.tabular.source import Source

Block = tuple[int, int, int, int]
"""A merged block of cells: top, left, bottom, right, counted from zero."""

_CHUNK = 1 << 20
_ODS = "urn:oasis:names:tc:opendocument:xmlns:"
_TABLE, _OFFICE = f"{_ODS}table:1.0 ", f"{_ODS}office:1.0 "
_cell = re.compile(rb"<(?:\w+:)?c[\s/>]")
_cell_place = re.compile(rb'<(?:\w+:)?c (?:[^<>]*? )?r="([A-Z]{1,3})\d{1,7}"')
_row_place = re.compile(rb'<(?:\w+:)?row (?:[^<>]*? )?r="(\d{1,7})"')
_row = re.compile(rb"<(?:\w+:)?row[\s/>]")


def measure_xlsx(source: Source) -> dict[str, list[Block]]:
    """Raises TabularError for a workbook that is too large. Its merged blocks come from the reader itself."""
    with source.open() as stream, zipfile.ZipFile(stream) as archive:
        budget = _Budget(source)
        for entry in archive.infolist():
            is_sheet = re.search(r"worksheets[/\\][^/\\]*\.xml$", entry.filename) is not None
            quick = _QuickArea()
            for chunk in budget.chunks(archive, entry):
                if is_sheet:
                    quick.take(chunk)
            if is_sheet and quick.cells() is None:
                area = _XlsxArea()
                area.parse(_chunks(archive, entry))
                check_area(source, area.bottom, area.right)
    return {}


def measure_ods(source: Source) -> dict[str, list[Block]]:
    """The merged blocks of each sheet. Raises TabularError for a workbook that is too large."""
    with source.open() as stream, zipfile.ZipFile(stream) as archive:
        budget = _Budget(source)
        for entry in archive.infolist():
            for _chunk in budget.chunks(archive, entry):
                pass
        area = _OdsArea(source)
        area.parse(_chunks(archive, archive.getinfo("content.xml")))
        return area.blocks


def check_area(source: Source, height: int, width: int) -> None:
    if width > MOST_COLUMNS:
        raise TabularError(
            "too_many_columns",
            _(
                "“%(file)s” has more than %(limit)s columns. Delete the ones you do not need and upload it again.",
                file=source.name,
                limit=MOST_COLUMNS,
            ),
        )
    if height * width > MOST_CELLS:
        raise too_large(source)


def too_large(source: Source) -> TabularError:
    return TabularError(
        "too_large",
        _(
            "“%(file)s” unpacks to more than we can hold. Split it, or save it as CSV and upload that.",
            file=source.name,
        ),
    )


def _chunks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(entry) as part:
        while chunk := part.read(_CHUNK):
            yield chunk


@dataclass
class _Budget:
    """Counts what really comes out: an archive may lie about its sizes."""

    source: Source
    left: int = LARGEST_UNPACKED

    def chunks(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        for chunk in _chunks(archive, entry):
            self.left -= len(chunk)
            if self.left < 0:
                raise too_large(self.source)
            yield chunk


@dataclass
class _QuickArea:
    """The grid of a sheet that says where each cell is, as those of Excel do. It may come out too large."""

    bottom: int = 0
    columns: set[bytes] = field(default_factory=set)
    unplaced: int = 0
    rest: bytes = b""

    def take(self, chunk: bytes) -> None:
        text = self.rest + chunk
        cut = text.rfind(b"<")
        text, self.rest = (text[:cut], text[cut:]) if cut > 0 else (text, b"")
        places = _cell_place.findall(text)
        rows = _row_place.findall(text)
        self.unplaced += len(_cell.findall(text)) - len(places) + len(_row.findall(text)) - len(rows)
        self.columns.update(places)
        self.bottom = max(self.bottom, *map(int, rows)) if rows else self.bottom

    def cells(self) -> int | None:
        """None when it takes a closer look."""
        right = max((_column_number(letters.decode()) for letters in self.columns), default=0)
        fits = not self.unplaced and right <= MOST_COLUMNS and self.bottom * right <= MOST_CELLS
        return self.bottom * right if fits else None


class _XlsxArea:
    """The grid that the cells with a value span."""

    def __init__(self) -> None:
        self.bottom = self.right = 0
        self._row = self._column = 0

    def parse(self, chunks: Iterator[bytes]) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        _feed(parser, chunks)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(" ")[2]:
            case "row":
                self._row = int(attributes.get("r", self._row + 1))
                self._column = 0
            case "c":
                place = re.fullmatch(r"([A-Z]+)(\d+)", attributes.get("r", ""))
                self._column = _column_number(place[1]) if place else self._column + 1
                self._row = int(place[2]) if place else self._row
            case "v" | "is" | "f":
                self.bottom = max(self.bottom, self._row)
                self.right = max(self.right, self._column)


class _OdsArea:
    """What repeated rows and cells of an ODS amount to, and its merged blocks."""

    def __init__(self, source: Source) -> None:
        self.blocks: dict[str, list[Block]] = {}
        self._source = source
        self._sheet = ""
        self._row = self._row_repeat = self._column = self._bottom = self._right = 0

    def parse(self, chunks: Iterator[bytes]) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        _feed(parser, chunks)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == _TABLE + "table":
            self._sheet = attributes.get(_TABLE + "name", "")
            self._row = self._bottom = self._right = 0
        elif name == _TABLE + "table-row":
            self._row_repeat = int(attributes.get(_TABLE + "number-rows-repeated", 1))
            self._column = 0
        elif name in (_TABLE + "table-cell", _TABLE + "covered-table-cell"):
            self._cell(attributes)

    def _cell(self, attributes: dict[str, str]) -> None:
        repeat = int(attributes.get(_TABLE + "number-columns-repeated", 1))
        down = int(attributes.get(_TABLE + "number-rows-spanned", 1))
        across = int(attributes.get(_TABLE + "number-columns-spanned", 1))
        if _OFFICE + "value-type" in attributes:
            self._bottom = max(self._bottom, self._row + self._row_repeat)
            self._right = max(self._right, self._column + repeat)
            check_area(self._source, self._bottom, self._right)
            if down * across > 1:
                block = (
                    self._row,
                    self._column,
                    self._row + down - 1,
                    self._column + min(across, MOST_COLUMNS) - 1,
                )
                self.blocks.setdefault(self._sheet, []).append(block)
        self._column += repeat

    def _end(self, name: str) -> None:
        if name == _TABLE + "table-row":
            self._row += self._row_repeat


def _feed(parser: expat.XMLParserType, chunks: Iterator[bytes]) -> None:
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from error


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
