"""What a list, board, calendar or split view shows: a view as it was saved, and what the address changes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from flask import request

from core.access.decisions import scopes_for
from core.errors import Invalid
from core.i18n import _
from core.records.conditions import Condition
from core.records.fields import FieldType
from core.records.pages.addresses import list_url, new_url
from core.records.pages.filters import Chip, as_text, damaged, read_filter
from core.records.types import RecordType, type_of_plural
from core.records.views import Column, Setup, View, Views, as_columns, labels_of_retired, may_change, views_of
from core.records.views.setup import Closed, makes_days, makes_lanes, sorts, sums_up

PAGES = {"list": "", "split": "split", "board": "board", "calendar": "calendar"}
"""The page that shows each kind of view."""
TEXTS = {
    "sort": "sort",
    "group": "group_by",
    "by": "lanes_by",
    "date": "dates_by",
    "sum": "sum_of",
    "density": "density",
}
"""Parameters of the address that are one word of a setup each."""
ALL = "all"
LONGEST = 2000
MOST_TABS = 6


@dataclass
class Shown:
    """`base` is what was saved, `setup` what is shown: the same unless the address says otherwise."""

    record_type: RecordType
    page_name: str
    views: Views
    view: View | None
    base: Setup
    setup: Setup
    given: Mapping[str, str]
    error: str = ""
    lost: Sequence[str] = ()
    is_gone: bool = False
    began: bool = False
    chips: list[Chip] = field(default_factory=list)

    @classmethod
    def of(cls, plural: str, page_name: str = "", given: Any = None) -> "Shown":
        """As the address says, or `given` a form that came from such a page."""
        record_type, given = type_of_plural(plural), request.args if given is None else given
        views = views_of(record_type)
        wish = given.get("view", "")
        began = not wish and not any(given.get(name) for name in ("q", "filter", "sort", "columns", "by", "after"))
        view = views.get(wish) if wish else views.first() if began else None
        base, lost, error = _mended(record_type, Setup.of(view) if view else _usual(views))
        setup, error = replace(base, kind=_kind(page_name)), "" if "filter" in given else error
        try:
            setup = replace(setup, **changed(record_type, given))
        except Invalid as invalid:
            error = damaged(invalid)
        return cls(
            record_type, page_name, views, view, base, setup, given, error,
            lost if view else (), is_gone=bool(wish) and wish != ALL and view is None, began=began and view is not None,
        )  # fmt: skip

    # --- what is shown ---------------------------------------------------------------------------------

    @property
    def q(self) -> str:
        return self.given.get("q", "").strip()[:200]

    @property
    def condition(self) -> Condition | None:
        return self.setup.condition

    @property
    def sort(self) -> str:
        return self.setup.sort

    @property
    def order(self) -> str:
        """By what the records are read: those of one group together."""
        sort = self.sort or self.record_type.sort
        group = self.setup.group_by
        rest = [key for key in sort.split(",") if key.removeprefix("-") != group]
        falls = f"-{group}" in sort.split(",")
        return ",".join([f"{'-' if falls else ''}{group}", *rest]) if group in self.record_type.fields() else sort

    @property
    def match(self) -> str:
        return "any" if "any" in (self.condition or {}) else "all"

    @property
    def is_narrowed(self) -> bool:
        return bool(self.q or self.condition)

    def columns(self) -> list[Column]:
        """The columns that there are: those chosen, else the type's."""
        known = self.record_type.fields()
        picked = [column for column in self.setup.columns if column.key in known]
        return picked or [Column(of.key) for of in self.record_type.list_fields()]

    def widths(self) -> dict[str, int]:
        return {column.key: column.width for column in self.setup.columns if column.width}

    def sort_keys(self) -> list[tuple[str, bool]]:
        """By which fields it is sorted, and whether downwards."""
        return [(key.removeprefix("-"), key.startswith("-")) for key in self.sort.split(",") if key]

    def fields(self) -> list[FieldType]:
        known = self.record_type.fields()
        return [known[column.key] for column in self.columns()] or [self.record_type.title_field]

    def can(self, action: str) -> bool:
        return bool(scopes_for(action, self.record_type.name))

    # --- what may be chosen ----------------------------------------------------------------------------

    def choosable(self) -> list[FieldType]:
        """The fields that may be columns, the present ones first and in their order."""
        present = self.fields()
        every = self.record_type.fields().values()
        others = [f for f in every if f.filterable or f.guarded or f.key in self.record_type.columns]
        return [*present, *(f for f in others if f not in present)]

    def sortable(self) -> list[FieldType]:
        return [f for f in self.record_type.fields().values() if f.sortable and sorts(f)]

    def groupable(self) -> list[FieldType]:
        return [f for f in self.record_type.fields().values() if makes_lanes(f) and f.slot]

    def dates(self) -> list[FieldType]:
        return [f for f in self.record_type.fields().values() if makes_days(f)]

    def summable(self) -> list[FieldType]:
        return [f for f in self.record_type.fields().values() if sums_up(f)]

    # --- addresses -------------------------------------------------------------------------------------

    def url(self, page_name: str | None = None, **changes: Any) -> str:
        """This page with something else: `url(sort="name")`; None leaves a parameter as it was saved."""
        given = self.carried() | changes
        saved = texts(self.base)
        query = urlencode({k: v for k, v in given.items() if v or (v == "" and saved.get(k))})
        page = self.page_name if page_name is None else page_name
        return f"{list_url(self.record_type)}{page}" + (f"?{query}" if query else "")

    def without(self, chip: Chip) -> str:
        return self.url(filter=as_text(chip.rest))

    def carried(self) -> dict[str, str]:
        """The parameters that say what is shown."""
        saved, present = texts(self.base), texts(self.setup)
        differs = {key: text for key, text in present.items() if text != saved[key]}
        return {**self._named(), **({"q": self.q} if self.q else {}), **differs}

    def _named(self) -> dict[str, str]:
        if self.view:
            return {"view": str(self.view.id)}
        return {"view": ALL} if self.views.first() else {}

    def view_url(self, view: View | None) -> str:
        """The address of a saved view, or of all records."""
        if view:
            return f"{list_url(self.record_type)}{PAGES[view.kind]}?view={view.id}"
        return list_url(self.record_type) + (f"?view={ALL}" if self.views.first() else "")

    def query(self) -> str:
        """What is shown as the parameters of another page's address."""
        return urlencode({**self.carried(), "kind": self.setup.kind})

    # --- saved views -----------------------------------------------------------------------------------

    def tabs(self) -> tuple[list[View], list[View]]:
        """The views that stand above the list, the one at hand among them, and those that fold away."""
        tabs = list(self.views.all[:MOST_TABS])
        if self.view and self.view not in tabs:
            tabs[-1] = self.view
        return tabs, [view for view in self.views.all if view not in tabs]

    @property
    def is_mine_first(self) -> bool:
        """Whether the member chose to begin with this view."""
        habit = self.views.habit
        return bool(habit and habit.view_id and (self.view is None or habit.view_id == self.view.id))

    def lost_labels(self) -> str:
        """The names of the fields that the view used and that are gone."""
        there = self.record_type.all_fields()
        return _(", ").join(labels_of_retired(self.record_type.name, [key for key in self.lost if key not in there]))

    @property
    def has_closed(self) -> bool:
        """Whether the view uses fields that are there, though not for the member."""
        return not self.record_type.all_fields().keys().isdisjoint(self.lost)

    @property
    def is_changed(self) -> bool:
        """Whether there is something to save."""
        if self.view is None:
            plain = texts(replace(self.base, condition=None, sort=""))
            now = texts(self.setup)
            return any(now[key] != plain[key] for key in ("filter", "sort", "group", "by", "date", "sum", "lanes"))
        return self.setup.kind != self.base.kind or texts(self.setup) != texts(self.base) or bool(self.lost)

    @property
    def may_save(self) -> bool:
        return self.view is not None and may_change(self.view)

    def frame(self) -> dict[str, Any]:
        """What the heads of all these pages share."""
        record_type = self.record_type
        has_board, has_calendar = bool(self.groupable()), any(f.key not in AUTOMATIC for f in self.dates())
        kinds = [
            ("list", _("List"), "list", True),
            ("split", _("List and record"), "layout-sidebar", True),
            ("board", _("Board"), "layout-kanban", has_board),
            ("calendar", _("Calendar"), "calendar", has_calendar),
        ]
        return {
            "shown": self,
            "carried": self.carried(),
            "record_type": record_type,
            "new_url": new_url(record_type) if self.can("create") else None,
            "kinds": [(PAGES[k], label, icon, self.url(PAGES[k])) for k, label, icon, there in kinds if there],
            "list_url": self.url(""),
            "plain_url": list_url(record_type) + (f"?view={ALL}" if self.views.first() else ""),
            "import_url": f"{list_url(record_type)}import" if self.can("import") else None,
            "filter_url": f"{list_url(record_type)}filter?"
            + urlencode({**self.carried(), "filter": as_text(self.condition), "on": self.page_name}),
        }


