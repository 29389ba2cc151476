"""What every figure answers with: tables whose numbers know the leads behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugins.leads.services.figures.questions import Condition


@dataclass(frozen=True)
class Column:
    """`kind` is count, share (of 1), minutes or money."""

    key: str
    label: Any
    kind: str = "count"
    help: Any = ""


@dataclass(frozen=True)
class Cell:
    """A value; of a number of leads, the condition that finds just these in the list of leads.

    None is no value: there is nothing to take a share or a median of. `money` is in minor units by currency, since
    different ones are never added.
    """

    value: float | int | None = None
    condition: Condition | None = None
    money: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Row:
    key: str
    label: str
    cells: Mapping[str, Cell]
    colour: str = ""


@dataclass(frozen=True)
class Table:
    """`key` names it in addresses and in the API; `head` says what its rows are."""

    key: str
    title: Any
    head: Any
    columns: Sequence[Column]
    rows: Sequence[Row]
    total: Row | None = None
    note: Any = ""

    @property
    def is_empty(self) -> bool:
        """Nothing came that could be counted."""
        rows = [*self.rows, *([self.total] if self.total else [])]
        return not any(cell.value or cell.money for row in rows for cell in row.cells.values())


def share(part: Cell, whole: Cell) -> Cell:
    return Cell(part.value / whole.value if part.value is not None and whole.value else None)
