"""The list of a record type: columns, search, filter, sort, pages."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from core.access.decisions import scopes_for
from core.errors import Invalid
from core.records.conditions import Condition
from core.records.fields import FieldType
from core.records.pages.addresses import list_url, new_url
from core.records.pages.blueprint import may_any, records, templates_of
from core.records.pages.cells import columns_of, rows_html
from core.records.pages.filters import Chip, as_text, chips, damaged, pointed_in, read_filter
from core.records.query import Listing, Page
from core.records.types import RecordType, pointed_by, titles, type_of_plural
from core.web import render


@dataclass
class Shown:
    """What a list or board shows of a record type, as its address says."""

    record_type: RecordType
    page_name: str = ""
    condition: Condition | None = None
    error: str = ""
    chips: list[Chip] = field(default_factory=list)

    @classmethod
    def of(cls, plural: str, page_name: str = "") -> "Shown":
        made = cls(type_of_plural(plural), page_name)
        try:
            made.condition = read_filter(made.record_type)
        except Invalid as error:
            made.error = damaged(error)
        return made

    @property
    def q(self) -> str:
        return request.args.get("q", "").strip()[:200]

    @property
    def sort(self) -> str:
        return request.args.get("sort", "")

    @property
    def columns(self) -> str:
        return ",".join(request.args.getlist("columns"))[:1000]

    @property
    def match(self) -> str:
        return "any" if "any" in (self.condition or {}) else "all"

    @property
    def is_narrowed(self) -> bool:
        return bool(self.q or self.condition)

    def url(self, page_name: str | None = None, **changes: Any) -> str:
        """This page with something else: `url(sort="name")`; None leaves a parameter out."""
        given = self._carried() | changes
        query = urlencode({key: value for key, value in given.items() if value})
        page = self.page_name if page_name is None else page_name
        return f"{list_url(self.record_type)}{page}" + (f"?{query}" if query else "")

    def without(self, chip: Chip) -> str:
        return self.url(filter=as_text(chip.rest))

    def can(self, action: str) -> bool:
        return bool(scopes_for(action, self.record_type.name))

    def fields(self) -> list[FieldType]:
        """The columns: those that the address names, else the type's."""
        known = self.record_type.fields()
        picked = [known[key] for key in self.columns.split(",") if key in known]
        return picked or self.record_type.list_fields()

    def choosable(self) -> list[FieldType]:
        return [f for f in self.record_type.fields().values() if f.filterable or f.key in self.record_type.columns]

    def frame(self) -> dict[str, Any]:
        """What the head of a list and of a board share."""
        record_type = self.record_type
        return {
            "shown": self,
            "carried": self._carried(),
            "record_type": record_type,
            "new_url": new_url(record_type) if self.can("create") else None,
            "has_board": record_type.state_field() is not None,
            "board_url": self.url("board", sort=None, columns=None),
            "list_url": self.url(""),
            "import_url": f"{list_url(record_type)}import" if self.can("import") else None,
            "filter_url": f"{list_url(record_type)}filter?{urlencode({**self._carried(), 'on': self.page_name})}",
        }

    def _carried(self) -> dict[str, str]:
        given = {"q": self.q, "filter": request.args.get("filter"), "sort": self.sort, "columns": self.columns}
        return {key: value for key, value in given.items() if value}


@records.get("/<plural>/", permission=may_any("view"))
def list_records(plural: str) -> ResponseReturnValue:
    shown = Shown.of(plural)
    record_type, fields = shown.record_type, shown.fields()
    page = None
    if not shown.error:
        try:
            page = _read(shown, fields)
        except Invalid as error:
            shown.error = damaged(error)
    ticks = shown.can("delete") or (shown.can("transfer") and "owner" in record_type.builtin)
    return render(
        templates_of(record_type, "list"),
        "records/_list.html",
        status=422 if shown.error else 200,
        found=page,
        is_bare=page is not None and not page.records and not shown.is_narrowed and not page.previous,
        fields=fields,
        sortable={f.key for f in fields if f.sortable and f.filterable and f.slot},
        ticks=ticks,
        body=_body(shown, page, fields, ticks=ticks),
        previous=shown.url(before=page.previous) if page and page.previous else None,
        next=shown.url(after=page.next) if page and page.next else None,
        here=shown.url(after=request.args.get("after"), before=request.args.get("before")),
        **shown.frame(),
    )


def _read(shown: Shown, fields: Sequence[FieldType]) -> Page:
    listing = Listing(
        shown.record_type, shown.condition, shown.q, shown.sort,
        after=request.args.get("after") or None, before=request.args.get("before") or None,
    )  # fmt: skip
    return listing.page(total=True, columns=columns_of(shown.record_type, fields))


def _body(shown: Shown, page: Page | None, fields: Sequence[FieldType], *, ticks: bool) -> Markup:
    """The rows, and the chips of the filter: both speak of other records, whose names are read at once."""
    rows = page.records if page else ()
    wanted = pointed_by(fields, rows)
    for target, ids in pointed_in(shown.record_type, shown.condition).items():
        wanted.setdefault(target, set()).update(ids)
    names = titles(wanted)
    shown.chips = chips(shown.record_type, shown.condition, names)
    return rows_html(shown.record_type, rows, fields, names, ticks=ticks)
