"""The kinds of values in a formula, and how a field of a record is read as one of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from babel.numbers import get_currency_precision, list_currencies
from sqlalchemy import BigInteger, Boolean, Date, DateTime, Double, Text, literal, select
from sqlalchemy.types import TypeEngine

from core import current
from core.i18n import _l
from core.records import fields as types
from core.records.fields import FieldType
from core.records.formulas.sql import Sql, joined, sql, within
from core.records.side_index import CustomValue
from core.records.typed import TypedRecord

KINDS = {
    "number": _l("a number"),
    "money": _l("an amount of money"),
    "text": _l("a text"),
    "date": _l("a date"),
    "instant": _l("a date and time"),
    "yes_no": _l("yes or no"),
    "list": _l("a list"),
    "link": _l("a link"),
    "empty": _l("nothing"),
}
POSTGRES = {"number": "numeric", "money": "numeric", "text": "text", "date": "date", "instant": "timestamptz",
            "yes_no": "boolean"}  # fmt: skip
LONGEST = 5_000
"""A text is cut there, so that formulas cannot make it grow without end."""
NOTHING = object()


@dataclass(frozen=True)
class Term:
    """A part of a formula: its kind and its SQL. Money is in whole units, 12.50 and not 1250.

    `currencies` are those of all amounts that went into it: they have to be one and the same. `constant` is the value
    of what was written as it is, `of` the field that it was read from.
    """

    kind: str
    sql: Sql
    currencies: tuple[Sql, ...] = ()
    constant: Any = field(default=NOTHING)
    of: FieldType | None = None


def text_of(value: str) -> Any:
    return literal(value, Text)


# --- a field of a record -------------------------------------------------------------------------------


def kind_of(of: FieldType) -> str | None:
    """The kind of a field's values; None where formulas cannot read them."""
    if isinstance(of, types.Money):
        return "money"
    if isinstance(of, types.YesNo):
        return "yes_no"
    if isinstance(of, (types.MultiChoice, types.Lines)):
        return "list"
    if of.secret or not of.slot or of.type_name in UNREAD:
        return None
    if of.points:
        return "link" if of.refers_to() else None
    if of.slot == "t":
        return "instant" if isinstance(of, types.DateTime) else "date" if isinstance(of, types.Date) else None
    return {"n": "number", "s": "text"}.get(of.slot)


UNREAD = ("rich_text", "address")
"""More than a text. What is secret is not read either: a formula would tell."""


def read(of: FieldType, kind: str, model: Any) -> Term:
    """A field of the record as a term."""
    if of.custom_id or isinstance(model, Line):
        return _read_json(of, kind, model)
    column = of.expression(model)
    if kind == "money":
        currency = sql("{}", getattr(model, of.currency_attr))  # type: ignore[attr-defined]
        return Term(kind, sql("({}::numeric * {})", column, unit(currency)), (sql("({})", currency),), of=of)
    if kind == "number":
        return Term(kind, _share(of, sql("round({}::numeric, 12)", column)), of=of)
    if kind == "text":
        return Term(kind, sql('left({} collate "default", 5000)', column), of=of)
    return Term(kind, sql("({})", column), of=of)


def _share(of: FieldType, value: Sql) -> Sql:
    """12.5 % is 0.125."""
    return sql("({} / 100)", value) if isinstance(of, types.Percent) else value


WRITTEN = "'^-?[0-9]{1,16}(?:[.][0-9]+)?$'"
DAY = "'^[0-9]{4}-[0-9]{2}-[0-9]{2}$'"
MOMENT = "'^[0-9]{4}-[0-9]{2}-[0-9]{2}T'"


def _read_json(of: FieldType, kind: str, model: Any) -> Term:
    """The same in the custom data. What is not of the field's type, as after a change of type, is empty."""
    held = model.line if isinstance(model, Line) else model.custom
    as_text = sql("({} ->> {})", held, text_of(of.key))
    if kind == "money":
        amount = sql("({} -> {} ->> 'amount')", held, text_of(of.key))
        currency = sql("substring({} -> {} ->> 'currency' from '^[A-Z][A-Z][A-Z]$')", held, text_of(of.key))
        return Term(kind, number_in(amount), (currency,), of=of)
    if kind == "number" and of.custom_id and not {int, float} & set(of.json_types):
        return Term(kind, _aside(of, model), of=of)
    if kind == "number":
        return Term(kind, _share(of, number_in(as_text)), of=of)
    if kind == "date":
        return Term(kind, _valid(as_text, DAY, "date"), of=of)
    if kind == "instant":
        return Term(kind, _valid(as_text, MOMENT, "timestamptz"), of=of)
    if kind == "yes_no":
        return Term(kind, sql("(case {} when 'true' then true when 'false' then false end)", as_text), of=of)
    if kind == "link":
        return Term(kind, _valid(as_text, "'.'", "uuid"), of=of)
    if kind == "list":
        return Term(kind, sql("({} -> {})", held, text_of(of.key)), of=of)
    return Term(kind, sql("left({}, 5000)", as_text), of=of)


