"""A row in every table of a canary, so that there is something to get at, in tables to come as well."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from core import current
from core.db import new_id
from core.isolation.tables import Column, TenantTable

PASSING = frozenset({"job", "deadline", "idempotency_key", "oauth_code", "oauth_refresh", "email_change"})
"""What would be done, fired or swept: planted only for as long as a transaction lasts."""
FIRST = "customer"
"""What the rows of others are about."""
KNOWN_WORDS = {"record_type": "customer", "about_type": "customer", "type": "text", "icon": "bell"}
VALUES: dict[str, Any] = {
    "boolean": False, "integer": 1, "bigint": 1, "smallint": 1, "numeric": 0, "double precision": 0.0, "real": 0.0,
    "jsonb": "{}", "json": "{}", "bytea": b"", "tsvector": "", "uuid[]": "{}", "text[]": "{}", "date": "2000-01-01",
}  # fmt: skip

Planted = dict[str, dict[str, Any]]
"""The row of each table, by its columns."""


def plant(
    connection: Connection, tenant_id: UUID, mark: str, tables: Sequence[TenantTable], *, passing: bool = False
) -> tuple[Planted, dict[str, str]]:
    """See to it that each table has a row of the tenant that is entered. Returns the rows, and why any has none."""
    planted: Planted = {}
    wanted = {table.name: table for table in tables if passing or table.name not in PASSING}
    for table in sorted(wanted.values(), key=lambda each: each.name != FIRST):
        if found := _first(connection, table, tenant_id):
            planted[table.name] = found
            del wanted[table.name]
    failed: dict[str, str] = {}
    while ready := [t for t in wanted.values() if _targets(t) <= planted.keys()]:
        for table in sorted(ready, key=lambda each: each.name != FIRST):
            del wanted[table.name]
            for row in _attempts(table, made_up(table, tenant_id, mark, planted), planted):
                try:
                    with connection.begin_nested():
                        insert(connection, table, row)
                    planted[table.name] = row
                    break
                except DBAPIError as error:
                    failed[table.name] = str(error.orig).partition("\n")[0]
    unplanted = {name: why for name, why in failed.items() if name not in planted}
    return planted, unplanted | dict.fromkeys(wanted, "what it points at is not there")


def _attempts(table: TenantTable, row: dict[str, Any], planted: Planted) -> Iterator[dict[str, Any]]:
    """The row, and with one more of what it may point at: some want the one or the other."""
    yield row
    for column, target in table.points.items():
        if column not in row and target in planted:
            yield row | {column: planted[target]["id"]}


def made_up(table: TenantTable, tenant_id: UUID, mark: str, planted: Planted) -> dict[str, Any]:
    """A row as the table demands it, pointing at rows that are there; every text of it has the mark."""
    row: dict[str, Any] = {}
    for column in table.columns:
        target = table.points.get(column.name)
        if column.name == "tenant_id":
            row[column.name] = tenant_id
        elif column.name == "id" and not target:
            row[column.name] = new_id()
        elif target and column.needed:
            row[column.name] = planted[target]["id"] if target in planted else None
        elif column.needed or (column.type == "text" and not column.words and column.name in ("name", "title")):
            row[column.name] = _value(column, mark, planted)
    return row


def insert(connection: Connection, table: TenantTable, row: Mapping[str, Any]) -> None:
    types = {column.name: column.type for column in table.columns}
    names = ", ".join(f'"{name}"' for name in row)
    values = ", ".join(f"cast(:{name} as {types[name]})" for name in row)
    statement = text(f'insert into guanxi."{table.name}" ({names}) values ({values})')  # noqa: S608
    connection.execute(statement, {name: _sent(value, types[name]) for name, value in row.items()})


def _sent(value: Any, kind: str) -> Any:
    """As the database takes it: what was read from a column of JSON is written as text."""
    return json.dumps(value) if kind in ("jsonb", "json") and not isinstance(value, str) else value


def _targets(table: TenantTable) -> set[str]:
    needed = {column.name for column in table.columns if column.needed}
    return {target for column, target in table.points.items() if column in needed and target != table.name}


def _value(column: Column, mark: str, planted: Planted) -> Any:
    if column.words:
        return column.words[0]
    if column.type == "text":
        return KNOWN_WORDS.get(column.name, f"{mark}@canary.invalid" if column.name == "email" else mark)
    if column.type == "uuid":
        of_record = column.name in ("record_id", "about_id", "customer_id") and FIRST in planted
        return planted[FIRST]["id"] if of_record else new_id()
    if column.type.startswith("timestamp"):
        return current.now()
    return VALUES.get(column.type, "")


def _first(connection: Connection, table: TenantTable, tenant_id: UUID) -> dict[str, Any] | None:
    found = connection.execute(
        text(f'select * from guanxi."{table.name}" where tenant_id = :tenant order by 1, 2 limit 1'),  # noqa: S608
        {"tenant": tenant_id},
    )
    row = found.mappings().one_or_none()
    known = {column.name for column in table.columns}
    return {name: value for name, value in row.items() if name in known} if row else None
