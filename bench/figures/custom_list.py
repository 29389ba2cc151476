"""A list filtered and sorted by fields of the tenant's own: beside built-in columns, and beside SQL written by hand."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import text

from bench.data.companies import Company, company
from bench.data.customers import settle, without_indexes
from bench.figures.pages import EACH, ROUNDS, check, constant
from bench.figures.size import Size
from bench.house import admin
from bench.servers import serving
from bench.statements import cookie
from bench.timing import Result, in_turns
from bench.visits import Errand, request, visit
from core import db
from core.auth.context import entering
from core.customers.types import CUSTOMER
from core.records import custom
from core.records.query import Listing
from core.up.programs import APPLICATION

MANY, SOME, LIST_AT_MOST, FILTER_AT_MOST = 1_000_000, 100_000, 2.0, 3.0
TURNS = 40

FIELDS: Mapping[str, Mapping[str, Any]] = {
    "c_stage": {"type": "choice", "config": {"options": custom.options_of(
        "potential\ntalking\nquoted\nsigned\nafter_sales\nlost")}},
    "c_size": {"type": "integer"},
    "c_until": {"type": "date"},
    "c_note": {"type": "text"},
    "c_partner": {"type": "lookup", "config": {"target": "customer"}},
}  # fmt: skip
MADE = {
    "c_stage": "c.stage",
    "c_size": "c.employees",
    "c_until": "to_char(date '2020-01-01' + cast(c.employees as int), 'YYYY-MM-DD')",
    "c_note": "'note ' || c.employees % 97",
    "c_partner": "first_value(c.id) over (partition by c.employees)",
}
"""What the fields hold: the same as the built-in columns that they are measured against, and more of the kind."""
SLOTS = {"c_stage": "s", "c_size": "n", "c_until": "t", "c_note": "s", "c_partner": "s"}
SIDE = """
insert into guanxi.custom_value (tenant_id, id, record_id, field_id, s, n, t)
select c.tenant_id, uuidv7(), c.id, :field, {s}, {n}, {t} from guanxi.customer c where c.tenant_id = :tenant
"""

STAGE, SIZE = {"op": "is", "value": "signed"}, {"op": "between", "value": [1000, 3000]}
LISTS: Sequence[tuple[str, Sequence[tuple[str, Mapping[str, Any]]], str]] = (
    ("one of six values, by a number", [("stage", STAGE)], "-size"),
    ("a range, by the same number", [("size", SIZE)], "size"),
    ("a value and a range, by the number", [("stage", STAGE), ("size", SIZE)], "-size"),
    ("one of six values, by the last change", [("stage", STAGE)], "-updated_at"),
)
BUILT_IN = {"stage": "stage", "size": "employees"}
OWN = {"stage": "c_stage", "size": "c_size"}

SIX: Mapping[str, Any] = {"all": [
    {"any": [
        {"field": "c_stage", "op": "in", "value": ["signed", "lost"]},
        {"field": "c_size", "op": "gt", "value": 4500},
        {"field": "c_note", "op": "starts_with", "value": "note 9"},
    ]},
    {"all": [
        {"field": "c_until", "op": "between", "value": ["2021-01-01", "2030-12-31"]},
        {"field": "c_size", "op": "lt", "value": 4900},
        {"field": "c_partner.industry", "op": "is", "value": "{industry}"},
    ]},
]}  # fmt: skip
BY_HAND = """
select c.id, c.name, c.stage, c.updated_at
  from guanxi.customer c
  join guanxi.custom_value size on size.tenant_id = c.tenant_id and size.record_id = c.id and size.field_id = :c_size
  join guanxi.custom_value due on due.tenant_id = c.tenant_id and due.record_id = c.id and due.field_id = :c_until
  join guanxi.custom_value link on link.tenant_id = c.tenant_id and link.record_id = c.id and link.field_id = :c_partner
  join guanxi.customer partner on partner.tenant_id = c.tenant_id and partner.id = cast(link.s as uuid)
  left join guanxi.custom_value stage
    on stage.tenant_id = c.tenant_id and stage.record_id = c.id and stage.field_id = :c_stage
  left join guanxi.custom_value note
    on note.tenant_id = c.tenant_id and note.record_id = c.id and note.field_id = :c_note
 where c.tenant_id = :tenant and c.deleted_at is null and partner.deleted_at is null
   and partner.industry = :industry and size.n < 4900
   and due.t between timestamptz '2021-01-01 00:00+00' and timestamptz '2030-12-31 00:00+00'
   and (stage.s in ('signed', 'lost') or size.n > 4500 or note.s like 'note 9%')
 order by c.updated_at desc, c.id desc limit 51
