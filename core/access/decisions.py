"""May this member do this? Deny by default; grants of several roles add up; every answer can be explained."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, func, or_, select

from core import current, db
from core.access.models import Member, MemberRole, Role
from core.access.permissions import default_roles
from core.access.scopes import Scoped, rows_in
from core.current import FieldAccess, TenantContext
from core.errors import Forbidden
from core.i18n import _


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
    known = _asked_ahead().get((_who(), record_type.name, record.id), {})
    if action in known:
        return known[action]
    model = type(record)
    found = select(model.id).where(
        model.tenant_id == current.tenant_id(), model.id == record.id, scope_clause(action, record_type)
    )
    return db.session().execute(found).first() is not None


def ask_ahead(actions: Sequence[str], record_type: Scoped, record: Any) -> None:
    """Find out by one statement what `may` will be asked about a record while its page is drawn.

    For what only reads: it is not looked at again before `forget_answers`.
    """
    scopes = {action: scopes_for(action, record_type.name) for action in actions}
    asked = [action for action, covered in scopes.items() if covered and "all" not in covered]
    if not asked:
        return
    model = type(record)
    clauses = [scope_clause(action, record_type).label(f"a{n}") for n, action in enumerate(asked)]
    found = select(*clauses).where(model.tenant_id == current.tenant_id(), model.id == record.id)
    row = db.session().execute(found).first()
    answers = {action: bool(row[n]) if row else False for n, action in enumerate(asked)}
    _asked_ahead()[_who(), record_type.name, record.id] = answers


def forget_answers() -> None:
    """Records may belong to others by now."""
    _asked_ahead().clear()


def _asked_ahead() -> dict[Any, dict[str, bool]]:
    return db.session().info.setdefault("asked_ahead", {})


def _who() -> tuple[Any, ...]:
    """Who acts, and within which bounds."""
    context = current.tenant()
    return context.member.id if context.member else None, context.scopes, id(context.grants)


def require(action: str, record_type: Scoped, record: Any = None) -> None:
    """Raise Forbidden unless `may`."""
    if not may(action, record_type, record):
        about = (action, record_type.name, record.id) if record is not None else None
        raise Forbidden(_("Your role does not allow this. Ask an administrator of your workspace."), about=about)


def permitted(permission: str) -> bool:
    """Whether the member has a module permission such as `leads.manage_routing`."""
    context = current.tenant()
    if token_is_narrow(context):
        return False
    if context.member is None:
        return True
    return bool({"*", permission} & context.grants.permissions)


def require_permission(permission: str) -> None:
    """Raise Forbidden, with who can change that, unless `permitted`."""
    if token_is_narrow(current.tenant()):
        raise Forbidden(_("This token lacks the scope “%(scope)s”.", scope="admin"), code="insufficient_scope")
    if not permitted(permission):
        raise Forbidden(_("Your role does not allow this. Ask an administrator of your workspace."))


def token_is_narrow(context: TenantContext) -> bool:
    """Whether a token is in use that is not for administering."""
    return context.scopes is not None and not {"*", "admin"} & context.scopes


def scope_clause(action: str, record_type: Scoped) -> ColumnElement[bool]:
    """The SQL condition that keeps the rows on which the member may do this."""
    return rows_in(scopes_for(action, record_type.name), record_type, action)


def field_rules(type_name: str) -> tuple[tuple[str, FieldAccess], ...]:
    """The fields of a record type that are not open to the member, each with how far it is."""
    context = current.tenant_or_none()
    if context is None or context.member is None:
        return ()
    return context.grants.fields.get(type_name, ())


def members_with(permission: str, *, by_name: bool = False) -> Sequence[UUID]:
    """Active members whose roles carry a module permission: whom to tell, whom to ask.

    With `by_name`, those who merely may do everything (owners, admins) are left out.
    """
    return list(db.session().scalars(holders_of(permission, by_name=by_name).order_by(Member.id)))


def holders_of(permission: str, *, by_name: bool = False) -> Select[Any]:
    """The ids of `members_with`, as a part of another statement."""
    names = [permission] if by_name else [permission, "*"]
    granted = [Role.grants["permissions"].contains([name]) for name in names]
    taken_away = func.coalesce(Role.grants["without"].contains([permission]), false())
    tenant = current.tenant_id()
    return (
        select(Member.id)
        .join(MemberRole, (MemberRole.tenant_id == tenant) & (MemberRole.member_id == Member.id))
        .join(Role, (Role.tenant_id == tenant) & (Role.id == MemberRole.role_id))
        .where(Member.tenant_id == tenant, Member.status == "active")
        .where(or_(Role.key.in_(default_roles(permission)) & ~taken_away, *granted))
        .distinct()
    )
