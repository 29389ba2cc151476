"""How a seller's own month goes."""

from core.sdk import _l, _lp, acting_member
from plugins.leads.services.figures.counting import count_all
from plugins.leads.services.figures.periods import period_named
from plugins.leads.services.figures.questions import during, is_, moved
from plugins.leads.services.figures.tables import Cell, Column

COLUMNS = (
    Column("received", _l("Received")),
    Column("open", _l("Open now")),
    Column("qualified", _lp("leads", "Qualified")),
    Column("converted", _lp("leads", "Converted")),
)


def my_month() -> dict[str, Cell]:
    """What I received, have, qualified and converted this month."""
    me, month = acting_member().id, period_named("this_month")
    mine = is_("owner", me)
    measures = {
        "received": [moved("received", month, by=me)],
        "open": [mine, {"field": "status", "op": "in", "value": ["new", "contacted", "qualified"]}],
        "qualified": [mine, *during("qualified_at", month)],
        "converted": [mine, *during("converted_at", month)],
    }
    return count_all(measures, [{"any": [mine, *measures["received"]]}])
