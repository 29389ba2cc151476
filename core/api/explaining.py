"""Why a member may, or may not, do something to a record."""

from uuid import UUID

from flask import request

from core import access, current, db
from core.access import Member
from core.access.others import as_seen_by
from core.api import reading
from core.api.blueprints import Answer, Resource, single
from core.api.docs import FLAG, ID, TEXT, Doc, Param, many, thing
from core.api.records import allowed
from core.current import TenantContext
from core.errors import FieldProblem, Invalid, NotFound
from core.i18n import _
from core.web.blueprints import any_member

explanations = Resource("explanations", __name__)

ACTIONS = ("view", "edit", "delete", "transfer", "export", "share")
EXPLANATION = thing(allowed=FLAG, action=TEXT, member=ID, reasons=many(thing(role=TEXT, scope=TEXT, covers=FLAG)))
PARAMS = (
    Param("action", "What is to be done: view unless told.", {"type": "string", "enum": list(ACTIONS)}),
    Param("member", "Whom it is about: yourself unless told.", ID),
)


@explanations.get("/<plural:plural>/<uuid:record_id>/explain", permission=any_member,
             doc=Doc(gives=EXPLANATION, params=PARAMS))  # fmt: skip
def explain(plural: str, record_id: UUID) -> Answer:
    """Explain why a member may or may not do something to a record."""
    record_type = allowed("view", plural)
    record = record_type.get(record_id)
    action = request.args.get("action", "view")
    if action not in ACTIONS:
        message = _("Choose one of: %(list)s.", list=", ".join(ACTIONS))
        raise Invalid([FieldProblem("action", "not_an_option", message)])
    with current.entering(_context_of(reading.uuid("member"))) as context:
        found = access.explain(action, record_type, record)
        reasons = [{"role": r.role, "scope": r.scope, "covers": r.covers} for r in found.reasons]
        member = str(context.member.id) if context.member else None
    return single({"allowed": found.allowed, "action": action, "member": member, "reasons": reasons})


def _context_of(member_id: UUID | None) -> TenantContext:
    """The workspace as a member sees it. Raises NotFound, and Forbidden for those who do not manage members."""
    context = current.tenant()
    if member_id is None or member_id == current.member_id():
        return context
    access.require_permission("tenant.manage_members")
    member = db.get(Member, member_id)
    if member is None:
        raise NotFound(_("There is no such member."))
    return as_seen_by(member)
