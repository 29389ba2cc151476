"""Bringing the rows in: read once, checked one by one, written set-based, all in one transaction.

So an import that dies in the middle has brought in nothing, and is begun again by the next worker.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import insert, text

from core import current, db
from core.current import Cause
from core.db import get, new_id
from core.errors import DomainError, Invalid
from core.events import listeners_of
from core.i18n import _, using_locale
from core.jobs import job, job_name, module_of, redis, wake_after_commit
from core.records.fields import FieldType, Lookup, Money
from core.records.imports.mapping import SAMPLE, Cell, RowReader, open_table
from core.records.imports.models import Import, ImportRow
from core.records.services import create_record
from core.records.text import search_columns
from core.records.types import RecordType, type_named
from core.tabular import Row, TabularError

CHUNK = 2000


class Cancelled(Exception):
    """Someone pressed cancel."""


class OnlyTried(Exception):
    """The end of a dry run: everything was done, and all of it is undone."""


@job("slow")
def run_import(import_id: str) -> None:
    """Bring in the rows of an import that was started."""
    run = get(Import, UUID(import_id), lock=True)
    if run is None or run.status != "running":
        return
    context = current.tenant().caused_by(Cause("import", import_id, current.tenant().cause.depth))
    with current.entering(context), using_locale(context.locale, context.timezone):
        run.status, run.error = _bring_in(run)
    run.finished_at = current.now()


def _bring_in(run: Import) -> tuple[str, str | None]:
    """Bring the rows in, or with `dry_run` only find out what would become of them."""
    record_type = type_named(run.record_type)
    try:
        with db.savepoint():
            writer = (RowByRow if record_type.create_has_consequences else SetBased)(record_type, run)
            writer.bring_in()
            if run.choices.get("dry_run"):
                raise OnlyTried
            writer.write_down()
    except Cancelled:
        return "cancelled", None
    except TabularError as error:
        return "failed", error.message
    except OnlyTried:
        writer.write_down()
    return "done", None


class Bringing:
    """What both ways of writing share: reading, counting, and keeping what was refused."""

    def __init__(self, record_type: RecordType, run: Import) -> None:
        self.record_type, self.run = record_type, run
        self.table = open_table(run)
        self.reader = RowReader(record_type, run, self.table.sample(SAMPLE))
        self.odd: list[dict[str, Any]] = []
        self.created = 0

    def sound_rows(self) -> Iterator[tuple[Row, list[Cell]]]:
        """Rows without a fault; the others are kept with their reasons."""
        for number, row in enumerate(self.table.rows):
            if number % CHUNK == 0:
                self._tell(number)
            if row.problem:
                self.keep(row, "refused", [{"field": "", "message": row.problem.message}])
                continue
            cells = self.reader.read(row)
            faults = [c.problem for c in cells if c.problem]
            if faults:
                self.keep(row, "refused", [{"field": f.field, "message": f.message} for f in faults])
            else:
                yield row, cells

    def _tell(self, number: int) -> None:
        redis().set(f"guanxi:import:{self.run.id}", number, ex=3600)
        if redis().exists(f"guanxi:import-cancel:{self.run.id}"):
            raise Cancelled

    def keep(self, row: Row, verdict: str, problems: list[dict[str, str]]) -> None:
        self.odd.append({
            "tenant_id": current.tenant_id(), "id": new_id(), "import_id": self.run.id, "line": row.line,
            "verdict": verdict, "cells": [cell[:2000] for cell in row], "problems": problems,
        })  # fmt: skip

    def write_down(self) -> None:
        """What became of the rows, for whoever looks at the import."""
        for start in range(0, len(self.odd), CHUNK):
            db.session().execute(insert(ImportRow), self.odd[start : start + CHUNK])
        verdicts = [row["verdict"] for row in self.odd]
        self.run.created = self.created
        self.run.refused = verdicts.count("refused")
        self.run.skipped = verdicts.count("skipped")
        self.run.remarked = verdicts.count("remark")


class RowByRow(Bringing):
    """For record types whose making has consequences of its own (routing, matching): through their service."""

    def bring_in(self) -> None:
        for row, cells in self.sound_rows():
            values = {c.field.key: c.value for c in cells if c.value is not None and not c.link}
            try:
                with db.savepoint():
                    create_record(self.record_type, values)
                self.created += 1
            except Invalid as error:
                self.keep(row, "refused", [{"field": p.field, "message": p.message} for p in error.problems])
            except DomainError as error:
                self.keep(row, "refused", [{"field": "", "message": error.message}])


class SetBased(Bringing):
    """For plain record types: copied to a stage, then inserted with their events by a statement each."""

    def __init__(self, record_type: RecordType, run: Import) -> None:
        super().__init__(record_type, run)
        fields = [field for _at, field in self.reader.columns]
        self.links = [f for f in fields if isinstance(f, Lookup) and f.target != "member"]
        self.searched = record_type.model.searched
        self.defaults = {f.attr: f.default for f in record_type.builtin.values() if f.default is not None}
        if "owner" in record_type.builtin and not record_type.ownerless_is_open:
            self.defaults["owner_id"] = run.member_id
        self.plain = [f for f in fields if not f.custom_id and f not in self.links]
        self.custom = [f for f in fields if f.custom_id]
        self.columns = self._columns()

    def _columns(self) -> list[str]:
        names = ["id", *self.defaults]
        for field in self.plain:
            names += [field.attr] if field.attr not in names else []
            if isinstance(field, Money):
                names.append(field.currency_attr)
        names += ["custom", "search_norm", "search_pinyin", "search_text", "search_grams"]
        names += [f"link_{at}" for at in range(len(self.links))]
        return [*names, "line", "event_id"]

    def bring_in(self) -> None:
        self._make_stage()
        self._copy(self._staged())
        self._leave_out_existing()
        self._insert()
        self._tie_links()

    def _make_stage(self) -> None:
        own = [c for c in self.columns if not c.startswith("link_") and c not in ("line", "event_id")]
        links = "".join(f", ''::text as link_{at}" for at in range(len(self.links)))
        _run(f"create temp table import_stage on commit drop as select {', '.join(own)}{links},"
             f" 0::int as line, id as event_id from {self._name()} with no data")  # fmt: skip

    def _staged(self) -> Iterator[list[Any]]:
        self.rows: dict[int, Row] = {}
        for row, cells in self.sound_rows():
            yield self._stage_row(row, cells)

    def _stage_row(self, row: Row, cells: list[Cell]) -> list[Any]:
        values: dict[str, Any] = {"id": new_id(), "line": row.line, "event_id": new_id(), **self.defaults}
        custom: dict[str, Any] = {}
        links = 0
        for cell in cells:
            field = cell.field
            if field in self.links:
                values[f"link_{links}"] = cell.link or ""
                links += 1
            elif cell.value is None:
                continue
            elif field.custom_id:
                custom[field.key] = field.dump(cell.value)
            elif isinstance(field, Money):
                values[field.attr], values[field.currency_attr] = cell.value.minor, cell.value.currency
            else:
                values[field.attr] = orjson.dumps(cell.value).decode() if isinstance(cell.value, list) else cell.value
        values["custom"] = orjson.dumps(custom).decode() if custom else "{}"
        values |= search_columns(values.get(attr) for attr in self.searched)
        return [values.get(name) for name in self.columns]

    def _copy(self, rows: Iterator[Sequence[Any]]) -> None:
        raw: Any = db.session().connection().connection.driver_connection
        with raw.cursor() as cursor, cursor.copy(f"copy import_stage ({', '.join(self.columns)}) from stdin") as copy:
            for row in rows:
                copy.write_row(row)

    def _leave_out_existing(self) -> None:
        """Rows whose title is that of a record that is there already, or of an earlier row of the file."""
        if self.run.choices.get("existing") == "create":
            return
        gone = _run(
            f"with twin as (select s.line, exists (select from {self._name()} c where c.tenant_id = :tenant"
            " and c.search_norm = s.search_norm and c.deleted_at is null) as there,"
            " row_number() over (partition by s.search_norm order by s.line) > 1 as again from import_stage s)"
            " delete from import_stage s using twin t where t.line = s.line and (t.there or t.again)"
            " returning s.line, t.there",
            tenant=current.tenant_id(),
        ).all()
        reasons = {row.line: row.there for row in gone}
        for row in self._rows_of(set(reasons)):
            why = _("It exists already.") if reasons[row.line] else _("It is in the file more than once.")
            self.keep(row, "skipped", [{"field": self.record_type.title, "message": why}])

    def _rows_of(self, lines: set[int]) -> Iterator[Row]:
        return (row for row in self.table.rows if row.line in lines) if lines else iter(())

    def _insert(self) -> None:
        _run("set local plan_cache_mode = auto")  # or every row's foreign keys are planned anew
        own = [c for c in self.columns if not c.startswith("link_") and c not in ("line", "event_id")]
        now, tenant = current.now(), current.tenant_id()
        made = _run(
            f"insert into {self._name()} (tenant_id, {', '.join(own)}, created_at, updated_at, created_by_id, version)"
            f" select :tenant, {', '.join(own)}, :now, :now, :member, 1 from import_stage order by line"
            " on conflict do nothing",
            tenant=tenant, now=now, member=self.run.member_id,
        )  # fmt: skip
        self.created = made.rowcount
        name = f"{self.record_type.name}.created"
        cause = {"kind": "import", "ref": str(self.run.id), "depth": current.tenant().cause.depth}
        _run(
            "insert into event (tenant_id, id, name, at, record_type, record_id, customer_id, actor_id, cause, data)"
            f" select :tenant, event_id, :name, :now, :type, id, {self._customer()}, :member, cast(:cause as jsonb),"
            f" jsonb_build_object('title', {self.record_type.title_field.attr}) from import_stage order by line"
            " on conflict do nothing",
            tenant=tenant, name=name, now=now, type=self.record_type.name, member=self.run.member_id,
            cause=orjson.dumps(cause).decode(),
        )  # fmt: skip
        self._index_custom_values()
        self._call_listeners(name, cause)

    def _customer(self) -> str:
        return "id" if self.record_type.name == "customer" else "cast(null as uuid)"

    def _index_custom_values(self) -> None:
        """Fill the side index from the JSON that was just written."""
        casts = {"s": "text", "n": "float8", "t": "timestamptz"}
        for field in self.custom:
            if not field.slot:
                continue
            value = f"(custom ->> '{field.key}')"
            if isinstance(field, Money):
                value = f"(custom -> '{field.key}' ->> 'minor')"
            if field.type_name == "yes_no":
                value = f"(case custom ->> '{field.key}' when 'true' then 1 when 'false' then 0 end)"
            _run(
                f"insert into custom_value (tenant_id, id, record_id, field_id, {field.slot})"
                f" select :tenant, gen_random_uuid(), id, :field, cast({value} as {casts[field.slot]})"
                f" from import_stage where custom ? '{field.key}' on conflict do nothing",
                tenant=current.tenant_id(), field=field.custom_id,
            )  # fmt: skip

    def _call_listeners(self, event: str, cause: dict[str, Any]) -> None:
        for listener in listeners_of(event, current.tenant().modules):
            _run(
                "insert into job (id, tenant_id, queue, name, module, args, cause, due_at, attempts)"
                " select gen_random_uuid(), :tenant, 'quick', :name, :module,"
                " jsonb_build_object('event', event_id), cast(:cause as jsonb), :now, 0 from import_stage",
                tenant=current.tenant_id(), name=job_name(listener), module=module_of(listener),
                cause=orjson.dumps(cause | {"depth": cause["depth"] + 1}).decode(), now=current.now(),
            )  # fmt: skip
            wake_after_commit(["quick"])

    def _tie_links(self) -> None:
        """Find the records that were named, also those further down in the same file."""
        for at, field in enumerate(self.links):
            target = type_named(field.target).model.__tablename__
            _run(
                f"update {self._name()} c set {field.attr} = p.id from import_stage s, ("
                f" select search_norm, min(id::text)::uuid as id from {target} where tenant_id = :tenant"
                "   and deleted_at is null group by search_norm having count(*) = 1) p"
                f" where c.tenant_id = :tenant and c.id = s.id and p.search_norm = s.link_{at}"
                f" and s.link_{at} <> '' and p.id <> c.id",
                tenant=current.tenant_id(),
            )
            if field.target == self.record_type.name:
                self._untie_circles(field)
            self._remark_untied(at, field)

    def _untie_circles(self, field: FieldType) -> None:
        """A record that would be its own ancestor loses its link."""
        _run(
            f"with recursive above as (select c.id as start, c.{field.attr} as at, 1 as depth from {self._name()} c"
            " join import_stage s on s.id = c.id where c.tenant_id = :tenant"
            f" union all select a.start, c.{field.attr}, a.depth + 1 from above a join {self._name()} c"
            "  on c.tenant_id = :tenant and c.id = a.at where a.at <> a.start and a.depth < 100)"
            f" update {self._name()} c set {field.attr} = null from above a"
            " where c.tenant_id = :tenant and c.id = a.start and a.at = a.start",
            tenant=current.tenant_id(),
        )

    def _remark_untied(self, at: int, field: FieldType) -> None:
        untied = _run(
            f"select s.line from import_stage s join {self._name()} c on c.tenant_id = :tenant and c.id = s.id"
            f" where s.link_{at} <> '' and c.{field.attr} is null",
            tenant=current.tenant_id(),
        ).scalars()
        message = _("No record, or more than one, has the name given for “%(field)s”; it was left empty.",
                    field=field.label)  # fmt: skip
        for row in self._rows_of(set(untied)):
            self.keep(row, "remark", [{"field": field.key, "message": message}])

    def _name(self) -> str:
        return self.record_type.model.__tablename__


def _run(statement: str, **values: Any) -> Any:
    """Run one of our own statements; names in it come from the code or from checked keys, never from the file."""
    return db.session().execute(text(statement), values)
