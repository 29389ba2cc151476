"""Field types as a module declares them, in columns of its own: what goes in comes out, and every operator works."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from sqlalchemy import Column, MetaData, Table, Text, Uuid, select

from core import db
from core.db import new_id
from core.files import keep_file
from core.records.fields import FIELD_TYPES, AnyRecord, FieldError, FileRef, Money, Rating
from core.testing.conformance import EXAMPLE_ID, FINDS, FINDS_THE_OTHER, PNG, with_id

UNDECLARED = {"identity": "found by the side index alone"}
KINDS = [
    name
    for name, kind in FIELD_TYPES.items()
    if kind.__module__.startswith("core.") and not kind.computed and name not in UNDECLARED
]
LINES = [
    {"key": "what", "label": "What", "type": "text"},
    {"key": "when", "label": "When", "type": "date"},
    {"key": "price", "label": "Price", "type": "money"},
]


def declared(name):
    kind = FIELD_TYPES[name]
    given = {key: value for key, value in kind.example_config().items() if key in kind.configurable}
    if name == "state":
        given = {"states": FIELD_TYPES["choice"].example_config()["options"], "default": "red"}
    if name == "lines":
        given = {"columns": LINES}
    if issubclass(kind, Money):
        given["currency"] = "thing_currency"
    of = kind("Thing", **given)
    of.bind("thing_minor" if issubclass(kind, Money) else "thing_id" if of.points else "thing")
    return of


def table_of(of):
    """A table of one's own, gone with the transaction."""
    columns = [Column("id", Uuid, primary_key=True), Column(of.attr, of.column_type())]
    columns += [Column("thing_currency", Text)] if isinstance(of, Money) else []
    columns += [Column(of.type_attr, Text)] if isinstance(of, AnyRecord) else []
    made = Table(f"things_{of.type_name}", MetaData(), *columns, prefixes=["temporary"], postgresql_on_commit="DROP")
    made.create(db.session().connection())
    return made


def value_of(of, person):
    if of.assigned:
        return "SB-202611-0001"
    example = of.example()
    if EXAMPLE_ID in str(example) and getattr(of, "target", "") == "file":
        kept = keep_file("offer.png", PNG)
        return [FileRef(kept.id, kept.name, kept.size, kept.content_type)]
    if of.type_name == "lines":
        example = [{"what": "Pump", "when": "2026-03-08", "price": {"amount": "12.50", "currency": "EUR"}}]
    return of.parse_json(with_id(example, str(person.member_id)))


@pytest.mark.parametrize("name", KINDS)
def test_a_declared_field_keeps_its_value_and_is_found_by_every_operator(ada, name):
    of = declared(name)
    with ada.inside():
        things, value = table_of(of), value_of(of, ada)
        held, empty = new_id(), new_id()
        blank = dict.fromkeys(c.key for c in things.columns)
        row = SimpleNamespace(**blank)
        of.set(row, value)
        for one in (vars(row) | {"id": held}, blank | {"id": empty}):
            db.session().execute(things.insert(), one)
        read = {each.id: each for each in db.session().execute(select(things))}
        assert of.get(read[held]) == value
        assert of.get(read[empty]) is None
        assert of.dump(of.get(read[held])) == of.dump(value)
        for op_name, op in of.operators.items():
            raw = operand(of, op, value)
            if op_name == "in_my_team":
                continue
            clause = op.build(of.expression(things.c), of.operand(op, raw))
            found = set(db.session().scalars(select(things.c.id).where(clause)))
            if op_name in FINDS:
                assert found == {held}, op_name
            elif op_name in FINDS_THE_OTHER:
                assert found == {empty}, op_name


def operand(of, op, value):
    stored = of.dump(value)
    if op.takes == "period":
        return f"last_{max((datetime.now(UTC).date() - datetime(2026, 3, 1).date()).days, 1) + 30}_days"
    if op.takes == "text":
        return of.text(value)[:3]
    if op.takes in ("value", "list", "two"):
        one = stored[0] if isinstance(stored, list) else stored
        return {"value": one, "list": [one], "two": [one, one]}[op.takes]
    return [30.2741, 120.1551, 5] if op.takes == "point" else None


def test_a_rating_out_of_range_is_refused_in_plain_words():
    with pytest.raises(FieldError, match="^Enter a number from 1 to 5[.]$"):
        Rating("Thing").parse("6")
