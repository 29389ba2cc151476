"""Fields that are not open to the member who asks, as their roles say.

A hidden field is not there. A masked one stands for its values with their covers, a read-only one takes none. Where a
rule leaves some records out ("masked, but not on one's own"), the field looks at the record before it tells a value;
in conditions it holds on the records only where the member may read it. So whoever asks `RecordType.fields()` for
fields, and the fields for values, cannot show too much.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from markupsafe import Markup
from sqlalchemy import ColumnElement, and_, select, true

from core import current, db
from core.access.adding import HIDDEN, OPEN, READ
from core.access.decisions import forget_answers
from core.access.scopes import Scoped, rows_in
from core.current import FieldAccess
from core.i18n import _
from core.records.covers import Rules, field_rules
from core.records.fields import FieldError, FieldType
from core.records.fields.base import NO_NAMES, Names
from core.web.static_files import icon

if TYPE_CHECKING:
    Base = FieldType
else:
    Base = object


class OfType(Scoped, Protocol):
    """What a guard must know of its field's record type."""

    model: Any
    title: str


class Covered:
    """What stands in the place of a value that the member may not read: how it looks covered."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Covered) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __str__(self) -> str:
        return self.text


class Guard(Base):
    """Mixed into the class of a field that is not open everywhere: values go out covered where they must."""

    guarded = True
    sortable = False
    aggregates: tuple[str, ...] = ()  # type: ignore[misc]
    asked: Sequence[FieldAccess]
    """How far the field is open, by each who says something of it: the strictest counts."""
    of: OfType

    def level(self, record: Any) -> int:
        """How far the field is open on this record. A record that is only being made is one's own."""
        record_id = getattr(record, "id", None)
        if record_id is None:
            return min(_most(each) for each in self.asked)
        covering = scopes_of(self.of, record_id) if any(each.raised for each in self.asked) else frozenset()
        return min(max([each.floor, *(level for scope, level in each.raised if scope in covering)])
                   for each in self.asked)  # fmt: skip

    def readable(self) -> ColumnElement[bool]:
        """The rows on which the member may read the field."""
        return self._rows(READ)

    def writable(self) -> ColumnElement[bool]:
        """The rows on which the member may write the field."""
        return self._rows(OPEN)

    def _rows(self, least: int) -> ColumnElement[bool]:
        closed = [each for each in self.asked if each.floor < least]
        rows = (rows_in([scope for scope, level in each.raised if level >= least], self.of) for each in closed)
        return and_(true(), *rows)

    def get(self, record: Any) -> Any:
        return self.seen(record, super().get(record))

    def seen(self, record: Any, value: Any) -> Any:
        level = self.level(record)
        if value is None or level >= READ or isinstance(value, Covered):
            return value
        return None if level == HIDDEN else Covered(str(super().mask(value)))

    def attrs(self) -> tuple[str, ...]:
        return ("id", *super().attrs())

    def keep(self, record_type: str, record: Any, value: Any) -> Any:
        if isinstance(value, Covered):
            raise FieldError("covered", str(value))
        return super().keep(record_type, record, value)

    # --- a cover goes out as it is, whatever the type makes of a value --------------------------------------

    def dump(self, value: Any) -> Any:
        return value.text if isinstance(value, Covered) else super().dump(value)

    def store(self, value: Any) -> Any:
        return value.text if isinstance(value, Covered) else super().store(value)

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        return value.text if isinstance(value, Covered) else super().text(value, names)

    def cell(self, value: Any, names: Names = NO_NAMES) -> Any:
        return value.text if isinstance(value, Covered) else super().cell(value, names)

    def cell_text(self, value: Any, names: Names = NO_NAMES) -> str:
        return value.text if isinstance(value, Covered) else super().cell_text(value, names)

    def typed(self, value: Any) -> Any:
        return value.text if isinstance(value, Covered) else super().typed(value)

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        return cover_html(value) if isinstance(value, Covered) else super().html(value, names)

    def page_html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        return cover_html(value) if isinstance(value, Covered) else super().page_html(value, names)

    def change_html(self, old: Any, new: Any, names: Names = NO_NAMES) -> Any:
        return None if isinstance(old, Covered) or isinstance(new, Covered) else super().change_html(old, new, names)

    def mask(self, value: Any) -> Any:
        return value.text if isinstance(value, Covered) else super().mask(value)

    def points_at(self, value: Any) -> tuple[str, UUID] | None:
        return None if isinstance(value, Covered) else super().points_at(value)

    def all_pointed(self, value: Any) -> list[tuple[str, UUID]]:
        return [] if isinstance(value, Covered) else super().all_pointed(value)

    def shown_schema(self) -> dict[str, Any]:
        return {} if min(each.floor for each in self.asked) < READ else super().shown_schema()


