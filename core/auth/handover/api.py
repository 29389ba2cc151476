"""Handovers over the API: what a member has, giving it to others, how far that is, and taking it back."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import fields, validate

from core.api import Answer, Doc, Resource, loaded, reading, single
from core.api.docs import ANYTHING, FLAG, ID, INSTANT, TEXT, Flag, many, maybe, thing
from core.auth.handover import doing, undoing
from core.auth.handover.holdings import Held, Preview, look
from core.auth.handover.plan import MOST, Part, Plan, check
from core.auth.handover.shown import given, require_seeing
from core.auth.members import check_ending, get_member
from core.i18n import _l
from core.records.runs.models import Run
from core.records.runs.progress import how_far
from core.records.sharing import LEVELS
from core.web.blueprints import any_member, holding

handovers = Resource("handovers", __name__, title=_l("Members, teams and roles"))

MANAGE = holding(doing.MANAGE)
NUMBER = {"type": "integer", "minimum": 0}
KIND = thing(name=TEXT, label=TEXT, count=NUMBER, allowed=NUMBER, to={"type": "object"}, cannot_see=many(TEXT))
PREVIEW = thing(member=ID, total=NUMBER, moving=NUMBER, records=many(KIND), rest=many(KIND), ends=many(KIND))
RUN = thing(id=ID, kind=TEXT, member=ID, status=TEXT, total=NUMBER, done=NUMBER, changed=NUMBER, refused=NUMBER,
            given=ANYTHING, error=maybe(TEXT), created_at=INSTANT, finished_at=maybe(INSTANT), undone_by=maybe(ID),
            undoable=FLAG)  # fmt: skip
EITHER = {"oneOf": [RUN, PREVIEW]}


def _people() -> fields.List:
    return fields.List(fields.UUID(), validate=validate.Length(max=MOST), load_default=list)


class PartInput(ma.Schema):
    to = _people()
    stay = Flag(load_default=False)
    filter = fields.Dict(keys=fields.String(), load_default=None, allow_none=True)
    ids = fields.List(fields.UUID(), validate=validate.Length(1, 10_000), load_default=None, allow_none=True)


class HandoverInput(ma.Schema):
    """`to` takes over, in turn where there are several; `types` says otherwise for some record types. `team` is the
    team that the member is in afterwards; left out, it stays. With `dry_run` nothing is done, and it is told what would
    be."""

    to = _people()
    types = fields.Dict(keys=fields.String(), values=fields.Nested(PartInput), load_default=dict)
    rest = Flag(load_default=True)
    keep = fields.String(load_default="", validate=validate.OneOf(["", *LEVELS]))
    restart_clocks = Flag(load_default=True)
    team = fields.UUID(allow_none=True)
    deactivate = Flag(load_default=False)
    confirmed = Flag(load_default=False)
    dry_run = Flag(load_default=False)


@handovers.get("/members/<uuid:member_id>/handover", permission=MANAGE, doc=Doc(gives=PREVIEW))
def show_holdings(member_id: UUID) -> Answer:
    """Show what a member has that can be handed over, and what ends with their access."""
    member = get_member(member_id)
    doing.refuse_invited(member)
    return single(_preview(member_id, look(member)))


@handovers.post("/members/<uuid:member_id>/handover", permission=MANAGE,
                doc=Doc(HandoverInput, EITHER, status=202, also=(200,)))  # fmt: skip
def hand_over(member_id: UUID) -> Answer:
    """Hand over what a member has, as one change that can be undone for 30 days."""
    said = loaded(HandoverInput)
    member = get_member(member_id)
    plan = Plan(
        to=tuple(dict.fromkeys(said["to"])), types={name: _part(each) for name, each in said["types"].items()},
        rest=said["rest"], keep=said["keep"], restart_clocks=said["restart_clocks"], move="team" in said,
        team_id=said.get("team"), deactivate=said["deactivate"], confirmed=said["confirmed"],
    )  # fmt: skip
    if said["dry_run"]:
        doing.refuse_invited(member)
        check(plan, member)
        if plan.deactivate:
            check_ending(member)
        return single(_preview(member_id, look(member, plan)))
    return single(_shown(doing.hand_over(member, plan))), 202


@handovers.get("/handovers/<uuid:run_id>", permission=any_member, doc=Doc(gives=RUN))
def show_handover(run_id: UUID) -> Answer:
    """Show how far a handover is, and who got how much."""
    run = undoing.find_handover(run_id)
    require_seeing(run)
    return single(_shown(run))


@handovers.post("/handovers/<uuid:run_id>/undo", permission=MANAGE, doc=Doc(gives=RUN, status=202))
def undo(run_id: UUID) -> Answer:
    """Take a handover back, but for what has gone on to somebody else since."""
    return single(_shown(undoing.undo_handover(run_id))), 202


def _part(said: dict[str, Any]) -> Part:
    ids = None if said["ids"] is None else tuple(said["ids"])
    return Part(tuple(dict.fromkeys(said["to"])), said["stay"], said["filter"] or None, ids)


def _preview(member_id: UUID, preview: Preview) -> dict[str, Any]:
    return {
        "member": str(member_id), "total": preview.total, "moving": preview.moving,
        **{name: [_kind(each) for each in getattr(preview, name)] for name in ("records", "rest", "ends")},
    }  # fmt: skip


def _kind(held: Held) -> dict[str, Any]:
    return {"name": held.name, "label": str(held.label), "count": held.count, "allowed": held.allowed,
            "to": {str(to): count for to, count in held.to.items()}, "cannot_see": list(held.blind)}  # fmt: skip


def _shown(run: Run) -> dict[str, Any]:
    return {
        "id": str(run.id), "kind": run.kind, "member": run.params["member"], "status": run.status, "total": run.total,
        "done": how_far(run) if run.status == "running" else run.done, "changed": run.changed, "refused": run.refused,
        "given": given(run), "error": run.error, "created_at": reading.instant(run.created_at),
        "finished_at": reading.instant(run.finished_at), "undone_by": str(run.undone_by) if run.undone_by else None,
        "undoable": run.can_be_undone,
    }  # fmt: skip
