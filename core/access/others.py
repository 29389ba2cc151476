"""The workspace as another member sees it: for explaining, and for telling people only what they may know."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from core import current, db
from core.access.adding import add_up
from core.access.models import Member, MemberRole, Role
from core.access.permissions import granted
from core.current import MemberContext, TenantContext


def as_seen_by(member: Member) -> TenantContext:
    """The context at hand with this member, and their rights, in the place of whoever acts."""
    roles = _roles_of(member)
    acting = MemberContext(
        id=member.id, name=member.name, email=member.email, user_id=member.user_id, team_id=member.team_id,
        team_path=member.team_path, roles=tuple(role.key or role.name for role in roles),
        locale=member.locale, timezone=member.timezone, role_ids=tuple(role.id for role in roles),
        stands_for=_stands_for(member),
    )  # fmt: skip
    grants = add_up(granted(role.name, role.key, role.grants) for role in roles)
    return replace(current.tenant(), member=acting, grants=grants, scopes=None)


def _stands_for(member: Member) -> tuple[UUID, ...]:
    now = current.now()
    away = (Member.deputy_id == member.id) & (Member.away_from <= now) & (Member.away_until > now)
    return tuple(db.session().scalars(select(Member.id).where(Member.tenant_id == current.tenant_id(), away)))


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