AUTOMATIC = ("created_at", "updated_at")
"""Dates that every record has: they alone make no calendar worth offering."""


def _kind(page_name: str) -> str:
    return next(kind for kind, page in PAGES.items() if page == page_name)


def _mended(record_type: RecordType, setup: Setup) -> tuple[Setup, list[str], str]:
    """What of a setup fits the member, what does not, and why it can show them nothing."""
    try:
        return *setup.mended(record_type), ""
    except Closed as closed:
        return *replace(setup, condition=None).mended(record_type), closed.message


def _usual(views: Views) -> Setup:
    """All records, in the columns that the member last had."""
    habit = views.habit
    if habit is None:
        return Setup()
    return Setup(columns=as_columns(habit.columns), density=habit.density, totals=dict(habit.totals))


def texts(setup: Setup) -> dict[str, str]:
    """A setup as parameters of an address."""
    return {name: getattr(setup, attr) for name, attr in TEXTS.items()} | {
        "filter": as_text(setup.condition),
        "columns": ",".join(map(str, setup.columns)),
        "lanes": ",".join(setup.lanes),
        "totals": ",".join(f"{key}:{figure}" for key, figure in setup.totals.items()),
    }


def changed(record_type: RecordType, given: Any) -> dict[str, Any]:
    """What the parameters of an address say of a setup. Raises Invalid for a filter that does not fit."""
    found: dict[str, Any] = {attr: given[name][:200].strip() for name, attr in TEXTS.items() if name in given}
    if "columns" in given:
        several = given.getlist("columns") if hasattr(given, "getlist") else [given["columns"]]
        found["columns"] = as_columns(",".join(several)[:LONGEST])
    if "lanes" in given:
        found["lanes"] = tuple(key for key in given["lanes"][:LONGEST].split(",") if key)
    if "totals" in given:
        pairs = (each.partition(":") for each in given["totals"][:LONGEST].split(",") if each)
        fields = record_type.fields()
        found["totals"] = {k: f for k, _colon, f in pairs if k in fields and f in fields[k].aggregates}
    if "filter" in given:
        found["condition"] = read_filter(record_type, given["filter"])
    return found
