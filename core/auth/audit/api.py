"""The audit log over the API."""

from typing import Any
from uuid import UUID

from flask import request

from core import current
from core.api import Answer, Doc, Resource, listed, reading
from core.api.docs import AFTER, ANYTHING, ID, INSTANT, LIMIT, TEXT, Param, maybe, thing
from core.auth.audit.groups import GROUPS
from core.auth.audit.reading import Mark, Wish, find_entries, wish_of
from core.auth.permissions import SEE_AUDIT
from core.errors import FieldProblem, Invalid
from core.events import EventRow, kind_of, read_back
from core.i18n import _, _l
from core.records.pages.history import sentence
from core.records.seen import seen_changes
from core.web.blueprints import holding

audit_api = Resource("audit", __name__, title=_l("Audit log"))

ENTRY = thing(
    id=ID, at=INSTANT, name=TEXT, label=TEXT, text={**TEXT, "description": "What happened, in words."},
    actor_id=maybe(ID), record_type=TEXT, record_id=ID, address=maybe(TEXT), device=maybe(TEXT), session=maybe(ID),
    cause=ANYTHING, changes=maybe(ANYTHING), data=ANYTHING,
)  # fmt: skip
DAY = {"type": "string", "format": "date"}
PARAMS = (
    LIMIT, AFTER, Param("member", "Who did it, or to whom it happened.", ID),
    Param("group", "What kind of entry.", {"type": "string", "enum": list(GROUPS)}),
    Param("since", "The first day, in the time zone of the token's member.", DAY), Param("until", "The last day.", DAY),
    Param("address", "From which network address: how it begins."), Param("text", "Words that are in it."),
)  # fmt: skip


@audit_api.get("/audit", permission=holding(SEE_AUDIT.name), doc=Doc(gives=ENTRY, many=True, params=PARAMS))
def list_entries() -> Answer:
    """List the entries of the audit log, newest first."""
    page = find_entries(_wish(), before=_after(), limit=reading.limit())
    return listed([_told(row) for row in page.rows], next=str(page.next) if page.next else None)


def _after() -> Mark | None:
    said = request.args.get("after", "")
    mark = Mark.of(said)
    if said and mark is None:
        raise Invalid([FieldProblem("after", "invalid", _("There is no such value."))])
    return mark


def _wish() -> Wish:
    """Here, a filter that is none is refused, and not taken for "all". Raises Invalid."""
    said = {name: value for name, value in request.args.items() if name in ("member", "group", "since", "until")}
    wish = wish_of(request.args, GROUPS)
    if wrong := [name for name, value in said.items() if value and not getattr(wish, name)]:
        raise Invalid([FieldProblem(name, "invalid", _("There is no such value.")) for name in wrong])
    return wish


def _told(row: EventRow) -> dict[str, Any]:
    told = row.cause
    return {
        "id": str(row.id),
        "at": reading.instant(row.at),
        "name": row.name,
        "label": str(kind_of(row.name).label),
        "text": sentence(read_back(row)),
        "actor_id": _text(row.actor_id),
        "record_type": row.record_type,
        "record_id": str(row.record_id),
        "address": told.get("address") or row.data.get("ip") or None,
        "device": told.get("device") or row.data.get("device") or None,
        "session": told.get("session"),
        "cause": {key: value for key, value in told.items() if key not in current.TRACES},
        "changes": seen_changes(row),
        "data": row.data,
    }


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None
