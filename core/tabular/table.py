"""What is read from a file: named columns, and rows that come one after the other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice


@dataclass(frozen=True)
class RowProblem:
    """Why a row cannot be used as it stands. The message names the line and what to do."""

    code: str
    line: int
    message: str


class Row(list[str]):
    """The cells of one row, as many as there are headers, and the line of the file it began on."""

    __slots__ = ("line",)
    line: int
    problem: RowProblem | None = None


class BadRow(Row):
    """A row with a problem: its cells are what could be read, and need not match the headers."""

    __slots__ = ("problem",)

    def __init__(self, cells: list[str], problem: RowProblem) -> None:
        super().__init__(cells)
        self.line = problem.line
        self.problem = problem


@dataclass(frozen=True)
class Table:
    """A file's table. `rows` may be asked for again and again; each time the reading starts anew."""

    headers: list[str]
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    sheets: list[str]
    has_header: bool
    warnings: list[str]
    _rows: Callable[[], Iterator[Row]] = field(repr=False)

    @property
    def rows(self) -> Iterator[Row]:
        return self._rows()

    def sample(self, size: int = 50) -> list[Row]:
        """The first sound rows, for a preview or a guess."""
        return list(islice((row for row in self.rows if row.problem is None), size))
