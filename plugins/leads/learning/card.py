"""A score card: what was learned, as plain JSON, and what it says about leads.

`{"intercept": …, "traits": [{"key", "kind", …}], "pairs": [{"keys": [a, b], "cells": {"2,0": 0.31}}], "slope", …}`.
A trait sorts its values into cells: of a number the cell between two `edges`, of a category the place among `values`;
the one but last is for all others, the last for none. `points` are what each cell is worth in log-odds beside the
average lead. `slope` and `shift` make of the sum the share of leads with this sum that were won.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from math import exp
from typing import Any

VERSION = 1
Card = Mapping[str, Any]
Cells = Sequence[Any]
"""One value for each lead: a number, a text, a list of texts, or None."""


def cells_of(trait: Mapping[str, Any], values: Cells) -> list[int]:
    """In which of its cells each value of a trait lies."""
    if trait["kind"] == "number":
        edges = trait["edges"]
        none = len(edges) + 2
        return [none if value is None else bisect_right(edges, value) for value in values]
    place = {value: n for n, value in enumerate(trait["values"])}
    other, none = len(place), len(place) + 1
    return [none if value is None or value == "" else place.get(value, other) for value in values]


def cell_count(trait: Mapping[str, Any]) -> int:
    return len(trait["edges"]) + 3 if trait["kind"] == "number" else len(trait["values"]) + 2


def judge_columns(card: Card, columns: Mapping[str, Cells], rows: int) -> tuple[list[float], list[dict[str, float]]]:
    """For each lead the chance that it is won, and what each trait adds to it in log-odds."""
    sums = [float(card["intercept"])] * rows
    effects: list[dict[str, float]] = [{} for _row in range(rows)]
    cells: dict[str, list[int]] = {}
    nothing: list[Any] = [None] * rows
    for trait in card["traits"]:
        key, points = trait["key"], trait["points"]
        cells[key] = cells_of(trait, columns.get(key, nothing))
        for row, cell in enumerate(cells[key]):
            if worth := points[cell]:
                sums[row] += worth
                effects[row][key] = worth
    for pair in card["pairs"]:
        (one, other), worths = pair["keys"], pair["cells"]
        of_one, of_other = (
            cells_of(pair["one"], columns.get(one, nothing)),
            cells_of(pair["other"], columns.get(other, nothing)),
        )
        for row, at in enumerate(zip(of_one, of_other, strict=True)):
            if worth := worths.get(f"{at[0]},{at[1]}"):
                sums[row] += worth
                mine = effects[row]
                mine[one] = mine.get(one, 0.0) + worth / 2
                mine[other] = mine.get(other, 0.0) + worth / 2
    return [chance(card["slope"] * each + card["shift"]) for each in sums], effects


def chance(odds: float) -> float:
    """The probability of these log-odds."""
    return 1 / (1 + exp(-odds)) if odds > -700 else 0.0


def strongest(effects: Mapping[str, float], most: int = 3, least: float = 0.05) -> list[tuple[str, float]]:
    """What moves the chance most, up or down, the strongest first."""
    told = [(key, worth) for key, worth in effects.items() if abs(worth) >= least]
    return sorted(told, key=lambda each: (-abs(each[1]), each[0]))[:most]
