"""The workspace as another member sees it: for explaining, and for telling people only what they may know."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from core import current, db
from core.access.decisions import add_up
from core.access.models import Member, MemberRole, Role, Team
from core.access.permissions import defaults_of
from core.current import MemberContext, TenantContext


def as_seen_by(member: Member) -> TenantContext:
    """The context at hand with this member, and their rights, in the place of whoever acts."""
    roles = _roles_of(member)
    team = db.get(Team, member.team_id)
    acting = MemberContext(
        id=member.id, name=member.name, email=member.email, user_id=member.user_id, team_id=member.team_id,
        team_path=team.path if team else "/", roles=tuple(role.key or role.name for role in roles),
        locale=member.locale, timezone=member.timezone, role_ids=tuple(role.id for role in roles),
    )  # fmt: skip
    return replace(current.tenant(), member=acting, grants=add_up(map(_granted, roles)), scopes=None)


def _roles_of(member: Member) -> list[Role]:
    if member.status != "active":
        return []
    tenant = current.tenant_id()
    held = (
        select(Role)
        .join(MemberRole, (MemberRole.tenant_id == tenant) & (MemberRole.role_id == Role.id))
        .where(Role.tenant_id == tenant, MemberRole.member_id == member.id)
        .order_by(Role.name)
    )
    return list(db.session().scalars(held))


def _granted(role: Role) -> tuple[str, Mapping[str, Any]]:
    return role.name, {**role.grants, "permissions": [*role.grants.get("permissions", ()), *defaults_of(role.key)]}
