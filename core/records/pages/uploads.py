"""Files that come with a form: kept at once, so that a form that has to come back still has them."""

from collections.abc import Iterable
from typing import Any

from werkzeug.datastructures import FileStorage, MultiDict

from core import current, db
from core.errors import FieldProblem, Invalid
from core.files import MAX_FILE, upload_file
from core.i18n import _
from core.records.fields import FieldError, FieldType, Files

SENT = "{}-file"


def take_uploads(
    fields: Iterable[FieldType], form: Any, sent: MultiDict[str, FileStorage]
) -> tuple[MultiDict[str, Any], list[FieldProblem]]:
    """The form with the ids of the files that came with it, and what was wrong with those that were not taken.

    They are written in a unit of work of their own: the form may be refused for other reasons and come back.
    """
    settled: MultiDict[str, Any] = MultiDict(form)
    problems: list[FieldProblem] = []
    for of in fields:
        files = [f for f in sent.getlist(SENT.format(of.key)) if f.filename] if isinstance(of, Files) else []
        for file in files:
            try:
                settled.add(of.key, str(keep_upload(file, of)))
            except Invalid as invalid:
                problems.extend(invalid.problems)
    return settled, problems


def keep_upload(sent: FileStorage, of: FieldType | None = None, *, field: str = "file") -> Any:
    """Store one file for good and return its id. Raises Invalid for one that the field does not take."""
    field = of.key if of else field
    content = sent.stream.read(MAX_FILE + 1)
    with db.unit_of_work(current.tenant()):
        kept = upload_file(sent.filename or "", content, field=field)
        if isinstance(of, Files):
            try:
                of.check(kept)
            except FieldError as error:
                raise Invalid([FieldProblem(field, error.code, error.message)]) from None
        return kept.id


def no_file() -> Invalid:
    return Invalid([FieldProblem("file", "required", _("Choose a file."))])
