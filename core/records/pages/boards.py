"""The board: the same records as the list, in lanes by a choice, a yes or no or a person; moving a card changes it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from babel.numbers import format_compact_currency, get_currency_precision
from flask import request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import BigInteger, Text, func, literal, null, select, union_all
from sqlalchemy.sql import cast

from core import access, current, db
from core.access.use import note_use
from core.errors import FieldProblem, Invalid, NotFound
from core.i18n import _, fmt_money, locale
from core.records import services
from core.records.conditions import Condition, compile_condition
from core.records.fields import Choice, FieldType, Member, Money, Names, YesNo
from core.records.form_rules import check_edit
from core.records.pages.addresses import list_url, next_url, url_of
from core.records.pages.blueprint import found, may_any, records, templates_of
from core.records.pages.cells import cell_once, columns_of
from core.records.pages.filters import chips, damaged
from core.records.pages.lists import wanted_names
from core.records.pages.shown import Shown
from core.records.pages.sums import measured, plain_number
from core.records.query import COUNTED, Listing, Order
from core.records.types import names_for, titles
from core.records.views.setup import makes_lanes, sums_up
from core.web import render, swap

SHOWN = 50
BITS = 3
NONE = "-"
"""The lane of what has no value."""
PEOPLE = 40
"""A board by people has at most so many lanes."""
FOLD = "~"


@dataclass(frozen=True)
class Card:
    id: UUID
    url: str
    title: str
    bits: Sequence[Markup]
    money: Markup | str
    owner: str


@dataclass
class Lane:
    """A column of the board. Beyond COUNTED records there is no exact total and no sum."""

    key: str
    label: str
    color: str
    condition: Condition
    cards: list[Card] = field(default_factory=list)
    total: int = 0
    sums: list[str] = field(default_factory=list)
    exact_sums: list[str] = field(default_factory=list)
    more_url: str | None = None
    list_url: str = ""
    moves: Markup = Markup()
    """The lanes to choose from for a card of this one."""
    is_folded: bool = False
    fold_url: str = ""
    left_url: str | None = None
    right_url: str | None = None

    @property
    def is_capped(self) -> bool:
        return self.total > COUNTED

    @property
    def counted(self) -> int:
        return min(self.total, COUNTED)


@dataclass
class Board:
    """A record type seen as a board by one of its choices."""

    shown: Shown
    by: FieldType
    lanes: list[Lane]
    drawn: dict[Any, Markup] = field(default_factory=dict)

    @classmethod
    def of(cls, plural: str) -> "Board":
        shown = Shown.of(plural, "board")
        by = cls._field(shown)
        lanes = _lanes_of(by)
        if not by.required:
            none = _("Without: %(field)s", field=by.label)
            lanes.append(Lane(NONE, none, "gray", {"field": by.key, "op": "empty"}))
        order = {key.lstrip(FOLD): n for n, key in enumerate(shown.setup.lanes)}
        lanes.sort(key=lambda lane: order.get(lane.key, len(order)))
        folded = {key.removeprefix(FOLD) for key in shown.setup.lanes if key.startswith(FOLD)}
        for lane in lanes:
            lane.is_folded = lane.key in folded
        return cls(shown, by, lanes)

    @staticmethod
    def _field(shown: Shown) -> FieldType:
        chosen = shown.record_type.field(shown.setup.lanes_by)
        if shown.setup.lanes_by and (chosen is None or not makes_lanes(chosen)):
            raise NotFound(_("There is nothing to make a board of."))
        state, groupable = shown.record_type.state_field(), shown.groupable()
        usual = state if state in groupable else next(iter(groupable), None)
        if (by := chosen or usual) is None:
            raise NotFound(_("There is nothing to make a board of."))
        return by

    @property
    def fields(self) -> list[FieldType]:
        """What a card shows besides the title: the columns that were chosen, or else the list's."""
        apart = (self.by.key, self.shown.record_type.title)
        return [f for f in self.shown.fields() if f.key not in apart]

    @property
    def money(self) -> FieldType | None:
        """What is added up in the head of a lane."""
        if (chosen := self.shown.record_type.field(self.shown.setup.sum_of)) and sums_up(chosen):
            return chosen
        return next((f for f in self.fields if isinstance(f, Money) and f.slot and sums_up(f)), None)

    def url(self, **more: Any) -> str:
        return self.shown.url("board", **more)

    @property
    def moves_url(self) -> str:
        return self.url().replace("/board", "/moves", 1)

    def arrange(self) -> None:
        """The addresses by which lanes change places, fold and unfold."""
        keys = [self._key(lane) for lane in self.lanes]
        for n, lane in enumerate(self.lanes):
            fold = [*keys[:n], lane.key if lane.is_folded else FOLD + lane.key, *keys[n + 1 :]]
            lane.fold_url = self._lanes_url(fold)
            lane.left_url = self._lanes_url(_swapped(keys, n, n - 1)) if n else None
            lane.right_url = self._lanes_url(_swapped(keys, n, n + 1)) if n + 1 < len(keys) else None

    @staticmethod
    def _key(lane: Lane) -> str:
        return FOLD + lane.key if lane.is_folded else lane.key

    def _lanes_url(self, keys: Sequence[str]) -> str:
        return self.url(lanes=",".join(keys))

    # --- reading ---------------------------------------------------------------------------------------

    def read(self) -> None:
        """The first cards of every lane in one statement, the counts and sums in another, the names in a third."""
        self.count()
        some = [self._first(lane) for lane in self.lanes if lane.total and not lane.is_folded]
        rows = db.session().execute(union_all(*(s.subquery().select() for s in some))).all() if some else []
        self._deal(rows)

    def _matching(self, lane: Lane, *columns: Any) -> Any:
        listing = Listing(self.shown.record_type, self.shown.condition, self.shown.q)
        return listing.matching(*columns).where(compile_condition(self.shown.record_type, lane.condition))

    def _columns(self) -> list[Any]:
        return columns_of(self.shown.record_type, [*self.fields, *([self.money] if self.money else [])])

    @property
    def _sort(self) -> str:
        """As the list is sorted; by a tenant's own field only the list can be, which reads it in two steps."""
        usual = self.shown.record_type.sort
        fields = self.shown.record_type.fields()
        return (
            usual
            if any(key in fields and fields[key].custom_id for key, _falls in self.shown.sort_keys())
            else self.shown.sort or usual
        )

    def _first(self, lane: Lane) -> Any:
        record_type = self.shown.record_type
        found = self._matching(lane, *self._columns()).add_columns(literal(lane.key, Text).label("lane"))
        return Order.of(record_type, self._sort).apply(found, None, False).limit(SHOWN + 1)

    def count(self) -> None:
        counts = db.session().execute(union_all(*(self._counted(lane) for lane in self.lanes)))
        lanes = {lane.key: lane for lane in self.lanes}
        for key, currency, number, total in counts:
            lanes[key].total += number
            if total and currency:
                lanes[key].sums.append(short_money(int(total), currency))
                lanes[key].exact_sums.append(fmt_money(int(total), currency))
            elif total:
                lanes[key].sums.append(plain_number(total))
                lanes[key].exact_sums.append(plain_number(total))
        for lane in self.lanes:
            lane.sums = [] if lane.is_capped else lane.sums[:2]
        self.lanes = [lane for lane in self.lanes if lane.total or not self._is_spare(lane)]

    def _is_spare(self, lane: Lane) -> bool:
        """Whether a lane is only shown when something lies in it."""
        return lane.key == NONE or (isinstance(self.by, Member) and lane.key != str(current.member_id()))

    def _counted(self, lane: Lane) -> Any:
        minor: Any = cast(null(), BigInteger)
        currency: Any = cast(null(), Text)
        money = self.money
        if money is not None:
            minor, currency, join = measured(self.shown.record_type, money)
        some = self._matching(lane, currency.label("currency"), minor.label("minor"))
        some = (join(some) if money is not None else some).limit(COUNTED + 1).subquery()
        total = func.sum(some.c.minor)
        return select(literal(lane.key, Text), some.c.currency, func.count(), total).group_by(some.c.currency)

    def _deal(self, rows: Sequence[Any]) -> None:
        """Give each lane its cards, and read the names that the cards and the filter speak of."""
        record_type = self.shown.record_type
        names = titles(wanted_names(self.shown, rows, self.fields))
        self.shown.chips = chips(record_type, self.shown.condition, names)
        order = Order.of(record_type, self._sort)
        by_lane: dict[str, list[Any]] = {}
        for row in rows:
            by_lane.setdefault(row.lane, []).append(row)
        note_use("listed", sum(len(mine[:SHOWN]) for mine in by_lane.values()))
        for lane in self.lanes:
            lane.moves = moves_from(lane, self.lanes)
            mine = by_lane.get(lane.key, [])
            lane.cards = [self.card(row, names) for row in mine[:SHOWN]]
            lane.list_url = list_url(record_type, self._narrowed(lane))
            if len(mine) > SHOWN:
                lane.more_url = self.url(lane=lane.key, after=order.cursor(mine[SHOWN - 1]))

    def _narrowed(self, lane: Lane) -> Condition:
        return {"all": [*([self.shown.condition] if self.shown.condition else []), lane.condition]}

    def more(self, lane: Lane, after: str) -> None:
        record_type = self.shown.record_type
        listing = Listing(record_type, self._narrowed(lane), self.shown.q, self._sort, limit=SHOWN, after=after)
        page = listing.page(columns=self._columns())
        note_use("listed", len(page.records))
        names = names_for(self.fields, page.records)
        lane.moves = moves_from(lane, self.lanes)
        lane.cards = [self.card(row, names) for row in page.records]
        lane.more_url = self.url(lane=lane.key, after=page.next) if page.next else None
        lane.list_url = list_url(record_type, self._narrowed(lane))

    def card(self, row: Any, names: Names) -> Card:
        record_type, owner = self.shown.record_type, self.shown.record_type.field("owner")
        money = self.money
        telling = [f for f in self.fields if f.align != "end" and not isinstance(f, Member)]
        bits = [html for f in telling if (html := cell_once(f, row, names, self.drawn))]
        return Card(
            id=row.id,
            url=url_of(record_type, row.id),
            title=record_type.title_of(row)[:140],
            bits=bits[:BITS],
            money=cell_once(money, row, names, self.drawn) if money else "",
            owner=names.get(("member", owner.get(row)), "") if owner in self.fields and owner is not None else "",
        )

    def choosable(self) -> list[FieldType]:
        return self.shown.groupable()


