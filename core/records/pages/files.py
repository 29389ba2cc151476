"""Files on the pages: fetched, looked at, uploaded into forms, and the panel of a record's own files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any
from uuid import UUID

from flask import Response, request, send_file, url_for
from flask.typing import ResponseReturnValue

from core.access import may
from core.errors import FieldProblem, Invalid, NotFound
from core.files import MAX_FILE, File, files_of, upload_file
from core.i18n import _, _n
from core.records import attaching
from core.records.fields import FIELD_TYPES, FieldError, Files
from core.records.fields.files import FileRef, fmt_size, icon_of, ref_of
from core.records.pages.addresses import url_of
from core.records.pages.blueprint import found, may_any, records
from core.records.pages.details import short_title
from core.records.pages.uploads import keep_upload
from core.records.types import RecordType, titles
from core.sniffing import IMAGES, image_type
from core.web import redirect_to, render, swap, toast
from core.web.blueprints import any_member

LOCKED = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""For a browser that would show what it was told to save."""
ONLY_ITSELF = "default-src 'none'; img-src 'self'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
PDF = "application/pdf"
TEXT_SHOWN = 200_000


# --- one file ------------------------------------------------------------------------------------------


@records.get("/files/<uuid:file_id>", permission=any_member)
def download_file(file_id: UUID) -> ResponseReturnValue:
    """Always to be saved, never to be shown by the browser."""
    file = attaching.find_file(file_id)
    return _sent(file, "application/octet-stream" if _is_active(file) else file.content_type, LOCKED, attachment=True)


@records.get("/files/<uuid:file_id>/preview", permission=any_member)
def preview_file(file_id: UUID) -> ResponseReturnValue:
    """A picture or a PDF, shown by the browser: what it is is told from its content once more."""
    file = attaching.find_file(file_id)
    if file.content_type in IMAGES.values() and image_type(file.content) == file.content_type:
        return _sent(file, file.content_type, LOCKED)
    if file.content_type == PDF and file.content.startswith(b"%PDF-"):
        return _sent(file, PDF, ONLY_ITSELF)
    raise NotFound(_("There is no such page."))


@records.get("/files/<uuid:file_id>/view", permission=any_member)
def view_file(file_id: UUID) -> ResponseReturnValue:
    """A page with the picture or the text, and what is known of the file."""
    file = attaching.find_file(file_id)
    is_text = file.content_type.startswith("text/")
    return render(
        "records/file.html",
        file=ref_of(file),
        size=fmt_size(file.size),
        icon_name=icon_of(file.content_type),
        added=file.created_at,
        by=_uploaders([file]).get(file.uploaded_by_id, ""),
        text=file.content[:TEXT_SHOWN].decode("utf-8", "replace") if is_text else None,
        cut=is_text and file.size > TEXT_SHOWN,
        pdf=file.content_type == PDF,
    )


def _is_active(file: File) -> bool:
    """Whether a browser could run it, were it to look at the type that we send."""
    return file.content_type.startswith("text/")


def _sent(file: File, content_type: str, policy: str, *, attachment: bool = False) -> Response:
    sent = send_file(
        BytesIO(file.content), content_type, as_attachment=attachment, download_name=file.name, etag=file.sha256,
        max_age=0,
    )  # fmt: skip
    sent.headers["Content-Security-Policy"] = policy
    sent.headers["X-Content-Type-Options"] = "nosniff"
    sent.headers["Cache-Control"] = "no-store"
    sent.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return sent


# --- into a form ---------------------------------------------------------------------------------------


@records.post("/files", permission=any_member)
def upload_into_form() -> ResponseReturnValue:
    """Keep a file that is dropped on a form's control. The answer is its row; a refusal is one sentence."""
    kind = FIELD_TYPES.get(request.form.get("kind", "file"), Files)
    sent, name = request.files.get("file"), request.form.get("name", "")
    if not sent or not issubclass(kind, Files) or len(name) > 100:
        raise NotFound(_("There is no such page."))
    try:
        file = upload_file(sent.filename or "", sent.stream.read(MAX_FILE + 1))
        kind("").check(file)
    except Invalid as invalid:
        return _refusal(invalid.message)
    except FieldError as error:
        return _refusal(error.message)
    return render("records/_upload_row.html", ref=ref_of(file), name=name)


