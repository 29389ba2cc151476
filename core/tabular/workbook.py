"""Sheets of an XLSX, XLS or ODS file. Formulas give the values that were saved with them."""

import marshal
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from core.i18n import _
from core.tabular import unpacking
from core.tabular.errors import MOST_CELLS, TabularError
from core.tabular.fitting import fit
from core.tabular.kinds import archive_errors, damaged, encrypted
from core.tabular.measuring import Block, measure_ods, measure_xlsx, too_large
from core.tabular.source import Source
from core.tabular.table import Row


@dataclass(frozen=True)
class Sheet:
    """One unpacked sheet, on disk for as long as this lives; every cell of a merged block has its value."""

    name: str
    names: list[str]
    _blocks: list[Block]
    _left: int
    _end: tuple[int, int]
    _folder: "TemporaryDirectory[str]"

    def rows(self, width: int | None = None) -> Iterator[Row]:
        merged = _anchors(self._blocks, self._left, self._end)
        values: dict[tuple[int, int], str] = {}
        for number, cells in enumerate(self._unpacked()):
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
        width = self._end[1] - self._left + 1
        return {top + 1 for top, left, bottom, right in self._blocks if bottom == top and 1 < right - left + 1 < width}

    def _unpacked(self) -> Iterator[list[str]]:
        with _output(self._folder).open("rb") as file:
            marshal.load(file)
            while (batch := marshal.load(file)) is not None:
                yield from batch


def open_sheet(source: Source, kind: str, wanted: str | None) -> Sheet:
    """The sheet called `wanted`, or else the first visible one with anything in it.

    Raises TabularError when there is none, or when the file is locked, damaged or too much for us.
    """
    measure: Callable[[Source], dict[str, list[Block]]] | None
    measure = {"xlsx": measure_xlsx, "ods": measure_ods}.get(kind)
    with archive_errors(source):
        blocks = measure(source) if measure else {}
    folder = TemporaryDirectory(prefix="sheet-")
    about = _unpack(source, kind, wanted, folder)
    if "problem" in about:
        raise _refusal(source, wanted, about)
    merged = [(top, left, bottom, right) for top, left, bottom, right in about["merged"]]
    name = about["name"]
    return Sheet(name, about["names"], merged or blocks.get(name, []), about["left"], about["end"], folder)


def _unpack(source: Source, kind: str, wanted: str | None, folder: "TemporaryDirectory[str]") -> dict[str, Any]:
    book = Path(folder.name) / f"book.{kind}"
    with source.open() as stream, book.open("wb") as file:
        shutil.copyfileobj(stream, file)
    command = [sys.executable, "-I", unpacking.__file__, str(book), wanted or "", str(_output(folder))]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=unpacking.MOST_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise too_large(source) from error
    except subprocess.CalledProcessError as error:
        raise damaged(source) from error
    book.unlink()
    with _output(folder).open("rb") as file:
        about: dict[str, Any] = marshal.load(file)
        return about


def _output(folder: "TemporaryDirectory[str]") -> Path:
    return Path(folder.name) / "rows"


def _refusal(source: Source, wanted: str | None, about: dict[str, Any]) -> TabularError:
    match about["problem"]:
        case "encrypted":
            return encrypted(source)
        case "damaged":
            return damaged(source)
        case "no_sheet":
            return TabularError(
                "no_sheet",
                _(
                    "“%(file)s” has no sheet “%(sheet)s”. Choose one of: %(names)s.",
                    file=source.name,
                    sheet=wanted,
                    names=", ".join(about["names"]),
                ),
            )
    return TabularError(
        "empty",
        _("“%(file)s” has no sheet with data. Choose a file with a header line and data.", file=source.name),
    )


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
