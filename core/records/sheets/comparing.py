"""The three-way comparison: what the export said, what the sheet says, what the record holds now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, literal, select

from core import current, db
from core.access import may, scope_clause
from core.db import new_id
from core.events import EventRow
from core.i18n import _
from core.records.exports.columns import Names
from core.records.fields import FieldError, FieldType
from core.records.runs.models import Run
from core.records.runs.progress import Progress, keep_rows
from core.records.sheets.reading import CellReader, Sheet
from core.records.types import titles
from core.tabular import Row

CHUNK = 1000
Cells = dict[str, dict[str, Any]]


@dataclass
class Stands:
    """A record that a line of the sheet is about: what it holds now, and what it held when it was exported."""

    now: Any
    may_edit: bool
    base: Mapping[str, Any]

    def before(self, of: FieldType) -> Any:
        """The value that was exported."""
        return of.load(self.base[of.key]) if of.key in self.base else of.get(self.now)


class Comparison:
    """Compares a sheet, a chunk of lines at a time, and keeps each line that says something new."""

    def __init__(self, run: Run, sheet: Sheet, progress: Progress) -> None:
        self.run, self.sheet, self.progress = run, sheet, progress
        self.record_type, self.cells = sheet.record_type, CellReader(sheet)
        self.names: Names = {}
        self.seen: set[str] = set()
        self.rows: list[dict[str, Any]] = []
        self.lines = 0
        self.may_create = may("create", self.record_type)

    def compare(self) -> None:
        rows = self.sheet.rows()
        while chunk := list(islice(rows, CHUNK)):
            self._compare(chunk)
            self.lines += len(chunk)
            self.progress.told(self.lines)
            keep_rows(self.rows)
            self.rows.clear()

    def _compare(self, chunk: Sequence[Row]) -> None:
        known = self._known(chunk)
        self._learn_names(known.values())
        for row in chunk:
            said = self.sheet.id_of(row).lower()
            if row.problem:
                self._keep(row, "refused", reason=row.problem.message)
            elif not said:
                self._compare_new(row)
            elif said in self.seen:
                self._keep(row, "refused", reason=_("This record stands in the sheet twice."))
            elif (stands := known.get(said)) is None:
                self._keep(row, "refused", reason=_("There is no such record, or you may not see it."))
            else:
                self._compare_one(row, stands)
            self.seen.add(said)

    # --- one line --------------------------------------------------------------------------------------

    def _compare_one(self, row: Row, stands: Stands) -> None:
        cells: Cells = {}
        for of, text in self.sheet.texts(row):
            if (cell := self._compare_cell(of, text, stands)) is not None:
                cells[of.key] = cell
        if not cells:
            return
        title, record_id = self.record_type.title_of(stands.now), stands.now.id
        if not stands.may_edit:
            self._keep(row, "refused", record_id, title, _("Your role does not allow this."))
            return
        hard = any(cell["conflict"] or cell["problem"] for cell in cells.values())
        self._keep(row, "conflict" if hard else "change", record_id, title, cells=cells)

    def _compare_cell(self, of: FieldType, text: str, stands: Stands) -> dict[str, Any] | None:
        """What is new in a cell: None where nothing is."""
        before, now = stands.before(of), of.get(stands.now)
        show = self.sheet.show
        exported = show(of, before, self.names).strip()
        if text == exported:
            return None
        said = {"base": exported, "mine": text, "now": show(of, now, self.names), "value": None, "problem": ""}
        try:
            value = self.cells.value(of, text, before if before is not None else now)
        except FieldError as error:
            return said | {"conflict": False, "problem": error.message}
        dumped, was, is_now = of.dump(value), of.dump(before), of.dump(now)
        if dumped in (was, is_now) or self._reads_the_same(of, text, exported, before):
            return None
        return said | {"value": dumped, "was": is_now, "conflict": was != is_now}

    def _reads_the_same(self, of: FieldType, text: str, exported: str, before: Any) -> bool:
        """Whether only the writing differs: 12.50 for 12.5."""
        try:
            return bool(exported) and self.cells.value(of, text, before) == self.cells.value(of, exported, before)
        except FieldError:
            return False

    def _compare_new(self, row: Row) -> None:
        texts = self.sheet.texts(row)
        if not any(text for _of, text in texts):
            return
        cells: Cells = {}
        for of, text in texts:
            if not text and not of.required:
                continue
            said = {"base": "", "mine": text, "now": "", "value": None, "problem": "", "conflict": False}
            try:
                said["value"] = of.dump(self.cells.value(of, text, None)) if text or of.default is None else None
            except FieldError as error:
                said["problem"] = error.message
            cells[of.key] = said
        title = next((text for of, text in texts if of.key == self.record_type.title), "")
        if self.may_create:
            self._keep(row, "new", None, title, cells=cells)
        else:
            self._keep(row, "refused", None, title, _("Your role does not allow this."))

    def _keep(
        self, row: Row, verdict: str, record_id: UUID | None = None, title: str = "", reason: str = "",
        cells: Cells | None = None,
    ) -> None:  # fmt: skip
        if verdict == "refused":
            self.progress.refused += 1
        self.rows.append({
            "tenant_id": current.tenant_id(), "id": new_id(), "run_id": self.run.id, "verdict": verdict,
            "record_id": record_id, "title": title[:200], "reason": reason[:1000], "line": row.line,
            "data": {"cells": cells} if cells else {},
        })  # fmt: skip

    # --- what there is ---------------------------------------------------------------------------------

    def _known(self, chunk: Sequence[Row]) -> dict[str, Stands]:
        ids = list({found for row in chunk if (found := _uuid(self.sheet.id_of(row)))})
        model, record_type = self.record_type.model, self.record_type
        fields = [of for _at, of in self.sheet.columns]
        attrs = [attr for of in (record_type.title_field, *fields) for attr in of.attrs()]
        columns = [getattr(model, attr) for attr in dict.fromkeys(("id", "version", *attrs))]
        editable = scope_clause("edit", record_type).label("may_edit")
        there = record_type.visible(*columns, editable).where(model.id == any_(literal(ids, ARRAY(Uuid))))
        rows = {row.id: row for row in db.session().execute(there)}
        keyed = ((_uuid(self.sheet.id_of(row)), row) for row in chunk)
        versions = {each: self.sheet.version_of(row) for each, row in keyed if each is not None and each in rows}
        bases = self._exported({each: rows[each].version - (version or 0) for each, version in versions.items()
                                if rows[each].version != version})  # fmt: skip
        return {str(each): Stands(row, row.may_edit, bases.get(each, {})) for each, row in rows.items()}

    def _exported(self, behind: Mapping[UUID, int]) -> dict[UUID, dict[str, Any]]:
        """Of records that changed since: the fields that did, and what they were. `behind` counts the changes."""
        if not behind or self.sheet.since is None:
            return {}
        events = select(EventRow.record_id, EventRow.changes).where(
            EventRow.tenant_id == current.tenant_id(),
            EventRow.record_id == any_(literal(list(behind), ARRAY(Uuid))),
            EventRow.customer_id == EventRow.record_id
            if self.record_type.name == "customer"
            else EventRow.record_id.is_distinct_from(EventRow.customer_id),
            EventRow.at > self.sheet.since,
            EventRow.changes.is_not(None),
        )
        found: dict[UUID, list[Mapping[str, Any]]] = {}
        for row in db.session().execute(events.order_by(EventRow.id)):
            found.setdefault(row.record_id, []).append(row.changes)
        bases: dict[UUID, dict[str, Any]] = {}
        for record_id, changes in found.items():
            base = bases.setdefault(record_id, {})
            for change in changes[-behind[record_id] :]:
                for key, (old, _new) in change.items():
                    base.setdefault(key, old)
        return bases

    def _learn_names(self, known: Any) -> None:
        """The titles of all that these records point at, now or when they were exported."""
        pointing = [of for _at, of in self.sheet.columns if of.points]
        wanted: dict[str, set[UUID]] = {}
        for stands in known if pointing else ():
            for of in pointing:
                for value in (stands.before(of), of.get(stands.now)):
                    for target, record_id in of.all_pointed(value):
                        wanted.setdefault(target, set()).add(record_id)
        self.names.clear()
        self.names.update(titles(wanted))


def ids_in(sheet: Sheet) -> Iterator[str]:
    return (said.lower() for row in sheet.rows() if (said := sheet.id_of(row)))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
