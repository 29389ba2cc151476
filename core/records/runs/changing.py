"""The runs that change records: fields, owners, actions, deletion. Plain records together, others one by one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any
from uuid import UUID

from core import db
from core.errors import DomainError, FieldProblem, Forbidden, Invalid
from core.events import emit
from core.i18n import _
from core.records.asking import load_asked
from core.records.fields import FieldError, FieldType, MultiChoice
from core.records.form_rules import asks_about, check_edit, refused_edits
from core.records.guards import closed_among, not_yours_to_change
from core.records.happenings import RecordsDeleted
from core.records.runs.batch import CHUNK, Batch, Draft
from core.records.runs.doing import does
from core.records.runs.models import Run
from core.records.runs.progress import Progress
from core.records.runs.selection import Selection
from core.records.services import check_references, delete_record, update_record
from core.records.types import RecordAction, RecordType, action_allowed, type_named

SOME = 50
"""After so many records done one by one it is told how far the run is."""


# --- fields --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """What becomes of the chosen fields: a value (None empties it), or words added or taken away."""

    record_type: RecordType
    set: Mapping[str, Any] = field(default_factory=dict)
    add: Mapping[str, list[str]] = field(default_factory=dict)
    remove: Mapping[str, list[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, record_type: RecordType, kept: Mapping[str, Any]) -> "Change":
        """Raises Invalid for a field that is gone meanwhile."""
        fields = record_type.fields()
        if gone := [key for part in ("set", "add", "remove") for key in kept.get(part, {}) if key not in fields]:
            raise Invalid([FieldProblem(key, "unknown_field", _("There is no such field.")) for key in gone])
        given = {key: fields[key].load(value) for key, value in kept.get("set", {}).items()}
        return cls(record_type, given, kept.get("add", {}), kept.get("remove", {}))

    def kept(self) -> dict[str, Any]:
        fields = self.record_type.fields()
        given = {key: fields[key].store(value) for key, value in self.set.items()}
        return {"set": given, "add": dict(self.add), "remove": dict(self.remove)}

    @property
    def keys(self) -> list[str]:
        return list(dict.fromkeys((*self.set, *self.add, *self.remove)))

    @property
    def grants(self) -> tuple[str, ...]:
        """What a member must hold for a record: handing it over takes a right of its own."""
        return ("edit", "transfer") if "owner" in self.keys and "owner" in self.record_type.builtin else ("edit",)

    @cached_property
    def fields(self) -> list[FieldType]:
        known = self.record_type.fields()
        return [known[key] for key in self.keys]

    def of(self, record: Any) -> dict[str, Any]:
        """The values that a record is to get."""
        values = dict(self.set)
        for of in self.fields:
            if isinstance(of, MultiChoice) and (of.key in self.add or of.key in self.remove):
                words = set(of.get(record) or ()) | set(self.add.get(of.key, ()))
                values[of.key] = of.in_order(words - set(self.remove.get(of.key, ()))) or None
        return values

    def check(self) -> None:
        """Raises Invalid for links to nothing, for emptied fields that are required, and for what nobody may edit."""
        problems = [FieldProblem(of.key, "read_only", _("This field is set by the system."))
                    for of in self.fields if not of.editable or of.computed or of.assigned]  # fmt: skip
        problems += [FieldProblem(of.key, "one_by_one", _("“%(field)s” is changed record by record.", field=of.label))
                     for of in self.fields if of.secret or not of.importable]  # fmt: skip
        emptied = (of for of in self.fields if of.required and of.key in self.set and self.set[of.key] is None)
        problems += [FieldProblem(of.key, "required", _("Fill in “%(field)s”.", field=of.label)) for of in emptied]
        if problems:
            raise Invalid(problems)
        check_references(self.record_type.fields(), dict(self.set))


@does("bulk_edit")
def edit(run: Run, progress: Progress) -> None:
    record_type = type_named(run.record_type)
    change = Change.read(record_type, run.params["change"])
    change.check()
    ids = _found(run, record_type, change.grants, progress)
    by_form = "scopes" not in run.params  # programs are held to no form
    emptied = [key for key, value in change.set.items() if value is None]

    def do(record: Any) -> None:
        values = change.of(record)
        if by_form:
            check_edit(record_type, record, values)
        update_record(record_type, record, values)

    if record_type.minds(change.keys) or (by_form and asks_about(record_type, change.keys)):
        _one_by_one(record_type, ids, progress, do)
        return
    batch = Batch(record_type, change.fields)
    for chunk in in_chunks(ids):
        refused = refused_edits(record_type, chunk, change.keys, emptied) if by_form else {}
        closed = closed_among(record_type, change.fields, chunk)
        refused |= {each: not_yours_to_change(of[0]) for each, of in closed.items()}
        drafts = batch.read(chunk)
        for draft in drafts:
            if draft.id in refused:
                progress.refuse(draft.id, record_type.title_of(draft), refused[draft.id])
        drafts = [draft for draft in drafts if draft.id not in refused]
        for draft in drafts:
            _set(batch, draft, change, progress)
        progress.changed += batch.write(drafts, lambda d, _of, why: progress.refuse(d.id, record_type.title_of(d), why))
        progress.told(progress.done + len(chunk))


def _set(batch: Batch, draft: Draft, change: Change, progress: Progress) -> None:
    try:
        batch.set(draft, change.of(draft))
    except FieldError as error:
        progress.refuse(draft.id, batch.record_type.title_of(draft), error.message)


# --- deletion ------------------------------------------------------------------------------------------


@does("bulk_delete")
def delete(run: Run, progress: Progress) -> None:
    record_type = type_named(run.record_type)
    ids = _found(run, record_type, ("delete",), progress)
    if record_type.delete:
        _one_by_one(record_type, ids, progress, lambda record: delete_record(record_type, record))
    else:
        batch = Batch(record_type, ())
        for chunk in in_chunks(ids):
            progress.changed += batch.bury(batch.read(chunk))
            progress.told(progress.done + len(chunk))
    if progress.changed:
        emit(RecordsDeleted(record_type="run", record_id=run.id, of_type=record_type.name, count=progress.changed))


# --- actions -------------------------------------------------------------------------------------------


@does("bulk_action")
def act(run: Run, progress: Progress) -> None:
    record_type = type_named(run.record_type)
    action = record_type.by_action[run.params["action"]]
    values = load_asked(action, run.params["typed"])
    ids = _found(run, record_type, grants_of(action), progress)

    def do(record: Any) -> None:
        if not action_allowed(action, record_type, record):
            raise Forbidden(_("Your role does not allow this. Ask an administrator of your workspace."))
        if not action.shown(record):
            message = _("“%(action)s” makes no sense here any more.", action=action.label)
            raise Invalid([FieldProblem("", "not_now", message)])
        action.run(record, **values)

    _one_by_one(record_type, ids, progress, do, find=lambda each: record_type.get_for(action, each), counts=True)


def grants_of(action: RecordAction) -> tuple[str, ...]:
    return ("view",) if action.permission or action.find else (action.grant,)


# --- what these share ----------------------------------------------------------------------------------


def _found(run: Run, record_type: RecordType, grants: Sequence[str], progress: Progress) -> list[UUID]:
    """The records of the run that the member may do this to; of those ticked, the others are refused by name."""
    selection = Selection.read(record_type, run.params["selection"])
    ids = selection.lookup(grants)
    refuse_others(run, selection, ids, progress)
    return ids


def refuse_others(run: Run, selection: Selection, ids: Sequence[UUID], progress: Progress) -> None:
    """Name those that were ticked and are not among these."""
    record_type = selection.record_type
    if not selection.all and (lost := set(selection.ids) - set(ids)):
        title = record_type.title_field
        columns = [getattr(record_type.model, attr) for attr in dict.fromkeys(("id", *title.attrs()))]
        found = Selection(record_type, tuple(lost)).found(("view",), *columns)
        seen = {row.id: row for row in db.session().execute(found)}
        for each in sorted(lost):
            if each in seen:
                progress.refuse(each, record_type.title_of(seen[each]), _("Your role does not allow this."))
            else:
                progress.refuse(None, "", _("There is no such record, or you may not see it."))
    run.total = len(ids) + progress.refused


def _one_by_one(
    record_type: RecordType,
    ids: Sequence[UUID],
    progress: Progress,
    do: Callable[[Any], Any],
    *,
    find: Callable[[UUID], Any] | None = None,
    counts: bool = False,
) -> None:
    """Through the type's service, each record in a savepoint: what is refused spoils no other.

    With `counts` each that is done counts as changed, whether or not its row is.
    """
    for number, record_id in enumerate(ids, start=1):
        record = None
        try:
            with db.savepoint():
                record = find(record_id) if find else record_type.get(record_id, lock=True)
                before = record.version
                do(record)
                db.flush()
            progress.changed += counts or record.version != before
        except DomainError as error:
            title = record_type.title_of(record) if record is not None else ""
            progress.refuse(record_id, title, error.message)
        if number % SOME == 0 or number == len(ids):
            progress.told(number)


def in_chunks(ids: Sequence[UUID]) -> Iterator[list[UUID]]:
    rest = iter(ids)
    while some := list(islice(rest, CHUNK)):
        yield some
