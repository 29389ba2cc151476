"""The tables of tenants as the database's catalogue describes them: columns, keys, what each points at."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, text

TABLES = """
select c.relname as name,
       (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, null),
                                          'needed', a.attnotnull and not a.atthasdef,
                                          'made', a.attgenerated <> '') order by a.attnum)
          from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
       (select coalesce(json_agg(json_build_object(
                 'target', f.confrelid::regclass::text,
                 'columns', (select json_agg(a.attname order by u.ord)
                               from unnest(f.conkey) with ordinality u(num, ord)
                               join pg_attribute a on a.attrelid = f.conrelid and a.attnum = u.num))), '[]')
          from pg_constraint f where f.conrelid = c.oid and f.contype = 'f') as points,
       (select coalesce(json_agg(pg_get_constraintdef(k.oid)), '[]')
          from pg_constraint k where k.conrelid = c.oid and k.contype = 'c') as checks
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where n.nspname = 'guanxi' and c.relkind in ('r', 'p')
   and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
   and has_table_privilege(c.oid, 'select')
 order by 1
"""
FIRST_WORD = re.compile(r"'((?:[^']|'')*)'::text")


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    needed: bool
    words: tuple[str, ...] = ()
    """What a check allows, where it allows a few words only."""


@dataclass(frozen=True)
class TenantTable:
    """`points` maps a column to the table of tenants that it holds an id of."""

    name: str
    columns: Sequence[Column]
    points: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_id(self) -> bool:
        return any(column.name == "id" for column in self.columns)


def tenant_tables(connection: Connection) -> list[TenantTable]:
    """All that the role we are may read and that has a `tenant_id`."""
    return [_table(dict(row)) for row in connection.execute(text(TABLES)).mappings()]


def _table(row: Mapping[str, Any]) -> TenantTable:
    points = {
        column: each["target"].removeprefix("guanxi.").strip('"')
        for each in row["points"]
        for column in each["columns"]
        if column != "tenant_id"
    }
    columns = [
        Column(each["name"], each["type"], each["needed"], _words(each["name"], row["checks"]))
        for each in row["columns"]
        if not each["made"]
    ]
    return TenantTable(row["name"], columns, points)


def _words(column: str, checks: Sequence[str]) -> tuple[str, ...]:
    """What a check says of this column, as `CHECK ((status = ANY (ARRAY['open'::text, 'done'::text])))`."""
    for check in checks:
        if re.search(rf"[( ]{column} = ", check) and (words := FIRST_WORD.findall(check)):
            return tuple(words)
    return ()