def _aside(of: FieldType, model: Any) -> Sql:
    """A number that the custom data holds in a form of its own: the side index has it as a number."""
    found = select(CustomValue.n).where(
        CustomValue.tenant_id == current.tenant_id(),
        CustomValue.record_id == model.id,
        CustomValue.field_id == of.custom_id,
    )
    return sql("round({}::numeric, 12)", correlated(found, model).scalar_subquery())


def number_in(text: Sql) -> Sql:
    """The number that a text is, empty where it is none."""
    return sql(f"round(substring({{}} from {WRITTEN})::numeric, 12)", text)


def _valid(text: Sql, shape: str, type: str) -> Sql:
    """A stored text as a value of a Postgres type, empty where it is none."""
    template = f"(case when {{}} ~ {shape} and pg_input_is_valid({{}}, '{type}') then {{}}::{type} end)"
    return sql(template, text, text, text)


def correlated(statement: Any, model: Any) -> Any:
    """A statement inside of another one, that speaks of the other one's records."""
    return statement if isinstance(model, (Line, TypedRecord)) else statement.correlate(model)


class Line:
    """A row of a field of lines, in the place of a record: its cells are read from the JSON of the row."""

    def __init__(self, line: Any, columns: Sequence[FieldType]) -> None:
        self.line, self._columns = line, {column.attr: column for column in columns}

    def __getattr__(self, attr: str) -> Any:
        """What a condition compares: the cell as a column of a table would hold it."""
        of = self.__dict__["_columns"].get(attr)
        kind = kind_of(of) if of is not None else None
        if of is None or kind is None:
            raise AttributeError(attr)
        return final(read(of, kind, self))[0]


# --- currencies ----------------------------------------------------------------------------------------


def _of_precision(digits: int) -> str:
    found = sorted(code for code in list_currencies() if get_currency_precision(code) == digits)
    return ", ".join(f"'{code}'" for code in found if code.isalpha() and code.isascii())


UNIT = f"(case when {{}} in ({_of_precision(0)}) then 1 when {{}} in ({_of_precision(3)}) then 0.001 else 0.01 end)"


def unit(currency: Sql) -> Sql:
    """The smallest unit of a currency, in whole ones."""
    return sql(UNIT, currency, currency)


def currency_of(term: Term) -> Sql:
    """The currency of an amount; the workspace's own where no amount went into it."""
    home = text_of(current.tenant().currency)
    found = term.currencies[0] if len(term.currencies) == 1 else sql("least({})", joined(", ", list(term.currencies)))
    return sql("coalesce({}, {})", found, home) if term.currencies else sql("{}", home)


# --- the end -------------------------------------------------------------------------------------------

LARGEST = "1e15"
FIRST_DAY, LAST_DAY = "date '0001-01-01'", "date '9999-12-31'"
FIRST_MOMENT, LAST_MOMENT = "timestamptz '0002-01-01 00:00+00'", "timestamptz '9998-12-31 00:00+00'"
TYPES: dict[str, TypeEngine[Any]] = {
    "number": Double(), "money": BigInteger(), "text": Text(), "date": Date(), "instant": DateTime(timezone=True),
    "yes_no": Boolean(), "currency": Text(),
}  # fmt: skip


def day(value: Sql) -> Sql:
    """A day that has come out of arithmetic; empty where no calendar has it."""
    return within(value, FIRST_DAY, LAST_DAY)


def moment(value: Sql) -> Sql:
    return within(value, FIRST_MOMENT, LAST_MOMENT)


def final(term: Term) -> tuple[Sql, ...]:
    """What a statement selects and compares, as a column of the type: for money the minor units, and the currency."""
    value = _settled(term)
    if len(term.currencies) > 1:
        every = joined(", ", list(term.currencies))
        value = sql("(case when least({}) is not distinct from greatest({}) then {} end)", every, every, value)
    made = value.typed(TYPES[term.kind])
    return (made, currency_of(term).typed(Text())) if term.kind == "money" else (made,)


def _settled(term: Term) -> Sql:
    if term.kind == "number":
        return sql("{}::float8", within(term.sql, f"-{LARGEST}", LARGEST))
    if term.kind == "money":
        minor = sql("round({} / {})", term.sql, unit(currency_of(term)))
        return sql("{}::bigint", within(minor, "-9007199254740992", "9007199254740992"))
    if term.kind == "text":
        return sql("nullif(left({}, 5000), '')", term.sql)
    if term.kind == "date":
        return day(term.sql)
    return moment(term.sql) if term.kind == "instant" else sql("({})", term.sql)
