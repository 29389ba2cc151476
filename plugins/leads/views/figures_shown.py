"""Figures as people see them: values in words, each with the way to its leads, headlines, charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.sdk import Amount, Chart, Series, _, _lp, _n, fmt_money, fmt_number, fmt_percent, list_url
from plugins.leads.services.figures.funnel import NODES
from plugins.leads.services.figures.tables import Cell, Column, Row, Table
from plugins.leads.types import LEAD

MOST_DRAWN = 15
"""So many rows fit into a chart; the table has all."""
DAY, HOUR = 1440, 60


@dataclass(frozen=True)
class Tile:
    label: Any
    value: str
    change: str | None
    good: bool | None
    url: str | None


# --- values --------------------------------------------------------------------------------------------


def said(cell: Cell, kind: str) -> str:
    """A value in words. What is not there is a dash."""
    if kind == "money":
        return " · ".join(fmt_money(round(amount), currency) for currency, amount in (cell.money or {}).items()) or "—"
    if cell.value is None:
        return "—"
    if kind == "share":
        return fmt_percent(cell.value)
    return minutes_said(cell.value) if kind == "minutes" else fmt_number(cell.value)


def minutes_said(minutes: float) -> str:
    """In the two largest units, or below a minute in seconds."""
    if 0 < minutes < 1:
        return _n("%(num)s second", "%(num)s seconds", round(minutes * 60))
    whole = round(minutes)
    if whole >= DAY:
        return _("%(days)s d %(hours)s h", days=fmt_number(whole // DAY), hours=whole % DAY // HOUR)
    if whole >= HOUR:
        return _("%(hours)s h %(minutes)s min", hours=whole // HOUR, minutes=whole % HOUR)
    return _("%(minutes)s min", minutes=whole)


def url_of_cell(cell: Cell) -> str | None:
    """The list of the leads behind a number, if there are any."""
    return list_url(LEAD, cell.condition) if cell.condition and cell.value else None


def plain(cell: Cell, kind: str) -> Any:
    """A value as a file or a program takes it."""
    if kind == "money":
        return {
            currency: Amount(round(amount), currency).plain for currency, amount in (cell.money or {}).items()
        } or None
    return round(cell.value, 4) if isinstance(cell.value, float) else cell.value


# --- headlines -----------------------------------------------------------------------------------------

BETTER_WHEN_LESS = {"median", "slow", "disqualified", "waiting", "per_lead", "per_qualified", "per_converted"}
HEADLINES: Mapping[str, Sequence[str]] = {
    "funnel": ("captured", "contacted", "qualified", "converted", "conversion"),
    "sellers": ("leads", "responded", "median", "in_time_share"),
    "pools": ("entered", "claimed", "won", "waiting"),
    "campaigns": ("leads", "qualified", "converted", "cost", "per_lead"),
}
NOT_COMPARED = {"waiting"}
"""What is so now, and not of a period."""


def tiles(tables: Sequence[Table], before: Sequence[Table]) -> list[Tile]:
    """The totals that are worth a headline, and how they changed."""
    earlier = {table.key: table.total for table in before}
    found = []
    for table in tables:
        for column in table.columns:
            if table.total and column.key in HEADLINES.get(table.key, ()):
                found.append(_tile(column, table.total, earlier.get(table.key)))
    return found


def _tile(column: Column, total: Row, earlier: Row | None) -> Tile:
    cell = total.cells[column.key]
    change, good = (None, None) if column.key in NOT_COMPARED else _change(column, cell, earlier)
    return Tile(column.label, said(cell, column.kind), change, good, url_of_cell(cell))


def _change(column: Column, cell: Cell, earlier: Row | None) -> tuple[str | None, bool | None]:
    was = earlier.cells[column.key] if earlier else Cell()
    if cell.value is None or was.value is None or column.kind == "money":
        return None, None
    up = cell.value - was.value
    good = None if not up else (up < 0) is (column.key in BETTER_WHEN_LESS)
    sign = "+" if up > 0 else "−" if up < 0 else "±"
    if column.kind == "share":
        return _("%(change)s points, was %(before)s", change=f"{sign}{fmt_number(round(abs(up) * 100, 1))}",
                 before=said(was, column.kind)), good  # fmt: skip
    if column.kind == "minutes" or not was.value or not up:
        return _("was %(before)s", before=said(was, column.kind)), good
    return _("%(change)s, was %(before)s", change=f"{sign}{fmt_percent(abs(up) / was.value)}",
             before=said(was, column.kind)), good  # fmt: skip


# --- charts --------------------------------------------------------------------------------------------


def charts(tables: Sequence[Table]) -> dict[str, list[tuple[Any, Chart]]]:
    """By table, each with its title. What has nothing to draw has none."""
    return {table.key: _CHARTS[table.key](table) for table in tables if table.key in _CHARTS and not table.is_empty}


def _series(table: Table, rows: Sequence[Row], key: str, colour: str = "", *, line: bool = False) -> Series:
    column = next(each for each in table.columns if each.key == key)
    cells = [row.cells[key] for row in rows]
    return Series(column.label, [cell.value for cell in cells], [said(cell, column.kind) for cell in cells],
                  [url_of_cell(cell) for cell in cells], colour, line)  # fmt: skip


def _drawn(table: Table) -> list[Row]:
    return list(table.rows[:MOST_DRAWN])


def _labels(rows: Sequence[Row]) -> list[str]:
    return [row.label for row in rows]


def _funnel(table: Table) -> list[tuple[Any, Chart]]:
    assert table.total
    nodes = {column.key: column for column in table.columns if column.key in NODES}
    cells = [table.total.cells[key] for key in nodes]
    whole = cells[0].value or 0
    words = [f"{said(cell, 'count')} ({fmt_percent((cell.value or 0) / whole)})" if whole else "0" for cell in cells]
    steps = Series(_("Leads"), [cell.value for cell in cells], words, [url_of_cell(cell) for cell in cells], "teal")
    all_of_them = Chart("bars", [column.label for column in nodes.values()], [steps], head=_("Reached"))
    return [(_("How far leads got"), all_of_them), (_("Where they came to a halt"), _split(table))]


def _split(table: Table) -> Chart:
    """Each lead once, in the furthest node that it reached."""
    rows, nodes = _drawn(table), list(NODES)
    names = (_("Only captured"), _lp("leads", "Contacted"), _lp("leads", "Qualified"), _lp("leads", "Converted"))
    series = []
    for at, (node, name, colour) in enumerate(zip(nodes, names, ("gray", "blue", "purple", "teal"), strict=True)):
        further = nodes[at + 1] if at + 1 < len(nodes) else None
        values = [(row.cells[node].value or 0) - ((row.cells[further].value or 0) if further else 0) for row in rows]
        series.append(Series(name, values, colour=colour))
    kind = "columns" if len(rows) > 2 and _are_weeks(table) else "bars"
    return Chart(kind, _labels(rows), series[::-1], head=table.head, stacked=True)


def _are_weeks(table: Table) -> bool:
    return all(row.key[:2] == "20" and len(row.key) == 10 for row in table.rows)


def _stages(table: Table) -> list[tuple[Any, Chart]]:
    rows = [row for row in table.rows if row.cells["median"].value is not None]
    if not rows:
        return []
    series = []
    for key, colour in (("median", "teal"), ("slow", "amber")):
        one = _series(table, rows, key, colour)
        days = [None if value is None else round(value / DAY, 2) for value in one.values]
        series.append(Series(one.name, days, one.said, colour=colour))
    return [(_("Days in each stage"), Chart("bars", _labels(rows), series, head=table.head))]


def _reaction(table: Table) -> list[tuple[Any, Chart]]:
    rows = _drawn(table)
    met = [row for row in rows if row.cells["leads"].value]
    leads, conversion = _series(table, rows, "leads", "teal"), _series(table, met, "conversion", "orange")
    return [
        (_("When leads had their first response"), Chart("columns", _labels(rows), [leads], head=table.head)),
        (_("Conversion by first response"),
         Chart("columns", _labels(met), [conversion], head=table.head, unit="percent")),
    ]  # fmt: skip


def _pools(table: Table) -> list[tuple[Any, Chart]]:
    rows = _drawn(table)
    series = [_series(table, rows, key, colour) for key, colour in
              (("entered", "gray"), ("claimed", "teal"), ("given", "blue"), ("waiting", "amber"))]  # fmt: skip
    return [
        (
            _("Pools beside each other"),
            Chart("bars" if len(rows) > 4 else "columns", _labels(rows), series, head=table.head),
        )
    ]


def _weeks(table: Table) -> list[tuple[Any, Chart]]:
    series = [_series(table, table.rows, key, colour) for key, colour in
              (("entered", "gray"), ("claimed", "teal"), ("given", "blue"))]  # fmt: skip
    won = _series(table, table.rows, "won", "orange", line=True)
    return [(_("Week by week"), Chart("columns", _labels(table.rows), [*series, won], head=table.head))]


def _leaderboard(table: Table) -> list[tuple[Any, Chart]]:
    rows = _drawn(table)
    series = [_series(table, rows, key, colour) for key, colour in (("received", "gray"), ("converted", "teal"))]
    return [(_("Received and converted"), Chart("bars", _labels(rows), series, head=table.head))]


def _brought(table: Table) -> list[tuple[Any, Chart]]:
    rows = [row for row in _drawn(table) if row.cells["leads"].value]
    series = [_series(table, rows, key, colour) for key, colour in
              (("leads", "gray"), ("qualified", "purple"), ("converted", "teal"))]  # fmt: skip
    return [(_("What they brought"), Chart("bars", _labels(rows), series, head=table.head))] if rows else []


_CHARTS = {
    "funnel": _funnel, "stages": _stages, "reaction": _reaction, "pools": _pools, "weeks": _weeks,
    "leaderboard": _leaderboard, "campaigns": _brought, "sources": _brought,
}  # fmt: skip
