"""The calendar: records on the days of one of their dates, by month or by week; dragging one changes its date."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from babel.dates import format_date, format_skeleton
from flask import request
from flask.typing import ResponseReturnValue

from core import db
from core.access.use import note_use
from core.errors import FieldProblem, Invalid, NotFound
from core.i18n import _, babel_locale, fmt_date, fmt_time
from core.records import services
from core.records.conditions import Condition
from core.records.fields import Choice, Date, DateTime, FieldError, FieldType
from core.records.fields.operators import zone
from core.records.form_rules import check_edit
from core.records.pages.addresses import list_url, new_url, next_url, url_of
from core.records.pages.blueprint import found, may_any, records, templates_of
from core.records.pages.cells import columns_of
from core.records.pages.filters import chips, damaged
from core.records.pages.lists import wanted_names
from core.records.pages.shown import AUTOMATIC, Shown
from core.records.query import Listing, Order
from core.records.types import titles
from core.records.views.setup import makes_days
from core.web import redirect_to, render, swap, toast

MOST = 1000
"""Entries of a month; whoever has more must filter."""
PER_DAY = 4
DAY, WEEK = timedelta(days=1), timedelta(days=7)
FIRST, LAST = date(1900, 2, 1), date(9998, 11, 30)
"""What may be asked for: fields take dates from 1900 to 9998, and a month shows days of its neighbours."""


@dataclass(frozen=True)
class Entry:
    """A record on a day. `at` is the hour, for dates that have one."""

    id: UUID
    url: str
    title: str
    at: str
    color: str
    state: str


@dataclass
class Day:
    day: date
    label: str
    is_today: bool
    is_outside: bool
    entries: list[Entry] = field(default_factory=list)
    more: int = 0
    more_url: str = ""
    new_url: str | None = None


@dataclass
class Calendar:
    """The records of a type on the days of a month or a week."""

    shown: Shown
    by: FieldType
    is_week: bool
    anchor: date
    is_cut: bool = False
    days: list[Day] = field(default_factory=list)

    @classmethod
    def of(cls, plural: str, given: Any = None) -> "Calendar":
        given = request.args if given is None else given
        shown = Shown.of(plural, "calendar", given=given)
        today = datetime.now(zone()).date()
        week, month = _day(given.get("week", "")), _day(f"{given.get('month', '')}-01")
        return cls(shown, _date_field(shown), week is not None, week or month or today)

    # --- which days ------------------------------------------------------------------------------------

    @property
    def first(self) -> date:
        start = self.anchor if self.is_week else self.anchor.replace(day=1)
        return start - DAY * start.weekday()

    @property
    def after(self) -> date:
        """The day after the last."""
        if self.is_week:
            return self.first + WEEK
        last = self.anchor.replace(day=monthrange(self.anchor.year, self.anchor.month)[1])
        return last + DAY * (7 - last.weekday())

    @property
    def title(self) -> str:
        if self.is_week:
            return f"{fmt_date(self.first)} – {fmt_date(self.after - DAY)}"
        return format_skeleton("yMMMM", self.anchor, locale=babel_locale())

    @property
    def weekdays(self) -> list[str]:
        return [format_date(self.first + DAY * n, "EEE", locale=babel_locale()) for n in range(7)]

    # --- addresses -------------------------------------------------------------------------------------

    def url(self, anchor: date | None = None, *, week: bool | None = None, **more: Any) -> str:
        week = self.is_week if week is None else week
        at = anchor or self.anchor
        return self.shown.url("calendar", **({"week": at.isoformat()} if week else {"month": f"{at:%Y-%m}"}), **more)

    @property
    def previous_url(self) -> str:
        at = self.first - WEEK if self.is_week else self.anchor.replace(day=1) - DAY
        return self.url(max(at, FIRST))

    @property
    def next_url(self) -> str:
        at = self.first + WEEK if self.is_week else self.anchor.replace(day=28) + DAY * 4
        return self.url(min(at, LAST))

    @property
    def today_url(self) -> str:
        return self.url(datetime.now(zone()).date())

    @property
    def moves_url(self) -> str:
        return f"{list_url(self.shown.record_type)}calendar/moves?{urlencode({'date': self.by.key})}"

    def choosable(self) -> list[FieldType]:
        return self.shown.dates()

    # --- reading ---------------------------------------------------------------------------------------

    def read(self) -> None:
        """Everything of these days in one statement, the names that the filter speaks of in another."""
        shown, record_type = self.shown, self.shown.record_type
        within: Condition = {"all": [
            *([shown.condition] if shown.condition else []),
            {"field": self.by.key, "op": "gte", "value": self._edge(self.first)},
            {"field": self.by.key, "op": "lt", "value": self._edge(self.after)},
        ]}  # fmt: skip
        state = record_type.state_field()
        fields = [self.by, *([state] if state else [])]
        matching = Listing(record_type, within, shown.q).matching(*columns_of(record_type, fields))
        order = Order.of(record_type, self.by.key)
        rows = list(db.session().execute(order.apply(matching, None, False).limit(MOST + 1)))
        self.is_cut, rows = len(rows) > MOST, rows[:MOST]
        note_use("listed", len(rows))
        shown.chips = chips(record_type, shown.condition, titles(wanted_names(shown, (), [])))
        self._deal(rows)

    def _edge(self, day: date) -> str:
        if isinstance(self.by, DateTime):
            return datetime.combine(day, time(), zone()).astimezone(UTC).isoformat()
        return day.isoformat()

    def _deal(self, rows: Sequence[Any]) -> None:
        today = datetime.now(zone()).date()
        may_create = self.shown.can("create") and self.by.editable
        for n in range((self.after - self.first).days):
            day = self.first + DAY * n
            prefill = f"{day.isoformat()}T09:00" if isinstance(self.by, DateTime) else day.isoformat()
            fresh = new_url(self.shown.record_type, next=self.url(), **{self.by.key: prefill}) if may_create else None
            outside = not self.is_week and day.month != self.anchor.month
            label = format_date(day, "full", locale=babel_locale())
            self.days.append(Day(day, label, day == today, outside, new_url=fresh, more_url=self.url(day, week=True)))
        for row in rows:
            self.days[(self.day_of(self.by.get(row)) - self.first).days].entries.append(self.entry(row))
        if not self.is_week:
            for each in self.days:
                if len(each.entries) > PER_DAY + 1:
                    each.more, each.entries = len(each.entries) - PER_DAY, each.entries[:PER_DAY]

    def day_of(self, value: Any) -> date:
        """The day on which the one who looks finds it."""
        return value.astimezone(zone()).date() if isinstance(value, datetime) else value

    def entry(self, row: Any) -> Entry:
        record_type = self.shown.record_type
        state = record_type.state_field()
        value = self.by.get(row)
        option = state.by_value.get(state.get(row)) if isinstance(state, Choice) else None
        return Entry(
            id=row.id,
            url=url_of(record_type, row.id),
            title=record_type.title_of(row)[:140],
            at=fmt_time(value) if isinstance(value, datetime) else "",
            color=option.color if option else record_type.color,
            state=str(option.label) if option else "",
        )


def _date_field(shown: Shown) -> FieldType:
    """The date that was chosen, else the first that a person sets."""
    wish = shown.setup.dates_by
    chosen = shown.record_type.field(wish)
    if wish and (chosen is None or not makes_days(chosen)):
        raise NotFound(_("There is no such date to make a calendar of."))
    dates = shown.dates()
    usual = [f for f in dates if f.key not in AUTOMATIC] or dates
    if chosen is None and not usual:
        raise NotFound(_("There is no such date to make a calendar of."))
    return chosen or usual[0]


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return found if found and FIRST <= found <= LAST else None


@records.get("/<plural>/calendar", permission=may_any("view"))
def show_calendar(plural: str) -> ResponseReturnValue:
    calendar = Calendar.of(plural)
    shown = calendar.shown
    if not shown.error:
        try:
            calendar.read()
        except Invalid as error:
            shown.error = damaged(error)
    return render(
        templates_of(shown.record_type, "calendar"),
        status=422 if shown.error else 200,
        calendar=calendar,
        may_move=shown.can("edit") and calendar.by.editable,
        **shown.frame(),
    )


@records.post("/<plural>/calendar/moves", permission=may_any("edit"))
def move_entry(plural: str) -> ResponseReturnValue:
    """Put a record on another day: `to` is a day, which keeps the hour, or the exact value that it had before."""
    calendar = Calendar.of(plural, given=request.values)
    record_type, record = found(plural, _moved(), "edit")
    by = calendar.by
    if not by.editable:
        raise Invalid([FieldProblem("to", "read_only", _("This field is set by the system."))])
    before = by.get(record)
    value = _value(by, before, request.values.get("to", ""))
    check_edit(record_type, record, {by.key: value})
    services.update_record(record_type, record, {by.key: value})
    if "undone" not in request.values:
        back = urlencode({"date": by.key, "id": record.id, "to": by.dump(before) or "-", "undone": "1"})
        day = fmt_date(calendar.day_of(value)) if value else "—"
        message = _("“%(title)s” is on %(day)s now.", title=record_type.title_of(record)[:80], day=day)
        toast(message, undo=f"{list_url(record_type)}calendar/moves?{back}")
    fallback = calendar.url(calendar.day_of(value), week=False) if value else calendar.url()
    if "undone" in request.values:
        return redirect_to(next_url(fallback))
    return swap("records/_entry.html", otherwise=next_url(fallback), entry=calendar.entry(record), may_move=True)


def _value(by: FieldType, before: Any, to: str) -> Any:
    """The date after the move. Raises Invalid."""
    if to == "-" and not by.required:
        return None
    day = _day(to)
    try:
        if not isinstance(by, DateTime):
            return by.parse(to) if isinstance(by, Date) and to else _refuse()
        if day is None:
            return by.parse(to) if to else _refuse()
    except FieldError as error:
        raise Invalid([FieldProblem("to", error.code, error.message)]) from None
    hour = before.astimezone(zone()).timetz().replace(tzinfo=None) if before else time(9)
    return datetime.combine(day, hour, zone()).astimezone(UTC)


def _refuse() -> Any:
    raise Invalid([FieldProblem("to", "required", _("Say on which day."))])


def _moved() -> UUID:
    try:
        return UUID(request.values.get("id", ""))
    except ValueError:
        raise NotFound(_("There is no such record, or you may not see it.")) from None
