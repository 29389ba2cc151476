"""Counting leads: many questions over the same leads in one statement."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, true

from core.sdk import compile_condition, session, type_named
from plugins.leads.services.figures.dimensions import Dimension, label_of
from plugins.leads.services.figures.questions import Condition, Question, all_of
from plugins.leads.services.figures.tables import Cell, Row

Measures = Mapping[str, Sequence[Condition]]
"""What is counted: the conditions that leads meet besides those of the question."""


def chosen(*columns: Any, where: Sequence[Condition], everyone: bool = False) -> Any:
    """A statement over the leads that the member may see, or over everyone's, which meet the conditions."""
    lead_type = type_named("lead")
    found = lead_type.existing(*columns) if everyone else lead_type.visible(*columns)
    condition = all_of(where)
    return found.where(compile_condition(lead_type, condition, whole=everyone)) if condition else found


def counted(conditions: Sequence[Condition], *, everyone: bool = False) -> Any:
    """How many of the leads at hand meet these conditions, as a column."""
    condition = all_of(conditions)
    met = compile_condition(type_named("lead"), condition, whole=everyone) if condition else true()
    return func.count().filter(met) if condition else func.count()


def count_all(measures: Measures, where: Sequence[Condition]) -> dict[str, Cell]:
    """Every measure over all of these leads."""
    found = chosen(*(counted(conditions).label(key) for key, conditions in measures.items()), where=where)
    row = session().execute(found).one()
    return {key: Cell(getattr(row, key), all_of([*where, *conditions])) for key, conditions in measures.items()}


def count_by(dimension: Dimension, question: Question, measures: Measures, where: Sequence[Condition]) -> list[Row]:
    """Every measure for each value of the dimension, the largest first, or in their own order."""
    value = dimension.expression(question).label("value")
    columns = [counted(conditions).label(key) for key, conditions in measures.items()]
    numbers: dict[Any, dict[str, int]] = {}
    fold = dimension.fold(question) if dimension.fold else None
    for row in session().execute(chosen(value, *columns, where=where).group_by(value)):
        sums = numbers.setdefault(fold.get(row.value) if fold else row.value, dict.fromkeys(measures, 0))
        for key in measures:
            sums[key] += getattr(row, key)
    names = dimension.names(question, list(numbers))
    if dimension.ordered:
        numbers = {value: numbers.get(value, dict.fromkeys(measures, 0)) for value in names}
    rows = [_row(dimension, question, measures, where, value, sums, label_of(value, names))
            for value, sums in numbers.items()]  # fmt: skip
    first = next(iter(measures))
    return rows if dimension.ordered else sorted(rows, key=lambda row: (-(row.cells[first].value or 0), row.label))


def total_of(rows: Sequence[Row], measures: Measures, where: Sequence[Condition]) -> dict[str, Cell]:
    """Every measure over the leads of all rows, of which each is in one."""
    return {key: Cell(sum(row.cells[key].value or 0 for row in rows), all_of([*where, *conditions]))
            for key, conditions in measures.items()}  # fmt: skip


def _row(
    dimension: Dimension, question: Question, measures: Measures, where: Sequence[Condition], value: Any,
    sums: Mapping[str, int], label: str,
) -> Row:  # fmt: skip
    of_value = dimension.condition(question, value)
    cells = {key: Cell(sums[key], all_of([*where, *of_value, *conditions])) for key, conditions in measures.items()}
    return Row("" if value is None else str(value), label, cells)
