"""Work on many records over the API: begun for all that meet a condition, watched, stopped, taken back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import fields, validate

from core.api import reading
from core.api.blueprints import PREFIX, Answer, Resource, listed, single
from core.api.docs import ANYTHING, FLAG, ID, INSTANT, LIMIT, TEXT, Doc, Flag, JsonSchema, many, maybe, thing
from core.api.records import allowed
from core.api.schemas import update_schema
from core.api.sharing import DAY, LEVEL, naming_whom
from core.errors import FieldProblem, Invalid
from core.i18n import _, _l
from core.records import sharing
from core.records.runs import services
from core.records.runs.changing import Change
from core.records.runs.models import Run
from core.records.runs.progress import how_far
from core.records.runs.selection import Selection
from core.records.runs.sharing import share_records
from core.records.runs.transferring import transfer_records
from core.records.schemas import from_json
from core.records.types import RecordType, find_type, type_named
from core.web.blueprints import any_member

runs = Resource("runs", __name__, title=_l("Work on many records"))

NUMBER: JsonSchema = {"type": "integer"}
KINDS = {"edit": "edit", "delete": "delete", "transfer": "transfer", "share": "view"}
"""What is done, and what one must be allowed to do for it; who may share a record is asked of each."""
SAID = {"edit": ("values",), "delete": (), "transfer": ("owner", "tasks", "keep"),
        "share": ("members", "teams", "level", "until")}  # fmt: skip
"""What is said of each kind, besides which records are meant."""
OPTIONS = {name for names in SAID.values() for name in names}
MOST_IDS = 10_000
REFUSED = thing(record_id=maybe(ID), title=TEXT, reason=TEXT)
RUN = thing(
    id=ID, kind=TEXT, record_type=TEXT, status=TEXT, total=NUMBER, done=NUMBER, changed=NUMBER, refused=NUMBER,
    error=maybe(TEXT), member=maybe(ID), created_at=INSTANT, finished_at=maybe(INSTANT), undone_by=maybe(ID),
    undoable={"type": "boolean"},
)  # fmt: skip


class Wish(ma.Schema):
    """`ids`, or all that meet `filter` and `q`: one of them must be said, an empty `filter` stands for all."""

    kind = fields.String(required=True, validate=validate.OneOf(list(KINDS)))
    ids = fields.List(fields.UUID(), validate=validate.Length(1, MOST_IDS))
    filter = fields.Dict(keys=fields.String())
    q = fields.String(validate=validate.Length(1, 200))
    values = fields.Dict(keys=fields.String())
    owner = fields.UUID()
    tasks = Flag()
    keep = fields.String(allow_none=True, validate=validate.OneOf([*sharing.LEVELS, None]))
    members = fields.List(fields.UUID(), validate=validate.Length(max=sharing.MOST))
    teams = fields.List(fields.UUID(), validate=validate.Length(max=sharing.MOST))
    level = fields.String(validate=validate.OneOf(sharing.LEVELS))
    until = fields.Date(allow_none=True)

    @ma.validates_schema
    def check_options(self, said: dict[str, Any], **_rest: Any) -> None:
        strange = (OPTIONS & set(said)) - set(SAID[said["kind"]])
        if strange:
            raise ma.ValidationError({name: [_("This is not for a run of this kind.")] for name in sorted(strange)})


def takes(record_type: RecordType) -> JsonSchema:
    return {
        "type": "object",
        "required": ["kind"],
        "additionalProperties": False,
        "properties": {
            "kind": {"type": "string", "enum": list(KINDS)},
            "ids": {**many(ID), "minItems": 1, "maxItems": MOST_IDS},
            "filter": {**ANYTHING, "description": "A condition; an empty one stands for all."},
            "q": {"type": "string", "minLength": 1, "maxLength": 200},
            "values": {**update_schema(record_type), "description": "What an edit gives each of the records."},
            "owner": {**ID, "description": "To whom a transfer gives the records."},
            "tasks": {**FLAG, "description": "Whether the open tasks of the previous owners go along."},
            "keep": {**maybe(LEVEL), "description": "How the records stay shared with their previous owners, if so."},
            "members": {**_whom("member"), "description": "With whom the records are shared."},
            "teams": _whom("team"),
            "level": {**LEVEL, "description": "View unless told."},
            "until": {**maybe(DAY), "description": "The last day, in the workspace's time zone; null for no end."},
        },
    }


@runs.post("/<plural:plural>/runs", permission=any_member, doc=Doc(takes, RUN, status=202))
def begin(plural: str) -> Answer:
    """Edit, delete, transfer or share many records: those of `ids`, or all that meet `filter` and `q`.

    It can be undone as one.
    """
    wish = reading.loaded(Wish)
    record_type = allowed(KINDS[wish["kind"]], plural)
    run = DOERS[wish["kind"]](_selection(record_type, wish), wish)
    return single(_shown(run)), 202, {"Location": f"{PREFIX}/runs/{run.id}"}


def _edit(selection: Selection, wish: Mapping[str, Any]) -> Run:
    values = from_json(selection.record_type, wish.get("values", {}), partial=True)
    if not values:
        raise Invalid([FieldProblem("values", "required", _("Choose at least one field."))])
    return services.edit_records(selection, Change(selection.record_type, values))


def _delete(selection: Selection, _wish: Mapping[str, Any]) -> Run:
    return services.delete_records(selection)


def _transfer(selection: Selection, wish: Mapping[str, Any]) -> Run:
    if "owner" not in selection.record_type.builtin:
        raise Invalid([FieldProblem("owner", "unknown_field", _("There is no such field."))])
    return transfer_records(selection, wish.get("owner"), tasks=wish.get("tasks", False), keep=wish.get("keep") or "")


def _share(selection: Selection, wish: Mapping[str, Any]) -> Run:
    with naming_whom(wish):
        whom = sharing.find_whom(wish.get("members", ()), wish.get("teams", ()))
        return share_records(selection, whom, level=wish.get("level", "view"), until=wish.get("until"))


DOERS = {"edit": _edit, "delete": _delete, "transfer": _transfer, "share": _share}


@runs.get("/runs", permission=any_member, doc=Doc(gives=RUN, many=True, params=(LIMIT,)))
def list_runs() -> Answer:
    """List what was done to many records of late, newest first."""
    return listed([_shown(run) for run in services.recent_runs(reading.limit()) if find_type(run.record_type)])


@runs.get("/runs/<uuid:run_id>", permission=any_member, doc=Doc(gives=RUN))
def show(run_id: UUID) -> Answer:
    """Show how far a run is and what became of it."""
    return single(_shown(_find(run_id, "view")))


@runs.get("/runs/<uuid:run_id>/refused", permission=any_member, doc=Doc(gives=REFUSED, many=True, params=(LIMIT,)))
def list_refused(run_id: UUID) -> Answer:
    """List the records that a run left as they are, and why."""
    rows = services.rows_of(_find(run_id, "view"), "refused", reading.limit())
    return listed([{"record_id": _id(row.record_id), "title": row.title, "reason": row.reason} for row in rows])


@runs.post("/runs/<uuid:run_id>/cancel", permission=any_member, doc=Doc(gives=RUN))
def cancel(run_id: UUID) -> Answer:
    """Stop a run: it changes nothing."""
    run = _find(run_id, "edit")
    services.cancel_run(run)
    return single(_shown(run))


@runs.post("/runs/<uuid:run_id>/undo", permission=any_member, doc=Doc(gives=RUN, status=202))
def undo(run_id: UUID) -> Answer:
    """Take a run back, by a run of its own."""
    made = services.undo(_find(run_id, "view"))
    return single(_shown(made)), 202, {"Location": f"{PREFIX}/runs/{made.id}"}


def _selection(record_type: RecordType, wish: Mapping[str, Any]) -> Selection:
    by_condition = "filter" in wish or "q" in wish
    if by_condition == ("ids" in wish):
        raise Invalid([FieldProblem("ids", "required", _("Say which records: either ids, or filter and q."))])
    if not by_condition:
        return Selection(record_type, tuple(wish["ids"]))
    return Selection(record_type, all=True, condition=wish.get("filter") or None, search=wish.get("q", ""))


def _find(run_id: UUID, action: str) -> Run:
    run = services.find_run(run_id)
    allowed(action, type_named(run.record_type).plural)
    return run


def _shown(run: Run) -> dict[str, Any]:
    return {
        "id": str(run.id),
        "kind": run.kind,
        "record_type": run.record_type,
        "status": run.status,
        "total": run.total,
        "done": how_far(run) if run.status == "running" else run.done,
        "changed": run.changed,
        "refused": run.refused,
        "error": run.error,
        "member": _id(run.member_id),
        "created_at": reading.instant(run.created_at),
        "finished_at": reading.instant(run.finished_at),
        "undone_by": _id(run.undone_by),
        "undoable": run.can_be_undone,
    }


def _id(found: UUID | None) -> str | None:
    return str(found) if found else None


def _whom(kind: str) -> JsonSchema:
    return {**many({**ID, "description": f"Of a {kind}."}), "maxItems": sharing.MOST}
