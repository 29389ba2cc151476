"""Writing a thousand records as cheaply as one: read under lock, changed in Python, written by a statement each.

What a field does to a record (`get`, `set`, `diff`) is done to a draft of its row, so that every field type works
here as it does in `change_record`, and the events are the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, any_, bindparam, cast, delete, func, literal, select, update
from sqlalchemy import Uuid as UuidType
from sqlalchemy import column as name_of
from sqlalchemy.dialects.postgresql import TSVECTOR, insert

from core import current, db
from core.events import Event, emit
from core.records.fields import FieldType, State
from core.records.fields.base import columns_of
from core.records.happenings import RecordDeleted, RecordRestored, RecordUpdated
from core.records.model import found_fields, is_searched, made_columns
from core.records.side_index import SLOTS, CustomValue, side_row
from core.records.types import RecordType
from core.records.uniqueness import Refuse, give_up, refusals, unique_fields

CHUNK = 1000

Draft = Any
"""A row that can be written on; `changes` collects [old, new] by field."""


class Batch:
    """Records of a type, some of whose fields are read and written."""

    def __init__(self, record_type: RecordType, fields: Sequence[FieldType]) -> None:
        self.record_type, self.model, self.all_fields = record_type, record_type.model, record_type.all_fields()
        fields = [self.all_fields.get(f.key, f) for f in fields]
        self.fields = {f.key: f for f in fields}
        self.written = dict.fromkeys(attr for field in fields for attr in field.attrs())
        self.is_searched = any(is_searched(self.model, f) for f in fields)
        needed = [self.all_fields[key] for field in fields if isinstance(field, State) for key in _required_by(field)]
        self.needed = [record_type.title_field, *(field for field in needed if field.key not in self.fields)]
        attrs: list[str] = []
        if record_type.customer_attr:
            attrs.append(record_type.customer_attr)
        if record_type.is_own or unique_fields(record_type):
            attrs.append("custom")
        if self.is_searched:
            attrs += [*self.model.searched, *(["custom"] if found_fields(record_type.name) else [])]
        self.attrs = dict.fromkeys(("id", "version", "deleted_at", *self.written, *attrs))

    def read(self, ids: Iterable[UUID], *, lock: bool = True) -> list[Draft]:
        """The rows of these ids, deleted ones too, locked until the transaction ends unless they are only looked at."""
        model = self.model
        mine = (model.tenant_id == current.tenant_id()) & (model.id == any_(literal(list(ids), ARRAY(UuidType))))
        rows = select(*columns_of(model, self.needed, *self.attrs)).where(mine, self.record_type.rows())
        rows = rows.order_by(model.id)
        found = db.session().execute(rows.with_for_update() if lock else rows)
        return [SimpleNamespace(**row._mapping, changes={}, side={}) for row in found]

    def set(self, draft: Draft, values: Mapping[str, Any], *, check: bool = True) -> None:
        """Set what differs. Raises FieldError for what may not be kept or may not follow; then nothing of it is set."""
        values, diffs = dict(values), {}
        for key, value in values.items():
            field = self.fields[key]
            if check and type(field).keep is not FieldType.keep:
                value = values[key] = field.keep(self.record_type.name, draft, value)
            if (diff := field.diff(field.get(draft), value)) is None:
                continue
            if check and isinstance(field, State):
                self._check_move(field, draft, values)
            diffs[field] = diff
        for field, diff in diffs.items():
            field.set(draft, values[field.key])
            draft.changes[field.key] = diff
            if field.custom_id:
                draft.side[field] = values[field.key]

    def _check_move(self, field: State, draft: Draft, values: Mapping[str, Any]) -> None:
        filled = {key: values[key] if key in values else self.all_fields[key].get(draft) for key in _required_by(field)}
        labels = {key: f.label for key, f in self.all_fields.items()}
        field.check_move(field.get(draft), values[field.key], filled, labels)

    def free(self, drafts: Sequence[Draft], refuse: Refuse) -> list[Draft]:
        """The drafts without those whose new values another record has, where no two may: those are refused."""
        wanted = [(d.id, of, value) for d in drafts for of, value in d.side.items() if of.unique]
        refused = refusals(self.record_type, wanted) if wanted else {}
        for draft in drafts:
            for problem in refused.get(draft.id, ()):
                refuse(draft, self.all_fields[problem.field], problem.message)
        return [draft for draft in drafts if draft.id not in refused]

    def write(self, drafts: Sequence[Draft], refuse: Refuse | None = None) -> int:
        """Write the drafts that were changed, their side index and their events. Returns how many there were.

        With `refuse`, those whose values another record has are left out and told to it.
        """
        changed = [draft for draft in drafts if draft.changes]
        changed = self.free(changed, refuse) if refuse else changed
        if changed:
            self._update(changed)
            self._index(changed)
            emit(*(RecordUpdated(**self._about(d), changes=d.changes) for d in changed))
            self._forget(changed)
            self.record_type.have_changed([draft.id for draft in changed])
        return len(changed)

    def _update(self, drafts: Sequence[Draft]) -> None:
        table: Any = self.model.__table__
        values: dict[str, list[Any]] = {attr: [getattr(d, attr) for d in drafts] for attr in self.written}
        types = {attr: table.c[attr].type for attr in self.written}
        if self.is_searched:
            found = [made_columns(d, self.model, self.record_type.name) for d in drafts]
            values |= {name: [each[name] for each in found] for name in found[0]}
            types |= dict.fromkeys(found[0], Text())
        if same := {attr: column[0] for attr, column in values.items() if _all_same(column)}:
            values = {attr: column for attr, column in values.items() if attr not in same}
        ids = [d.id for d in drafts]
        set_: dict[str, Any] = {attr: bindparam(f"v_{attr}", value, type_=types[attr]) for attr, value in same.items()}
        if not values:
            statement = update(table).where(table.c.id == any_(literal(ids, ARRAY(UuidType))))
        else:
            lists = [literal(ids, ARRAY(UuidType, dimensions=1))]
            lists += [literal(column, ARRAY(types[attr], dimensions=1)) for attr, column in values.items()]
            names = [name_of("id", UuidType), *(name_of(attr, types[attr]) for attr in values)]
            given = func.unnest(*lists).table_valued(*names, name="given").render_derived()
            set_ |= {attr: given.c[attr] for attr in values}
            statement = update(table).where(table.c.id == given.c.id)
        if "search_grams" in set_:
            set_["search_grams"] = cast(set_["search_grams"], TSVECTOR)
        db.session().execute(
            statement.where(table.c.tenant_id == current.tenant_id()).values(
                **set_, version=table.c.version + 1, updated_at=current.now()
            )
        )

    def _index(self, drafts: Sequence[Draft]) -> None:
        """Write the custom values that changed to the side index."""
        rows = [side_row(d.id, field, value) for d in drafts for field, value in d.side.items() if field.slot]
        gone: dict[UUID, list[UUID]] = {}
        for row in rows:
            if row["s"] is row["n"] is row["t"] is None:
                gone.setdefault(row["field_id"], []).append(row["record_id"])
        mine = CustomValue.tenant_id == current.tenant_id()
        for field_id, ids in gone.items():
            which = CustomValue.record_id == any_(literal(ids, ARRAY(UuidType)))
            statement = delete(CustomValue).where(mine, CustomValue.field_id == field_id, which)
            db.session().execute(statement, execution_options={"synchronize_session": False})
        if kept := [row for row in rows if not row["s"] is row["n"] is row["t"] is None]:
            side: Any = CustomValue.__table__
            new = insert(side)
            key = ["tenant_id", "record_id", "field_id"]
            slots = {name: new.excluded[name] for name in SLOTS}
            db.session().execute(new.on_conflict_do_update(index_elements=key, set_=slots), kept)

    def bury(self, drafts: Sequence[Draft]) -> int:
        """Delete these records: gone from every page, and can be restored."""
        buried = [d for d in drafts if d.deleted_at is None]
        give_up(self.record_type, [d.id for d in buried])
        return self._mark(buried, current.now(), RecordDeleted)

    def restore(self, drafts: Sequence[Draft], refuse: Refuse) -> list[Draft]:
        """Bring them back, but for those whose values another record got meanwhile, where no two may have the same.
        Returns which came."""
        gone = [d for d in drafts if d.deleted_at is not None]
        if unique := unique_fields(self.record_type):
            for draft in gone:
                draft.side |= {of: of.get(draft) for of in unique if of.get(draft) is not None}
            gone = self.free(gone, refuse)
            self._index(gone)
        self._mark(gone, None, RecordRestored)
        return gone

    def _mark(self, drafts: Sequence[Draft], deleted_at: Any, kind: type[RecordDeleted | RecordRestored]) -> int:
        if not drafts:
            return 0
        table: Any = self.model.__table__
        which = table.c.id == any_(literal([d.id for d in drafts], ARRAY(UuidType)))
        statement = update(table).where(table.c.tenant_id == current.tenant_id(), which)
        values = {"deleted_at": deleted_at, "version": table.c.version + 1, "updated_at": current.now()}
        db.session().execute(statement.values(**values))
        for draft in drafts:
            draft.deleted_at = deleted_at
        events: list[Event] = [kind(**self._about(d)) for d in drafts]
        emit(*events)
        self._forget(drafts)
        return len(drafts)

    def _about(self, draft: Draft) -> dict[str, Any]:
        return {
            "record_type": self.record_type.name,
            "record_id": draft.id,
            "customer_id": self.record_type.customer_of(draft),
            "title": self.record_type.title_of(draft),
        }

    def _forget(self, drafts: Sequence[Draft]) -> None:
        """What the session holds of these records is out of date."""
        ids = {draft.id for draft in drafts}
        for record in list(db.session().identity_map.values()):
            if isinstance(record, self.model) and record.id in ids:
                db.session().expire(record)


def _required_by(field: State) -> list[str]:
    return [key for option in field.options for key in getattr(option, "requires", ())]


def _all_same(column: list[Any]) -> bool:
    first = column[0]
    return all(value == first and type(value) is type(first) for value in column)
