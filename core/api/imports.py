"""Importing a file over the API: sent, brought in by a worker, asked about."""

from typing import Any
from uuid import UUID

import orjson
from flask import request
from sqlalchemy import select

from core import db
from core.api.blueprints import Answer, Resource, single
from core.api.docs import FLAG, ID, TEXT, Doc, many, maybe, thing
from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records.imports import services
from core.records.imports.models import Import, ImportRow
from core.records.types import type_of_plural
from core.web.blueprints import any_member

imports = Resource("imports", __name__)

NUMBER = {"type": "integer"}
PROBLEM = thing(line=NUMBER, verdict=TEXT, cells=many(TEXT), problems=many(thing(field=TEXT, message=TEXT)))
IMPORT = thing(
    id=ID, status=TEXT, file=TEXT, record_type=TEXT, dry_run=FLAG, mapping=many(maybe(TEXT)), error=maybe(TEXT),
    created=NUMBER, skipped=NUMBER, refused=NUMBER, remarked=NUMBER, rows=many(PROBLEM),
)  # fmt: skip
MOST_ROWS = 1000


@imports.post("/<plural:plural>/imports", permission=any_member, doc=Doc(gives=IMPORT, status=202))
def create(plural: str) -> Answer:
    """Import a CSV or XLSX sent as multipart field `file`; `mapping`, `existing` and `dry_run` may be said beside it.

    `mapping` is a JSON list with a field's key, or null, for each column; guessed where it is left out.
    """
    file = request.files.get("file")
    if file is None:
        raise Invalid([FieldProblem("file", "required", _("Choose a file."))])
    existing = request.form.get("existing", "skip")
    if existing not in ("skip", "create"):
        raise Invalid([FieldProblem("existing", "not_an_option", _("Choose one of: %(list)s.", list="skip, create"))])
    run = services.begin_import(type_of_plural(plural), file.filename or "import.csv", file.read())
    choices = {"existing": existing, "dry_run": request.form.get("dry_run") in ("true", "1")}
    services.map_import(run, _mapping(run), choices)
    services.start_import(run)
    return single(_shown(run)), 202


@imports.get("/imports/<uuid:import_id>", permission=any_member, doc=Doc(gives=IMPORT))
def show(import_id: UUID) -> Answer:
    """Show what became of an import, with the rows that want looking at."""
    return single(_shown(services.find_import(import_id)))


def _mapping(run: Import) -> list[str | None]:
    if "mapping" not in request.form:
        return run.mapping
    try:
        said = orjson.loads(request.form["mapping"])
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, list) or not all(key is None or isinstance(key, str) for key in said):
        message = _("Send a list with a field’s key or null for each column.")
        raise Invalid([FieldProblem("mapping", "wrong_type", message)])
    return said


def _shown(run: Import) -> dict[str, Any]:
    rows = select(ImportRow).where(ImportRow.import_id == run.id).order_by(ImportRow.line).limit(MOST_ROWS)
    counts = {name: getattr(run, name) for name in ("created", "skipped", "refused", "remarked")}
    return {
        "id": run.id, "status": run.status, "file": run.file_name, "record_type": run.record_type,
        "dry_run": bool(run.choices.get("dry_run")), "mapping": run.mapping, "error": run.error, **counts,
        "rows": [
            {"line": r.line, "verdict": r.verdict, "cells": r.cells, "problems": r.problems}
            for r in db.session().scalars(rows)
        ],
    }  # fmt: skip
