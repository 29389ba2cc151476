"""Writing record types whose making has consequences of its own (routing, matching): each row by its service."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from core import current, db
from core.errors import DomainError, Invalid
from core.i18n import _
from core.records.fields import FieldType
from core.records.imports.examples import created_example, updated_example
from core.records.imports.ledger import Ledger
from core.records.imports.links import Links
from core.records.imports.models import Import
from core.records.imports.reading import Incoming
from core.records.services import create_record, update_record
from core.records.types import RecordType


class OneByOne:
    """Creates and updates records of one type. A check does it too, and undoes it all in the end."""

    chunk = 200
    links: Links

    def __init__(self, record_type: RecordType, run: Import, fields: Sequence[FieldType], ledger: Ledger) -> None:
        self.record_type, self.run, self.ledger = record_type, run, ledger
        self.fields = {f.key: record_type.all_fields()[f.key] for f in fields}
        self.began = current.now()

    def make(self, record_type: RecordType, values: Sequence[dict[str, Any]]) -> Sequence[UUID]:
        """Make records of a linked type."""
        return [create_record(record_type, each).id for each in values]

    def create(self, rows: Sequence[Incoming]) -> None:
        for row in rows:
            try:
                with db.savepoint():
                    record = create_record(self.record_type, {k: v for k, v in row.values.items() if v is not None})
            except DomainError as error:
                self._refuse(row, error)
                continue
            if record.created_at < self.began:  # the service knew it by another name
                row.refuse(_("It exists already."), key=self.record_type.title_field.key, verdict="skipped")
                self.ledger.turn_away(row)
                continue
            example = created_example(self.fields, row) if self.ledger.wants_example("create") else None
            self.ledger.came_in(row, "create", record.id, example)
            self._remark(row, record.id)

    def update(self, rows: Sequence[Incoming]) -> None:
        for row in rows:
            assert row.known is not None
            try:
                with db.savepoint():
                    record = self.record_type.get(row.known, action="edit", lock=True)
                    changes = self._changes(row, record)
                    if changes:
                        update_record(self.record_type, record, {key: self._wanted(row)[key] for key in changes})
            except DomainError as error:
                self._refuse(row, error)
                continue
            if not changes:
                self.ledger.unchanged()
            else:
                example = updated_example(self.fields, changes) if self.ledger.wants_example("update") else None
                self.ledger.came_in(row, "update", row.known, example)
            self._remark(row, row.known)

    def _wanted(self, row: Incoming) -> dict[str, Any]:
        if self.run.choices.get("empty") != "clear":
            return row.values
        return {k: None for k in row.empty if k in self.fields and not self.fields[k].required} | row.values

    def _changes(self, row: Incoming, record: Any) -> dict[str, Any]:
        wanted = self._wanted(row)
        diffs = {key: self.fields[key].diff(self.fields[key].get(record), value) for key, value in wanted.items()}
        return {key: diff for key, diff in diffs.items() if diff is not None}

    def _refuse(self, row: Incoming, error: DomainError) -> None:
        row.verdict = "refused"
        if isinstance(error, Invalid) and error.problems:
            row.problems += [{"field": p.field, "message": p.message} for p in error.problems]
        else:
            row.complain("", error.message)
        self.ledger.turn_away(row)

    def _remark(self, row: Incoming, record_id: UUID) -> None:
        for key, name in row.names.items():  # links to rows of this very file, which may not be there yet
            row.complain(key, self.links.complaint(self.fields[key], name))
        if row.problems:
            self.ledger.remark(row, record_id)

    def finish(self) -> None:
        """Nothing waits."""
