"""Members and teams: whose ids the records hold."""

from typing import Any
from uuid import UUID

from flask import request
from sqlalchemy import or_, select

from core import current, db
from core.access import Member, MemberRole, Role, Team
from core.api import reading
from core.api.blueprints import Answer, Resource, listed, single
from core.api.docs import AFTER_ID, ID, INSTANT, LIMIT, TEXT, Doc, Param, many, maybe, thing
from core.errors import NotFound
from core.i18n import _, _l
from core.web.blueprints import any_member

people = Resource("people", __name__, title=_l("Members, teams and roles"))

STATUSES = ("invited", "active", "deactivated")
MEMBER = thing(id=ID, name=TEXT, email=TEXT, status={"type": "string", "enum": list(STATUSES)}, team=maybe(ID))
AWAY = maybe(thing(**{"from": INSTANT, "until": INSTANT, "deputy": maybe(ID)}))
MEMBER_IN_FULL = thing(**MEMBER["properties"], kind={"type": "string", "enum": ["person", "service"]},
                       title=maybe(TEXT), phone=maybe(TEXT), roles=many(TEXT), role_ids=many(ID), locale=maybe(TEXT),
                       timezone=maybe(TEXT), away=AWAY, created_at=INSTANT)  # fmt: skip
TEAM = thing(id=ID, name=TEXT, parent=maybe(ID), head=maybe(ID), place={"type": "integer"})
STATUS = Param("status", "Only members of this status.", {"type": "string", "enum": list(STATUSES)})
SEARCH = Param("q", "Only those whose name or address contains this.")
OF_TEAM = Param("team", "Only those of this team.", ID)
OF_ROLE = Param("role", "Only those with this role.", ID)


def member_json(member: Member) -> dict[str, Any]:
    return {
        "id": str(member.id),
        "name": member.name,
        "email": member.email,
        "status": member.status,
        "team": str(member.team_id) if member.team_id else None,
    }


@people.get("/members", permission=any_member,
            doc=Doc(gives=MEMBER_IN_FULL, many=True,
                    params=(SEARCH, STATUS, OF_TEAM, OF_ROLE, LIMIT, AFTER_ID)))  # fmt: skip
def list_members() -> Answer:
    """List the members of the workspace."""
    found = select(Member).where(Member.tenant_id == current.tenant_id())
    if status := reading.one_of("status", STATUSES):
        found = found.where(Member.status == status)
    if words := request.args.get("q", "").strip()[:100]:
        columns = (Member.name, Member.email)
        found = found.where(or_(*(column.icontains(words, autoescape=True) for column in columns)))
    if team := reading.uuid("team"):
        found = found.where(Member.team_id == team)
    if role := reading.uuid("role"):
        held = select(MemberRole.member_id).where(
            MemberRole.tenant_id == current.tenant_id(), MemberRole.role_id == role
        )
        found = found.where(Member.id.in_(held))
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
    return single(member_in_full(member))


def member_in_full(member: Member) -> dict[str, Any]:
    db.flush()
    return _in_full([member])[0]


def _in_full(members: Any) -> list[dict[str, Any]]:
    tenant = current.tenant_id()
    held = (
        select(MemberRole.member_id, Role.id, Role.key, Role.name)
        .join(Role, (Role.tenant_id == tenant) & (Role.id == MemberRole.role_id))
        .where(MemberRole.tenant_id == tenant, MemberRole.member_id.in_([m.id for m in members]))
        .order_by(Role.name)
    )
    roles: dict[UUID, list[tuple[str, str]]] = {}
    for member_id, role_id, key, name in db.session().execute(held):
        roles.setdefault(member_id, []).append((str(role_id), key or name))
    return [_with_roles(member, roles.get(member.id, [])) for member in members]


def _with_roles(member: Member, roles: list[tuple[str, str]]) -> dict[str, Any]:
    return member_json(member) | {
        "kind": member.kind,
        "title": member.title,
        "phone": member.phone,
        "roles": [name for _role_id, name in roles],
        "role_ids": [role_id for role_id, _name in roles],
        "locale": member.locale,
        "timezone": member.timezone,
        "away": _away(member),
        "created_at": reading.instant(member.created_at),
    }


def _away(member: Member) -> dict[str, Any] | None:
    if member.away_until is None or member.away_until <= current.now():
        return None
    return {
        "from": reading.instant(member.away_from),
        "until": reading.instant(member.away_until),
        "deputy": str(member.deputy_id) if member.deputy_id else None,
    }


@people.get("/teams", permission=any_member, doc=Doc(gives=TEAM, many=True))
def list_teams() -> Answer:
    """List the teams of the workspace, parents before their children."""
    found = select(Team).where(Team.tenant_id == current.tenant_id()).order_by(Team.path)
    return listed([team_json(team) for team in db.session().scalars(found)])


@people.get("/teams/<uuid:team_id>", permission=any_member, doc=Doc(gives=TEAM))
def show_team(team_id: UUID) -> Answer:
    """Show a team."""
    team = db.get(Team, team_id)
    if team is None:
        raise NotFound(_("There is no such team."))
    return single(team_json(team))


def team_json(team: Team) -> dict[str, Any]:
    return {
        "id": str(team.id),
        "name": team.name,
        "parent": str(team.parent_id) if team.parent_id else None,
        "head": str(team.head_id) if team.head_id else None,
        "place": team.place,
    }
