"""The members of the workspace: their roles, their team, and whether they have access."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, select, update

from core import current, db
from core.access import Member, MemberRole, Role, Team, require_permission
from core.activities.notifications import notify
from core.auth.events import MemberDeactivated, MemberMoved, MemberReactivated, MemberRoleChanged
from core.auth.giving import may_give, refuse_too_mighty
from core.auth.people_events import MemberChanged
from core.auth.seats import require_seat
from core.auth.teams import lose_head
from core.db import new_id
from core.errors import Conflict, FieldProblem, Forbidden, Invalid, NotFound
from core.events import emit
from core.i18n import _, _l


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


def team_to_give(team_id: UUID | None) -> Team | None:
    team = db.get(Team, team_id)
    if team_id is not None and team is None:
        raise Invalid([FieldProblem("team", "unknown", _("Choose one of the list."))])
    return team


# --- roles ---------------------------------------------------------------------------------------------


def change_roles(member: Member, role_ids: Sequence[UUID]) -> None:
    """Give a member these roles and no others. The workspace keeps at least one owner."""
    require_permission("tenant.manage_members")
    wanted = _roles(role_ids)
    before = roles_of([member.id])[member.id]
    added = [role for role in wanted if role not in before]
    removed = [role for role in before if role not in wanted]
    if not added and not removed:
        return
    refuse_too_mighty(added)
    if any(role.key == "owner" for role in removed):
        _refuse_losing_owner(member)
    if not all(may_give(role) for role in removed):
        raise Forbidden(_("You cannot change the role of %(member)s. Ask an owner.", member=member.name))
    _exchange(member, added, removed)
    names = [", ".join(sorted(role.title for role in roles)) for roles in (before, wanted)]
    emit(MemberRoleChanged(record_type="member", record_id=member.id, member=member.name, role=names[1],
                           changes={"role": names}))  # fmt: skip


def add_role(member: Member, role_id: UUID) -> None:
    """One role more; who has it already keeps it."""
    held = [role.id for role in roles_of([member.id])[member.id]]
    change_roles(member, [*held, role_id])


def _roles(role_ids: Sequence[UUID]) -> list[Role]:
    if not role_ids:
        raise Invalid([FieldProblem("role", "required", _("Choose at least one role."))])
    found = select(Role).where(Role.tenant_id == current.tenant_id(), Role.id.in_(role_ids))
    roles = list(db.session().scalars(found))
    if len(roles) < len(set(role_ids)):
        raise Invalid([FieldProblem("role", "unknown", _("Choose one of the list."))])
    return roles


def _exchange(member: Member, added: Sequence[Role], removed: Sequence[Role]) -> None:
    lost = delete(MemberRole).where(
        MemberRole.tenant_id == current.tenant_id(),
        MemberRole.member_id == member.id,
        MemberRole.role_id.in_([role.id for role in removed]),
    )
    db.session().execute(lost)
    db.session().add_all(MemberRole(id=new_id(), member_id=member.id, role_id=role.id) for role in added)
    db.flush()


# --- team and what is said of them ---------------------------------------------------------------------


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


def describe_member(member: Member, **said: str | None) -> None:
    """What a member is called, their title, phone, language: what is given and no other. Who may, is asked before."""
    changes = {key: [getattr(member, key), value] for key, value in said.items() if getattr(member, key) != value}
    if not changes:
        return
    for key, value in said.items():
        setattr(member, key, value)
    emit(MemberChanged(record_type="member", record_id=member.id, member=member.name, changes=changes))


def place_member(
    member: Member, *, role_ids: Sequence[UUID] | None = None, team_id: UUID | None, **said: str | None
) -> None:
    """Roles, team, title and phone together, as the form has them. Raises when one cannot be; then nothing changes."""
    require_permission("tenant.manage_members")
    with db.savepoint():
        move_member(member, team_id)
        if role_ids is not None:
            change_roles(member, role_ids)
        describe_member(member, **said)


# --- access --------------------------------------------------------------------------------------------


def deactivate_member(member: Member) -> None:
    """End a member's access with the next thing they do; what they own and did stays. Twice is once.

    They lead no team and stand in for nobody from now on.
    """
    require_permission("tenant.manage_members")
    if member.status != "active":
        return
    check_ending(member)
    member.status = "deactivated"
    lose_head(member)
    _stand_in_no_more(member)
    emit(MemberDeactivated(record_type="member", record_id=member.id, member=member.name))


def check_ending(member: Member) -> None:
    """Raise Conflict or Forbidden where the acting member may not end this one's access."""
    if member.id == current.member_id():
        raise Conflict(_("You cannot end your own access. Ask another owner or admin to do it."))
    roles = roles_of([member.id])[member.id]
    if any(role.key == "owner" for role in roles):
        _refuse_losing_owner(member)
    _refuse_mightier(member, roles)


def _stand_in_no_more(deputy: Member) -> None:
    """Those who are, or will be, away without their deputy are told."""
    theirs = update(Member).where(Member.tenant_id == current.tenant_id(), Member.deputy_id == deputy.id)
    alone = db.session().scalars(theirs.values(deputy_id=None).returning(Member.id)).all()
    text = _l("%(deputy)s can no longer stand in for you. Choose somebody else.")
    notify(alone, text, url="settings/profile", icon="beach", personal=True, deputy=deputy.name)


def reactivate_member(member: Member) -> None:
    """Give the access back, with the roles and the team of before. Raises NoSeat where the plan is full."""
    require_permission("tenant.manage_members")
    if member.status != "deactivated":
        return
    _refuse_mightier(member, roles_of([member.id])[member.id])
    if member.kind == "person":
        require_seat()
    member.status = "active"
    emit(MemberReactivated(record_type="member", record_id=member.id, member=member.name))


def _refuse_mightier(member: Member, roles: Sequence[Role]) -> None:
    if not all(may_give(role) for role in roles):
        raise Forbidden(_("You cannot end or restore the access of %(member)s. Ask an owner.", member=member.name))


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
