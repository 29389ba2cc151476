"""A CSV of many rows to committed customers with their events, beside COPY and one INSERT … SELECT."""

import csv
import io
from collections.abc import Sequence
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
from core.records.imports.models import Import
from core.records.imports.services import begin_import, map_import, start_import

ROWS, ROUNDS, AT_MOST = 100_000, 3, 3.0
HEADER = ("name", "industry", "phone", "email", "location", "employees", "founded", "annual revenue")
TABLE = "bench.customer"
ALIKE = "select column_name from information_schema.columns where table_schema = 'guanxi' and table_name = 'customer'"


def measure(size: Size) -> Sequence[Result]:
    """The twin's table is a copy of ours with the same rows and the same indexes; both grow alike."""
    rows = size.rows or ROWS
    importer = company(rows, "importer")
    columns = _make_twin_table()
    ours, twin = Times(), Times()
    try:
        for number in range(size.rounds or ROUNDS):
            content = _file(rows, number)
            ours.seconds.append(timed(lambda: _bring_in(importer, content)))  # noqa: B023
            _check(importer, rows)
            ready = _copied(importer, columns, rows)
            settle("guanxi.customer", "guanxi.event", TABLE)
            twin.seconds.append(timed(lambda: _copy_and_insert(ready, columns)))  # noqa: B023
            settle(TABLE)
    finally:
        _tidy(importer)
    return [Result("import", f"{rows:,} rows of CSV", ours, twin, AT_MOST, note="twin as guanxi_owner, past the fence")]


def _file(rows: int, number: int) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for n, one in enumerate(identities(rows, seed=2)):
        name = f"{one.name} ({one.city} {number})"
        phone, founded = one.phone.removeprefix("+86"), 1950 + n % 70
        writer.writerow([name, one.industry, phone, one.email, one.city, n % 5000, founded, f"{n * 17}.50"])
    return out.getvalue().encode()


def _bring_in(importer: Company, content: bytes) -> None:
    with entering(importer.door()):
        run = begin_import(CUSTOMER, "customers.csv", content)
        map_import(run, run.mapping, {"match": ["name"]})
        start_import(run)
    work.drain("slow")


def _check(importer: Company, rows: int) -> None:
    with entering(importer.door()):
        run = db.session().query(Import).order_by(Import.id.desc()).limit(1).one()
        if (run.status, run.created) != ("done", rows) or None in run.mapping:
            raise RuntimeError(f"import {run.status}: {run.created} of {rows} rows, columns {run.mapping}, {run.error}")


# --- the twin ------------------------------------------------------------------------------------------


def _make_twin_table() -> list[str]:
    """Returns the columns that both write."""
    with admin().begin() as connection:
        connection.execute(text(f"drop table if exists {TABLE}"))
        connection.execute(text(f"create table {TABLE} (like guanxi.customer including all)"))
        connection.execute(text(f"alter table {TABLE} owner to guanxi_owner"))
        connection.execute(text(f"insert into {TABLE} select * from guanxi.customer"))
        connection.execute(text(f"reindex table {TABLE}"))
        columns = list(connection.execute(text(ALIKE)).scalars())
    settle(TABLE)
    return columns


def _copied(importer: Company, columns: Sequence[str], rows: int) -> bytes:
    """The rows that ours has just written, as COPY reads them."""
    newest = (
        f"copy (select {', '.join(columns)} from guanxi.customer where tenant_id = '{importer.tenant_id}'"
        f" order by created_at desc, id limit {rows}) to stdout"
    )
    with admin().connect() as connection, _raw(connection).cursor().copy(newest) as copy:
        return b"".join(bytes(part) for part in copy)


def _copy_and_insert(ready: bytes, columns: Sequence[str]) -> None:
    names = ", ".join(columns)
    with db.engine("owner").begin() as connection:
        connection.execute(text(f"create temp table stage on commit drop as select {names} from {TABLE} with no data"))
        with _raw(connection).cursor().copy(f"copy stage ({names}) from stdin") as copy:
            copy.write(ready)
        connection.execute(text(f"insert into {TABLE} ({names}) select {names} from stage"))


def _raw(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _tidy(importer: Company) -> None:
    with admin().begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        for table in ("customer", "event", "import_row", "import", "file"):
            connection.execute(
                text(f"delete from guanxi.{table} where tenant_id = :tenant"), {"tenant": importer.tenant_id}
            )
        connection.execute(text("delete from guanxi.job where tenant_id = :tenant"), {"tenant": importer.tenant_id})
        connection.execute(text(f"drop table {TABLE}"))
    settle("guanxi.customer", "guanxi.event")
