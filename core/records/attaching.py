"""The files of a record as a whole: added, removed, brought back; and who may fetch any file."""

from collections.abc import Sequence
from uuid import UUID

from core import access, current, db
from core.errors import FieldProblem, Invalid, NotFound
from core.events import emit
from core.files import File, attach, files_named, may_attach
from core.i18n import _
from core.records.happenings import FileAdded, FileRemoved, FileRestored
from core.records.services import about
from core.records.told import is_told
from core.records.types import RecordType, find_type

MOST_FILES = 200
"""How many files a record may have besides those of its fields."""


def find_file(file_id: UUID) -> File:
    """A file that the acting member may fetch. Raises NotFound for any other, whether it is there or not.

    One that belongs to a record is for whoever sees the record, and the field; one that is nobody's yet for whoever
    uploaded it.
    """
    file = db.get(File, file_id)
    if file is None or not _is_seen(file):
        raise NotFound(_("There is no such file, or you may not see it."))
    return file


def _is_seen(file: File) -> bool:
    if file.record_id is None or file.record_type is None:
        return file.uploaded_by_id is not None and file.uploaded_by_id == current.member_id()
    record_type = find_type(file.record_type)
    if record_type is None or file.removed_at is not None:
        return False
    try:
        record = record_type.get(file.record_id)
    except NotFound:
        return False
    return not file.field or is_told(record_type.field(file.field), record)


def add_files(record_type: RecordType, record: object, ids: Sequence[UUID], *, field: str = "files") -> list[File]:
    """Give uploaded files to a record. Raises Forbidden; Invalid for files that are not there or belong elsewhere."""
    access.require("edit", record_type, record)
    record_id: UUID = record.id  # type: ignore[attr-defined]
    found = files_named(ids)
    files = [found[each] for each in dict.fromkeys(ids) if each in found]
    if len(files) < len(set(ids)) or not all(may_attach(f, record_type.name, record_id, None) for f in files):
        message = _("This file is not here, or belongs elsewhere. Upload it again.")
        raise Invalid([FieldProblem(field, "unknown_file", message)])
    new = [file for file in files if file.record_id is None]
    if _count(record_type, record_id) + len(new) > MOST_FILES:
        message = _("A record may have at most %(limit)s files.", limit=MOST_FILES)
        raise Invalid([FieldProblem(field, "too_many", message)])
    for file in new:
        attach(file, record_type.name, record_id)
    emit(*(FileAdded(**about(record_type, record), file=file.name, file_id=file.id) for file in new))
    return files


def _count(record_type: RecordType, record_id: UUID) -> int:
    found = db.session().query(File.id).filter(
        File.tenant_id == current.tenant_id(), File.record_id == record_id, File.field.is_(None),
        File.removed_at.is_(None), File.record_type == record_type.name,
    )  # fmt: skip
    return found.count()


def remove_file(record_type: RecordType, record: object, file_id: UUID) -> File:
    """Take a file away from a record; it can be brought back. Raises Forbidden, NotFound."""
    file = _file_of(record_type, record, file_id)
    if file.removed_at is None:
        file.removed_at = current.now()
        emit(FileRemoved(**about(record_type, record), file=file.name, file_id=file.id))
    return file


def restore_file(record_type: RecordType, record: object, file_id: UUID) -> File:
    """Bring a removed file back. Raises Forbidden, NotFound."""
    file = _file_of(record_type, record, file_id)
    if file.removed_at is not None:
        file.removed_at = None
        emit(FileRestored(**about(record_type, record), file=file.name, file_id=file.id))
    return file


def _file_of(record_type: RecordType, record: object, file_id: UUID) -> File:
    access.require("edit", record_type, record)
    file = db.get(File, file_id)
    mine = (record_type.name, record.id, None)  # type: ignore[attr-defined]
    if file is None or (file.record_type, file.record_id, file.field) != mine:
        raise NotFound(_("There is no such file, or you may not see it."))
    return file
