"""Speed to lead: how soon leads are answered, who answers in time, and what it does to conversion."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Float, cast, func

from core.sdk import _, _l, _lp, session
from plugins.leads.models import Lead
from plugins.leads.services.figures.counting import chosen, count_all, count_by, total_of
from plugins.leads.services.figures.dimensions import DIMENSIONS
from plugins.leads.services.figures.funnel import NODES
from plugins.leads.services.figures.questions import Condition, Question, filled, is_
from plugins.leads.services.figures.tables import Cell, Column, Row, Table, share

ANSWERED = "minutes_to_respond"
STEPS = (
    ("5_minutes", _l("Within 5 minutes"), None, 5),
    ("15_minutes", _l("5 to 15 minutes"), 5, 15),
    ("1_hour", _l("15 minutes to 1 hour"), 15, 60),
    ("4_hours", _l("1 to 4 hours"), 60, 240),
    ("1_day", _l("4 to 24 hours"), 240, 1440),
    ("later", _l("After 24 hours"), 1440, None),
)
REACTION = (
    Column("leads", _l("Leads")),
    Column("share", _lp("leads", "Share"), "share"),
    Column("converted", _lp("leads", "Converted")),
    Column("conversion", _l("Conversion"), "share"),
)
SELLERS = (
    Column("leads", _l("Leads")),
    Column("responded", _l("Answered")),
    Column("median", _l("Half of them within"), "minutes"),
    Column("due", _l("Answer was due")),
    Column("in_time", _l("In time")),
    Column("in_time_share", _l("In time, of due"), "share", _l("In working time, as the response rules say")),
)
OF_SELLERS: Mapping[str, Sequence[Condition]] = {
    "leads": (),
    "responded": (filled("responded_at"),),
    "due": (filled("respond_by"),),
    "in_time": (is_("responded_in_time", True),),
}


def speed(question: Question) -> list[Table]:
    return [_reaction(question), _sellers(question)]


def _reaction(question: Question) -> Table:
    where = question.captured()
    steps = {name: _between(least, most) for name, _label, least, most in STEPS} | {
        "never": [is_("responded_at", None)]
    }
    both = {f"{name}.leads": conditions for name, conditions in steps.items()}
    both |= {f"{name}.converted": [*conditions, *NODES["converted"]] for name, conditions in steps.items()}
    cells = count_all({"all.leads": (), "all.converted": NODES["converted"], **both}, where)
    labels = {name: str(label) for name, label, _least, _most in STEPS} | {"never": _("Not answered")}
    rows = [_row(name, labels[name], cells) for name in steps]
    return Table("reaction", _l("First response"), _l("First response"), REACTION, rows, _row("all", _("All"), cells))


def _row(name: str, label: str, cells: Mapping[str, Cell]) -> Row:
    leads, converted = cells[f"{name}.leads"], cells[f"{name}.converted"]
    return Row(name, label, {"leads": leads, "share": share(leads, cells["all.leads"]), "converted": converted,
                             "conversion": share(converted, leads)})  # fmt: skip


def _between(least: int | None, most: int | None) -> list[Condition]:
    found = [{"field": ANSWERED, "op": "gt", "value": least}] if least else []
    found += [{"field": ANSWERED, "op": "lte", "value": most}] if most else []
    return [*found]


def _sellers(question: Question) -> Table:
    where = question.captured()
    middles = {row.value: row.middle for row in session().execute(_medians(where))}
    found = count_by(DIMENSIONS["seller"], question, OF_SELLERS, where)
    rows, total = [_with_median(row, middles) for row in found], Row("", _("All"), total_of(found, OF_SELLERS, where))
    everyone = session().scalar(chosen(_median(), where=where))
    return Table("sellers", _l("By seller"), _l("Seller"), SELLERS, rows, _with_median(total, {None: everyone}))


def _with_median(row: Row, middles: Mapping[Any, Any]) -> Row:
    found = next((middle for value, middle in middles.items() if str(value or "") == row.key), None)
    more = {"median": Cell(found), "in_time_share": share(row.cells["in_time"], row.cells["due"])}
    return Row(row.key, row.label, {**row.cells, **more})


def _medians(where: Sequence[Condition]) -> Any:
    value = Lead.owner_id.label("value")
    return chosen(value, _median().label("middle"), where=where).group_by(value)


def _median() -> Any:
    """Of those that were answered at all: the others have no time, and are left out."""
    passed = cast(func.extract("epoch", Lead.responded_at - Lead.created_at), Float) / 60
    return func.percentile_cont(0.5).within_group(passed)
