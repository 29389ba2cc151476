"""Figures over all records that match: sums, averages, least and most, in one statement."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from markupsafe import Markup
from sqlalchemy import Text, and_, cast, func, null, select
from sqlalchemy.orm import aliased

from core import current, db
from core.i18n import _l, fmt_number
from core.records.conditions import Condition
from core.records.fields import Amount, FieldType, Money
from core.records.query import Listing
from core.records.side_index import CustomValue
from core.records.types import RecordType

FIGURES = {
    "sum": _l("Sum"),
    "avg": _l("Average"),
    "min": _l("Least"),
    "max": _l("Most"),
    "count": _l("Filled in"),
}
SHOWN_FOR = ("sum", "avg", "min", "max")
"""A field without any of these has no figures worth a row: it can only be counted."""
CURRENCIES = 50


def choices_for(field: FieldType) -> list[tuple[str, Any]]:
    """The figures that may stand below a column."""
    if not set(SHOWN_FOR) & set(field.aggregates) or not field.slot:
        return []
    return [(name, label) for name, label in FIGURES.items() if name in field.aggregates]


def measured(record_type: RecordType, field: FieldType) -> tuple[Any, Any, Callable[[Any], Any]]:
    """The SQL of a field's value and of its currency (null without one), and what joins them to a statement."""
    model: Any = record_type.model
    if not field.custom_id or getattr(field, "computed", False):
        currency = getattr(model, field.currency_attr) if isinstance(field, Money) and not field.custom_id else None
        return field.expression(model), cast(null(), Text) if currency is None else currency, lambda found: found
    side = aliased(CustomValue)
    on = and_(side.tenant_id == current.tenant_id(), side.record_id == model.id, side.field_id == field.custom_id)
    currency = model.custom[field.key]["currency"].astext if isinstance(field, Money) else cast(null(), Text)
    return getattr(side, field.slot), currency, lambda found: found.select_from(model).outerjoin(side, on)


def figures_of(
    record_type: RecordType, condition: Condition | None, search: str, wanted: Sequence[tuple[FieldType, str]]
) -> list[tuple[Any, Markup | str]]:
    """The name and the value of each figure, over all records that match. Money is never added across currencies."""
    if not wanted:
        return []
    parts = [measured(record_type, of) for of, _name in wanted]
    columns: list[Any] = []
    for number, (value, currency, _join) in enumerate(parts):
        columns += [value.label(f"v{number}"), currency.label(f"c{number}")]
    found = Listing(record_type, condition, search).matching(*columns)
    for _value, _currency, join in parts:
        found = join(found)
    some = found.subquery()
    currencies = [some.c[f"c{number}"] for number, (of, _name) in enumerate(wanted) if isinstance(of, Money)]
    asked: list[Any] = []
    for number, (of, name) in enumerate(wanted):
        value = some.c[f"v{number}"]
        asked += [func.count(value), getattr(func, "sum" if name == "avg" else name)(value), some.c[f"c{number}"] if
                  isinstance(of, Money) else null()]  # fmt: skip
    rows = db.session().execute(select(*asked).group_by(*currencies).limit(CURRENCIES)).all()
    return [(FIGURES[name], _figure(of, name, [row[3 * n : 3 * n + 3] for row in rows]))
            for n, (of, name) in enumerate(wanted)]  # fmt: skip


def short(value: Any) -> int | float:
    """At most two decimals, and none where there is nothing behind the point."""
    rounded = round(float(value), 2)
    return int(rounded) if rounded == int(rounded) else rounded


def plain_number(value: Any) -> str:
    return fmt_number(short(value))


def _figure(of: FieldType, name: str, rows: Sequence[Any]) -> Markup | str:
    """One figure out of the groups of several currencies."""
    if name == "count":
        return fmt_number(sum(row[0] for row in rows))
    groups: dict[Any, list[Any]] = {}
    for count, value, currency in rows:
        if count:
            groups.setdefault(currency, []).append((count, value))
    shown = [_shown(of, name, currency, both) for currency, both in sorted(groups.items(), key=lambda g: str(g[0]))]
    return Markup(" + " if name == "sum" else " · ").join(shown) if shown else "—"


def _shown(of: FieldType, name: str, currency: Any, groups: Sequence[Any]) -> Any:
    count, values = sum(each[0] for each in groups), [each[1] for each in groups]
    if name in ("min", "max"):
        value = min(values) if name == "min" else max(values)
    else:
        value = sum(values) / count if name == "avg" else sum(values)
    if isinstance(of, Money):
        return of.html(Amount(round(value), currency)) if currency else fmt_number(round(value))
    if isinstance(value, (int, float, Decimal)):
        return of.html(short(value)) if name != "sum" else plain_number(value)
    if of.custom_id and of.type_name == "date":
        value = value.date()
    return of.html(value)