def _refusal(message: str) -> Response:
    return Response(message, 422, mimetype="text/plain")


# --- the files of a record -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A file in the panel. `view_url` is where it is shown, if it can be; `by` who added it."""

    file: FileRef
    icon: str
    size: str
    by: str
    at: datetime
    view_url: str | None
    in_dialog: bool
    remove_url: str | None


@records.get("/<plural>/<uuid:record_id>/files", permission=may_any("view"))
def list_files(plural: str, record_id: UUID) -> ResponseReturnValue:
    record_type, record = found(plural, record_id)
    return render("records/files.html", "records/_files.html", **_panel(record_type, record))


@records.post("/<plural>/<uuid:record_id>/files", permission=may_any("edit"))
def add_files(plural: str, record_id: UUID) -> ResponseReturnValue:
    record_type, record = found(plural, record_id, "edit")
    sent = [file for file in request.files.getlist("file") if file.filename]
    if not sent:
        raise Invalid([FieldProblem("file", "required", _("Choose a file."))])
    added = attaching.add_files(record_type, record, [keep_upload(file) for file in sent])
    toast(_n("%(num)s file was added.", "%(num)s files were added.", len(added)))
    return _answer(record_type, record)


@records.post("/<plural>/<uuid:record_id>/files/<uuid:file_id>/removal", permission=may_any("edit"))
def remove_file(plural: str, record_id: UUID, file_id: UUID) -> ResponseReturnValue:
    record_type, record = found(plural, record_id, "edit")
    file = attaching.remove_file(record_type, record, file_id)
    undo = url_for("records.restore_file", plural=plural, record_id=record_id, file_id=file_id)
    toast(_("“%(title)s” was removed.", title=file.name), undo=undo)
    return _answer(record_type, record)


@records.post("/<plural>/<uuid:record_id>/files/<uuid:file_id>/restoration", permission=may_any("edit"))
def restore_file(plural: str, record_id: UUID, file_id: UUID) -> ResponseReturnValue:
    record_type, record = found(plural, record_id, "edit")
    file = attaching.restore_file(record_type, record, file_id)
    toast(_("“%(title)s” is back.", title=file.name))
    return redirect_to(url_of(record_type, record_id))


def _answer(record_type: RecordType, record: Any) -> ResponseReturnValue:
    otherwise = url_of(record_type, record.id)
    return swap("records/_files.html", otherwise=otherwise, **_panel(record_type, record))


def _panel(record_type: RecordType, record: Any) -> dict[str, Any]:
    files, may_edit = files_of(record_type.name, record.id), may("edit", record_type, record)
    url = f"{url_of(record_type, record.id)}/files"
    return {
        "record_type": record_type,
        "record": record,
        "title": short_title(record_type, record),
        "url": url_of(record_type, record.id),
        "files_url": url,
        "rows": _rows(files, url, may_edit),
        "may_edit": may_edit,
        "limit": MAX_FILE // 1024**2,
    }


def _rows(files: Sequence[File], url: str, may_edit: bool) -> list[Row]:
    names = _uploaders(files)
    return [_row(file, names.get(file.uploaded_by_id, ""), url, may_edit) for file in files]


def _uploaders(files: Sequence[File]) -> dict[UUID | None, str]:
    """The names of those who uploaded the files, by id."""
    found = titles({"member": {file.uploaded_by_id for file in files if file.uploaded_by_id}})
    return {member_id: name for (_type, member_id), name in found.items()}


def _row(file: File, by: str, url: str, may_edit: bool) -> Row:
    ref = ref_of(file)
    is_shown = ref.is_image or file.content_type.startswith("text/")
    view_url = f"{ref.url}/view" if is_shown else f"{ref.url}/preview" if file.content_type == PDF else None
    return Row(
        ref, icon_of(file.content_type), fmt_size(file.size), by, file.created_at, view_url, is_shown,
        f"{url}/{file.id}/removal" if may_edit else None,
    )  # fmt: skip
