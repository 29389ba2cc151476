"""Exports over the API: asked for, asked about, fetched."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import fields, validate

from core.api import reading
from core.api.blueprints import Answer, Resource, listed, single
from core.api.docs import BYTES, ID, INSTANT, LIMIT, TEXT, Doc, Flag, many, maybe, thing
from core.api.records import allowed
from core.errors import Conflict, FieldProblem, Invalid
from core.i18n import _, _l
from core.records.exports import services
from core.records.exports.reading import all_fields
from core.records.pages.runs import as_download
from core.records.runs.models import Run
from core.records.runs.progress import how_far
from core.records.runs.selection import Selection
from core.records.runs.services import recent_runs
from core.records.types import find_type, type_named
from core.web.blueprints import any_member

exports = Resource("exports", __name__, title=_l("Exports"))

NUMBER = {"type": "integer"}
EXPORT = thing(
    id=ID, status=TEXT, record_type=TEXT, format=TEXT, fields=many(TEXT), total=NUMBER, done=NUMBER, error=maybe(TEXT),
    url=maybe(TEXT), expires_at=maybe(INSTANT),
)  # fmt: skip
MOST_IDS = 10_000


class Wish(ma.Schema):
    """`ids`, or all that meet `filter` and `q`; all fields unless `fields` names some."""

    format = fields.String(load_default="xlsx", validate=validate.OneOf(services.FORMATS))
    fields_ = fields.List(fields.String(), data_key="fields", load_default=list)
    filter = fields.Raw(load_default=None, allow_none=True, metadata={"type": "object"})
    q = fields.String(load_default="", validate=validate.Length(max=200))
    sort = fields.String(load_default="", validate=validate.Length(max=200))
    ids = fields.List(fields.UUID(), load_default=None, allow_none=True, validate=validate.Length(1, MOST_IDS))
    encoding = fields.String(load_default="utf-8", validate=validate.OneOf(list(services.ENCODINGS)))
    delimiter = fields.String(load_default="comma", validate=validate.OneOf(list(services.DELIMITERS)))
    keys = Flag(load_default=False)


@exports.post("/<plural:plural>/exports", permission=any_member,
              doc=Doc(Wish, gives=EXPORT, status=202, optional_body=True))  # fmt: skip
def create(plural: str) -> Answer:
    """Write records to a CSV or XLSX file, in the background; its content can be fetched once `status` is `done`."""
    record_type = allowed("export", plural)
    wish = reading.loaded(Wish, optional=True)
    if wish["filter"] is not None and not isinstance(wish["filter"], dict):
        raise Invalid([FieldProblem("filter", "not_a_condition", _("A filter is an object."))])
    ids = wish["ids"]
    selection = Selection(record_type, tuple(ids or ()), ids is None, wish["filter"] or None, wish["q"])
    keys = wish["fields_"] or [of.key for of in all_fields(record_type)]
    choices = services.Choices(wish["format"], wish["encoding"], wish["delimiter"], wish["keys"])
    run = services.begin_export(selection, keys, choices, sort=wish["sort"], at_once=False)
    return single(_shown(run)), 202, {"Location": f"/api/v1/exports/{run.id}"}


@exports.get("/exports", permission=any_member, doc=Doc(gives=EXPORT, many=True, params=(LIMIT,)))
def list_exports() -> Answer:
    """List the exports of late, newest first."""
    return listed([_shown(run) for run in recent_runs(reading.limit(), kind="export") if find_type(run.record_type)])


@exports.get("/exports/<uuid:export_id>", permission=any_member, doc=Doc(gives=EXPORT))
def show(export_id: UUID) -> Answer:
    """Show how far an export is."""
    return single(_shown(_find(export_id)))


@exports.get("/exports/<uuid:export_id>/content", permission=any_member, doc=Doc(gives=BYTES))
def content(export_id: UUID) -> Any:
    """Fetch the file itself; it is kept for seven days."""
    run = _find(export_id)
    if run.status == "running":
        raise Conflict(_("The file is not ready yet. Ask again in a moment."))
    return as_download(run)


def _find(export_id: UUID) -> Run:
    run = services.find_export(export_id)
    allowed("export", type_named(run.record_type).plural)
    return run


def _shown(run: Run) -> dict[str, Any]:
    return {
        "id": str(run.id),
        "status": run.status,
        "record_type": run.record_type,
        "format": run.params["choices"]["format"],
        "fields": run.params["fields"],
        "total": run.total,
        "done": how_far(run) if run.status == "running" else run.done,
        "error": run.error,
        "url": f"/api/v1/exports/{run.id}/content" if run.has_file else None,
        "expires_at": reading.instant(run.expires_at) if run.has_file else None,
    }
