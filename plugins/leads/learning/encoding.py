"""From values to cells, and from cells to a matrix of zeros and ones."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from plugins.leads.learning.card import cell_count, cells_of

FINE, COARSE = 20, 6
"""Into how many cells of equal size a number is cut: where it stands alone, and where two traits are looked at."""
OFTEN, OFTEN_IN_PAIRS = 15, 60
"""How many leads a value needs to be a cell of its own."""
MOST_VALUES = 60
Rows = Sequence[int] | npt.NDArray[Any]


def fit_trait(column: Mapping[str, Any], rows: Rows, *, coarse: bool = False) -> dict[str, Any]:
    """How the values of a column are sorted into cells, going by these rows alone."""
    values = [column["cells"][row] for row in rows]
    trait: dict[str, Any] = {"key": column["key"], "kind": column["kind"]}
    if column["kind"] == "number":
        known = np.array([value for value in values if value is not None], dtype=float)
        shares = np.linspace(0, 1, (COARSE if coarse else FINE) + 1)[1:-1]
        edges = np.unique(np.quantile(known, shares)) if len(known) else np.array([])
        return trait | {"edges": [float(edge) for edge in edges]}
    seen = Counter(value for value in values if value not in (None, ""))
    often = min(OFTEN_IN_PAIRS if coarse else OFTEN, max(2, len(rows) // 40))
    return trait | {"values": [value for value, n in seen.most_common(MOST_VALUES) if n >= often]}


def one_hot(cells: Rows, count: int, weight: float = 1.0) -> sparse.csr_matrix:
    found = np.asarray(cells)
    ones = np.full(len(found), weight)
    return sparse.csr_matrix((ones, (np.arange(len(found)), found)), shape=(len(found), count))


def codes(trait: Mapping[str, Any], column: Mapping[str, Any], rows: Rows) -> np.ndarray:
    return np.asarray(cells_of(trait, [column["cells"][row] for row in rows]))


def steps(trait: Mapping[str, Any]) -> npt.NDArray[Any]:
    """What cells are made of: that of a number is all the steps up to it, so that neighbours are alike."""
    found = np.eye(cell_count(trait))
    if trait["kind"] == "number":
        ranges = len(trait["edges"]) + 1
        found[:ranges, :ranges] = np.tri(ranges)
    return found


def matrix(trait: Mapping[str, Any], column: Mapping[str, Any], rows: Rows) -> sparse.csr_matrix:
    return sparse.csr_matrix(one_hot(codes(trait, column, rows), cell_count(trait)) @ steps(trait))
