"""Members, teams and roles: whose ids the records hold."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import current, db
from core.access import Member, MemberRole, Role, Team
from core.api import reading
from core.api.blueprints import Answer, Resource, listed, single
from core.api.docs import AFTER_ID, ANYTHING, ID, INSTANT, LIMIT, TEXT, Doc, Param, many, maybe, thing
from core.errors import NotFound
from core.i18n import _, _l
from core.web.blueprints import any_member

people = Resource("people", __name__, title=_l("Members, teams and roles"))

STATUSES = ("invited", "active", "deactivated")
MEMBER = thing(id=ID, name=TEXT, email=TEXT, status={"type": "string", "enum": list(STATUSES)}, team=maybe(ID))
MEMBER_IN_FULL = thing(**MEMBER["properties"], roles=many(TEXT), locale=maybe(TEXT), timezone=maybe(TEXT),
                       created_at=INSTANT)  # fmt: skip
TEAM = thing(id=ID, name=TEXT, parent=maybe(ID))
ROLE = thing(id=ID, key=maybe(TEXT), name=TEXT, grants=ANYTHING)
STATUS = Param("status", "Only members of this status.", {"type": "string", "enum": list(STATUSES)})


def member_json(member: Member) -> dict[str, Any]:
    return {
        "id": str(member.id),
        "name": member.name,
        "email": member.email,
        "status": member.status,
        "team": str(member.team_id) if member.team_id else None,
    }


@people.get("/members", permission=any_member,
            doc=Doc(gives=MEMBER_IN_FULL, many=True, params=(STATUS, LIMIT, AFTER_ID)))  # fmt: skip
def list_members() -> Answer:
    """List the members of the workspace."""
    found = select(Member).where(Member.tenant_id == current.tenant_id())
    if status := reading.one_of("status", STATUSES):
        found = found.where(Member.status == status)
    if after := reading.uuid("after"):
        found = found.where(Member.id > after)
    limit = reading.limit()
    rows = db.session().scalars(found.order_by(Member.id).limit(limit + 1)).all()
    page = rows[:limit]
    return listed(_in_full(page), next=str(page[-1].id) if len(rows) > limit else None)


@people.get("/members/<uuid:member_id>", permission=any_member, doc=Doc(gives=MEMBER_IN_FULL))
def show_member(member_id: UUID) -> Answer:
    """Show a member."""
    member = db.get(Member, member_id)
    if member is None:
        raise NotFound(_("There is no such member."))
    return single(_in_full([member])[0])


def _in_full(members: Any) -> list[dict[str, Any]]:
    tenant = current.tenant_id()
    held = (
        select(MemberRole.member_id, Role.key, Role.name)
        .join(Role, (Role.tenant_id == tenant) & (Role.id == MemberRole.role_id))
        .where(MemberRole.tenant_id == tenant, MemberRole.member_id.in_([m.id for m in members]))
        .order_by(Role.name)
    )
    roles: dict[UUID, list[str]] = {}
    for member_id, key, name in db.session().execute(held):
        roles.setdefault(member_id, []).append(key or name)
    return [
        member_json(m) | {"roles": roles.get(m.id, []), "locale": m.locale, "timezone": m.timezone,
                          "created_at": reading.instant(m.created_at)}
        for m in members
    ]  # fmt: skip


@people.get("/teams", permission=any_member, doc=Doc(gives=TEAM, many=True))
def list_teams() -> Answer:
    """List the teams of the workspace, parents before their children."""
    found = select(Team).where(Team.tenant_id == current.tenant_id()).order_by(Team.path)
    return listed([_team(team) for team in db.session().scalars(found)])


@people.get("/teams/<uuid:team_id>", permission=any_member, doc=Doc(gives=TEAM))
def show_team(team_id: UUID) -> Answer:
    """Show a team."""
    team = db.get(Team, team_id)
    if team is None:
        raise NotFound(_("There is no such team."))
    return single(_team(team))


def _team(team: Team) -> dict[str, Any]:
    return {"id": str(team.id), "name": team.name, "parent": str(team.parent_id) if team.parent_id else None}


@people.get("/roles", permission=any_member, doc=Doc(gives=ROLE, many=True))
def list_roles() -> Answer:
    """List the roles of the workspace, with what they grant."""
    found = select(Role).where(Role.tenant_id == current.tenant_id()).order_by(Role.id)
    return listed([_role(role) for role in db.session().scalars(found)])


@people.get("/roles/<uuid:role_id>", permission=any_member, doc=Doc(gives=ROLE))
def show_role(role_id: UUID) -> Answer:
    """Show a role."""
    role = db.get(Role, role_id)
    if role is None:
        raise NotFound(_("There is no such role."))
    return single(_role(role))


def _role(role: Role) -> dict[str, Any]:
    return {"id": str(role.id), "key": role.key, "name": role.name, "grants": role.grants}