"""


def measure(size: Size) -> Sequence[Result]:
    return [*_lists(size), *_six(size)]


def _lists(size: Size) -> Sequence[Result]:
    """The page of the list, by a field of the tenant's own and by the built-in column that holds the same."""
    many = size.rows or MANY
    owned = _prepared(many, "own-fields", ("c_stage", "c_size"))
    results = []
    with serving(APPLICATION, "/readyz") as port:
        for name, tests, sort in LISTS:
            errands = [_errand(port, owned, tests, sort, keys) for keys in (OWN, BUILT_IN)]
            ours, base = visit(errands, clients=1, rounds=size.rounds or ROUNDS, each=EACH)
            note = "in the twin's place: the same page by built-in columns"
            results.append(Result("own fields", f"{name}, {many:,}", ours, base, LIST_AT_MOST, note=note))
    return results


def _errand(port: int, owned: Company, tests: Any, sort: str, keys: Mapping[str, str]) -> Errand:
    condition = {"all": [{"field": keys[key], **test} for key, test in tests]}
    falls, key = sort.startswith("-"), sort.removeprefix("-")
    by = f"{'-' if falls else ''}{keys.get(key, key)}"
    query = urlencode({"filter": json.dumps(condition), "sort": by})
    path = f"/w/{owned.slug}/customers/?{query}"
    errand = Errand(port, constant(request("GET", path, {"Cookie": cookie(owned)})))
    check(errand.body(), b'<tr id="customer-', 50)
    return errand


def _six(size: Size) -> Sequence[Result]:
    """Six conditions in two groups over fields of the tenant's own and a link, in one statement each."""
    rows = min(size.rows or SOME, SOME)
    owned = _prepared(rows, "six-tests", tuple(FIELDS))
    with admin().connect() as connection:
        industry = connection.scalar(
            text("select industry from guanxi.customer where tenant_id = :tenant limit 1"), {"tenant": owned.tenant_id}
        )
    condition = json.loads(json.dumps(SIX).replace('"{industry}"', json.dumps(industry)))
    ids = _field_ids(owned)
    statement, values = text(BY_HAND), {"tenant": owned.tenant_id, "industry": industry, **ids}
    model: Any = CUSTOMER.model
    columns = [model.id, model.name, model.stage, model.updated_at]
    with entering(owned.door()), db.role_session("owner") as bare:

        def ours() -> list[UUID]:
            return [row.id for row in Listing(CUSTOMER, condition).page(columns=columns).records]

        def by_hand() -> list[UUID]:
            return [row.id for row in bare.execute(statement, values)][:50]

        if ours() != by_hand() or not ours():
            raise RuntimeError("the two do not find the same")
        times = in_turns([ours, by_hand], size.rounds or TURNS)
    note = "in the twin's place: SQL written by hand over the same tables"
    return [Result("own fields", f"6 conditions in 2 groups, {rows:,}", times[0], times[1], FILTER_AT_MOST, note=note)]


# --- the data ------------------------------------------------------------------------------------------


def _prepared(rows: int, name: str, keys: Sequence[str]) -> Company:
    """A workspace whose customers have values in these fields of its own."""
    owned = company(rows, name)
    with entering(owned.door()):
        there = {f.key for f in CUSTOMER.fields().values() if f.custom_id}
        for key in keys:
            if key not in there:
                custom.add_custom_field("customer", label=key, key=key, taken=sorted(there), **FIELDS[key])
    if not there:
        _fill(owned, keys)
    return owned


def _field_ids(owned: Company) -> dict[str, UUID]:
    with entering(owned.door()):
        return {f.key: f.custom_id for f in CUSTOMER.fields().values() if f.custom_id}


def _fill(owned: Company, keys: Sequence[str]) -> None:
    fields = _field_ids(owned)
    record = ", ".join(f"'{key}', {MADE[key]}" for key in keys)
    values = {"tenant": owned.tenant_id}
    with admin().begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        with without_indexes(connection, "customer"):
            connection.execute(
                text(
                    "update guanxi.customer c set custom = made.own from (select c.id, jsonb_build_object("
                    f"{record}) as own from guanxi.customer c where c.tenant_id = :tenant) made"
                    " where c.tenant_id = :tenant and c.id = made.id"
                ),
                values,
            )
        with without_indexes(connection, "custom_value"):
            for key in keys:
                stored = f"c.custom ->> '{key}'"
                typed = {"s": stored, "n": f"cast({stored} as float8)", "t": f"cast({stored} as timestamptz)"}
                slots = {slot: typed[slot] if slot == SLOTS[key] else "null" for slot in "snt"}
                connection.execute(text(SIDE.format(**slots)), values | {"field": fields[key]})
    settle("guanxi.customer", "guanxi.custom_value")
