"""Customers in bulk: every tenant's in one statement, from the pool of names."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from bench.data.names import POOL, identities
from bench.house import admin

COLUMNS = ("name", "phone", "email", "city", "industry", "search_norm", "search_pinyin", "search_text", "search_grams")
MAKE_POOL = """
create temp table pool (at int primary key, name text, phone text, email text, city text, industry text,
                        search_norm text, search_pinyin text, search_text text, search_grams tsvector)
"""
INSERT = """
insert into guanxi.customer (
  tenant_id, id, name, kind, stage, level, industry, phone, email, location, employees, founded,
  annual_revenue_minor, annual_revenue_currency, source, owner_id, created_by_id, created_at, updated_at,
  version, custom, search_norm, search_pinyin, search_text, search_grams)
select w.tenant, uuidv7(-age), p.name, 'company',
       (array['potential', 'talking', 'quoted', 'signed', 'after_sales', 'lost'])[1 + n % 6],
       (array['a', 'b', 'c'])[1 + n % 3], p.industry, p.phone, p.email, p.city, n % 5000, 1950 + n % 70,
       (n * 7919) % 900000000, 'CNY', (array['fair', 'web', '朋友介绍'])[1 + n % 3],
       w.members[1 + n % cardinality(w.members)], w.members[1], now() - age, now() - age * random(),
       1, '{}', p.search_norm, p.search_pinyin, p.search_text, p.search_grams
  from wanted w, generate_series(cast(1 as bigint), w.rows) n,
       lateral (select make_interval(mins => cast(w.rows - n + 1 as int)) as age) a,
       pool p
 where p.at = (n * 7919 + w.start) % :pool
"""
WANTED = """
create temp table wanted as
select w.tenant, w.rows, w.start, array_agg(m.id order by m.id) as members
  from unnest(cast(:tenants as uuid[]), cast(:rows as int[])) with ordinality w (tenant, rows, start)
  join guanxi.member m on m.tenant_id = w.tenant group by 1, 2, 3
"""
SECONDARY = """
select indexname, indexdef from pg_indexes i
 where schemaname = 'guanxi' and tablename = :table
   and not exists (select from pg_constraint c where c.conname = i.indexname)
"""


def add_customers(wanted: Mapping[UUID, int]) -> None:
    """Give each of these tenants so many customers, their names normalised and cut as ours are."""
    with admin().begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(text("select setseed(0.5)"))
        _make_pool(connection)
        values: dict[str, Any] = {"tenants": list(wanted), "rows": list(wanted.values())}
        connection.execute(text(WANTED), values)
        with without_indexes(connection, "customer"):
            connection.execute(text(INSERT), {"pool": POOL})
        connection.execute(text("drop table pool, wanted"))
    settle("guanxi.customer")


def _make_pool(connection: Connection) -> None:
    connection.execute(text(MAKE_POOL))
    raw: Any = connection.connection.driver_connection
    with raw.cursor() as cursor, cursor.copy(f"copy pool (at, {', '.join(COLUMNS)}) from stdin") as copy:
        for number, one in enumerate(identities(POOL)):
            known = vars(one) | one.searched()
            copy.write_row([number, *(known[column] for column in COLUMNS)])


@contextmanager
def without_indexes(connection: Connection, table: str) -> Iterator[None]:
    """Making them anew after a million rows takes a fraction of the time that keeping them up does."""
    found = connection.execute(text(SECONDARY), {"table": table}).all()
    for row in found:
        connection.execute(text(f"drop index guanxi.{row.indexname}"))
    yield
    for row in found:
        connection.execute(text(row.indexdef))


def settle(*tables: str) -> None:
    """Have the planner know what is there, and nothing left to tidy up while we measure."""
    with admin().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in tables:
            connection.execute(text(f"vacuum (analyze) {table}"))
        connection.execute(text("checkpoint"))
