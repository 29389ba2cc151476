"""What points at a record, wherever it is kept, and how to point it at another one.

A source is a table with those of its columns that may hold the record's id, as the models declare them; or a field
that the tenant made. Of each, the rows are moved by one statement, which also remembers them.
"""

# ruff: noqa: S608
# Names of tables and columns come from the models, never from what somebody sent.

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Table, select, text

from core import current, db
from core.db import Base
from core.records.shape import CustomField
from core.records.types import RecordType, find_type

IMMUTABLE = frozenset({"event"})
"""What happened stays with the record that it happened to: its history is linked, not rewritten."""


@dataclass(frozen=True)
class Move:
    """From which record to which, as a part of which merge. `among` are all records of the merge."""

    merge_id: UUID
    record_type: str
    gone_id: UUID
    kept_id: UUID
    among: tuple[UUID, ...]

    def values(self) -> dict[str, Any]:
        return {"tenant": current.tenant_id(), "merge": self.merge_id, "type": self.record_type,
                "gone": self.gone_id, "kept": self.kept_id, "among": list(self.among)}  # fmt: skip


@dataclass(frozen=True)
class TableSource:
    """Columns of one table: (column, the column beside it that names the type, if there is one)."""

    table: Table
    columns: tuple[tuple[str, str | None], ...]

    def move(self, move: Move) -> None:
        name, hits = _quoted(self.table), [self._holds(c, "t", "gone") for c in self.columns]
        flags = ", ".join(f"coalesce({hit}, false) as h{n}" for n, hit in enumerate(hits))
        sets = [f"{c} = case when hit.h{n} then cast(:kept as uuid) else t.{c} end"
                for n, (c, _type) in enumerate(self.columns)]  # fmt: skip
        if "version" in self.table.c:
            sets.append("version = t.version + 1")
        kept = [f"select :tenant, gen_random_uuid(), cast(:merge as uuid), cast(:gone as uuid), '{self.key(c)}',"
                f" array_agg(id) from moved where h{n} having count(*) > 0"
                for n, (c, _type) in enumerate(self.columns)]  # fmt: skip
        own = " and t.id <> all(cast(:among as uuid[]))"
        db.session().execute(
            text(
                f"with hit as (select t.id, {flags} from {name} t where t.tenant_id = :tenant"
                f" and ({' or '.join(hits)}){own}{''.join(self._clashes())} for update),"
                f" moved as (update {name} t set {', '.join(sets)} from hit"
                "  where t.tenant_id = :tenant and t.id = hit.id"
                f"  returning t.id, {', '.join(f'hit.h{n}' for n in range(len(hits)))})"
                " insert into merge_moved (tenant_id, id, merge_id, gone_id, source, ids) "
                + " union all ".join(kept)
                + " on conflict do nothing"
            ),
            move.values(),
        )

    def give_back(self, column: str, move: Move, ids: Sequence[UUID]) -> None:
        """Rows that still point at the kept record point at the gone one again."""
        name, pair = _quoted(self.table), next(c for c in self.columns if c[0] == column)
        version = ", version = t.version + 1" if "version" in self.table.c else ""
        db.session().execute(
            text(
                f"update {name} t set {column} = :gone{version} where t.tenant_id = :tenant"
                f" and t.id = any(cast(:ids as uuid[])) and {self._holds(pair, 't', 'kept')}"
            ),
            move.values() | {"ids": list(ids)},
        )

    def key(self, column: str) -> str:
        return f"{self.table.name}.{column}"

    def _holds(self, column: tuple[str, str | None], row: str, which: str) -> str:
        name, type_name = column
        return f"({row}.{name} = :{which}" + (f" and {row}.{type_name} = :type)" if type_name else ")")

    def _clashes(self) -> Iterator[str]:
        """Rows of which the kept record has its own already stay with the gone one: who follows both, follows once."""
        for index in self.table.indexes:
            named = [c.name for c in index.columns] if index.unique else []
            for column, _type in self.columns:
                if column in named:
                    same = "".join(f" and k.{c} = t.{c}" for c in named if c not in (column, "tenant_id"))
                    yield (f" and not exists (select from {_quoted(self.table)} k where k.tenant_id = :tenant"
                           f" and k.{column} = :kept{same})")  # fmt: skip


