"""Taking records away as a file: exactly what the list shows, what was ticked, or every field."""

from collections.abc import Sequence
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import CombinedMultiDict, MultiDict

from core.access import may
from core.errors import Invalid
from core.i18n import _
from core.records.exports.reading import Wanted, all_fields
from core.records.exports.services import AT_ONCE, Choices, begin_export
from core.records.fields import FieldType
from core.records.pages.addresses import list_url, next_url
from core.records.pages.blueprint import may_any, records
from core.records.pages.picked import Picked, picked
from core.records.pages.runs import as_download, run_url
from core.records.types import RecordType, type_of_plural
from core.web import redirect_to, render, toast


@records.get("/<plural>/export", permission=may_any("export"))
def new_export(plural: str) -> ResponseReturnValue:
    """Ask how the file is to be; of all that the address shows."""
    record_type = type_of_plural(plural)
    given = MultiDict(request.args)
    given.setdefault("all", "1")
    return _ask(record_type, picked(record_type, given))


@records.post("/<plural>/export", permission=may_any("export"))
def create_export(plural: str) -> ResponseReturnValue:
    """Write the file: sent at once where there are few records, else a page tells when it is there."""
    record_type = type_of_plural(plural)
    chosen = picked(record_type, CombinedMultiDict([request.form]))
    if "go" not in request.form:
        return _ask(record_type, chosen)
    choices = Choices(
        format=request.form.get("format", "xlsx"),
        encoding=request.form.get("encoding", "utf-8"),
        delimiter=request.form.get("delimiter", "comma"),
        keys="keys" in request.form,
    )
    fields = all_fields(record_type) if request.form.get("what") == "all" else _shown_fields(record_type, chosen)
    try:
        run = begin_export(chosen.selection, [of.key for of in fields], choices, sort=chosen.sort)
    except Invalid as invalid:
        return _ask(record_type, chosen, invalid.message)
    if run.has_file:
        return as_download(run)
    if run.status == "failed":
        toast(run.error or _("Something went wrong on our side. Nothing was changed."), "error")
    return redirect_to(run_url(run))


def _shown_fields(record_type: RecordType, chosen: Picked) -> Sequence[FieldType]:
    known = record_type.fields()
    return [known[key] for key in chosen.columns] or record_type.list_fields() or [record_type.title_field]


def _ask(record_type: RecordType, chosen: Picked, error: str = "") -> ResponseReturnValue:
    total = Wanted(chosen.selection, ()).count()
    context: dict[str, Any] = {
        "record_type": record_type,
        "carried": chosen.carried(),
        "total": total,
        "meant": chosen.selection.total(),
        "at_once": total <= AT_ONCE,
        "shown": _shown_fields(record_type, chosen),
        "every": all_fields(record_type),
        "error": error,
        "may_edit": may("edit", record_type),
        "cancel": next_url(list_url(record_type)),
    }
    return render("records/runs/export.html", status=422 if error else 200, **context)
