"""The members of the workspace: their roles, their team, and whether they have access."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, func, or_, select

from core import current, db
from core.access import Member, MemberRole, Role, Team, permitted, require_permission
from core.auth.events import MemberDeactivated, MemberMoved, MemberReactivated, MemberRoleChanged
from core.db import new_id
from core.errors import Conflict, FieldProblem, Forbidden, Invalid, NotFound
from core.events import emit
from core.i18n import _

SHOWN = 200


def list_members(search: str = "") -> tuple[Sequence[Member], int]:
    """Those whose name or address contains the text, by status and name, and how many they are."""
    found = select(Member).where(Member.tenant_id == current.tenant_id())
    if search:
        pattern = f"%{_literally(search[:100])}%"
        found = found.where(or_(Member.name.ilike(pattern), Member.email.ilike(pattern)))
    total = db.session().scalar(select(func.count()).select_from(found.subquery())) or 0
    order = func.array_position(["active", "invited", "deactivated"], Member.status)
    return db.session().scalars(found.order_by(order, Member.name, Member.id).limit(SHOWN)).all(), total


def get_member(member_id: UUID, *, lock: bool = False) -> Member:
    member = db.get(Member, member_id, lock=lock)
    if member is None:
        raise NotFound(_("There is no such member."))
    return member


def roles_of(member_ids: Sequence[UUID]) -> Mapping[UUID, list[Role]]:
    """The roles of these members, by name."""
    tenant = current.tenant_id()
    found = (
        select(MemberRole.member_id, Role)
        .join(Role, (Role.tenant_id == tenant) & (Role.id == MemberRole.role_id))
        .where(MemberRole.tenant_id == tenant, MemberRole.member_id.in_(member_ids))
        .order_by(Role.name)
    )
    roles: dict[UUID, list[Role]] = defaultdict(list)
    for member_id, role in db.session().execute(found):
        roles[member_id].append(role)
    return roles


def all_roles() -> Sequence[Role]:
    """The ready roles from the mightiest down, then the tenant's own."""
    order = func.array_position(["owner", "admin", "manager", "member", "viewer"], Role.key)
    found = select(Role).where(Role.tenant_id == current.tenant_id())
    return db.session().scalars(found.order_by(order.nulls_last(), Role.name)).all()


def assignable_roles() -> list[Role]:
    """The roles that the acting member may give: only an owner makes owners, and nobody gives more than is theirs."""
    return [role for role in all_roles() if _may_give(role)]


def _may_give(role: Role) -> bool:
    acting = current.tenant().member
    if acting is None or "owner" in acting.roles:
        return True
    if role.key == "owner":
        return False
    if "admin" in acting.roles:
        return True
    if permitted("tenant.manage_members"):
        return "*" not in role.grants.get("permissions", ())
    return role.key in ("member", "viewer")


def role_to_give(role_id: UUID | None) -> Role:
    """Raises Invalid beside the field `role` for a role that does not exist, Forbidden for one too mighty."""
    role = db.get(Role, role_id)
    if role is None:
        raise Invalid([FieldProblem("role", "unknown", _("Choose one of the list."))])
    if not _may_give(role):
        raise Forbidden(_("You cannot give the role %(role)s. Ask an owner of the workspace.", role=role.title))
    return role


def team_to_give(team_id: UUID | None) -> Team | None:
    team = db.get(Team, team_id)
    if team_id is not None and team is None:
        raise Invalid([FieldProblem("team", "unknown", _("Choose one of the list."))])
    return team


# --- changing ------------------------------------------------------------------------------------------


def change_role(member: Member, role_id: UUID | None) -> None:
    """Give a member this role in place of all others. The workspace keeps at least one owner."""
    require_permission("tenant.manage_members")
    role = role_to_give(role_id)
    before = roles_of([member.id])[member.id]
    if [r.id for r in before] == [role.id]:
        return
    if any(r.key == "owner" for r in before) and role.key != "owner":
        _refuse_losing_owner(member)
    if any(not _may_give(r) for r in before):
        raise Forbidden(_("You cannot change the role of %(member)s. Ask an owner.", member=member.name))
    replace_roles(member, role)
    names = ", ".join(r.title for r in before)
    emit(MemberRoleChanged(record_type="member", record_id=member.id, member=member.name, role=role.title,
                           changes={"role": [names, role.title]}))  # fmt: skip


def replace_roles(member: Member, role: Role) -> None:
    tenant = current.tenant_id()
    db.session().execute(delete(MemberRole).where(MemberRole.tenant_id == tenant, MemberRole.member_id == member.id))
    db.session().add(MemberRole(id=new_id(), member_id=member.id, role_id=role.id))
    db.flush()


def move_member(member: Member, team_id: UUID | None) -> None:
    """Put a member into a team, or into none."""
    require_permission("tenant.manage_members")
    team = team_to_give(team_id)
    if member.team_id == team_id:
        return
    previous, member.team_id = member.team_id, team_id
    before = db.get(Team, previous)
    emit(MemberMoved(record_type="member", record_id=member.id, member=member.name, team=team.name if team else "—",
                     changes={"team": [before.name if before else None, team.name if team else None]}))  # fmt: skip


def place_member(member: Member, *, role_id: UUID | None, team_id: UUID | None) -> None:
    """Role and team together, as the form has them. Raises when the role cannot be, and then nothing changes."""
    with db.savepoint():
        move_member(member, team_id)
        change_role(member, role_id)


def deactivate_member(member: Member) -> None:
    """End a member's access with the next thing they do; what they own and did stays. Twice is once."""
    require_permission("tenant.manage_members")
    if member.status != "active":
        return
    if member.id == current.member_id():
        raise Conflict(_("You cannot end your own access. Ask another owner or admin to do it."))
    if any(role.key == "owner" for role in roles_of([member.id])[member.id]):
        _refuse_losing_owner(member)
    member.status = "deactivated"
    emit(MemberDeactivated(record_type="member", record_id=member.id, member=member.name))


def reactivate_member(member: Member) -> None:
    require_permission("tenant.manage_members")
    if member.status != "deactivated":
        return
    member.status = "active"
    emit(MemberReactivated(record_type="member", record_id=member.id, member=member.name))


def _refuse_losing_owner(member: Member) -> None:
    """Only an owner unmakes an owner, and never the last. Owners are locked, so two cannot unmake each other."""
    acting = current.tenant().member
    if acting is not None and "owner" not in acting.roles:
        raise Forbidden(_("Only an owner can do this to another owner."))
    tenant = current.tenant_id()
    owners = (
        select(Member.id)
        .join(MemberRole, (MemberRole.tenant_id == tenant) & (MemberRole.member_id == Member.id))
        .join(Role, (Role.tenant_id == tenant) & (Role.id == MemberRole.role_id))
        .where(Member.tenant_id == tenant, Member.status == "active", Role.key == "owner")
        .order_by(Member.id)
        .with_for_update(of=Member)
    )
    if set(db.session().scalars(owners)) <= {member.id}:
        raise Conflict(_("%(member)s is the last owner. Make somebody else an owner first.", member=member.name))


def _literally(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
