"""Bringing the rows in, a chunk at a time: read, find what each is about, decide, write.

A check does the same without the writing. All of it is one transaction: an import that dies in the middle has brought
in nothing, and is begun again by the next worker.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice

from core.i18n import _
from core.records.imports.in_sets import InSets
from core.records.imports.ledger import Ledger
from core.records.imports.links import Links
from core.records.imports.looking import open_table
from core.records.imports.matching import Matcher
from core.records.imports.models import Import
from core.records.imports.one_by_one import OneByOne
from core.records.imports.reading import Incoming, RowReader, is_link
from core.records.imports.targets import importable
from core.records.types import RecordType


class Bringing:
    """One import under way. `tell` is told how many rows have been read, and may put an end to it."""

    def __init__(self, record_type: RecordType, run: Import, tell: Callable[[int], None]) -> None:
        self.record_type, self.run, self.choices, self.tell = record_type, run, run.choices, tell
        self.reader = RowReader(record_type, run)
        by_service = record_type.create_many is not None
        one_by_one = record_type.create_has_consequences and not by_service
        self.ledger = Ledger(run, hold=(one_by_one or by_service) and run.dry_run)
        self.matcher = Matcher(record_type, self.choices.get("match", ()), self.reader.mapped)
        fields = [t.field for _at, t in self.reader.columns if t.is_written]
        writer: type[InSets] | type[OneByOne] = OneByOne if one_by_one else InSets
        self.writer = writer(record_type, run, fields, self.ledger)
        links = [f for f in fields if is_link(f)]
        makes = frozenset(self.choices.get("create_links", ())) & {f.key for f in links}
        self.links = self.writer.links = Links(record_type, links, makes, self.writer.make)
        self.required = [f for f in importable(record_type) if f.required and f.default is None]

    def bring_in(self) -> None:
        rows, number = iter(open_table(self.run).rows), 0
        while chunk := list(islice(rows, self.writer.chunk)):
            self.tell(number)
            self._take([self.reader.read(row) for row in chunk])
            number += len(chunk)
        self.tell(number)
        self.writer.finish()
        self.run.report = {**self.run.report, "also": self.links.made}

    def _take(self, rows: Sequence[Incoming]) -> None:
        self.matcher.find([row for row in rows if not row.verdict])
        for row in rows:
            if not row.verdict:
                self._judge(row)
        self.links.tie([row for row in rows if not row.verdict])
        for row in rows:
            if not row.verdict:
                self._judge(row)
            if row.verdict:
                self.ledger.turn_away(row)
        standing = [row for row in rows if not row.verdict]
        self.writer.create([row for row in standing if row.known is None])
        self.writer.update([row for row in standing if row.known is not None])

    def _judge(self, row: Incoming) -> None:
        """Whether the row is wanted, and whole enough."""
        mode = self.choices.get("mode", "create")
        refuse = partial(row.refuse, verdict="skipped")
        if row.known is not None and mode == "create":
            refuse(_("It exists already."), key=self.record_type.title_field.key)
        elif row.known is None and mode == "update":
            refuse(_("No record is like it, and none is to be created."))
        elif row.problems and self.choices.get("bad_cells") == "refuse":
            row.verdict = "refused"
        elif row.known is None:
            self._ask_for_required(row)

    def _ask_for_required(self, row: Incoming) -> None:
        for each in self.required:
            if row.values.get(each.key) is None and each.key not in row.names:
                row.verdict = "refused"
                if each.key not in row.spoilt:
                    row.complain(each.key, _("Fill in “%(field)s”.", field=each.label))
