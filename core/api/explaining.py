"""Why a member may, or may not, do something to a record."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import request
from sqlalchemy import select

from core import access, current, db
from core.access import Member, MemberRole, Role, Team
from core.access.permissions import defaults_of
from core.api import reading
from core.api.blueprints import Answer, Resource, single
from core.api.docs import FLAG, ID, TEXT, Doc, Param, many, thing
from core.api.records import allowed
from core.current import MemberContext, TenantContext
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
    return replace(context, member=_acting(member), grants=access.add_up(_roles_of(member)), scopes=None)


def _acting(member: Member) -> MemberContext:
    team = db.get(Team, member.team_id)
    return MemberContext(
        id=member.id, name=member.name, email=member.email, user_id=member.user_id, team_id=member.team_id,
        team_path=team.path if team else "/", roles=(), locale=member.locale, timezone=member.timezone,
    )  # fmt: skip


def _roles_of(member: Member) -> list[tuple[str, Any]]:
    if member.status != "active":
        return []
    tenant = current.tenant_id()
    held = (
        select(Role)
        .join(MemberRole, (MemberRole.tenant_id == tenant) & (MemberRole.role_id == Role.id))
        .where(Role.tenant_id == tenant, MemberRole.member_id == member.id)
        .order_by(Role.name)
    )
    return [
        (role.name, {**role.grants, "permissions": [*role.grants.get("permissions", ()), *defaults_of(role.key)]})
        for role in db.session().scalars(held)
    ]
