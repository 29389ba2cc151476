"""Files over the API: sent, asked about, fetched; those of a record; and opening an encrypted value."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import request
from marshmallow import fields, validate

from core import current
from core.api import reading
from core.api.blueprints import Answer, Resource, listed, single
from core.api.docs import BYTES, ID, INSTANT, TEXT, Doc, Param, maybe, thing
from core.api.records import allowed
from core.errors import FieldProblem, Forbidden, Invalid
from core.files import MAX_FILE, File, files_of, upload_file
from core.i18n import _, _l
from core.records import attaching
from core.records.pages.files import download_file
from core.records.permissions import REVEAL_VALUES
from core.records.revealing import reveal_value
from core.web.blueprints import any_member, holding

files = Resource("files", __name__, title=_l("Files"))

FILE = thing(
    id=ID, name=TEXT, size={"type": "integer"}, type=TEXT, url=TEXT, sha256=TEXT, created_at=INSTANT,
    uploaded_by=maybe(ID), record_type=maybe(TEXT), record_id=maybe(ID), field=maybe(TEXT),
)  # fmt: skip
SENT = thing(file=BYTES)
NAME = Param("name", "The file's name, where the body is the file itself.")


class Chosen(ma.Schema):
    files = fields.List(fields.UUID(), required=True, validate=validate.Length(1, 100))


@files.post("/files", permission=any_member,
            doc=Doc(SENT, gives=FILE, status=201, params=(NAME,), media="multipart/form-data"))  # fmt: skip
def upload() -> Answer:
    """Send a file: as multipart field `file`, or as the body with `name` beside it.

    Its id is then given to a field that holds files, or to a record; a file that is given to none is gone after a day.
    """
    _require_writing()
    name, content = _sent()
    kept = upload_file(name, content)
    return single(file_json(kept)), 201, {"Location": f"/api/v1/files/{kept.id}"}


@files.get("/files/<uuid:file_id>", permission=any_member, doc=Doc(gives=FILE))
def show(file_id: UUID) -> Answer:
    """Show what is known of a file."""
    return single(file_json(attaching.find_file(file_id)))


@files.get("/files/<uuid:file_id>/content", permission=any_member, doc=Doc(gives=BYTES))
def content(file_id: UUID) -> Any:
    """Fetch a file itself."""
    return download_file(file_id)


@files.get("/<plural:plural>/<uuid:record_id>/files", permission=any_member, doc=Doc(gives=FILE, many=True))
def list_files(plural: str, record_id: UUID) -> Answer:
    """List the files of a record, the newest first. Those in its fields are read with the record."""
    record_type = allowed("view", plural)
    record = record_type.get(record_id)
    return listed([file_json(file) for file in files_of(record_type.name, record.id)])


@files.post("/<plural:plural>/<uuid:record_id>/files", permission=any_member,
            doc=Doc(Chosen, gives=FILE, many=True, status=201))  # fmt: skip
def add_files(plural: str, record_id: UUID) -> Answer:
    """Give uploaded files to a record."""
    record_type = allowed("edit", plural)
    record = record_type.get(record_id)
    added = attaching.add_files(record_type, record, reading.loaded(Chosen)["files"])
    return listed([file_json(file) for file in added]), 201


@files.delete("/<plural:plural>/<uuid:record_id>/files/<uuid:file_id>", permission=any_member, doc=Doc(status=204))
def remove_file(plural: str, record_id: UUID, file_id: UUID) -> Answer:
    """Take a file away from a record; it can be restored."""
    record_type = allowed("edit", plural)
    attaching.remove_file(record_type, record_type.get(record_id), file_id)
    return None


@files.post("/<plural:plural>/<uuid:record_id>/files/<uuid:file_id>/restore", permission=any_member,
            doc=Doc(gives=FILE))  # fmt: skip
def restore_file(plural: str, record_id: UUID, file_id: UUID) -> Answer:
    """Bring a removed file back."""
    record_type = allowed("edit", plural)
    return single(file_json(attaching.restore_file(record_type, record_type.get(record_id), file_id)))


@files.post("/<plural:plural>/<uuid:record_id>/fields/<key>/reveal", permission=holding(REVEAL_VALUES.name),
            doc=Doc(gives=thing(field=TEXT, value=TEXT), remembered=False))  # fmt: skip
def reveal(plural: str, record_id: UUID, key: str) -> Answer:
    """Open an encrypted value. It is noted in the record's history, and only so many a day may be opened."""
    record_type = allowed("view", plural)
    value = reveal_value(record_type, record_type.get(record_id), key)
    return single({"field": key, "value": value}), 200, {"Cache-Control": "no-store"}


def _require_writing() -> None:
    scopes = current.tenant().scopes
    if scopes is not None and not any(s in ("*", "write") or s.endswith((":write", ":*")) for s in scopes):
        message = _("This token lacks the scope “%(scope)s”.", scope="write")
        raise Forbidden(message, code="insufficient_scope")


def _sent() -> tuple[str, bytes]:
    """The name and the content."""
    if request.mimetype == "multipart/form-data":
        file = request.files.get("file")
        if file is None:
            raise Invalid([FieldProblem("file", "required", _("Choose a file."))])
        return file.filename or "", file.stream.read(MAX_FILE + 1)
    return request.args.get("name", ""), request.get_data()


def file_json(file: File) -> dict[str, Any]:
    return {
        "id": str(file.id),
        "name": file.name,
        "size": file.size,
        "type": file.content_type,
        "url": f"/api/v1/files/{file.id}/content",
        "sha256": file.sha256,
        "created_at": reading.instant(file.created_at),
        "uploaded_by": str(file.uploaded_by_id) if file.uploaded_by_id else None,
        "record_type": file.record_type,
        "record_id": str(file.record_id) if file.record_id else None,
        "field": file.field,
    }
