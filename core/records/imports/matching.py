"""Whether a row is about a record that exists, or about the same as an earlier row of the file."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, any_, bindparam, select

from core import current, db
from core.i18n import _
from core.records.imports.reading import Incoming
from core.records.imports.targets import ID, Target, match_keys
from core.records.side_index import CustomValue
from core.records.text import normalise
from core.records.types import RecordType

NAMED = 3
"""How many of the records that a row could mean are named."""


class Matcher:
    """Finds the records of rows, by each key in its turn: the first that finds any decides."""

    def __init__(self, record_type: RecordType, keys: Sequence[str], mapped: Iterable[str]) -> None:
        known = {t.key: t for t in match_keys(record_type)}
        columns = set(mapped)
        self.record_type, self.model = record_type, record_type.model
        self.keys = [known[key] for key in keys if key in known and key in columns]
        self.seen: dict[int, int] = {}
        self.about: dict[UUID, int] = {}

    def find(self, rows: Sequence[Incoming]) -> None:
        """Set `known` of the rows whose record exists; turn away those that mean several, or repeat a row."""
        for key in self.keys:
            values = {id(row): value for row in rows if (value := self._value(key, row)) is not None}
            found = self._records(key, set(values.values()))
            for row in rows:
                if id(row) in values and not row.verdict and row.known is None:
                    self._judge(key, row, values[id(row)], found)
        for row in rows:
            if row.known is not None and not row.verdict:
                first = self.about.setdefault(row.known, row.row.line)
                if first != row.row.line:
                    self._repeats(row, first)
            elif self.keys and not row.verdict and row.spoilt and not any(self._value(k, row) for k in self.keys):
                row.refuse(_("What the record is recognised by cannot be read."))

    def _judge(self, key: Target, row: Incoming, value: Any, found: dict[Any, list[UUID]]) -> None:
        records = found.get(value, ())
        if len(records) > 1:
            row.refuse(self._several(records), key=key.key, verdict="conflict")
            return
        first = self.seen.setdefault(hash((key.key, value)), row.row.line)
        if first != row.row.line:
            self._repeats(row, first)
        elif records:
            row.known = records[0]

    @staticmethod
    def _repeats(row: Incoming, line: int) -> None:
        message = _("Line %(line)s of the file is about the same record; only that one is taken.", line=line)
        row.refuse(message, verdict="skipped")

    def _several(self, records: Sequence[UUID]) -> str:
        shown = select(self.record_type.title_field.expression(self.model))
        seen = self.record_type.visible().with_only_columns(*shown.selected_columns)
        names = db.session().scalars(seen.where(self.model.id.in_(records[:NAMED])).order_by(self.model.id)).all()
        text = _(", ").join(f"“{name}”" for name in names)
        more = _("and %(number)s more", number=len(records) - len(names)) if len(records) > len(names) else ""
        listed = " ".join(part for part in (text, more) if part)
        return _("It could be several records: %(list)s. Merge them, or recognise rows by something else.", list=listed)

    # --- keys ------------------------------------------------------------------------------------------

    def _value(self, key: Target, row: Incoming) -> Any:
        value = row.values.get(key.key, row.keys.get(key.key))
        if value is None:
            return None
        if key.field is self.record_type.title_field and self.model.searched:
            return normalise(str(value))
        return key.field.indexed(value) if key.field.custom_id else value

    def _records(self, key: Target, values: set[Any]) -> dict[Any, list[UUID]]:
        """The ids of the records that have these values, by value."""
        found: dict[Any, list[UUID]] = {}
        if values:
            for value, record_id in db.session().execute(self._having(key), {"wanted": list(values)}):
                found.setdefault(value, []).append(record_id)
        return found

    def _having(self, key: Target) -> Select[Any]:
        model: Any = self.model
        mine = (model.tenant_id == current.tenant_id()) & model.deleted_at.is_(None) & self.record_type.rows()
        if key.key == ID:
            return select(model.id, model.id).where(mine, model.id == _any_of(Uuid()))
        if key.field.custom_id:
            slot = getattr(CustomValue, key.field.slot)
            side = (CustomValue.tenant_id == current.tenant_id()) & (CustomValue.field_id == key.field.custom_id)
            return select(slot, model.id).join(CustomValue, CustomValue.record_id == model.id).where(
                mine, side, slot == _any_of(slot.type))  # fmt: skip
        own = model.search_norm if key.field is self.record_type.title_field and model.searched else None
        column = key.field.expression(model) if own is None else own
        return select(column, model.id).where(mine, column == _any_of(column.type))


def _any_of(kind: Any) -> Any:
    return any_(bindparam("wanted", type_=ARRAY(kind)))
