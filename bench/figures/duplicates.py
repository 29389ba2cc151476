"""The nightly search for duplicates among a million customers, beside the same among ten thousand: how it grows."""

import math
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from bench.data.companies import Company, company
from bench.data.customers import settle, without_indexes
from bench.data.names import POOL, identities
from bench.figures.size import Size
from bench.house import admin
from bench.timing import Result, Times, timed
from core.auth.context import entering
from core.customers.types import CUSTOMER
from core.records.duplicates.scanning import scan
from core.records.likeness import match_columns

MANY, FEW, ROUNDS = 1_000_000, 10_000, 3
MAKE_POOL = "create temp table pool (at int primary key, name text, match_name text, match_sound text)"
FILL = """
insert into guanxi.customer (
  tenant_id, id, name, kind, stage, phone, email, created_at, updated_at, version, custom,
  search_norm, search_pinyin, search_text, search_grams, match_name, match_sound)
select :tenant, uuidv7(), p.name || a.named, 'company', 'potential', '+861' || to_char(a.called, 'FM0000000000'),
       a.written || '@example.com', now(), now(), 1, '{}', '', '', '', '', p.match_name || a.named,
       p.match_sound || a.named
  from generate_series(cast(1 as bigint), :rows) n,
       lateral (select case when n % 50 = 0 then n - 1 else n end as called,
                       case when n % 70 = 0 then n - 1 else n end as named,
                       case when n % 90 = 0 then n - 1 else n end as written) a,
       pool p
 where p.at = a.named % :pool
"""
"""Of a hundred customers about five are there twice, however many there are: what is found grows with them."""


def measure(size: Size) -> Sequence[Result]:
    many = size.rows or MANY
    ours, few = (_times(rows, size.rounds or ROUNDS) for rows in (many, FEW))
    growth = many * math.log(many) / (FEW * math.log(FEW))
    note = f"n log n is {growth:.0f} times as long"
    return [Result("duplicates", f"search {many:,}, beside {FEW:,}", ours, few, growth, note=note)]


def _times(rows: int, rounds: int) -> Times:
    searched, times = company(1, f"doubles-{rows}"), Times()
    _fill(searched, rows)
    expected = None
    for _ in range(rounds):
        times.seconds.append(timed(lambda: _search(searched)))
        found = _found(searched)
        if found < rows // 50 or expected not in (None, found):
            raise RuntimeError(f"{found} pairs among {rows}, before it were {expected}")
        expected = found
        _forget(searched)
    return times


def _search(searched: Company) -> None:
    with entering(searched.door()):
        scan(CUSTOMER)


def _found(searched: Company) -> int:
    with admin().connect() as connection:
        query = text("select count(*) from guanxi.duplicate_pair where tenant_id = :tenant")
        return connection.scalar(query, {"tenant": searched.tenant_id}) or 0


def _forget(searched: Company) -> None:
    with admin().begin() as connection:
        connection.execute(
            text("delete from guanxi.duplicate_pair where tenant_id = :tenant"), {"tenant": searched.tenant_id}
        )
    settle("guanxi.duplicate_pair")


def _fill(searched: Company, rows: int) -> None:
    values: dict[str, Any] = {"tenant": searched.tenant_id, "rows": rows, "pool": POOL}
    with admin().begin() as connection:
        there = connection.scalar(text("select count(*) from guanxi.customer where tenant_id = :tenant"), values)
        if there == rows:
            return
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(text("delete from guanxi.customer where tenant_id = :tenant"), values)
        connection.execute(text(MAKE_POOL))
        raw: Any = connection.connection.driver_connection
        with raw.cursor() as cursor, cursor.copy("copy pool from stdin") as copy:
            for at, one in enumerate(identities(POOL)):
                copy.write_row([at, one.name, *match_columns(one.name).values()])
        with without_indexes(connection, "customer"):
            connection.execute(text(FILL), values)
        connection.execute(text("drop table pool"))
    settle("guanxi.customer")
