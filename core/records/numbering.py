"""Giving the records that are there already their numbers, when a tenant gets an auto-number field."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from core import current, db
from core.counters import count_up
from core.jobs import job
from core.records.fields import AutoNumber
from core.records.fields.autonumber import DATES, Pattern, counter_of, read_pattern
from core.records.shape import CustomField, as_field
from core.records.types import RecordType, find_type

LOCAL = "created_at at time zone :zone"
WITHOUT = "tenant_id = :tenant and not (custom ? :key)"


@job("slow")
def fill_numbers(field_id: str) -> None:
    """Number the records without a number in the order in which they were made, each by its own date.

    Records that are made meanwhile get their numbers themselves; doing it twice changes nothing.
    """
    row = db.get(CustomField, UUID(field_id))
    record_type = find_type(row.record_type) if row and row.retired_at is None else None
    of = as_field(row) if row and record_type else None
    if record_type and isinstance(of, AutoNumber):
        Filling(record_type, of).fill()


class Filling:
    """One field being filled, by one statement for all records."""

    def __init__(self, record_type: RecordType, of: AutoNumber) -> None:
        self.of, self.pattern = of, read_pattern(of.pattern)
        self.table: str = record_type.model.__tablename__
        self.rows = WITHOUT + (" and type = :type" if record_type.is_own else "")
        self.period = _period(self.pattern) if of.reset and self.pattern.dated else "''"
        self.given = {"tenant": current.tenant_id(), "zone": current.tenant().timezone, "key": of.key,
                      "type": record_type.name, "field": of.custom_id}  # fmt: skip

    def fill(self) -> None:
        counted = self._run(f"select {self.period}, count(*) from {self.table} where {self.rows} group by 1")  # noqa: S608
        blocks = [(period, self._take(period, many), many) for period, many in counted]
        if blocks:
            self._write(*map(list, zip(*blocks, strict=True)))

    def _take(self, period: str, many: int) -> int:
        """Take as many numbers; the one before the first of them is returned."""
        return count_up(counter_of(self.of), period, many, above=self.of.start - 1) - many

    def _write(self, periods: list[Any], before: list[Any], many: list[Any]) -> None:
        number, plain = _number(self.pattern)
        self._run(
            "with block as (select * from unnest(cast(:periods as text[]), cast(:before as bigint[]),"  # noqa: S608
            "  cast(:many as bigint[])) as b (period, before, many)),"
            f" waiting as (select id, {self.period} as period,"
            f"  row_number() over (partition by {self.period} order by id) as place"
            f"  from {self.table} where {self.rows}),"
            " numbered as (select w.id, cast(b.before + w.place as text) as n from waiting w join block b"
            "  on b.period = w.period and w.place <= b.many)"
            f" update {self.table} r set custom = r.custom || jsonb_build_object(cast(:key as text), {number})"
            " from numbered where r.tenant_id = :tenant and r.id = numbered.id",
            periods=periods, before=before, many=many, **plain,
        )  # fmt: skip
        self._run(
            "insert into custom_value (tenant_id, id, record_id, field_id, s)"  # noqa: S608
            " select tenant_id, gen_random_uuid(), id, :field, custom ->> :key"
            f" from {self.table} where tenant_id = :tenant and custom ? :key on conflict do nothing"
        )

    def _run(self, statement: str, **more: Any) -> Any:
        return db.session().execute(text(statement), self.given | more)


def _period(pattern: Pattern) -> str:
    """The same as `Pattern.period`, in SQL."""
    named = sorted(set(pattern.dated), key=list(DATES).index)
    return f"to_char({LOCAL}, '{''.join(named).upper()}')"


def _number(pattern: Pattern) -> tuple[str, dict[str, str]]:
    """The same as `Pattern.text`, in SQL, with the plain text as parameters."""
    plain: dict[str, str] = {}
    parts = []
    for at, part in enumerate(pattern.parts):
        if part in DATES:
            parts.append(f"to_char(r.{LOCAL}, '{part.upper()}')")
        elif part.startswith("#"):
            parts.append(f"lpad(numbered.n, greatest(length(numbered.n), {len(part) - 1}), '0')")
        else:
            plain[f"plain_{at}"] = part[1:]
            parts.append(f"cast(:plain_{at} as text)")
    return " || ".join(parts), plain
