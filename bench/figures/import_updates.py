"""A CSV of 30 columns of which every other row is about a customer that exists, beside COPY and one upsert.

Fourteen of the columns are fields of the workspace's own. The twin keeps each in a column with an index, since ours can
be filtered and sorted by any of them too.
"""

import csv
import io
import random
import resource
from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, text

from bench.data.companies import Company, company
from bench.data.customers import settle
from bench.data.names import identities
from bench.figures.size import Size
from bench.house import admin
from bench.timing import Result, Times, timed
from core import db, work
from core.auth.context import entering
from core.customers.types import CUSTOMER
from core.records.custom import add_custom_field, fields_of
from core.records.imports.models import Import
from core.records.imports.services import begin_import, map_import, start_import

ROWS, ROUNDS, AT_MOST = 100_000, 3, 4.0
BUILT_IN = ("name", "kind", "level", "industry", "phone", "email", "website", "location", "address", "employees",
            "founded", "annual_revenue", "source", "tags", "notes", "stage")  # fmt: skip
KINDS = ("text", "integer", "date", "decimal", "text", "yes_no", "text", "integer", "date", "decimal", "text", "email",
         "phone", "text")  # fmt: skip
OWN = tuple(f"c_own_{n}" for n in range(len(KINDS)))
COLUMNS = {"n": "double precision", "t": "timestamptz", "s": "text"}
TABLE = "bench.updated_customer"
ALIKE = "select column_name from information_schema.columns where table_schema = 'guanxi' and table_name = 'customer'"
GONE = ("customer", "event", "import_row", "import", "file", "custom_value", "custom_field", "job")


