"""How long leads take from one milestone to the next, and where they are stuck."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Float, cast, func, literal_column

from core.sdk import _l, _lp, session
from plugins.leads.models import Lead
from plugins.leads.services.figures.counting import chosen, counted
from plugins.leads.services.figures.questions import Condition, Question, all_of, filled, is_
from plugins.leads.services.figures.tables import Cell, Column, Row, Table

STAGES = (
    ("new", _lp("stage", "New, until contacted"), "created_at", "contacted_at"),
    ("contacted", _lp("stage", "Contacted, until qualified"), "contacted_at", "qualified_at"),
    ("qualified", _lp("stage", "Qualified, until converted"), "qualified_at", "converted_at"),
    ("all", _l("From capture to conversion"), "created_at", "converted_at"),
)
LEFT: Mapping[str, Sequence[Condition]] = {
    "new": (is_("contacted_at", None), is_("qualified_at", None)),
    "contacted": (filled("contacted_at"), is_("qualified_at", None)),
    "qualified": (filled("qualified_at"),),
    "all": (),
}
"""In which stage a lead was given up: by the milestones that it had not reached."""
COLUMNS = (
    Column("passed", _l("Went on")),
    Column("median", _l("Half of them within"), "minutes"),
    Column("slow", _l("Nine in ten within"), "minutes"),
    Column("waiting", _l("Still there")),
    Column("left", _l("Given up there")),
)
PARTS: Any = literal_column("array[0.5, 0.9]::float8[]")


def stages(question: Question) -> list[Table]:
    where, columns = question.captured(), []
    measures = {name: _measures(name, since, until) for name, _label, since, until in STAGES}
    for name, _label, since, until in STAGES:
        columns += [counted(conditions).label(f"{name}_{key}") for key, conditions in measures[name].items()]
        columns.append(func.percentile_cont(PARTS).within_group(_minutes(since, until)).label(f"{name}_parts"))
    found = session().execute(chosen(*columns, where=where)).one()
    rows = [Row(name, str(label), _cells(found, name, measures[name], where)) for name, label, _since, _until in STAGES]
    return [Table("stages", _l("Time in stage"), _l("Stage"), COLUMNS, rows)]


def _measures(name: str, since: str, until: str) -> dict[str, Sequence[Condition]]:
    open_ = {"field": "status", "op": "in", "value": ["new", "contacted", "qualified"]}
    return {
        "passed": (filled(since), filled(until)),
        "waiting": (open_ if name == "all" else is_("status", name),),
        "left": (is_("status", "disqualified"), *LEFT[name]),
    }


def _minutes(since: str, until: str) -> Any:
    """What did not get so far has no time, and is left out by the median."""
    return cast(func.extract("epoch", getattr(Lead, until) - getattr(Lead, since)), Float) / 60


def _cells(
    found: Any, name: str, measures: Mapping[str, Sequence[Condition]], where: Sequence[Condition]
) -> dict[str, Cell]:
    middle, slow = getattr(found, f"{name}_parts") or (None, None)
    cells = {key: Cell(getattr(found, f"{name}_{key}"), all_of([*where, *conditions]))
             for key, conditions in measures.items()}  # fmt: skip
    return cells | {"median": Cell(middle), "slow": Cell(slow)}
