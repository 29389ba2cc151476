"""The figures over the API: the numbers of the pages, each with the filter that finds its leads."""

from typing import Any

from flask import request

from core.sdk import Answer, Doc, NotFound, Param, Resource, _, _l, listed, to
from plugins.leads.services.figures.all import FIGURES
from plugins.leads.services.figures.asking import read_question
from plugins.leads.services.figures.dimensions import DIMENSIONS
from plugins.leads.services.figures.periods import PERIODS
from plugins.leads.services.figures.tables import Row, Table
from plugins.leads.views.figures_shown import plain

figures_api = Resource("lead_figures", __name__, module="leads", title=_l("Lead figures"))

ID = {"type": "string", "format": "uuid"}
DAY = {"type": "string", "format": "date"}
PARAMS = (
    Param("period", "Which time, this month unless told.", {"type": "string", "enum": list(PERIODS)}),
    Param("from", "The first day, of the period `custom`; 30 days of it unless told.", DAY),
    Param("to", "The last day, of the period `custom`; today unless told.", DAY),
    Param("by", "What the funnel tells leads apart by.", {"type": "string", "enum": list(DIMENSIONS)}),
    Param("source", "Only leads of this source."),
    Param("campaign", "Only leads of this campaign.", ID),
    Param("seller", "Only leads of this member.", ID),
    Param("team", "Only leads of the members of this team and of those below it.", ID),
    Param("pool", "Only leads of this pool.", ID),
)
ROW = {
    "type": "object",
    "properties": {
        "key": {"type": "string"},
        "label": {"type": "string"},
        "values": {"type": "object", "description": "Numbers; shares of 1; times in minutes; money by currency."},
        "filters": {"type": "object", "description": "By value, the filter that finds the leads behind a number."},
    },
}
TABLE = {
    "type": "object",
    "properties": {
        "table": {"type": "string"},
        "columns": {"type": "array", "items": {"type": "object"}},
        "rows": {"type": "array", "items": ROW},
        "total": {"anyOf": [ROW, {"type": "null"}]},
    },
}


@figures_api.get("/lead-figures/<name>", permission=to("view", "lead"), doc=Doc(gives=TABLE, many=True, params=PARAMS))
def show_lead_figures(name: str) -> Answer:
    """Figures of leads over a time: funnel, stages, speed, pools, leaderboard or campaigns."""
    if name not in FIGURES:
        raise NotFound(_("There is no such page."))
    question = read_question(request.args)
    return listed([_table(table) for table in FIGURES[name].tables(question)])


def _table(table: Table) -> dict[str, Any]:
    return {
        "table": table.key,
        "columns": [{"key": each.key, "label": str(each.label), "kind": each.kind} for each in table.columns],
        "rows": [_row(table, row) for row in table.rows],
        "total": _row(table, table.total) if table.total else None,
    }


def _row(table: Table, row: Row) -> dict[str, Any]:
    return {
        "key": row.key,
        "label": row.label,
        "values": {each.key: plain(row.cells[each.key], each.kind) for each in table.columns},
        "filters": {key: cell.condition for key, cell in row.cells.items() if cell.condition},
    }