@dataclass(frozen=True)
class FieldSource:
    """A tenant's own link: in the custom data of records, and in the side index."""

    field: CustomField
    table: Table

    def move(self, move: Move) -> None:
        if self.field.type == "multi_lookup":
            self._move_lists(move)
            return
        db.session().execute(
            text(
                f"with moved as (update {_quoted(self.table)} t"
                "  set custom = jsonb_set(t.custom, array[cast(:key as text)], to_jsonb(cast(:kept as text))),"
                "      version = t.version + 1"
                "  from custom_value v where v.tenant_id = :tenant and v.field_id = :field"
                "   and v.s = cast(:gone as text) and t.tenant_id = :tenant and t.id = v.record_id"
                "   and t.id <> all(cast(:among as uuid[])) returning t.id),"
                " side as (update custom_value v set s = cast(:kept as text) from moved"
                "  where v.tenant_id = :tenant and v.field_id = :field and v.record_id = moved.id)" + REMEMBER
            ),
            move.values() | {"key": self.field.key, "field": self.field.id, "source": self.key},
        )

    def give_back(self, ids: Sequence[UUID], move: Move, *, both: bool) -> None:
        values = move.values() | {"key": self.field.key, "field": self.field.id, "ids": list(ids)}
        if self.field.type == "multi_lookup":
            changed = "t.custom -> cast(:key as text) || to_jsonb(cast(:gone as text))" if both else REPLACED
            values |= {"from": str(move.kept_id), "to": str(move.gone_id)}
        else:
            changed = "to_jsonb(cast(:gone as text))"
        db.session().execute(
            text(
                f"with back as (update {_quoted(self.table)} t"
                f"  set custom = jsonb_set(t.custom, array[cast(:key as text)], {changed}), version = t.version + 1"
                "  where t.tenant_id = :tenant and t.id = any(cast(:ids as uuid[]))"
                "   and t.custom -> cast(:key as text) @> to_jsonb(cast(:kept as text)) returning t.id)"
                " update custom_value v set s = cast(:gone as text) from back"
                " where v.tenant_id = :tenant and v.field_id = :field and v.record_id = back.id"
            ),
            values,
        )

    def _move_lists(self, move: Move) -> None:
        """Where the kept record is in the list as well, the gone one is only taken out, and remembered so."""
        values = move.values() | {"key": self.field.key, "from": str(move.gone_id), "to": str(move.kept_id)}
        holding = (
            f"with moved as (update {_quoted(self.table)} t"
            "  set custom = jsonb_set(t.custom, array[cast(:key as text)], {changed}), version = t.version + 1"
            "  where t.tenant_id = :tenant and t.custom @> jsonb_build_object("
            "   cast(:key as text), jsonb_build_array(cast(:gone as text)))"
            "   and {both} t.custom -> cast(:key as text) @> to_jsonb(cast(:kept as text))"
            "   and t.id <> all(cast(:among as uuid[])) returning t.id)" + REMEMBER
        )
        for both, changed, key in (("", "(t.custom -> cast(:key as text)) - cast(:gone as text)", f"{self.key}+"),
                                   ("not", REPLACED, self.key)):  # fmt: skip
            db.session().execute(text(holding.format(changed=changed, both=both)), values | {"source": key})

    @property
    def key(self) -> str:
        return f"custom_field.{self.field.id}"


REMEMBER = """
 insert into merge_moved (tenant_id, id, merge_id, gone_id, source, ids)
 select :tenant, gen_random_uuid(), :merge, :gone, :source, array_agg(id) from moved having count(*) > 0
 on conflict do nothing
"""
REPLACED = """(select jsonb_agg(case when each = cast(:from as text) then cast(:to as text) else each end order by at)
  from jsonb_array_elements_text(t.custom -> cast(:key as text)) with ordinality e (each, at))"""
LINKED = """
with moved as (
  insert into history_link (tenant_id, id, customer_id, record_id)
  select :tenant, gen_random_uuid(), :kept, each from (
    select cast(:gone as uuid) as each
    union select record_id from history_link where tenant_id = :tenant and customer_id = :gone) e
  on conflict do nothing returning id)
""" + REMEMBER.replace(":source", "'history_link'")
UNLINKED = "delete from history_link where tenant_id = :tenant and id = any(cast(:ids as uuid[]))"


def move_all(record_type: RecordType, move: Move) -> None:
    """Point all that points at the gone record at the kept one, whichever module it is of."""
    db.session().flush()
    for table in table_sources(record_type.name, record_type.model.__tablename__):
        table.move(move)
    for own in field_sources(record_type):
        own.move(move)
    db.session().execute(text(LINKED), move.values())
    db.session().expire_all()


def give_back(record_type: RecordType, source: str, move: Move, ids: Sequence[UUID]) -> None:
    """Undo one move. What was pointed elsewhere since, or belongs to what is no longer installed, stays."""
    name, _dot, column = source.partition(".")
    if source == "history_link":
        db.session().execute(text(UNLINKED), move.values() | {"ids": list(ids)})
    elif name == "custom_field":
        for own in field_sources(record_type):
            if own.key == source.rstrip("+"):
                own.give_back(ids, move, both=source.endswith("+"))
    else:
        for table in table_sources(record_type.name, record_type.model.__tablename__):
            if table.table.name == name and column in dict(table.columns):
                table.give_back(column, move, ids)


@lru_cache(maxsize=500)
def table_sources(type_name: str, table_name: str) -> Sequence[TableSource]:
    """The tables whose columns may hold the id of a record of this type."""
    found = []
    for table in sorted(Base.metadata.tables.values(), key=lambda each: each.name):
        if table.name in IMMUTABLE or "tenant_id" not in table.primary_key.columns:
            continue
        columns = [_pointing(c, table, type_name, table_name) for c in table.columns]
        if pointing := tuple(c for c in columns if c):
            found.append(TableSource(table, pointing))
    return found


def _pointing(column: Column[Any], table: Table, type_name: str, table_name: str) -> tuple[str, str | None] | None:
    if column.info.get("references") in (type_name, table_name):
        return column.name, None
    stem, is_id, _rest = column.name.rpartition("_id")
    if is_id and f"{stem}_type" in table.c and not column.info.get("references"):
        return column.name, f"{stem}_type"
    return None


def field_sources(record_type: RecordType) -> list[FieldSource]:
    """The tenant's own links to this type, the retired ones too: they may come back."""
    links = select(CustomField).where(
        CustomField.tenant_id == current.tenant_id(),
        CustomField.type.in_(("lookup", "multi_lookup")),
        CustomField.config["target"].astext == record_type.name,
    )
    found = []
    for field in db.session().scalars(links.order_by(CustomField.id)):
        if holder := find_type(field.record_type):
            found.append(FieldSource(field, holder.model.__table__))  # type: ignore[arg-type]
    return found


def _quoted(table: Table) -> str:
    return f'"{table.name}"'
