"""The verbs of an import: begin, map, check, start, cancel, take back."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import access, current, db
from core.errors import Conflict, FieldProblem, Forbidden, Invalid, NotFound
from core.events import emit
from core.files import File, keep_file
from core.i18n import _, locale
from core.records.happenings import ImportStarted
from core.records.imports.choices import checked_choices, first_choices, usual_match
from core.records.imports.looking import guess_mapping, look_at
from core.records.imports.models import Import, ImportRow
from core.records.imports.reading import RowReader
from core.records.imports.remembering import remembered
from core.records.imports.run import ask_to_cancel, begin_telling, revert_import, run_import
from core.records.imports.targets import importable, targets
from core.records.types import RecordType, find_type, type_named
from core.tabular import TabularError

SURE = 0.5
"""How sure a guess must be to be taken over; what is less sure is left to the person."""
LARGEST = 64 * 1024 * 1024
"""A hundred thousand rows of thirty columns take 35 MB."""
REVERT_FOR = timedelta(days=30)
"""How long an import can be taken back."""


def begin_import(record_type: RecordType, name: str, content: bytes, **choices: Any) -> Import:
    """Keep the file and guess what its columns are, or know it from the last such file.

    `choices` may say sheet, encoding or delimiter. Raises Invalid when it is no table, Forbidden.
    """
    access.require("import", record_type)
    if len(content) > LARGEST:
        limit = LARGEST // 1024 // 1024
        raise Invalid(
            [FieldProblem("file", "too_large", _("The file is larger than %(limit)s MB. Split it.", limit=limit))]
        )
    run = Import(record_type=record_type.name, file_name=name[:200], member_id=current.member_id(), choices=choices)
    run.file_id = keep_file(name, content).id
    _look(run, record_type)
    db.session().add(run)
    db.flush()
    return run


def look_again(run: Import, **choices: Any) -> None:
    """Read the file anew: another sheet, encoding or delimiter. Raises Invalid."""
    _only_draft(run)
    run.choices = run.choices | choices
    _look(run, type_named(run.record_type))


def _look(run: Import, record_type: RecordType) -> None:
    try:
        look_at(run)
    except TabularError as error:
        raise Invalid([FieldProblem("file", error.code, error.message)]) from None
    guesses = guess_mapping(record_type, run)
    run.look = run.look | {"confidence": [guess.confidence for guess in guesses]}
    run.mapping = [guess.field if guess.confidence >= SURE else None for guess in guesses]
    run.choices = first_choices(record_type, run.mapping) | run.choices
    if before := remembered(record_type, run):
        run.mapping, run.choices = before[0], run.choices | before[1]
        run.look = run.look | {"remembered": True}


def earlier_import(run: Import) -> Import | None:
    """The same file, imported before."""
    same = select(File.id).where(File.sha256 == select(File.sha256).where(File.id == run.file_id).scalar_subquery())
    found = select(Import).where(
        Import.file_id.in_(same), Import.id != run.id, Import.record_type == run.record_type, Import.status == "done"
    )
    return db.session().scalars(found.order_by(Import.created_at.desc()).limit(1)).one_or_none()


def find_import(import_id: UUID) -> Import:
    """Raises NotFound for imports of record types that the member may not import."""
    run = db.get(Import, import_id)
    record_type = find_type(run.record_type) if run else None
    if run is None or record_type is None or not access.may("import", record_type):
        raise NotFound(_("There is no such import."))
    return run


def map_import(run: Import, mapping: Sequence[str | None], choices: Mapping[str, Any]) -> None:
    """Say which column is which field, and what else is to be known.

    A new mapping recognises rows by what is usual, unless `choices` say by what. Raises Invalid when a field is named
    twice or does not exist, and for choices that are none.
    """
    _only_draft(run)
    record_type = type_named(run.record_type)
    known = targets(record_type)
    named = [key for key in mapping if key]
    if len(mapping) != len(run.headers) or not set(named) <= set(known):
        raise Invalid([FieldProblem("mapping", "unknown_field", _("Choose a field from the list for each column."))])
    if twice := {key for key in named if named.count(key) > 1}:
        labels = _(", ").join(target.label for key, target in known.items() if key in twice)
        raise Invalid([FieldProblem("mapping", "twice", _("Two columns cannot both be: %(list)s.", list=labels))])
    said = run.choices | dict(choices)
    if "match" not in choices and not set(said["match"]) <= set(named):
        said["match"] = usual_match(record_type, mapping)
    run.choices = checked_choices(record_type, mapping, said)
    run.mapping, run.status = list(mapping), "draft"


def check_import(run: Import) -> None:
    """Have a worker find out what would become of each row. Raises Invalid while something must still be said."""
    _start(run, dry_run=True)


def start_import(run: Import) -> None:
    """Have the rows brought in by a worker. Raises Invalid while something must still be said."""
    _start(run, dry_run=False)


def _start(run: Import, *, dry_run: bool) -> None:
    _only_draft(run)
    record_type = type_named(run.record_type)
    access.require("import", record_type)
    _ask_for_rights(run, record_type)
    checked_choices(record_type, run.mapping, run.choices)
    if missing := missing_fields(run, record_type):
        labels = _(", ").join(str(f.label) for f in missing)
        raise Invalid([FieldProblem("mapping", "required", _("Choose the column for: %(list)s.", list=labels))])
    if at := RowReader(record_type, run).ambiguous_columns():
        names = _(", ").join(run.headers[i] for i in at)
        message = _("Say whether the day or the month comes first in: %(list)s.", list=names)
        raise Invalid([FieldProblem("dates", "ambiguous", message)])
    _forget_rows(run)
    run.choices = run.choices | {"dry_run": dry_run, "locale": locale()}
    run.status, run.error, run.started_at, run.finished_at = "running", None, current.now(), None
    begin_telling(run)
    run_import.later(import_id=str(run.id))
    if not dry_run:
        emit(ImportStarted(record_type="import", record_id=run.id, of_type=run.record_type, file=run.file_name))


def _ask_for_rights(run: Import, record_type: RecordType) -> None:
    mode = run.choices.get("mode", "create")
    for action, modes in (("create", ("create", "both")), ("edit", ("update", "both"))):
        if mode in modes:
            access.require(action, record_type)


def missing_fields(run: Import, record_type: RecordType) -> list[Any]:
    """Fields that new records must have and no column gives."""
    if run.choices.get("mode") == "update":
        return []
    return [f for f in importable(record_type) if f.required and f.default is None and f.key not in run.mapping]


def _forget_rows(run: Import) -> None:
    """What a check told of the rows is told anew."""
    rows = ImportRow.__table__
    gone = rows.delete().where(rows.c.tenant_id == current.tenant_id(), rows.c.import_id == run.id)  # type: ignore[attr-defined]
    db.session().execute(gone)


def cancel_import(run: Import) -> None:
    """Stop: a running import brings in nothing at all, a running check is forgotten."""
    if run.status in ("draft", "checked"):
        run.status = "cancelled"
    elif run.status == "running":
        ask_to_cancel(run)


def can_revert(run: Import) -> bool:
    """Whether the member may take the import back, and it did anything, not too long ago."""
    record_type = find_type(run.record_type)
    lately = run.finished_at is not None and current.now() - run.finished_at < REVERT_FOR
    did = run.created + run.updated > 0
    return run.status == "done" and lately and did and record_type is not None and _may_revert(run, record_type)


def _may_revert(run: Import, record_type: RecordType) -> bool:
    """Whoever brought it in; and whoever may delete and edit all that it may have touched."""
    if run.member_id == current.member_id():
        return True
    return all("all" in access.scopes_for(action, record_type.name) for action in ("edit", "delete"))


def start_reverting(run: Import) -> None:
    """Have the import taken back by a worker. Raises Conflict, Forbidden."""
    record_type = type_named(run.record_type)
    if not _may_revert(run, record_type):
        raise Forbidden(_("Only whoever brought it in, or an administrator, can take an import back."))
    if not can_revert(run):
        raise Conflict(_("This import cannot be taken back: it changed nothing, was taken back, or is too old."))
    run.status = "reverting"
    revert_import.later(import_id=str(run.id))


def recent_imports(record_type: RecordType, limit: int = 10) -> Sequence[Import]:
    found = select(Import).where(Import.record_type == record_type.name, Import.status != "draft")
    return db.session().scalars(found.order_by(Import.created_at.desc()).limit(limit)).all()


def _only_draft(run: Import) -> None:
    if run.status not in ("draft", "checked"):
        raise Conflict(_("This import has already been started."))
