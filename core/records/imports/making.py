"""New records of one type, many at once: what `insert_record` does, by a few statements for all of them."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime as Instant
from sqlalchemy import Integer, Text, Uuid, cast, literal, select, text
from sqlalchemy.dialects.postgresql import TSVECTOR, insert

from core import current, db
from core.db import new_id
from core.records.fields import FieldType
from core.records.fields.autonumber import AutoNumber, take_numbers
from core.records.imports.staging import Stage
from core.records.imports.telling import Telling
from core.records.model import made_columns
from core.records.types import RecordType
from core.records.uniqueness import write_index

SYSTEM = ("tenant_id", "created_at", "updated_at", "created_by_id", "version", "deleted_at")


class Maker:
    """Makes records of a type from values by field. Everything that may be refused has been asked before."""

    def __init__(self, record_type: RecordType, telling: Telling) -> None:
        self.record_type, self.model, self.telling = record_type, record_type.model, telling
        self.fields = record_type.all_fields()
        self.assigned = [f for f in self.fields.values() if f.assigned]
        self.defaults = {f.key: f.default for f in self.fields.values() if f.default is not None and f.editable}
        if "owner" in self.fields and not record_type.ownerless_is_open:
            self.defaults["owner"] = current.member_id()
        empty = record_type.new()
        table: Any = self.model.__table__
        self.blank = {c.name: _blank(c, empty) for c in table.columns if c.name not in SYSTEM}
        kinds = {
            name: Text() if isinstance(table.c[name].type, TSVECTOR) else table.c[name].type for name in self.blank
        }
        self.stage = Stage(f"import_new_{table.name}", kinds)

    def make(self, values: Sequence[Mapping[str, Any]]) -> list[UUID]:
        """Add the rows, index their custom values, say that they were created. Returns their ids."""
        if not values:
            return []
        drafts = self.draft(values)
        self.write(drafts)
        name, kind = f"{self.record_type.name}.created", self.record_type.name
        self.telling.happened([
            (name, kind, draft.id, self.record_type.customer_of(draft), None, self.record_type.title_of(draft))
            for draft, _given in drafts
        ])  # fmt: skip
        return [draft.id for draft, _given in drafts]

    def draft(self, values: Sequence[Mapping[str, Any]]) -> list[tuple[Any, dict[str, Any]]]:
        """The rows as they will be, and the values that were given for each."""
        drafts = [self._draft(self.defaults | _filled(each)) for each in values]
        self._assign(drafts)
        if self.model.searched:
            for draft, _given in drafts:
                draft.__dict__.update(made_columns(draft, self.model, self.record_type.name))
        return drafts

    def write(self, drafts: Sequence[tuple[Any, dict[str, Any]]]) -> None:
        """Add the rows and index their custom values."""
        if len(drafts) > db.FEW:
            self.stage.fill([getattr(draft, name) for name in self.blank] for draft, _given in drafts)
            self._insert()
            self.telling.index([
                (draft.id, self.fields[key], value)
                for draft, given in drafts
                for key, value in given.items()
                if self.fields[key].custom_id and self.fields[key].slot
            ])  # fmt: skip
            return
        same = {"tenant_id": current.tenant_id(), "created_at": current.now(), "updated_at": current.now(),
                "created_by_id": current.member_id(), "version": 1}  # fmt: skip
        rows = [{name: getattr(draft, name) for name in self.blank} | same for draft, _given in drafts]
        db.session().execute(insert(self.model.__table__), rows)  # type: ignore[arg-type]
        for draft, given in drafts:
            write_index(self.record_type, draft.id, {self.fields[key]: value for key, value in given.items()})

    def _draft(self, values: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        draft = SimpleNamespace(**self.blank)
        draft.id, draft.custom = new_id(), {}
        for key, value in values.items():
            field = self.fields[key]
            if field.custom_id and type(field).set is FieldType.set:
                draft.custom[key] = field.store(value)  # `set` would copy all of them for each
            else:
                field.set(draft, value)
        return draft, values

    def _assign(self, drafts: Sequence[tuple[Any, dict[str, Any]]]) -> None:
        """Give the new records what nobody fills in: numbers, for all of them at once."""
        for field in self.assigned:
            if isinstance(field, AutoNumber):
                taken: Sequence[Any] = take_numbers(field, len(drafts), table=self.model.__tablename__)
            else:
                taken = [field.first(draft) for draft, _given in drafts]
            for (draft, given), value in zip(drafts, taken, strict=True):
                given[field.key] = value
                field.set(draft, value)

    def _insert(self) -> None:
        db.session().execute(text("set local plan_cache_mode = auto"))  # or each row's foreign keys are planned anew
        table: Any = self.model.__table__
        stage, now = self.stage.table, cast(literal(current.now()), Instant(timezone=True))
        chosen = [cast(stage.c[c], table.c[c].type) if c == "search_grams" else stage.c[c] for c in self.blank]
        constant = {
            "tenant_id": cast(literal(current.tenant_id()), Uuid), "created_at": now, "updated_at": now,
            "created_by_id": cast(literal(current.member_id(), Uuid), Uuid), "version": cast(literal(1), Integer),
        }  # fmt: skip
        rows = select(*chosen, *constant.values()).order_by(stage.c.id)
        new = insert(table).from_select([*self.blank, *constant], rows)
        db.session().execute(new.on_conflict_do_nothing())


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _blank(column: Any, empty: Any) -> Any:
    """What a column has in a record of which nothing is known."""
    if column.name in empty.__dict__ or column.default is None:
        return empty.__dict__.get(column.name)
    return column.default.arg if column.default.is_scalar else column.default.arg(None)
