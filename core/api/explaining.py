"""Why a member may, or may not, do something to a record."""

from typing import Any
from uuid import UUID

from flask import request

from core.access.explaining import Explanation
from core.api import reading
from core.api.blueprints import Answer, Resource, single
from core.api.docs import FLAG, ID, INSTANT, TEXT, Doc, Param, many, maybe, thing
from core.api.records import allowed
from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records.pages.explained import why
from core.records.pages.explaining_terms import ACTIONS, Whose, Why, whose
from core.records.types import RecordType
from core.web.blueprints import any_member

explanations = Resource("explanations", __name__)

REASON = thing(role=TEXT, scope=TEXT, covers=FLAG)
SHARE = thing(level=TEXT, record=ID, team=maybe(TEXT), until=maybe(INSTANT), by=maybe(TEXT))
OWNER = thing(record=ID, type=TEXT, owner=maybe(TEXT), relation=TEXT, team=many(TEXT))
LINE = thing(text=TEXT, speaks_for=maybe(FLAG))
EXPLANATION = thing(
    allowed=FLAG, action=maybe(TEXT), field=maybe(TEXT), level=maybe(TEXT), member=ID, sentence=TEXT,
    reasons=many(REASON), shared=many(SHARE), chain=thing(owners=many(OWNER), team=many(TEXT)), lines=many(LINE),
    remedies=many(TEXT),
)  # fmt: skip
PARAMS = (
    Param("action", "What is to be done: view unless told; besides the rights, the type's own actions.",
          {"type": "string"}),
    Param("field", "A field, in place of an action: how far it is open.", {"type": "string"}),
    Param("member", "Whom it is about: yourself unless told.", ID),
)  # fmt: skip


@explanations.get("/<plural:plural>/<uuid:record_id>/explain", permission=any_member,
             doc=Doc(gives=EXPLANATION, params=PARAMS))  # fmt: skip
def explain(plural: str, record_id: UUID) -> Answer:
    """Explain why a member may or may not do something to a record, or read a field of it."""
    record_type = allowed("view", plural)
    record = record_type.get(record_id)
    action, key = _asked(record_type)
    about = whose(reading.uuid("member"))
    return single(_shown(why(record_type, record, about, action=action or "view", key=key), about, action, key))


def _asked(record_type: RecordType) -> tuple[str, str]:
    key, action = request.args.get("field", ""), request.args.get("action", "")
    if key and action:
        raise Invalid([FieldProblem("field", "not_both", _("Ask either for an action or for a field."))])
    if key and key not in record_type.all_fields():
        raise Invalid([FieldProblem("field", "unknown_field", _("There is no such field."))])
    known = [*ACTIONS, *record_type.by_action]
    if action and action not in known:
        message = _("Choose one of: %(list)s.", list=", ".join(known))
        raise Invalid([FieldProblem("action", "not_an_option", message)])
    return ("" if key else action or "view"), key


def _shown(found: Why, about: Whose, action: str, key: str) -> dict[str, Any]:
    member = about.context.member
    return {
        "allowed": found.allowed,
        "action": action or None,
        "field": key or None,
        "level": found.level,
        "member": str(member.id) if member else None,
        "sentence": found.sentence,
        **_structured(found.explanation),
        "lines": [{"text": line.text, "speaks_for": line.speaks_for} for line in found.lines],
        "remedies": [line.text for line in found.remedies],
    }


def _structured(found: Explanation | None) -> dict[str, Any]:
    if found is None:
        return {"reasons": [], "shared": [], "chain": {"owners": [], "team": []}}
    owners = [
        {"record": str(each.of.id), "type": each.of.type_name, "owner": each.name or None, "relation": each.relation,
         "team": list(each.team)}
        for each in found.chain.owners if each.of.itself or each.relation != "other"
    ]  # fmt: skip
    return {
        "reasons": [{"role": each.role, "scope": each.scope, "covers": each.covers} for each in found.reasons],
        "shared": [
            {"level": each.level, "record": str(each.record_id), "team": each.team,
             "until": reading.instant(each.until), "by": each.by}
            for each in found.shared
        ],
        "chain": {"owners": owners, "team": list(found.chain.my_team)},
    }  # fmt: skip
