"""The roles of the workspace: making, describing, granting, resetting and deleting them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from core import current, db
from core.access import Member, MemberRole, Role, require_permission
from core.access.permissions import permissions_of
from core.access.roles import READY
from core.auth.events import MemberRoleChanged
from core.auth.giving import all_roles, refuse_too_mighty
from core.auth.join_links import JoinLink
from core.auth.members import roles_of
from core.auth.providers.models import CompanyProvider
from core.auth.role_events import RoleChanged, RoleCreated, RoleDeleted, RoleReset
from core.auth.role_grants import changes_between, checked_grants
from core.auth.role_limits import refuse_beyond_mine
from core.db import new_id
from core.errors import Conflict, FieldProblem, Invalid, NotFound, Stale
from core.events import emit
from core.i18n import _, _l, _n

PERMISSION = "tenant.manage_roles"
ALMIGHTY = frozenset({"owner", "admin"})
NOTHING: Mapping[str, Any] = {"records": {}, "permissions": []}
READY_FOR: Mapping[str, Any] = {
    "owner": _l("Everything, and the only ones who make other owners."),
    "admin": _l("Everything in the workspace, but for making and unmaking owners."),
    "sales_director": _l("Leads a team: works on what is the team's and of the teams below it."),
    "sales": _l("Sells: sees and works on what is their own."),
    "marketing": _l("Sees all, imports, and works on what is their own."),
    "service": _l("Serves all customers and contacts, and sees the rest."),
    "finance": _l("Sees all, exports, and changes nothing but their tasks."),
    "viewer": _l("Sees all and changes nothing."),
}


def get_role(role_id: UUID | None, *, lock: bool = False) -> Role:
    role = db.get(Role, role_id, lock=lock)
    if role is None:
        raise NotFound(_("There is no such role."))
    return role


def purpose_of(role: Role) -> str:
    """What a role is for: in the reader's language of a ready one, else as the tenant described it."""
    return str(READY_FOR[role.key]) if role.key and role.key in READY_FOR else role.description


