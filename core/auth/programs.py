"""Programs as members of their own: with a name and roles, but nobody who signs in. They act by tokens alone."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select

from core import current, db
from core.access import Member, MemberRole, Role, require_permission
from core.auth import giving, members
from core.auth.models import ApiToken
from core.auth.token_events import ProgramChanged, ProgramCreated
from core.auth.tokens import MANAGE
from core.db import new_id
from core.errors import FieldProblem, Forbidden, Invalid, NotFound
from core.events import emit
from core.i18n import _

NOBODY = "programs.invalid"
"""Where the address of a program is, which every member has: RFC 2606 keeps it from being anybody's."""


def list_programs() -> Sequence[tuple[Member, int]]:
    """All programs with how many tokens each has, those at work first."""
    require_permission(MANAGE)
    tenant = current.tenant_id()
    held = (
        select(func.count())
        .where(ApiToken.tenant_id == tenant, ApiToken.member_id == Member.id, ApiToken.revoked_at.is_(None),
               ApiToken.app_id.is_(None))
        .scalar_subquery()
    )  # fmt: skip
    found = select(Member, held).where(Member.tenant_id == tenant, Member.kind == "service")
    return db.session().execute(found.order_by(Member.status, Member.name, Member.id)).all()


def get_program(member_id: UUID, *, lock: bool = False) -> Member:
    require_permission(MANAGE)
    member = db.get(Member, member_id, lock=lock)
    if member is None or member.kind != "service":
        raise NotFound(_("There is no such program."))
    return member


def program_named(name: str) -> Member | None:
    """The program of this name that is at work."""
    found = select(Member).where(
        Member.tenant_id == current.tenant_id(),
        Member.kind == "service",
        Member.status == "active",
        func.lower(Member.name) == name.lower(),
    )
    return db.session().scalars(found.order_by(Member.id)).first()


def assignable_roles() -> list[Role]:
    """The roles that one may give to a program: never that of an owner, who answers for the workspace."""
    return [role for role in giving.assignable_roles() if role.key != "owner"]


def create_program(name: str, role_ids: Sequence[UUID]) -> Member:
    """Add a program. It can do nothing before it has a token."""
    require_permission(MANAGE)
    roles = _roles_to_give(role_ids)
    _refuse_taken(name)
    program = Member(id=(made := new_id()), kind="service", name=name, email=f"{made.hex}@{NOBODY}", user_id=None)
    db.session().add(program)
    db.flush()
    _give(program, roles)
    emit(ProgramCreated(record_type="member", record_id=program.id, title=name, roles=[r.title for r in roles]))
    return program


def change_program(program: Member, *, name: str, role_ids: Sequence[UUID]) -> None:
    """Call a program otherwise, or give it other roles."""
    require_permission(MANAGE)
    before = members.roles_of([program.id]).get(program.id, [])
    changes: dict[str, list[str]] = {}
    if name != program.name:
        _refuse_taken(name)
        changes["name"] = [program.name, name]
        program.name = name
    if {role.id for role in before} != set(role_ids):
        if not {role.id for role in before} <= {role.id for role in assignable_roles()}:
            raise Forbidden(_("You cannot change the role of %(member)s. Ask an owner.", member=program.name))
        roles = _roles_to_give(role_ids)
        _give(program, roles)
        changes["roles"] = [", ".join(r.title for r in before), ", ".join(r.title for r in roles)]
    _tell(program, changes)


def deactivate_program(program: Member) -> None:
    """Its tokens open nothing from now on; what it owns and did stays. Twice is once."""
    _become(program, "deactivated")


def reactivate_program(program: Member) -> None:
    """Its tokens work again, as far as they were not revoked."""
    _become(program, "active")


def _become(program: Member, status: str) -> None:
    require_permission(MANAGE)
    if program.status == status:
        return
    before, program.status = program.status, status
    _tell(program, {"status": [before, status]})


def _roles_to_give(role_ids: Sequence[UUID]) -> list[Role]:
    if not role_ids:
        raise Invalid([FieldProblem("roles", "required", _("Choose at least one."))])
    may_give = {role.id: role for role in assignable_roles()}
    if any(role_id not in may_give for role_id in role_ids):
        raise Invalid([FieldProblem("roles", "unknown", _("Choose one of the list."))])
    return [may_give[role_id] for role_id in dict.fromkeys(role_ids)]


def _give(program: Member, roles: Sequence[Role]) -> None:
    held = MemberRole.tenant_id == current.tenant_id(), MemberRole.member_id == program.id
    db.session().execute(delete(MemberRole).where(*held))
    db.session().add_all([MemberRole(id=new_id(), member_id=program.id, role_id=role.id) for role in roles])
    db.flush()


def _refuse_taken(name: str) -> None:
    """Two programs of the same name could not be told apart."""
    if program_named(name) is not None:
        raise Invalid([FieldProblem("name", "taken", _("There is a program of this name already."))])


def _tell(program: Member, changes: dict[str, list[str]]) -> None:
    if changes:
        emit(ProgramChanged(record_type="member", record_id=program.id, title=program.name, changes=changes))
