"""Writing plain record types: a few statements for each chunk of rows, however many they are."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, literal, select, update

from core import current, db
from core.db import new_id
from core.errors import DomainError, FieldProblem, Invalid
from core.i18n import _
from core.records.fields import FieldError, FieldType, State
from core.records.guards import not_yours_to_change
from core.records.imports.examples import created_example, updated_example
from core.records.imports.ledger import Ledger
from core.records.imports.links import Links, Waiting, pretend
from core.records.imports.making import Maker
from core.records.imports.models import Import
from core.records.imports.reading import Incoming
from core.records.imports.staging import Stage
from core.records.imports.telling import Telling
from core.records.imports.updating import Updater
from core.records.runs.batch import Draft
from core.records.services import update_record
from core.records.text import normalise
from core.records.types import Made, NewRecord, RecordType
from core.records.uniqueness import refusals, unique_fields


class InSets:
    """Creates and updates records of one type, or in a check finds out what that would come to."""

    chunk = 2000
    links: Links

    def __init__(self, record_type: RecordType, run: Import, fields: Sequence[FieldType], ledger: Ledger) -> None:
        self.record_type, self.run, self.ledger = record_type, run, ledger
        self.pretends = run.dry_run and record_type.create_many is None
        """Whether nothing is written. A type that finds out by itself what becomes of rows does it, to be undone."""
        self.fields = {f.key: record_type.all_fields()[f.key] for f in fields}
        self.keepers = [f for f in self.fields.values() if type(f).keep is not FieldType.keep]
        self.telling = Telling()
        self.makers: dict[str, Maker] = {}
        self.updater = Updater(record_type, fields, self.telling)
        self.waiting: list[Waiting] = []
        self.unique = [f for f in unique_fields(record_type) if f.key in self.fields]
        self.taken: dict[tuple[str, str], int] = {}
        """The values of the file that no two records may have the same, and their lines."""
        self.titles: set[str] = set()
        """The titles of the file, of a check: nothing can be found by them later."""

    def make(self, record_type: RecordType, values: Sequence[dict[str, Any]]) -> Sequence[UUID]:
        """Make records of this or a linked type; a check only pretends."""
        if self.pretends:
            return pretend(record_type, values)
        if record_type.name not in self.makers:
            self.makers[record_type.name] = Maker(record_type, self.telling)
        return self.makers[record_type.name].make(values)

    # --- new records -----------------------------------------------------------------------------------

    def create(self, rows: Sequence[Incoming]) -> None:
        kept = self._free([row for row in rows if self._keep(row, self.record_type.new())])
        if self.record_type.create_many is not None:
            self._create_by_service(kept, self.record_type.create_many)
            return
        ids = self.make(self.record_type, [row.values for row in kept])
        for row, record_id in zip(kept, ids, strict=True):
            if self.pretends:
                self.titles.add(normalise(str(row.values.get(self.record_type.title_field.key, ""))))
            example = created_example(self.fields, row) if self.ledger.wants_example("create") else None
            self.ledger.came_in(row, "create", record_id, example)
            self._settle(row, record_id, is_new=True)

    def _create_by_service(
        self, rows: Sequence[Incoming], create_many: Callable[[Sequence[NewRecord]], Sequence[Made]]
    ) -> None:
        """The type's own service makes them, or finds that they are there."""
        made = create_many([NewRecord(_filled(row.values), row.row.line) for row in rows])
        for row, each in zip(rows, made, strict=True):
            if each.id is None:
                self._turn_away(row, each.problem)
                continue
            if each.is_new:
                example = created_example(self.fields, row) if self.ledger.wants_example("create") else None
                self.ledger.came_in(row, "create", each.id, example)
            else:
                self.ledger.joined(row, each.id, each.told)
            self._settle(row, each.id, is_new=each.is_new)

    def _turn_away(self, row: Incoming, problem: DomainError | None) -> None:
        row.verdict = "refused"
        if isinstance(problem, Invalid) and problem.problems:
            row.problems += [{"field": each.field, "message": each.message} for each in problem.problems]
        elif problem is not None:
            row.complain("", problem.message)
        self.ledger.turn_away(row)

    def _keep(self, row: Incoming, record: Any) -> bool:
        """Have the fields that take more than the value itself look at it. False where the row is refused."""
        for field in self.keepers:
            if row.values.get(field.key) is None:
                continue
            try:
                row.values[field.key] = field.keep(self.record_type.name, record, row.values[field.key])
            except FieldError as error:
                row.values.pop(field.key)
                row.spoilt.append(field.key)
                row.complain(field.key, error.message)
                if field.required or self.run.choices.get("bad_cells") == "refuse":
                    row.verdict = "refused"
                    self.ledger.turn_away(row)
                    return False
        return True

    def _free(self, rows: Sequence[Incoming]) -> list[Incoming]:
        """The rows whose values are nobody else's, where no two may have the same: of a record, or of a row above."""
        if not self.unique:
            return list(rows)
        asked = {row.known or new_id(): row for row in rows}
        wanted = [(each, of, row.values.get(of.key)) for each, row in asked.items() for of in self.unique]
        refused = refusals(self.record_type, wanted)
        return [row for each, row in asked.items() if self._is_free(row, refused.get(each, ()))]

    def _is_free(self, row: Incoming, refused: Sequence[FieldProblem]) -> bool:
        told = {of.key: text for of in self.unique if (text := of.unique_text(row.values.get(of.key))) is not None}
        above = {key: line for key, text in told.items() if (line := self.taken.get((key, text))) is not None}
        for key, line in above.items():
            said = _("Line %(line)s has the same “%(field)s” already.", line=line, field=self.fields[key].label)
            row.refuse(said, key=key)
        for problem in refused:
            if problem.field not in above:
                row.refuse(problem.message, key=problem.field)
        if row.verdict:
            self.ledger.turn_away(row)
            return False
        self.taken |= dict.fromkeys(told.items(), row.row.line)
        return True

    def _settle(self, row: Incoming, record_id: UUID, *, is_new: bool) -> None:
        """What is left to be said of a row that came in: that not all of it did, or that a link waits."""
        for key, name in row.names.items():
            self.waiting.append(Waiting(row, record_id, self.fields[key], name, is_new))
        if row.problems and not row.names:
            self.ledger.remark(row, record_id)

    # --- records that exist ------------------------------------------------------------------------------

    def update(self, rows: Sequence[Incoming]) -> None:
        if not rows:
            return
        drafts = self.updater.read([row.known for row in rows if row.known], lock=not self.pretends)
        changed: list[Draft] = []
        for row in self._free(rows):
            draft = drafts.get(row.known) if row.known else None
            if draft is None:
                row.refuse(_("You may not change the record that it is about."))
                self.ledger.turn_away(row)
            elif self._keep(row, draft) and self._set(row, draft):
                self._count(row, draft)
                changed.append(draft)
        if not self.pretends:
            self.updater.write(changed)
            for row in rows:
                if row.known in drafts and drafts[row.known].minded and not row.verdict:
                    self._through_service(row, drafts[row.known].minded)

    def _set(self, row: Incoming, draft: Draft) -> bool:
        """Set the draft to what the row says. False where the row is refused."""
        values = self._wanted(row)
        for key in [k for k, f in self.fields.items() if isinstance(f, State) and k in values]:
            try:
                self.updater.check_state(draft, key, values)
            except FieldError as error:
                del values[key]
                row.spoilt.append(key)
                row.complain(key, error.message)
        for of in self.updater.closed.get(draft.id, ()):
            if of.key in values:
                del values[of.key]
                row.complain(of.key, not_yours_to_change(of))
        if "owner" in values and not self.updater.may_hand_over(draft, values["owner"]):
            del values["owner"]
            row.complain("owner", _("You may not give this record to someone else."))
        if row.problems and self.run.choices.get("bad_cells") == "refuse":
            row.verdict = "refused"
            self.ledger.turn_away(row)
            return False
        self.updater.set(draft, values)
        return True

    def _wanted(self, row: Incoming) -> dict[str, Any]:
        """What the row sets. Empty cells empty their fields where that is wanted, but for those that must be filled."""
        if self.run.choices.get("empty") != "clear":
            return dict(row.values)
        return {k: None for k in row.empty if k in self.fields and not self.fields[k].required} | row.values

    def _count(self, row: Incoming, draft: Draft) -> None:
        changes = draft.changes | self.updater.minded_changes(draft)
        if not changes:
            self.ledger.unchanged()
        else:
            example = updated_example(self.fields, changes) if self.ledger.wants_example("update") else None
            self.ledger.came_in(row, "update", row.known, example)
        self._settle(row, draft.id, is_new=False)

    def _through_service(self, row: Incoming, values: Mapping[str, Any]) -> None:
        """Set what the type's own service looks after."""
        assert row.known is not None
        try:
            with db.savepoint():
                record = self.record_type.get(row.known, action="edit", lock=True)
                update_record(self.record_type, record, dict(values))
        except DomainError as error:
            for key in values:
                row.complain(key, error.message)
            self.ledger.remark(row, row.known)

    # --- links to rows further down ----------------------------------------------------------------------

    def finish(self) -> None:
        """Tie the links whose records had to come in first."""
        found: dict[str, list[tuple[Waiting, UUID]]] = {}
        for start in range(0, len(self.waiting), self.chunk):
            some = self.waiting[start : start + self.chunk]
            self.links.learn_again(some)
            for each in some:
                record_id = self.links.found(each)
                if record_id is not None and record_id != each.record_id:
                    found.setdefault(each.field.key, []).append((each, record_id))
                elif record_id is not None or normalise(each.name) not in self.titles:
                    self._untied(each, self.links.complaint(each.field, each.name))
        if not self.pretends:
            for key, ties in found.items():
                self._tie(self.fields[key], ties)
        for each in self.waiting:
            if each.incoming.problems:
                self.ledger.remark(each.incoming, each.record_id)
                each.incoming.problems = []

    def _tie(self, field: FieldType, ties: Sequence[tuple[Waiting, UUID]]) -> None:
        plain = [(w, target) for w, target in ties if w.is_new and not field.custom_id and list not in field.json_types]
        for each, target in ties:
            if (each, target) not in plain:
                value = [target] if list in field.json_types else target
                self._tie_by_service(each, value)
        if plain:
            stage = Stage(f"import_link_{field.attr}", {"id": Uuid(), "target": Uuid()})
            stage.fill((w.record_id, target) for w, target in plain)
            table: Any = self.record_type.model.__table__
            mine = (table.c.tenant_id == current.tenant_id()) & (table.c.id == stage.table.c.id)
            db.session().execute(update(table).where(mine).values({field.attr: stage.table.c.target}))
            circular = self._untie_circles(field, stage)
            for each, _target in plain:
                if each.record_id in circular:
                    self._untied(each, _("“%(name)s” cannot be above itself.", name=each.name[:80]))

    def _tie_by_service(self, each: Waiting, value: Any) -> None:
        try:
            with db.savepoint():
                record = self.record_type.get(each.record_id, lock=True)
                update_record(self.record_type, record, {each.field.key: value})
        except DomainError as error:
            self._untied(each, error.message)

    @staticmethod
    def _untied(each: Waiting, message: str) -> None:
        each.incoming.spoilt.append(each.field.key)
        each.incoming.complain(each.field.key, message)

    def _untie_circles(self, field: FieldType, stage: Stage) -> set[UUID]:
        """A record that would be its own ancestor loses its link."""
        table: Any = self.record_type.model.__table__
        tenant, link = current.tenant_id(), table.c[field.attr]
        first = select(table.c.id.label("start"), link.label("at"), literal(1).label("depth"))
        above = first.where(table.c.tenant_id == tenant, table.c.id == stage.table.c.id).cte("above", recursive=True)
        other = table.alias()
        above = above.union_all(
            select(above.c.start, other.c[field.attr], above.c.depth + 1)
            .join_from(above, other, other.c.id == above.c.at)
            .where(other.c.tenant_id == tenant, above.c.at != above.c.start, above.c.depth < 100)
        )
        round_ = select(above.c.start).where(above.c.at == above.c.start)
        untie = update(table).where(table.c.tenant_id == tenant, table.c.id.in_(round_)).values({field.attr: None})
        return set(db.session().scalars(untie.returning(table.c.id)))


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
