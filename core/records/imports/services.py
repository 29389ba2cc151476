"""The verbs of an import: begin, map, start, cancel; and the telling of how far it is."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import access, current, db
from core.errors import Conflict, FieldProblem, Invalid, NotFound
from core.files import MAX_FILE, File, keep_file
from core.i18n import _
from core.jobs import redis
from core.records.imports.mapping import RowReader, guess_mapping, importable, open_table
from core.records.imports.models import Import
from core.records.imports.run import run_import
from core.records.types import RecordType, type_named
from core.tabular import TabularError

SURE = 0.5
"""How sure a guess must be to be taken over; what is less sure is left to the person."""


def begin_import(record_type: RecordType, name: str, content: bytes, **choices: Any) -> Import:
    """Keep the file and guess what its columns are. Raises Invalid when it is no table, Forbidden."""
    access.require("import", record_type)
    if len(content) > MAX_FILE:
        limit = MAX_FILE // 1024 // 1024
        raise Invalid(
            [FieldProblem("file", "too_large", _("The file is larger than %(limit)s MB. Split it.", limit=limit))]
        )
    run = Import(record_type=record_type.name, file_name=name[:200], choices={"existing": "skip"} | choices,
                 member_id=current.member_id())  # fmt: skip
    run.file_id = keep_file(name, content).id
    try:
        table = open_table(run)
        guesses = guess_mapping(record_type, table)
    except TabularError as error:
        raise Invalid([FieldProblem("file", error.code, error.message)]) from None
    run.headers = table.headers
    run.mapping = [guess.field if guess.confidence >= SURE else None for guess in guesses]
    db.session().add(run)
    db.flush()
    return run


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
    if run is None or not access.may("import", type_named(run.record_type)):
        raise NotFound(_("There is no such import."))
    return run


def map_import(run: Import, mapping: Sequence[str | None], choices: dict[str, Any]) -> None:
    """Say which column is which field. Raises Invalid when a field is named twice or does not exist."""
    _only_draft(run)
    keys = {f.key for f in importable(type_named(run.record_type))}
    named = [key for key in mapping if key]
    if len(mapping) != len(run.headers) or not set(named) <= keys:
        raise Invalid([FieldProblem("mapping", "unknown_field", _("Choose a field from the list for each column."))])
    if twice := {key for key in named if named.count(key) > 1}:
        labels = _(", ").join(str(f.label) for f in importable(type_named(run.record_type)) if f.key in twice)
        raise Invalid([FieldProblem("mapping", "twice", _("Two columns cannot both be: %(list)s.", list=labels))])
    run.mapping, run.choices = list(mapping), run.choices | choices


def start_import(run: Import) -> None:
    """Have the rows brought in by a worker. Raises Invalid while something must still be said."""
    _only_draft(run)
    record_type = type_named(run.record_type)
    reader = RowReader(record_type, run, open_table(run).sample())
    if reader.missing:
        labels = _(", ").join(str(f.label) for f in reader.missing)
        raise Invalid([FieldProblem("mapping", "required", _("Choose the column for: %(list)s.", list=labels))])
    if at := reader.ambiguous_columns():
        names = _(", ").join(run.headers[i] for i in at)
        raise Invalid(
            [
                FieldProblem(
                    "dates", "ambiguous", _("Say whether the day or the month comes first in: %(list)s.", list=names)
                )
            ]
        )
    run.status, run.started_at = "running", current.now()
    run_import.later(import_id=str(run.id))


def cancel_import(run: Import) -> None:
    """Stop: a running import brings in nothing at all."""
    if run.status == "draft":
        run.status = "cancelled"
    elif run.status == "running":
        redis().set(f"guanxi:import-cancel:{run.id}", "1", ex=86400)


def rows_read(run: Import) -> int:
    """How many rows of a running import have been read."""
    try:
        return int(redis().get(f"guanxi:import:{run.id}") or 0)
    except Exception:
        return 0


def recent_imports(record_type: RecordType, limit: int = 10) -> Sequence[Import]:
    found = select(Import).where(Import.record_type == record_type.name, Import.status != "draft")
    return db.session().scalars(found.order_by(Import.created_at.desc()).limit(limit)).all()


def _only_draft(run: Import) -> None:
    if run.status != "draft":
        raise Conflict(_("This import has already been started."))
