"""Seeing it: the pages of the figures, their tables as files, and how open the leaderboard is."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from core.sdk import (
    Invalid,
    MemberRow,
    NotFound,
    Team,
    _,
    fmt_date,
    holding,
    permitted,
    redirect_to,
    render,
    session,
    table_file,
    tenant_id,
    to,
    toast,
)
from plugins.leads.models import Pool
from plugins.leads.permissions import MANAGE_ROUTING
from plugins.leads.services.figures.all import FIGURES, Figure
from plugins.leads.services.figures.asking import NAMES, read_question
from plugins.leads.services.figures.dimensions import DIMENSIONS
from plugins.leads.services.figures.mine import COLUMNS, my_month
from plugins.leads.services.figures.openness import LEVELS, openness, set_openness
from plugins.leads.services.figures.periods import PERIODS
from plugins.leads.services.figures.questions import Question
from plugins.leads.services.figures.tables import Table
from plugins.leads.types import CAMPAIGN, LEAD
from plugins.leads.views.blueprints import leads
from plugins.leads.views.figures_shown import charts, plain, said, tiles, url_of_cell

MOST_OFFERED = 300


@leads.get("/figures", permission=to("view", "lead"))
def list_figures() -> ResponseReturnValue:
    return redirect_to(_address(next(iter(FIGURES)), _asked()))


@leads.get("/figures/mine", permission=to("view", "lead"))
def show_my_month() -> ResponseReturnValue:
    return render("leads/my_month.html", "leads/_my_month.html", month=my_month(), columns=COLUMNS, said=said,
                  url_of_cell=url_of_cell)  # fmt: skip


@leads.get("/figures/<name>", permission=to("view", "lead"))
def show_figure(name: str) -> ResponseReturnValue:
    figure = _figure(name)
    shown: dict[str, Any] = {"tables": [], "before": [], "period": None}
    errors: dict[str, str] = {}
    try:
        shown = _answered(figure, read_question(request.args))
    except Invalid as invalid:
        errors = {problem.field: problem.message for problem in invalid.problems}
    return render(
        "leads/figures.html", "leads/_figures.html", status=422 if errors else 200, name=name, figure=figure,
        errors=errors, asked=_asked(), tabs=_tabs(name), periods=PERIODS.items(), said=said, url_of_cell=url_of_cell,
        dimensions=[(key, DIMENSIONS[key].label) for key in figure.by], choices=_choices(), downloads=_downloads(name),
        tiles=tiles(shown["tables"], shown["before"]), charts=charts(shown["tables"]), levels=LEVELS.items(),
        openness=openness(), may_open=permitted(MANAGE_ROUTING.name), **shown,
    )  # fmt: skip


def _figure(name: str) -> Figure:
    if name not in FIGURES:
        raise NotFound(_("There is no such page."))
    return FIGURES[name]


def _answered(figure: Figure, question: Question) -> dict[str, Any]:
    before = question.period.before()
    return {
        "tables": figure.tables(question),
        "before": figure.tables(replace(question, period=before)),
        "period": _days(question),
        "compared": _days(replace(question, period=before)),
        "is_custom": question.period.name == "custom",
        "first": question.period.first,
        "last": question.period.last,
    }


def _days(question: Question) -> str:
    return _("%(first)s – %(last)s", first=fmt_date(question.period.first), last=fmt_date(question.period.last))


@leads.get("/figures/<name>/<key>.<kind>", permission=to("view", "lead"))
def download_figure(name: str, key: str, kind: str) -> ResponseReturnValue:
    figure, question = _figure(name), read_question(request.args)
    found = next((table for table in figure.tables(question) if table.key == key), None)
    if found is None or kind not in ("csv", "xlsx"):
        raise NotFound(_("There is no such page."))
    heads, rows = _as_cells(found)
    stem = f"{name}-{key}-{question.period.first}-{question.period.last}"
    return table_file(stem, heads, rows, kind)


def _as_cells(table: Table) -> tuple[list[str], list[list[Any]]]:
    """With shares as numbers, and times in minutes; money has a column for each currency."""
    rows = [*table.rows, *([table.total] if table.total else [])]
    heads, keys = [str(table.head)], []
    for column in table.columns:
        if column.kind == "money":
            for currency in sorted({c for row in rows for c in row.cells[column.key].money or ()}):
                heads.append(f"{column.label} ({currency})")
                keys.append((column, currency))
        else:
            heads.append(_("%(what)s (minutes)", what=column.label) if column.kind == "minutes" else str(column.label))
            keys.append((column, ""))
    return heads, [[row.label, *(_plain(row.cells[column.key], column.kind, c) for column, c in keys)] for row in rows]


def _plain(cell: Any, kind: str, currency: str) -> Any:
    value = plain(cell, kind)
    return float(value[currency]) if currency and value and currency in value else None if currency else value


@leads.post("/figures/openness", permission=holding(MANAGE_ROUTING.name))
def update_openness() -> ResponseReturnValue:
    set_openness(request.form.get("leaderboard", ""))
    toast(_("Saved."))
    return redirect_to(url_for(".show_figure", name="leaderboard"))


# --- what the form offers ------------------------------------------------------------------------------


def _asked() -> dict[str, str]:
    return {name: value for name in NAMES if (value := request.args.get(name, "").strip())}


def _tabs(name: str) -> list[dict[str, Any]]:
    """The figures; what is asked goes along."""
    asked = {key: value for key, value in _asked().items() if key != "by"}
    return [{"label": each.label, "icon": each.icon, "active": key == name,
             "url": _address(key, asked)} for key, each in FIGURES.items()]  # fmt: skip


def _address(name: str, asked: Mapping[str, str]) -> str:
    return url_for(".show_figure", name=name) + (f"?{urlencode(asked)}" if asked else "")


def _downloads(name: str) -> dict[str, str]:
    """Where a table is as a file, but for its name."""
    query = urlencode(_asked())
    return {kind: f"{url_for('.show_figure', name=name)}/%s.{kind}" + (f"?{query}" if query else "")
            for kind in ("xlsx", "csv")}  # fmt: skip


def _choices() -> dict[str, list[tuple[Any, Any]]]:
    """What leads may be narrowed down to: only by fields that the member may see."""
    fields, mine = LEAD.fields(), tenant_id()
    people = select(MemberRow.id, MemberRow.name).where(MemberRow.tenant_id == mine, MemberRow.status == "active")
    teams = select(Team.id, Team.name).where(Team.tenant_id == mine).order_by(Team.path)
    pools = select(Pool.id, Pool.name).where(
        Pool.tenant_id == mine, Pool.deleted_at.is_(None), Pool.record_type == "lead"
    )
    model = CAMPAIGN.model
    campaigns = CAMPAIGN.visible(model.id, model.name).order_by(model.id.desc())  # type: ignore[attr-defined]
    found = {
        "seller": people.order_by(MemberRow.name) if "owner" in fields else None,
        "team": teams if "owner" in fields else None,
        "pool": pools.order_by(Pool.position) if "pool" in fields else None,
        "campaign": campaigns if "campaign" in fields else None,
    }
    made = {key: [tuple(row) for row in session().execute(rows.limit(MOST_OFFERED))] if rows is not None else []
            for key, rows in found.items()}  # fmt: skip
    sources = fields.get("source")
    return made | {"source": [(option.value, option.label) for option in sources.options] if sources else []}  # type: ignore[attr-defined]