def cover_html(value: Covered) -> Markup:
    return Markup('<span class="gx-sealed">{}{}</span>').format(icon("lock"), value.text)


@cache
def _guarding(kind: type[FieldType]) -> type[FieldType]:
    return type(f"Guarded{kind.__name__}", (Guard, kind), {})


def guarded(of: FieldType, record_type: OfType, asked: Sequence[FieldAccess]) -> FieldType | None:
    """The field as the member has it; None where it is hidden on every record."""
    most, floor = min(_most(each) for each in asked), min(each.floor for each in asked)
    if most == HIDDEN:
        return None
    made = copy(of)
    made.editable = of.editable and most == OPEN
    made.required = of.required and made.editable
    if floor == READ and most == READ:
        return made
    made.__class__ = _guarding(type(of))  # type: ignore[arg-type]  # a class is hashable whatever its objects are
    made.asked, made.of = asked, record_type  # type: ignore[attr-defined]
    made.filterable = of.filterable and most >= READ
    made.unique = made.match_key = False
    return made


def as_member_has(fields: Mapping[str, FieldType], record_type: OfType, rules: Rules) -> dict[str, FieldType]:
    """The fields that the rules leave, each as far open as they say. What a record is called by is told wherever the
    record is named: no rule closes it further than that nobody writes it."""
    by_key: dict[str, list[FieldAccess]] = {}
    for key, access in rules:
        by_key.setdefault(key, []).append(_at_least(READ, access) if key == record_type.title else access)
    made = {key: guarded(f, record_type, by_key[key]) if key in by_key else f for key, f in fields.items()}
    return {key: f for key, f in made.items() if f is not None}


def _most(access: FieldAccess) -> int:
    return max([access.floor, *(level for _scope, level in access.raised)])


def _at_least(level: int, access: FieldAccess) -> FieldAccess:
    raised = tuple((scope, most) for scope, most in access.raised if most > level)
    return FieldAccess(max(level, access.floor), raised)


def guards(fields: Iterable[FieldType]) -> list[Any]:
    """Those of the fields that look at the record before they tell a value."""
    return [f for f in fields if f.guarded]


def closed_on(fields: Iterable[FieldType], record: Any) -> frozenset[str]:
    """The keys of the fields that the member may not write on this record, though on others."""
    return frozenset(f.key for f in guards(fields) if f.editable and f.level(record) < OPEN)


def closed_among(record_type: OfType, fields: Iterable[FieldType], ids: Sequence[UUID]) -> dict[UUID, list[FieldType]]:
    """Of these records, those on which the member may not write all of the fields, each with the closed ones."""
    asked = [f for f in guards(fields) if f.editable]
    if not asked:
        return {}
    look_at(record_type, ids)
    found = {each: [f for f in asked if f.level(SimpleNamespace(id=each)) < OPEN] for each in ids}
    return {each: closed for each, closed in found.items() if closed}


def not_yours_to_change(of: FieldType) -> str:
    return _("Your role does not let you change “%(field)s” here.", field=of.label)


# --- which scopes cover a record -----------------------------------------------------------------------


def scopes_of(record_type: OfType, record_id: UUID) -> frozenset[str]:
    """The scopes that the guards of the type ask about and that cover this record."""
    known = _known(record_type)
    if record_id not in known:
        look_at(record_type, [record_id])
    return known[record_id]


def look_at(record_type: OfType, record_ids: Iterable[UUID]) -> None:
    """Find out by one statement what the guards of the type will ask about these records. Without it, each record is
    one statement."""
    scopes = sorted({scope for _key, each in field_rules(record_type.name) for scope, _level in each.raised})
    known = _known(record_type)
    wanted = set(record_ids) - known.keys()
    if not scopes or not wanted:
        return
    model = record_type.model
    clauses = [rows_in([scope], record_type).label(f"c{n}") for n, scope in enumerate(scopes)]
    found = select(model.id, *clauses).where(model.tenant_id == current.tenant_id(), model.id.in_(wanted))
    known.update(dict.fromkeys(wanted, frozenset()))
    for row in db.session().execute(found):
        known[row.id] = frozenset(scope for n, scope in enumerate(scopes) if row[n + 1])


def forget() -> None:
    """Records may belong to others by now."""
    db.session().info.pop("guarded", None)
    forget_answers()


def _known(record_type: OfType) -> dict[UUID, frozenset[str]]:
    acting = (current.tenant().member.id if current.tenant().member else None, record_type.name)  # type: ignore[union-attr]
    return db.session().info.setdefault("guarded", {}).setdefault(acting, {})
