"""May this member do this? Deny by default; grants of several roles add up; every answer can be explained."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, exists, false, or_, select, true

from core import current, db
from core.access.models import Member, MemberRole, Role, Team
from core.access.permissions import default_roles
from core.current import Grants, TenantContext
from core.errors import Forbidden
from core.i18n import _

SCOPES = ("none", "own", "team", "below", "all")


class Scoped(Protocol):
    """What access must know of a record type: its name, and whose a row is."""

    name: str

    def owned_by(self, members: ColumnElement[Any] | Any) -> ColumnElement[bool]: ...

    @property
    def ownerless_is_open(self) -> bool: ...


def add_up(roles: Iterable[tuple[str, Mapping[str, Any]]]) -> Grants:
    """The grants of several roles as one. An action granted by two roles has both scopes."""
    records: dict[str, dict[str, frozenset[str]]] = {}
    permissions: set[str] = set()
    sources = tuple((name, grants) for name, grants in roles)
    for _name, grants in sources:
        permissions |= set(grants.get("permissions", ()))
        for type_name, actions in grants.get("records", {}).items():
            mine = records.setdefault(type_name, {})
            for action, scope in actions.items():
                if scope != "none":
                    mine[action] = mine.get(action, frozenset()) | {scope}
    return Grants(MappingProxyType(records), frozenset(permissions), sources)


def scopes_for(action: str, type_name: str, context: TenantContext | None = None) -> frozenset[str]:
    """The scopes in which the member may do this to records of this type; empty means not at all.

    The system itself, acting without a member, may do everything.
    """
    context = context or current.tenant()
    if not token_allows(action, type_name, context):
        return frozenset()
    if context.member is None:
        return frozenset({"all"})
    records = context.grants.records
    own = records.get(type_name)
    return (own if own is not None else records.get("*", {})).get(action, frozenset())


def token_allows(action: str, type_name: str, context: TenantContext) -> bool:
    """Whether the API token in use, if any, covers this: `*`, `read`, `leads:read`, `lead:write`, …"""
    if context.scopes is None:
        return True
    kind = "read" if action in ("view", "export") else "write"
    return bool({"*", kind, f"{type_name}:{kind}", f"{type_name}:*"} & context.scopes)


def may(action: str, record_type: Scoped, record: Any = None) -> bool:
    """Whether the member may do this to this record, or to any record of the type when none is given."""
    scopes = scopes_for(action, record_type.name)
    if not scopes or record is None or "all" in scopes:
        return bool(scopes)
    model = type(record)
    found = select(model.id).where(
        model.tenant_id == current.tenant_id(), model.id == record.id, scope_clause(action, record_type)
    )
    return db.session().execute(found).first() is not None


def require(action: str, record_type: Scoped, record: Any = None) -> None:
    """Raise Forbidden unless `may`."""
    if not may(action, record_type, record):
        raise Forbidden(_("Your role does not allow this. Ask an administrator of your workspace."))


def permitted(permission: str) -> bool:
    """Whether the member has a module permission such as `leads.manage_routing`."""
    context = current.tenant()
    if _token_is_narrow(context):
        return False
    if context.member is None:
        return True
    return bool({"*", permission} & context.grants.permissions)


def require_permission(permission: str) -> None:
    """Raise Forbidden, with who can change that, unless `permitted`."""
    if _token_is_narrow(current.tenant()):
        raise Forbidden(_("This token lacks the scope “%(scope)s”.", scope="admin"), code="insufficient_scope")
    if not permitted(permission):
        raise Forbidden(_("Your role does not allow this. Ask an administrator of your workspace."))


def _token_is_narrow(context: TenantContext) -> bool:
    """Whether a token is in use that is not for administering."""
    return context.scopes is not None and not {"*", "admin"} & context.scopes


def scope_clause(action: str, record_type: Scoped) -> ColumnElement[bool]:
    """The SQL condition that keeps the rows on which the member may do this."""
    scopes = scopes_for(action, record_type.name)
    if "all" in scopes:
        return true()
    if not scopes:
        return false()
    me = current.member()
    clauses = [record_type.owned_by(_members_in(scope, me)) for scope in sorted(scopes)]
    return or_(*clauses)


def _members_in(scope: str, me: current.MemberContext) -> Any:
    tenant = current.tenant_id()
    if scope == "own" or me.team_id is None:
        return [me.id]
    mates = select(Member.id).where(Member.tenant_id == tenant)
    if scope == "team":
        return mates.where(Member.team_id == me.team_id)
    below = select(Team.id).where(
        Team.tenant_id == tenant, Team.path >= me.team_path, Team.path < me.team_path + "\U0010ffff"
    )
    return mates.where(or_(Member.team_id.in_(below), Member.id == me.id))


@dataclass(frozen=True)
class Reason:
    """One link of the chain behind a decision: this role grants this scope, which covers the record or not."""

    role: str
    scope: str
    covers: bool


@dataclass(frozen=True)
class Explanation:
    allowed: bool
    action: str
    reasons: Sequence[Reason]


def explain(action: str, record_type: Scoped, record: Any) -> Explanation:
    """Why the acting member may, or may not, do this to the record: each role that speaks of it, in turn."""
    me = current.member()
    reasons = []
    for role, grants in current.tenant().grants.sources:
        records: Any = grants.get("records", {})
        scope = records.get(record_type.name, records.get("*", {})).get(action, "none")
        reasons.append(Reason(role, scope, _covers(scope, record_type, record, me)))
    return Explanation(any(r.covers for r in reasons), action, reasons)


def _covers(scope: str, record_type: Scoped, record: Any, me: current.MemberContext) -> bool:
    if scope in ("none", "all"):
        return scope == "all"
    model = type(record)
    mine = select(exists().where(
        model.tenant_id == current.tenant_id(), model.id == record.id, record_type.owned_by(_members_in(scope, me))
    ))  # fmt: skip
    return bool(db.session().scalar(mine))


def members_with(permission: str, *, by_name: bool = False) -> Sequence[UUID]:
    """Active members whose roles carry a module permission: whom to tell, whom to ask.

    With `by_name`, those who merely may do everything (owners, admins) are left out.
    """
    names = [permission] if by_name else [permission, "*"]
    granted = [Role.grants["permissions"].contains([name]) for name in names]
    tenant = current.tenant_id()
    found = (
        select(Member.id)
        .join(MemberRole, (MemberRole.tenant_id == tenant) & (MemberRole.member_id == Member.id))
        .join(Role, (Role.tenant_id == tenant) & (Role.id == MemberRole.role_id))
        .where(Member.tenant_id == tenant, Member.status == "active")
        .where(or_(Role.key.in_(default_roles(permission)), *granted))
        .distinct()
        .order_by(Member.id)
    )
    return list(db.session().scalars(found))
