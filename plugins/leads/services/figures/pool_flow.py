"""What goes through the pools: in, claimed, given out, won after a claim, waiting now."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import distinct, func

from core.sdk import _, _l, _lp, compile_condition, session, type_named
from plugins.leads.asked import happened
from plugins.leads.models import Lead, Movement
from plugins.leads.services.figures.counting import chosen, count_all
from plugins.leads.services.figures.dimensions import label_of, pool_names, week, week_names, week_of, weeks_by_number
from plugins.leads.services.figures.funnel import NODES
from plugins.leads.services.figures.periods import Period
from plugins.leads.services.figures.questions import Condition, Question, all_of, is_, moved
from plugins.leads.services.figures.tables import Cell, Column, Row, Table, share

WAITING: Sequence[Condition] = (
    is_("owner", None), {"field": "status", "op": "in", "value": ["new", "contacted", "qualified"]},
)  # fmt: skip
WAYS: Mapping[str, tuple[str, Sequence[Condition]]] = {
    "entered": ("entered", ()),
    "claimed": ("claimed", ()),
    "given": ("given", ()),
    "won": ("claimed", NODES["converted"]),
}
FLOW = (
    Column("entered", _l("Went in")),
    Column("claimed", _lp("leads", "Claimed")),
    Column("given", _l("Given out")),
    Column("won", _l("Converted after a claim")),
    Column("won_share", _l("of claimed"), "share"),
)
BY_POOL = (*FLOW, Column("waiting", _l("Waiting now")))


def pool_flow(question: Question) -> list[Table]:
    return [_by_pool(question), _by_week(question)]


def _by_pool(question: Question) -> Table:
    numbers = _numbers(question, Movement.pool_id)
    value = Lead.pool_id.label("value")
    waiting = chosen(value, func.count().label("many"), where=[*question.narrowing(), *WAITING]).group_by(value)
    still = {row.value: row.many for row in session().execute(waiting)}
    names = pool_names(question, [*numbers, *still])
    rows = []
    for pool in sorted({*numbers, *still}, key=lambda each: label_of(each, names)):
        cells = _cells(question, numbers.get(pool, {}), question.period, pool=pool)
        cells["waiting"] = Cell(still.get(pool, 0), all_of([*question.narrowing(), *WAITING, is_("pool", pool)]))
        rows.append(Row(str(pool or ""), label_of(pool, names), cells))
    return Table("pools", _l("By pool"), _lp("leads", "Pool"), BY_POOL, rows, _total(question))


def _total(question: Question) -> Row:
    narrowing = question.narrowing()
    measures = {key: [moved(way, question.period), *more] for key, (way, more) in WAYS.items()}
    cells = count_all({**measures, "waiting": WAITING}, narrowing)
    return Row("", _("All"), {**cells, "won_share": share(cells["won"], cells["claimed"])})


def _by_week(question: Question) -> Table:
    numbers, names = _numbers(question, week_of(Movement.at, question.period)), week_names(question, ())
    numbers = {monday: numbers.get(number, {}) for number, monday in weeks_by_number(question).items()}
    rows = [Row(str(monday), label, _cells(question, numbers.get(monday, {}), week(question, monday)))
            for monday, label in names.items()]  # fmt: skip
    return Table("weeks", _l("By week"), _l("Week"), FLOW, rows)


def _numbers(question: Question, by: Any) -> dict[Any, dict[str, int]]:
    """How many leads went each way, for each value: a lead that went twice counts once."""
    lead_type, value = type_named("lead"), by.label("value")
    columns = [_distinct(way, more).label(key) for key, (way, more) in WAYS.items()]
    period = question.period
    found = chosen(value, *columns, where=question.narrowing()).where(
        Movement.tenant_id == Lead.tenant_id, Movement.record_id == Lead.id, Movement.record_type == lead_type.name,
        Movement.at >= period.since, Movement.at < period.until,
    )  # fmt: skip
    return {row.value: {key: getattr(row, key) for key in WAYS} for row in session().execute(found.group_by(value))}


def _distinct(way: str, more: Sequence[Condition]) -> Any:
    condition = all_of(more)
    met = [compile_condition(type_named("lead"), condition)] if condition else []
    return func.count(distinct(Lead.id)).filter(happened(way), *met)


def _cells(question: Question, numbers: Mapping[str, int], period: Period, **more: Any) -> dict[str, Cell]:
    cells = {key: Cell(numbers.get(key, 0), all_of([moved(way, period, **more), *question.narrowing(), *conditions]))
             for key, (way, conditions) in WAYS.items()}  # fmt: skip
    return {**cells, "won_share": share(cells["won"], cells["claimed"])}
