"""Importing a file over the API: sent, checked or brought in by a worker, asked about, taken back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from flask import request
from sqlalchemy import select

from core import db
from core.api import reading
from core.api.blueprints import Answer, Resource, listed, single
from core.api.docs import AFTER, FLAG, ID, INSTANT, LIMIT, TEXT, Doc, Param, many, maybe, thing
from core.api.records import allowed
from core.errors import FieldProblem, Invalid
from core.i18n import _, _l
from core.records.imports import services
from core.records.imports.choices import BAD_CELLS, EMPTY, MODES
from core.records.imports.models import COUNTS, STATUSES, Import, ImportRow
from core.records.imports.run import rows_read
from core.records.text import normalise
from core.records.types import type_of_plural
from core.web.blueprints import any_member

imports = Resource("imports", __name__, title=_l("Imports"))

NUMBER = {"type": "integer"}
VERDICTS = ("refused", "conflict", "skipped", "remark", "create", "update")
ROW = thing(
    line=NUMBER, verdict={"enum": list(VERDICTS)}, cells=many(TEXT), problems=many(thing(field=TEXT, message=TEXT)),
    record_id=maybe(ID), changes=maybe({"type": "object", "additionalProperties": many(TEXT)}),
)  # fmt: skip
KEPT = thing(type=TEXT, id=ID, reason=TEXT)
CHOICES = thing(
    mode={"enum": list(MODES)}, match=many(TEXT), empty={"enum": list(EMPTY)}, bad_cells={"enum": list(BAD_CELLS)},
    rules=FLAG, create_links=many(TEXT), dates={"type": "object"},
)  # fmt: skip
IMPORT = thing(
    id=ID, status={"enum": list(STATUSES)}, file=TEXT, record_type=TEXT, dry_run=FLAG, headers=many(TEXT),
    mapping=many(maybe(TEXT)), choices=CHOICES, error=maybe(TEXT), total=NUMBER, read=NUMBER,
    also={"type": "object", "additionalProperties": NUMBER}, restored=maybe(NUMBER), kept=many(KEPT),
    created_at=INSTANT, started_at=maybe(INSTANT), finished_at=maybe(INSTANT), reverted_at=maybe(INSTANT),
    rows=many(ROW), **dict.fromkeys(COUNTS, NUMBER),
)  # fmt: skip
USUAL: dict[str, Any] = {"mode": "create", "match": [], "empty": "leave", "bad_cells": "leave", "rules": True,
                         "create_links": [], "dates": {}}  # fmt: skip
"""What an import of former days, which did not say, did."""
MOST_ROWS = 1000
LISTS = ("match", "create_links")
WORDS = ("mode", "empty", "bad_cells")
FILE = ("sheet", "encoding", "delimiter")
SENT = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "mapping": {"type": "string", "description": "JSON: a list with a key or null for each column, or an object "
                    "from header to key. Keys are fields, `_id`, or `<link>.<field>` of a linked record."},
        "match": {"type": "string", "description": "JSON list of keys by which rows find their record, in order."},
        "mode": {"type": "string", "enum": list(MODES)},
        "empty": {"type": "string", "enum": list(EMPTY), "description": "What an empty cell does in an update."},
        "bad_cells": {"type": "string", "enum": list(BAD_CELLS)},
        "create_links": {"type": "string", "description": "JSON list of links whose missing records are created."},
        "dates": {"type": "string", "description": "JSON object from column number to ymd, dmy or mdy."},
        "rules": {"type": "string", "enum": ["true", "false"], "description": "Whether rules answer these rows."},
        "dry_run": {"type": "string", "enum": ["true", "false"]},
        **{name: {"type": "string"} for name in FILE},
    },
}  # fmt: skip


@imports.post(
    "/<plural:plural>/imports", permission=any_member, doc=Doc(SENT, IMPORT, status=202, media="multipart/form-data")
)
def create(plural: str) -> Answer:
    """Import a CSV or XLSX sent as multipart field `file`, with what is to be known about it beside it.

    `mapping` is a JSON list with a key or null for each column, or an object from header to key; guessed, or known
    from the last such file, where it is left out. `match` names the keys by which rows find their record, in order
    (`["phone", "name"]`, `_id`); `mode` is create, update or both; `empty` (leave, clear) what empty cells do to
    existing records; `bad_cells` (leave, refuse) what becomes of a row with a cell that cannot be read; `create_links`
    the links whose missing records are made; `rules` whether rules answer. With `dry_run` nothing is written: look at
    the result, then POST to `/imports/<id>/start`.
    """
    file = request.files.get("file")
    if file is None:
        raise Invalid([FieldProblem("file", "required", _("Choose a file."))])
    said = request.form
    about = {name: said[name] for name in FILE if said.get(name)}
    run = services.begin_import(type_of_plural(plural), file.filename or "import.csv", file.read(), **about)
    services.map_import(run, _mapping(run), _choices(said))
    if _flag("dry_run", said.get("dry_run", "false")):
        services.check_import(run)
    else:
        services.start_import(run)
    return single(_shown(run)), 202


@imports.get("/<plural:plural>/imports", permission=any_member, doc=Doc(gives=IMPORT, many=True, params=(LIMIT,)))
def list_imports(plural: str) -> Answer:
    """List the imports of late, newest first. Their `rows` are told one import at a time."""
    record_type = allowed("import", plural)
    return listed([_told(run) | {"rows": []} for run in services.recent_imports(record_type, reading.limit())])


@imports.get("/imports/<uuid:import_id>", permission=any_member, doc=Doc(gives=IMPORT))
def show(import_id: UUID) -> Answer:
    """Show what became of an import, with the first rows that want looking at."""
    return single(_shown(services.find_import(import_id)))


@imports.get(
    "/imports/<uuid:import_id>/rows",
    permission=any_member,
    doc=Doc(gives=ROW, many=True, params=(
        LIMIT, AFTER, Param("verdict", "Only rows of which this became.", {"type": "string", "enum": list(VERDICTS)}),
    )),
)  # fmt: skip
def rows(import_id: UUID) -> Answer:
    """Page through the rows of an import of which something is to be told, by their line in the file."""
    run = services.find_import(import_id)
    limit = _whole("limit", request.args.get("limit", "50"), 1, 200)
    after = _whole("after", request.args.get("after", "0"), 0, 2**31 - 1)
    found = select(ImportRow).where(ImportRow.import_id == run.id, ImportRow.line > after)
    if verdict := request.args.get("verdict"):
        if verdict not in VERDICTS:
            raise Invalid([_no_option("verdict", VERDICTS)])
        found = found.where(ImportRow.verdict == verdict)
    got = list(db.session().scalars(found.order_by(ImportRow.line, ImportRow.id).limit(limit + 2)))
    page = got[:limit]
    while len(page) < len(got) and page[-1].line == got[len(page)].line:
        page.append(got[len(page)])  # a row that came in with a remark is told of twice
    more = len(got) > len(page)
    return listed([_row(each) for each in page], next=str(page[-1].line) if more else None)


@imports.post("/imports/<uuid:import_id>/start", permission=any_member, doc=Doc(gives=IMPORT, status=202))
def start(import_id: UUID) -> Answer:
    """Bring in the rows of an import that was only checked."""
    run = services.find_import(import_id)
    services.start_import(run)
    return single(_shown(run)), 202


@imports.post("/imports/<uuid:import_id>/cancel", permission=any_member, doc=Doc(gives=IMPORT))
def cancel(import_id: UUID) -> Answer:
    """Stop an import: nothing of it is kept."""
    run = services.find_import(import_id)
    services.cancel_import(run)
    return single(_shown(run))


@imports.post("/imports/<uuid:import_id>/revert", permission=any_member, doc=Doc(gives=IMPORT, status=202))
def revert(import_id: UUID) -> Answer:
    """Take an import back: what it made is deleted, what it changed is as it was, where nobody touched it since."""
    run = services.find_import(import_id)
    services.start_reverting(run)
    return single(_shown(run)), 202


# --- what is sent -----------------------------------------------------------------------------------------


def _mapping(run: Import) -> list[str | None]:
    if "mapping" not in request.form:
        return run.mapping
    said = _json("mapping", (list, dict))
    if isinstance(said, dict):
        by_header = {normalise(str(header)): key for header, key in said.items()}
        if unknown := [header for header in said if normalise(str(header)) not in map(normalise, run.headers)]:
            message = _("The file has no column “%(name)s”.", name=str(unknown[0])[:80])
            raise Invalid([FieldProblem("mapping", "unknown_column", message)])
        said = [by_header.get(normalise(header)) for header in run.headers]
    if not all(key is None or isinstance(key, str) for key in said):
        message = _("Send a list with a field’s key or null for each column.")
        raise Invalid([FieldProblem("mapping", "wrong_type", message)])
    return said


def _choices(said: Mapping[str, str]) -> dict[str, Any]:
    choices: dict[str, Any] = {name: said[name] for name in WORDS if name in said}
    for name in LISTS:
        if name in said:
            choices[name] = _json(name, (list,))
            if not all(isinstance(key, str) for key in choices[name]):
                raise Invalid([FieldProblem(name, "wrong_type", _("Send a list of keys."))])
    if "dates" in said:
        choices["dates"] = _json("dates", (dict,))
        if not all(isinstance(order, str) for order in choices["dates"].values()):
            raise Invalid([_no_option("dates", ("ymd", "dmy", "mdy"))])
    if "rules" in said:
        choices["rules"] = _flag("rules", said["rules"])
    return choices


def _json(name: str, kinds: tuple[type, ...]) -> Any:
    try:
        said = orjson.loads(request.form[name])
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, kinds):
        message = _("Send a list with a field’s key or null for each column.") if name == "mapping" else _("Send JSON.")
        raise Invalid([FieldProblem(name, "wrong_type", message)])
    return said


def _flag(name: str, said: str) -> bool:
    if said not in ("true", "false", "1", "0"):
        raise Invalid([_no_option(name, ("true", "false"))])
    return said in ("true", "1")


def _whole(name: str, said: str, least: int, most: int) -> int:
    if not (said.isascii() and said.isdigit() and least <= int(said[:12]) <= most):
        message = _("Send a whole number from %(least)s to %(most)s.", least=least, most=most)
        raise Invalid([FieldProblem(name, "out_of_range", message)])
    return int(said)


def _no_option(name: str, options: tuple[str, ...]) -> FieldProblem:
    return FieldProblem(name, "not_an_option", _("Choose one of: %(list)s.", list=", ".join(options)))


# --- what is shown ----------------------------------------------------------------------------------------


def _shown(run: Import) -> dict[str, Any]:
    found = select(ImportRow).where(ImportRow.import_id == run.id).order_by(ImportRow.line, ImportRow.id)
    telling = db.session().scalars(found.where(ImportRow.verdict.not_in(("create", "update"))).limit(MOST_ROWS))
    return _told(run) | {"rows": [_row(each) for each in telling]}


def _told(run: Import) -> dict[str, Any]:
    choices = {name: run.choices.get(name, usual) for name, usual in USUAL.items()}
    times = {name: getattr(run, name) for name in ("created_at", "started_at", "finished_at", "reverted_at")}
    return {
        "id": run.id, "status": run.status, "file": run.file_name, "record_type": run.record_type,
        "dry_run": run.dry_run, "headers": run.headers, "mapping": run.mapping, "choices": choices,
        "error": run.error, "total": run.rows, "read": rows_read(run) if run.status == "running" else run.rows,
        "also": run.report.get("also", {}), "restored": run.report.get("restored"), "kept": run.report.get("kept", []),
        **{name: getattr(run, name) for name in COUNTS}, **times,
    }  # fmt: skip


def _row(row: ImportRow) -> dict[str, Any]:
    return {
        "line": row.line, "verdict": row.verdict, "cells": row.cells, "problems": row.problems,
        "record_id": row.record_id, "changes": row.changes,
    }  # fmt: skip
