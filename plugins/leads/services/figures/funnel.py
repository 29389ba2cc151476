"""The funnel: how many of the leads that came in were contacted, qualified, converted."""

from collections.abc import Mapping, Sequence

from core.sdk import _, _l, _lp
from plugins.leads.services.figures.counting import count_by, total_of
from plugins.leads.services.figures.dimensions import DIMENSIONS
from plugins.leads.services.figures.questions import Condition, Question, filled, is_
from plugins.leads.services.figures.tables import Cell, Column, Row, Table, share

NODES: Mapping[str, Sequence[Condition]] = {
    "captured": (),
    "contacted": ({"any": [
        filled("contacted_at"), filled("qualified_at"),
        {"field": "status", "op": "in", "value": ["contacted", "qualified", "converted"]},
    ]},),
    "qualified": ({"any": [
        filled("qualified_at"), {"field": "status", "op": "in", "value": ["qualified", "converted"]}]},),
    "converted": (is_("status", "converted"),),
}  # fmt: skip
"""Whoever reached a node went through those before, even if nobody noted it."""
MEASURES: Mapping[str, Sequence[Condition]] = {**NODES, "disqualified": (is_("status", "disqualified"),)}
COLUMNS = (
    Column("captured", _lp("leads", "Captured")),
    Column("contacted", _lp("leads", "Contacted")),
    Column("contacted_share", _l("of captured"), "share"),
    Column("qualified", _lp("leads", "Qualified")),
    Column("qualified_share", _l("of contacted"), "share"),
    Column("converted", _lp("leads", "Converted")),
    Column("converted_share", _l("of qualified"), "share"),
    Column("conversion", _l("Conversion"), "share", _l("Converted of captured")),
    Column("disqualified", _lp("leads", "Disqualified")),
)


def funnel(question: Question) -> list[Table]:
    dimension, where = DIMENSIONS[question.by], question.captured()
    found = count_by(dimension, question, MEASURES, where)
    total = Row("", _("All"), with_shares(total_of(found, MEASURES, where)))
    rows = [Row(row.key, row.label, with_shares(row.cells)) for row in found]
    return [Table("funnel", _l("Funnel"), dimension.label, COLUMNS, rows, total)]


def with_shares(cells: Mapping[str, Cell]) -> dict[str, Cell]:
    """With how many went on from each node to the next."""
    nodes = list(NODES)
    steps = {f"{node}_share": share(cells[node], cells[before]) for before, node in zip(nodes, nodes[1:], strict=False)}
    return {**cells, **steps, "conversion": share(cells["converted"], cells["captured"])}