def mark_of(role: Role) -> str:
    """Tells whether a role's grants are still what somebody looked at when they changed them."""
    return sha256(orjson.dumps(role.grants, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def sizes() -> Mapping[UUID, int]:
    """How many members, invited ones too, have each role."""
    found = select(MemberRole.role_id, func.count()).where(MemberRole.tenant_id == current.tenant_id())
    return {row[0]: row[1] for row in db.session().execute(found.group_by(MemberRole.role_id))}


def members_of(role: Role, *, limit: int | None = None) -> Sequence[Member]:
    """Who has a role: those with access, who were invited, and who no longer have any."""
    tenant = current.tenant_id()
    found = (
        select(Member)
        .join(MemberRole, (MemberRole.tenant_id == tenant) & (MemberRole.member_id == Member.id))
        .where(Member.tenant_id == tenant, MemberRole.role_id == role.id)
        .order_by(Member.name, Member.id)
        .limit(limit)
    )
    return db.session().scalars(found).all()


# --- making and describing -----------------------------------------------------------------------------


def create_role(
    name: str, description: str = "", *, like: UUID | None = None, grants: Mapping[str, Any] | None = None
) -> Role:
    """Make a role: with these grants, those of another one, or none. Raises Invalid."""
    require_permission(PERMISSION)
    model = get_role(like) if like else None
    given = grants if grants is not None else _as_own(model) if model else NOTHING
    made = checked_grants(given, _as_own(model) if model else NOTHING)
    refuse_beyond_mine(None, NOTHING, made)
    role = Role(id=new_id(), name=_free_name(name), description=description, grants=made)
    _keep_name(role)
    emit(RoleCreated(record_type="role", record_id=role.id, role=name, copied_from=model.title if model else None,
                     changes=changes_between({}, made)))  # fmt: skip
    return role


def _as_own(role: Role) -> dict[str, Any]:
    """What a role grants, said without the permissions that it has for being a ready one."""
    permissions = sorted(permissions_of(role.key, role.grants))
    return {part: said for part, said in role.grants.items() if part != "without"} | {"permissions": permissions}


def describe_role(role: Role, *, name: str, description: str) -> None:
    """Call a role of the tenant's own something else. The ready ones are called in everybody's own language."""
    require_permission(PERMISSION)
    if (role.name, role.description) == (name, description):
        return
    if role.key in READY:
        raise Conflict(_("Ready roles keep their name. Make a copy of it and name that one."))
    changes = {"name": [role.name, name], "description": [role.description, description]}
    role.name, role.description = _free_name(name, role), description
    _keep_name(role)
    emit(RoleChanged(record_type="role", record_id=role.id, role=name,
                     changes={key: pair for key, pair in changes.items() if pair[0] != pair[1]}))  # fmt: skip


def _free_name(name: str, mine: Role | None = None) -> str:
    taken = {each.title.casefold() for each in all_roles() if each is not mine}
    if name.casefold() in taken:
        raise _name_taken()
    return name


def _keep_name(role: Role) -> None:
    try:
        with db.savepoint():
            db.session().add(role)
            db.flush()
    except IntegrityError:
        raise _name_taken() from None


def _name_taken() -> Invalid:
    return Invalid([FieldProblem("name", "taken", _("There is a role of this name already."))])


# --- granting ------------------------------------------------------------------------------------------


def change_grants(role: Role, grants: Mapping[str, Any], *, mark: str | None = None) -> dict[str, list[Any]]:
    """Have a role grant this. Parts that are not given stay. Returns what changed. Raises Invalid, Stale.

    `mark` is that of the role as it was looked at. Those who have the role feel the change with the next thing they do.
    """
    require_permission(PERMISSION)
    _refuse_almighty(role)
    if mark is not None and mark != mark_of(role):
        raise Stale(_("Somebody changed this role in the meantime. Look at it again, and then change it."))
    made = checked_grants({**role.grants, **grants}, role.grants)
    return _grant(role, made, RoleChanged)


def check(role: Role, grants: Mapping[str, Any]) -> None:
    """Raise Invalid where the role could not grant this, without having it do so."""
    refuse_beyond_mine(role.key, role.grants, checked_grants(grants, role.grants))


def reset_role(role: Role) -> None:
    """Have a ready role grant what it was delivered with."""
    require_permission(PERMISSION)
    _refuse_almighty(role)
    if role.key not in READY:
        raise Conflict(_("Only ready roles can be reset."))
    _grant(role, READY[role.key]["grants"], RoleReset)


def is_as_delivered(role: Role) -> bool:
    return role.key in READY and not changes_between(READY[role.key]["grants"], role.grants)


def _grant(role: Role, made: Mapping[str, Any], event: type[RoleChanged] | type[RoleReset]) -> dict[str, list[Any]]:
    changes = changes_between(role.grants, made)
    if changes:
        refuse_beyond_mine(role.key, role.grants, made)
        role.grants = dict(made)
        db.flush()
        emit(event(record_type="role", record_id=role.id, role=role.title, changes=changes))
    return changes


def why_fixed(role: Role) -> str | None:
    """Why nobody can change what a role grants, if that is so."""
    if role.key in ALMIGHTY:
        return _("Owners and admins may do everything, also with what is added later. So that a workspace always has "
                 "somebody who can put things right, this cannot be changed. Make a copy and change it.")  # fmt: skip
    return None


def _refuse_almighty(role: Role) -> None:
    if why := why_fixed(role):
        raise Conflict(why, code="fixed")


# --- deleting ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Uses:
    """Who and what gives a reason to keep a role: members, invited ones, open links, the company's own sign-in."""

    members: int
    invited: int
    links: int
    sign_in: bool

    def __bool__(self) -> bool:
        return bool(self.members or self.invited or self.links or self.sign_in)

    def told(self) -> str:
        said = [
            _n("%(num)s member", "%(num)s members", self.members) if self.members else "",
            _n("%(num)s invitation", "%(num)s invitations", self.invited) if self.invited else "",
            _n("%(num)s invitation link", "%(num)s invitation links", self.links) if self.links else "",
            _("the company's own sign-in") if self.sign_in else "",
        ]
        return _(", ").join(str(each) for each in said if each)


def uses_of(role: Role) -> Uses:
    """What would be left without its role."""
    tenant = current.tenant_id()
    by_status = (
        select(Member.status, func.count())
        .join(MemberRole, (MemberRole.tenant_id == tenant) & (MemberRole.member_id == Member.id))
        .where(Member.tenant_id == tenant, MemberRole.role_id == role.id)
        .group_by(Member.status)
    )
    held = {row[0]: row[1] for row in db.session().execute(by_status)}
    links = db.session().scalars(select(JoinLink).where(JoinLink.tenant_id == tenant, JoinLink.role_id == role.id))
    sign_in = select(CompanyProvider.id).where(
        CompanyProvider.tenant_id == tenant, CompanyProvider.role_id == role.id, CompanyProvider.joins
    )
    return Uses(
        members=sum(held.values()) - held.get("invited", 0),
        invited=held.get("invited", 0),
        links=sum(link.state == "open" for link in links),
        sign_in=db.session().scalars(sign_in).first() is not None,
    )


def delete_role(role: Role, *, instead: UUID | None = None) -> None:
    """Delete a role of the tenant's own; whoever and whatever has it is given another one `instead`. Raises Conflict
    where it is in use and no other one is named."""
    require_permission(PERMISSION)
    if role.key in READY:
        raise Conflict(_("Ready roles stay. You may take everything away from one, or give it to nobody."))
    refuse_beyond_mine(role.key, role.grants, NOTHING)
    uses = uses_of(role)
    heir = _heir(role, instead) if instead else None
    if uses and heir is None:
        raise Conflict(
            _("The role %(role)s is still in use: %(uses)s. Choose what they are given instead.", role=role.title,
              uses=uses.told()), code="in_use",
        )  # fmt: skip
    holders = members_of(role)
    if heir is not None:
        _hand_on(role, heir, holders)
    changes = changes_between(role.grants, {})
    db.session().delete(role)
    db.flush()
    emit(RoleDeleted(record_type="role", record_id=role.id, role=role.title, members=len(holders),
                     instead=heir.title if heir else None, changes=changes))  # fmt: skip


def _heir(role: Role, instead: UUID) -> Role:
    heir = db.get(Role, instead)
    if heir is None or heir is role:
        raise Invalid([FieldProblem("instead", "unknown", _("Choose one of the list."))])
    refuse_too_mighty([heir])
    return heir


def _hand_on(role: Role, heir: Role, holders: Sequence[Member]) -> None:
    tenant, ids = current.tenant_id(), [member.id for member in holders]
    before = roles_of(ids)
    rows = [{"tenant_id": tenant, "id": new_id(), "member_id": each, "role_id": heir.id} for each in ids]
    if rows:
        key = ["tenant_id", "member_id", "role_id"]
        db.session().execute(upsert(MemberRole).values(rows).on_conflict_do_nothing(index_elements=key))
        db.session().execute(delete(MemberRole).where(MemberRole.tenant_id == tenant, MemberRole.role_id == role.id))
    for kind in (JoinLink, CompanyProvider):
        theirs = update(kind).where(kind.tenant_id == tenant, kind.role_id == role.id)
        db.session().execute(theirs.values(role_id=heir.id))
    after = roles_of(ids)
    emit(*(_exchanged(member, before[member.id], after[member.id]) for member in holders))


def _exchanged(member: Member, before: Sequence[Role], after: Sequence[Role]) -> MemberRoleChanged:
    names = [", ".join(sorted(role.title for role in roles)) for roles in (before, after)]
    return MemberRoleChanged(record_type="member", record_id=member.id, member=member.name, role=names[1],
                             changes={"role": names})  # fmt: skip
