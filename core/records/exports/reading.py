"""The rows of an export: one pass over the list in its own order, a few thousand at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core import db
from core.access import scope_clause
from core.records.exports.columns import Names
from core.records.fields import FieldType, columns_of
from core.records.guards import forget, guards, look_at
from core.records.query import Listing, Order
from core.records.runs.selection import Selection
from core.records.types import RecordType, pointed_by, titles

BATCH = 2000


@dataclass(frozen=True)
class Wanted:
    """What to export: these fields of the records that are selected, sorted as their list is."""

    selection: Selection
    fields: Sequence[FieldType]
    sort: str = ""

    @property
    def record_type(self) -> RecordType:
        return self.selection.record_type

    def count(self) -> int:
        return self.selection.count(("export",))

    def rows(self, names: Names) -> Iterator[Any]:
        """The rows, read as they come; `names` is filled with what they point at, a batch at a time."""
        pointing = [of for of in self.fields if of.points]
        guarded = guards(self.fields)
        for part in self._statements():
            found = db.session().execute(part, execution_options={"yield_per": BATCH})
            for batch in found.partitions():
                if pointing:
                    names.clear()
                    names.update(titles(pointed_by(pointing, batch)))
                if guarded:
                    look_at(self.record_type, [row.id for row in batch])
                yield from batch
                if guarded:
                    forget()

    def _statements(self) -> Iterator[Any]:
        columns = columns_of(self.record_type.model, self.fields, "id", "version")
        chosen = self.selection
        listing = Listing(self.record_type, chosen.condition, chosen.search)
        for part in Order.of(self.record_type, self.sort or self.record_type.sort).parts(None, False):
            found = listing.matching(*columns, known=part.known) if chosen.all else chosen.found((), *columns)
            yield part.apply(found.where(scope_clause("export", self.record_type)))


def all_fields(record_type: RecordType) -> list[FieldType]:
    """Every field, those of the form first and in its order."""
    form = record_type.form_fields()
    return [*form, *(of for of in record_type.fields().values() if of not in form)]