def moves_from(lane: Lane, lanes: Sequence[Lane]) -> Markup:
    option = Markup('<option value="{}"{}>{}</option>')
    chosen = Markup(" selected")
    return Markup().join(option.format(to.key, chosen if to is lane else "", to.label) for to in lanes)


def short_money(minor: int, currency: str) -> str:
    """¥1.8M, 180万: a sum as one compares it at a glance."""
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    shown = format_compact_currency(amount, currency, locale=locale(), fraction_digits=1)
    return shown.replace("CN¥", "¥") if currency == current.tenant().currency else shown


def _swapped(keys: Sequence[str], one: int, other: int) -> list[str]:
    found = list(keys)
    found[one], found[other] = found[other], found[one]
    return found


def _lanes_of(by: FieldType) -> list[Lane]:
    """A lane for each value that the field may have."""
    if isinstance(by, Choice):
        return [Lane(o.value, str(o.label), o.color, _is(by, o.value)) for o in by.options]
    if isinstance(by, YesNo):
        return [Lane("yes", _("Yes"), "green", _is(by, True)), Lane("no", _("No"), "gray", _is(by, False))]
    active = select(access.Member.id, access.Member.name).where(
        access.Member.tenant_id == current.tenant_id(), access.Member.status == "active"
    )
    people = db.session().execute(active.order_by(access.Member.name, access.Member.id).limit(PEOPLE))
    return [Lane(str(row.id), row.name, "blue", _is(by, str(row.id))) for row in people]


