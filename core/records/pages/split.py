"""The list and the record beside each other: the record follows as one goes through the list."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from core.records.pages.addresses import url_of
from core.records.pages.blueprint import may_any, records, templates_of
from core.records.pages.cells import cell_once
from core.records.pages.filters import chips
from core.records.pages.lists import read_page, wanted_names
from core.records.pages.shown import Shown
from core.records.types import titles
from core.web import redirect_to, render

BITS = 2


@dataclass(frozen=True)
class Item:
    """A record in the list: `url` is its page, `here` this page with it, `part` what is fetched to show it here."""

    id: UUID
    title: str
    bits: list[Markup]
    url: str
    here: str
    part: str
    is_chosen: bool


@records.get("/<plural>/split", permission=may_any("view"))
def show_split(plural: str) -> ResponseReturnValue:
    shown = Shown.of(plural, "split")
    if shown.began and shown.view and shown.view.kind != "split":
        return redirect_to(shown.view_url(shown.view))
    record_type = shown.record_type
    fields = [f for f in shown.fields() if f.key != record_type.title][:BITS]
    page = read_page(shown, fields)
    rows = page.records if page else []
    names = titles(wanted_names(shown, rows, fields))
    shown.chips = chips(record_type, shown.condition, names)
    chosen = _chosen(rows)
    at = {key: request.args.get(key) for key in ("after", "before")}
    drawn: dict[Any, Markup] = {}
    items = []
    for row in rows:
        here = shown.url(**at, record=str(row.id))
        part = f"{url_of(record_type, row.id)}?{urlencode({'next': here})}"
        items.append(Item(
            id=row.id, title=record_type.title_of(row)[:140],
            bits=[html for of in fields if (html := cell_once(of, row, names, drawn))],
            url=url_of(record_type, row.id), here=here, part=part,
            is_chosen=row.id == chosen,
        ))  # fmt: skip
    return render(
        templates_of(record_type, "split"),
        status=422 if shown.error else 200,
        found=page,
        items=items,
        chosen=next((item for item in items if item.is_chosen), None),
        previous=shown.url(before=page.previous) if page and page.previous else None,
        next=shown.url(after=page.next) if page and page.next else None,
        **shown.frame(),
    )


def _chosen(rows: Any) -> UUID | None:
    """The record that the address names where it is on this page, else the first."""
    wish = request.args.get("record", "")
    return next((row.id for row in rows if str(row.id) == wish), rows[0].id if rows else None)