def measure(size: Size) -> Sequence[Result]:
    """Half of the rows are brought in first, unmeasured; then all of them, with every other column changed."""
    rows = size.rows or ROWS
    importer = company(2, "updater")
    ours, twin, grown = Times(), Times(), 0
    try:
        for number in range(size.rounds or ROUNDS):
            _tidy(importer)
            _add_fields(importer)
            _bring_in(importer, _file(rows, 0, every=2), rows // 2, 0)
            columns = _make_twin_table(importer)
            content = _file(rows, number + 1)
            before = _memory()
            ours.seconds.append(timed(partial(_bring_in, importer, content, rows - rows // 2, rows // 2)))
            grown = max(grown, _memory() - before)
            ready = _copied(importer, columns)
            settle("guanxi.customer", "guanxi.event", "guanxi.custom_value", TABLE)
            twin.seconds.append(timed(partial(_copy_and_upsert, ready, columns)))
    finally:
        _tidy(importer)
    note = f"memory grew by {grown // 1024} MB; twin as guanxi_owner, past the fence"
    return [Result("import", f"{rows:,} rows × 30 columns, half of them updates", ours, twin, AT_MOST, note=note)]


def _add_fields(importer: Company) -> None:
    with entering(importer.door()):
        for key, kind in zip(OWN, KINDS, strict=True):
            add_custom_field("customer", label=key, type=kind, key=key, taken=[])


def _file(rows: int, version: int, every: int = 1) -> bytes:
    """Every other column has other values in another version."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow((*BUILT_IN, *OWN))
    for n, one in enumerate(identities(rows, seed=3)):
        if n % every:
            continue
        chance = random.Random(n)
        row = [f"{one.name} {n}", "company", "abc"[n % 3], one.industry, f"138{n:08}", f"u{n}@example.com",
               f"https://u{n}.example.com", one.city, f"{one.city} {n % 900}", n % 5000, 1950 + n % 70, f"{n * 17}.50",
               "fair", "vip", f"Met at stand {n % 40}", "potential"]  # fmt: skip
        for at, kind in enumerate(KINDS):
            changing = chance.randrange(10_000) + (version * 31 if at % 2 else 0)
            row.append(_value(kind, changing, n))
        for at in (3, 7, 8, 9, 10, 11, 12, 14):
            row[at] = _other(row[at], version)
        writer.writerow(row)
    return out.getvalue().encode()


def _other(value: Any, version: int) -> Any:
    if not version:
        return value
    if isinstance(value, int):
        return value + version
    return f"{int(value.partition('.')[0]) + version}.50" if value.endswith(".50") else f"{value} {version}"


def _value(kind: str, number: int, n: int) -> Any:
    match kind:
        case "integer":
            return number
        case "decimal":
            return f"{number}.25"
        case "date":
            return (date(2020, 1, 1) + timedelta(days=number % 2000)).isoformat()
        case "yes_no":
            return "yes" if number % 2 else "no"
        case "email":
            return f"e{number}-{n}@example.com"
        case "phone":
            return f"139{n % 10**8:08}"
    return f"word {number}"


def _bring_in(importer: Company, content: bytes, created: int, updated: int) -> None:
    with entering(importer.door()):
        run = begin_import(CUSTOMER, "customers.csv", content)
        map_import(run, [*BUILT_IN, *OWN], {"mode": "both", "match": ["email", "phone"]})
        start_import(run)
    work.drain("slow")
    with entering(importer.door()):
        run = db.session().query(Import).order_by(Import.id.desc()).limit(1).one()
        found = (run.status, run.created, run.updated, run.remarked)
        if found != ("done", created, updated, 0):
            raise RuntimeError(f"import {found}: {run.error}, {run.refused} refused, {run.skipped} skipped")


def _memory() -> int:
    """The most that this process has ever taken, in KB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


# --- the twin ------------------------------------------------------------------------------------------


def _make_twin_table(importer: Company) -> list[str]:
    """Our table as it is by now, with a column and an index for each of the workspace's own fields."""
    slots = _slots(importer)
    with admin().begin() as connection:
        connection.execute(text(f"drop table if exists {TABLE}"))
        connection.execute(text(f"create table {TABLE} (like guanxi.customer including all)"))
        for key in OWN:
            connection.execute(text(f"alter table {TABLE} add column {key} {COLUMNS[slots[key]]}"))
            connection.execute(text(f"create index on {TABLE} (tenant_id, {key}, id) where {key} is not null"))
        connection.execute(text(f"alter table {TABLE} owner to guanxi_owner"))
        columns = [*connection.execute(text(ALIKE)).scalars(), *OWN]
    ready = _copied(importer, columns)
    _copy_and_upsert(ready, columns)
    settle(TABLE)
    return columns


def _slots(importer: Company) -> dict[str, str]:
    with entering(importer.door()):
        assert len(fields_of("customer")) == len(OWN)
        fields = CUSTOMER.fields()
        return {key: fields[key].slot for key in OWN}


def _copied(importer: Company, columns: Sequence[str]) -> bytes:
    """The rows that ours has written, as COPY reads them, the workspace's own fields taken apart."""
    slots = _slots(importer)
    own = [f"{_apart(key, slots[key])} as {key}" for key in OWN]
    base = ["'{}'::jsonb as custom" if c == "custom" else c for c in columns if c not in OWN]
    everything = (
        f"copy (select {', '.join([*base, *own])} from guanxi.customer"
        f" where tenant_id = '{importer.tenant_id}' order by id) to stdout"
    )
    with admin().connect() as connection, _raw(connection).cursor().copy(everything) as copy:
        return b"".join(bytes(part) for part in copy)


def _apart(key: str, slot: str) -> str:
    value = f"custom ->> '{key}'"
    if slot == "n":
        return f"(case {value} when 'true' then '1' when 'false' then '0' else {value} end)::double precision"
    return f"({value})::{COLUMNS[slot]}"


def _copy_and_upsert(ready: bytes, columns: Sequence[str]) -> None:
    names = ", ".join(columns)
    changed = ", ".join(f"{c} = excluded.{c}" for c in columns if c not in ("tenant_id", "id"))
    with db.engine("owner").begin() as connection:
        connection.execute(text(f"create temp table stage on commit drop as select {names} from {TABLE} with no data"))
        with _raw(connection).cursor().copy(f"copy stage ({names}) from stdin") as copy:
            copy.write(ready)
        connection.execute(
            text(f"insert into {TABLE} ({names}) select {names} from stage"
                 f" on conflict (tenant_id, id) do update set {changed}")
        )  # fmt: skip


def _raw(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _tidy(importer: Company) -> None:
    with admin().begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        for table in GONE:
            connection.execute(
                text(f"delete from guanxi.{table} where tenant_id = :tenant"), {"tenant": importer.tenant_id}
            )
        connection.execute(text(f"drop table if exists {TABLE}"))
    settle("guanxi.customer", "guanxi.event", "guanxi.custom_value")
