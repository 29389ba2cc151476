"""The list of a record type: columns, search, filter, sort, groups, pages, and the figures at its foot."""

from collections.abc import Sequence
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from core.access.use import note_use
from core.errors import Invalid
from core.records.fields import FieldType
from core.records.pages.blueprint import may_any, records, templates_of
from core.records.pages.bulk import bulk_actions
from core.records.pages.cells import columns_of, rows_html
from core.records.pages.filters import as_text, chips, damaged, pointed_in
from core.records.pages.shown import Shown
from core.records.pages.sums import figures_of
from core.records.query import Listing, Page
from core.records.types import pointed_by, titles
from core.records.views.setup import sorts
from core.web import redirect_to, render


@records.get("/<plural>/", permission=may_any("view"))
def list_records(plural: str) -> ResponseReturnValue:
    shown = Shown.of(plural)
    if shown.began and shown.view and shown.view.kind != "list":
        return redirect_to(shown.view_url(shown.view))
    record_type, fields = shown.record_type, shown.fields()
    page = read_page(shown, fields)
    ticks = shown.can("delete") or (shown.can("transfer") and "owner" in record_type.builtin) or shown.can("edit")
    return render(
        templates_of(record_type, "list"),
        "records/_list.html",
        status=422 if shown.error else 200,
        found=page,
        is_bare=page is not None and not page.records and not shown.is_narrowed and not page.previous,
        fields=fields,
        columns=shown.columns(),
        sortable={f.key for f in fields if f.sortable and sorts(f)},
        ticks=ticks,
        body=_body(shown, page, fields, ticks=ticks),
        previous=shown.url(before=page.previous) if page and page.previous else None,
        next=shown.url(after=page.next) if page and page.next else None,
        here=shown.url(after=request.args.get("after"), before=request.args.get("before")),
        matching=matching(shown),
        bulk_actions=bulk_actions(record_type),
        totals=_totals(shown, fields, ticks=ticks),
        **shown.frame(),
    )


@records.get("/<plural>/totals", permission=may_any("view"))
def show_totals(plural: str) -> ResponseReturnValue:
    """The foot of the list, asked for once the list is there: it may have to read all that matches."""
    shown = Shown.of(plural)
    fields = shown.fields()
    wanted = [(f, shown.setup.totals[f.key]) for f in fields if shown.setup.totals.get(f.key) in f.aggregates]
    wanted = [] if shown.error else wanted
    figures = figures_of(shown.record_type, shown.condition, shown.q, wanted)
    by_key = {of.key: figure for (of, _name), figure in zip(wanted, figures, strict=True)}
    return render(
        "records/totals.html", "records/_totals.html", shown=shown, fields=fields, record_type=shown.record_type,
        ticks="ticks" in request.args, figures=by_key,
        list_url=shown.url(""),
    )  # fmt: skip


def matching(shown: Shown) -> dict[str, str]:
    """What says, in a form, which records the list is of: the search and the condition, wherever they came from."""
    return {"q": shown.q, "filter": as_text(shown.condition), "sort": shown.order}


def read_page(shown: Shown, fields: Sequence[FieldType]) -> Page | None:
    """A page of the list; None, and the reason in `shown`, where the address does not fit."""
    if shown.error:
        return None
    listing = Listing(
        shown.record_type, shown.condition, shown.q, shown.order,
        after=request.args.get("after") or None, before=request.args.get("before") or None,
    )  # fmt: skip
    try:
        page = listing.page(total=True, columns=columns_of(shown.record_type, [*fields, *_group(shown)]))
    except Invalid as error:
        shown.error = damaged(error)
        return None
    note_use("listed", len(page.records))
    return page


def _group(shown: Shown) -> list[FieldType]:
    of = shown.record_type.fields().get(shown.setup.group_by)
    return [of] if of else []


def _body(shown: Shown, page: Page | None, fields: Sequence[FieldType], *, ticks: bool) -> Markup:
    """The rows, and the chips of the filter: both speak of other records, whose names are read at once."""
    rows, group = page.records if page else (), _group(shown)
    names = titles(wanted_names(shown, rows, [*fields, *group]))
    shown.chips = chips(shown.record_type, shown.condition, names)
    widths = {column.key for column in shown.columns() if column.width}
    return rows_html(
        shown.record_type, rows, fields, names, ticks=ticks, sized=widths, group=group[0] if group else None
    )


def wanted_names(shown: Shown, rows: Sequence[Any], fields: Sequence[FieldType]) -> dict[str, Any]:
    """What the rows and the filter point at."""
    wanted = pointed_by(fields, rows)
    for target, ids in pointed_in(shown.record_type, shown.condition).items():
        wanted.setdefault(target, set()).update(ids)
    return wanted


def _totals(shown: Shown, fields: Sequence[FieldType], *, ticks: bool) -> str | None:
    """Where the foot of the list comes from, if it has one."""
    return (
        shown.url("totals", ticks="1" if ticks else None) if any(f.key in shown.setup.totals for f in fields) else None
    )
