"""Changing records of one type, many at once: what `change_record` does, by a few statements for all of them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, any_, cast, func, literal, update
from sqlalchemy.dialects.postgresql import TSVECTOR

from core import access, current, db
from core.records.fields import FieldType, State
from core.records.guards import closed_among
from core.records.imports.staging import Stage
from core.records.imports.telling import Telling
from core.records.model import is_searched, made_columns
from core.records.runs.batch import Batch, Draft
from core.records.types import RecordType


class Updater:
    """Sets drafts of rows and writes those that differ.

    A draft's `minded` values belong to fields that the type's own service looks after: they are left to it.
    """

    def __init__(self, record_type: RecordType, fields: Sequence[FieldType], telling: Telling) -> None:
        self.record_type, self.telling = record_type, telling
        every = record_type.all_fields()
        self.asked = fields
        self.fields = {f.key: every[f.key] for f in fields}
        self.minded = {f.key for f in fields if record_type.minds([f.key])}
        self.batch = Batch(record_type, fields)
        self.table: Any = record_type.model.__table__
        of_none = made_columns(record_type.new(), record_type.model, record_type.name)
        self.search = list(of_none) if self.batch.is_searched else []
        written = {attr: self.table.c[attr].type for attr in self.batch.written}
        kinds = {"id": Uuid(), **written, **{name: Text() for name in self.search}}
        self.stage = Stage(f"import_change_{record_type.model.__tablename__}", kinds)
        self.may_transfer: set[UUID] = set()
        self.closed: Mapping[UUID, Sequence[FieldType]] = {}

    def read(self, ids: Sequence[UUID], *, lock: bool) -> dict[UUID, Draft]:
        """Drafts of the records that the member may change."""
        allowed = self._allowed(ids, "edit")
        self.may_transfer = self._allowed(ids, "transfer") if "owner" in self.fields else set()
        self.closed = closed_among(self.record_type, self.asked, list(allowed))
        drafts = self.batch.read(allowed, lock=lock) if allowed else []
        for draft in drafts:
            draft.minded = {}
        return {draft.id: draft for draft in drafts if draft.deleted_at is None}

    def _allowed(self, ids: Sequence[UUID], action: str) -> set[UUID]:
        if not access.scopes_for(action, self.record_type.name):
            return set()
        model = self.record_type.model
        among = model.id == any_(literal(list(ids), ARRAY(Uuid)))
        return set(db.session().scalars(self.record_type.visible(model.id, action=action).where(among)))

    def may_hand_over(self, draft: Draft, owner: Any) -> bool:
        return draft.id in self.may_transfer or self.fields["owner"].diff(draft.owner_id, owner) is None

    def check_state(self, draft: Draft, key: str, values: Mapping[str, Any]) -> None:
        """Raises FieldError where the state may not follow."""
        field = self.fields[key]
        assert isinstance(field, State)
        if field.diff(field.get(draft), values[key]) is not None:
            every = self.record_type.all_fields()
            needed = {name for option in field.options for name in getattr(option, "requires", ())}
            filled = {name: values.get(name, every[name].get(draft)) for name in needed if name in every}
            field.check_move(field.get(draft), values[key], filled, {name: f.label for name, f in every.items()})

    def set(self, draft: Draft, values: Mapping[str, Any]) -> None:
        own = {key: value for key, value in values.items() if key not in self.minded}
        self.batch.set(draft, own, check=False)
        draft.minded = {
            key: values[key]
            for key in self.minded & values.keys()
            if self.fields[key].diff(self.fields[key].get(draft), values[key]) is not None
        }

    def minded_changes(self, draft: Draft) -> dict[str, Any]:
        return {k: self.fields[k].diff(self.fields[k].get(draft), value) for k, value in draft.minded.items()}

    def write(self, drafts: Sequence[Draft]) -> None:
        """Write the drafts that were changed, their side index and their events."""
        changed = [draft for draft in drafts if draft.changes]
        if not changed:
            return
        self.stage.fill(self._row(draft) for draft in changed)
        self._update()
        self.telling.index([(d.id, field, value) for d in changed for field, value in d.side.items() if field.slot])
        name, kind = f"{self.record_type.name}.updated", self.record_type.name
        self.telling.happened([
            (name, kind, d.id, self.record_type.customer_of(d), d.changes, self.record_type.title_of(d))
            for d in changed
        ])  # fmt: skip
        self.record_type.have_changed([draft.id for draft in changed])

    def _row(self, draft: Draft) -> list[Any]:
        row = [draft.id, *(getattr(draft, attr) for attr in self.batch.written)]
        if self.search:
            touched = any(is_searched(self.record_type.model, self.fields[key]) for key in draft.changes)
            made = made_columns(draft, self.record_type.model, self.record_type.name) if touched else {}
            row += [made.get(name) for name in self.search]
        return row

    def _update(self) -> None:
        table, stage = self.table, self.stage.table
        values: dict[Any, Any] = {table.c[attr]: stage.c[attr] for attr in self.batch.written}
        for name in self.search:
            given = cast(stage.c[name], TSVECTOR) if isinstance(table.c[name].type, TSVECTOR) else stage.c[name]
            values[table.c[name]] = func.coalesce(given, table.c[name])
        mine = (table.c.tenant_id == current.tenant_id()) & (table.c.id == stage.c.id)
        now = {table.c.version: table.c.version + 1, table.c.updated_at: current.now()}
        db.session().execute(update(table).where(mine).values(values | now))
