"""The book of an import: how many rows became what, and the rows of which something is to be told."""

from collections import Counter
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from core import current, db
from core.db import new_id
from core.records.imports.models import COUNTS, Import, ImportRow
from core.records.imports.reading import Incoming, Problem

CHUNK = 1000
EXAMPLES = 20
"""So many of the rows that make or change a record are shown."""
LONGEST_CELL = 2000
COUNTED_AS = {"create": "created", "update": "updated", "conflict": "conflicting", "remark": "remarked"}


class Ledger:
    """Kept while the rows come in. `hold` keeps what is written until `close`: the work itself may be undone."""

    def __init__(self, run: Import, *, hold: bool) -> None:
        self.run, self.hold = run, hold
        self.counts: Counter[str] = Counter()
        self.waiting: list[dict[str, Any]] = []

    def turn_away(self, incoming: Incoming) -> None:
        """A row that goes no further, for the reason it carries."""
        self._write(incoming, incoming.verdict, incoming.problems[-1:] if incoming.verdict != "refused" else None)

    def remark(self, incoming: Incoming, record_id: UUID | None) -> None:
        self._write(incoming, "remark", None, record_id=record_id)

    def wants_example(self, verdict: str) -> bool:
        return self.counts[COUNTED_AS[verdict]] < EXAMPLES

    def came_in(self, incoming: Incoming, verdict: str, record_id: UUID | None, changes: Any = None) -> None:
        """A row that made or changed a record; `changes` are given for the first few only."""
        if changes is not None:
            self._write(incoming, verdict, [], record_id=record_id, changes=changes)
        else:
            self.counts[COUNTED_AS[verdict]] += 1

    def joined(self, incoming: Incoming, record_id: UUID, told: str) -> None:
        """A row that went to a record which its type's service knew to be the same."""
        self._write(incoming, "update", [{"field": "", "message": told}], record_id=record_id)

    def unchanged(self) -> None:
        self.counts["unchanged"] += 1

    def _write(self, incoming: Incoming, verdict: str, problems: list[Problem] | None, **more: Any) -> None:
        self.counts[COUNTED_AS.get(verdict, verdict)] += 1
        told = incoming.problems if problems is None else problems
        self.waiting.append({
            "tenant_id": current.tenant_id(), "id": new_id(), "import_id": self.run.id, "line": incoming.row.line,
            "verdict": verdict, "cells": [cell[:LONGEST_CELL] for cell in incoming.row], "problems": told,
            "record_id": None, "changes": None, **more,
        })  # fmt: skip
        if len(self.waiting) >= CHUNK and not self.hold:
            self._flush()

    def _flush(self) -> None:
        for start in range(0, len(self.waiting), CHUNK):
            db.session().execute(insert(ImportRow), self.waiting[start : start + CHUNK])
        self.waiting.clear()

    def close(self) -> None:
        """What became of the rows, for whoever looks at the import."""
        self._flush()
        for name in COUNTS:
            setattr(self.run, name, self.counts[name])
        self.run.rows = sum(self.counts[name] for name in COUNTS if name != "remarked")