def _is(by: FieldType, value: Any) -> Condition:
    return {"field": by.key, "op": "is", "value": value}


@records.get("/<plural>/board", permission=may_any("view"))
def show_board(plural: str) -> ResponseReturnValue:
    board = Board.of(plural)
    shown = board.shown
    lane = next((lane for lane in board.lanes if lane.key == request.args.get("lane")), None)
    try:
        if lane and not shown.error:
            board.more(lane, request.args.get("after", ""))
            page = "records/_cards.html"
            return render(
                page,
                page,
                board=board,
                lane=lane,
                lanes=board.lanes,
                may_move=shown.can("edit"),
                record_type=shown.record_type,
            )
        if not shown.error:
            board.read()
            board.arrange()
    except Invalid as error:
        shown.error = damaged(error)
    return render(
        templates_of(shown.record_type, "board"),
        status=422 if shown.error else 200,
        board=board,
        lanes=board.lanes,
        is_empty=not any(lane.total for lane in board.lanes),
        may_move=shown.can("edit") and board.by.editable,
        **shown.frame(),
    )


@records.post("/<plural>/moves", permission=may_any("edit"))
def move_record(plural: str) -> ResponseReturnValue:
    """Answers with the card where it now lies, and the heads of the lanes; a refused move is undone on the page."""
    board = Board.of(plural)
    record_type, record = found(plural, _moved(), "edit")
    to = request.form.get("to") or request.form.get(f"to-{record.id}", "")
    lane = next((lane for lane in board.lanes if lane.key == to), None)
    if lane is None:
        raise Invalid([FieldProblem("to", "unknown_lane", _("There is no such column."))])
    if not board.by.editable:
        raise Invalid([FieldProblem("to", "read_only", _("This field is set by the system."))])
    values = {board.by.key: None if to == NONE else board.by.parse(to)}
    check_edit(record_type, record, values)
    services.update_record(record_type, record, values)
    names = names_for(board.fields, [record])
    board.count()
    lane.moves = moves_from(lane, board.lanes)
    return swap(
        "records/_moved.html",
        otherwise=next_url(board.url()),
        board=board,
        card=board.card(record, names),
        lane=lane,
        lanes=board.lanes,
        may_move=True,
        record_type=record_type,
    )


def _moved() -> UUID:
    try:
        return UUID(request.form.get("id", ""))
    except ValueError:
        raise NotFound(_("There is no such record, or you may not see it.")) from None
