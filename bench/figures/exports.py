"""A company's customers to a workbook of thirty columns, beside XlsxWriter with the same rows ready in memory."""

import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import text
from xlsxwriter import Workbook

from bench.data.companies import Company, company
from bench.data.customers import settle
from bench.figures.size import Size
from bench.house import admin
from bench.timing import Result, Times, timed
from core import db
from core.auth.context import entering
from core.customers.types import CUSTOMER
from core.records import custom
from core.records.exports.columns import columns_for
from core.records.exports.reading import Wanted, all_fields
from core.records.exports.services import Choices, begin_export
from core.records.runs.selection import Selection

ROWS, COLUMNS, ROUNDS, AT_MOST, MOST_MEGABYTES = 100_000, 30, 3, 1.5, 200
KINDS = ("text", "integer", "decimal", "date", "choice", "yes_no", "percent", "email", "text")
OPTIONS = [{"value": value, "label": value.upper()} for value in "abcd"]


def measure(size: Size) -> Sequence[Result]:
    """Ours reads the rows, writes the workbook and keeps it; the twin has its rows and only writes."""
    rows = size.rows or ROWS
    exporter = company(rows, "exporter")
    _give_own_fields(exporter)
    fields = _fields(exporter)
    ready = _ready(exporter, fields)
    ours, twin, memory = Times(), Times(), 0.0
    for _round in range(size.rounds or ROUNDS):
        with Watch() as watch:
            ours.seconds.append(timed(lambda: _export(exporter, fields)))
        memory = max(memory, watch.megabytes)
        twin.seconds.append(timed(lambda: _write(fields, ready)))
    note = f"{memory:.0f} MB over the idle process, at most {MOST_MEGABYTES}"
    if memory > MOST_MEGABYTES:
        raise RuntimeError(f"an export took {note}")
    return [Result("export", f"{rows:,} rows × {len(fields)} to XLSX", ours, twin, AT_MOST, note=note)]


def _give_own_fields(exporter: Company) -> None:
    """So many fields of its own that there are thirty, each with a value in each record."""
    with entering(exporter.door()):
        fields = CUSTOMER.fields()
        missing = COLUMNS - len(fields)
        if missing <= 0:
            return
        for n, kind in enumerate(KINDS[:missing]):
            config = {"options": OPTIONS} if kind == "choice" else {}
            taken = list(fields)
            custom.add_custom_field("customer", label=f"Own {n}", type=kind, key=f"own_{n}", taken=taken, config=config)
    made = {"text": "'note ' || n", "integer": "n", "decimal": "n / 4.0", "percent": "n % 100", "yes_no": "n % 2 = 0",
            "date": "to_char(date '2020-01-01' + (n % 2000)::int, 'YYYY-MM-DD')", "choice": "chr(97 + (n % 4)::int)",
            "email": "'n' || n || '@example.com'"}  # fmt: skip
    pairs = ", ".join(f"'own_{n}', {made[kind]}" for n, kind in enumerate(KINDS[:missing]))
    fill = (
        f"update guanxi.customer c set custom = jsonb_build_object({pairs}) from (select id, row_number() over () as n"
        " from guanxi.customer where tenant_id = :tenant) s where c.tenant_id = :tenant and c.id = s.id"
    )
    with admin().begin() as connection:
        connection.execute(text(fill), {"tenant": exporter.tenant_id})
    settle("guanxi.customer")


def _fields(exporter: Company) -> list[str]:
    with entering(exporter.door()):
        return [of.key for of in all_fields(CUSTOMER)][:COLUMNS]


def _ready(exporter: Company, keys: Sequence[str]) -> list[list[Any]]:
    with entering(exporter.door()):
        known = CUSTOMER.fields()
        wanted = Wanted(Selection(CUSTOMER, all=True), [known[key] for key in keys])
        names: dict[Any, str] = {}
        columns = columns_for(wanted.fields, names, as_text=False)
        return [[_plain(column.read(row)) for column in columns] for row in wanted.rows(names)]


def _plain(value: Any) -> Any:
    return value.minor / 100 if hasattr(value, "minor") else value


def _export(exporter: Company, keys: Sequence[str]) -> None:
    with entering(exporter.door()):
        run = begin_export(Selection(CUSTOMER, all=True), keys, Choices(), at_once=True)
        if (run.status, run.file_id is None) != ("done", False):
            raise RuntimeError(f"export {run.status}: {run.error}")
        db.session().expunge_all()
    with admin().begin() as connection:
        connection.execute(text("delete from guanxi.run where tenant_id = :t"), {"t": exporter.tenant_id})
        connection.execute(text("delete from guanxi.file where tenant_id = :t"), {"t": exporter.tenant_id})


def _write(keys: Sequence[str], ready: Sequence[Sequence[Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        options = {"constant_memory": True, "tmpdir": folder, "default_date_format": "yyyy-mm-dd hh:mm:ss",
                   "strings_to_urls": False, "strings_to_formulas": False}  # fmt: skip
        book = Workbook(str(Path(folder) / "twin.xlsx"), options)
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, keys)
        for line, row in enumerate(ready, start=1):
            sheet.write_row(line, 0, row)
        book.close()


class Watch:
    """Looks every few milliseconds how much memory the process holds."""

    def __enter__(self) -> "Watch":
        self.start = self.most = _resident()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.over.set()
        self.thread.join()

    def _look(self) -> None:
        while not self.over.wait(0.02):
            self.most = max(self.most, _resident())

    @property
    def megabytes(self) -> float:
        return (self.most - self.start) / 1024**2


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
