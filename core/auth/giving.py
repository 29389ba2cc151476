"""Who may give which role: nobody gives more than is theirs, and only an owner makes owners."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from core import current, db
from core.access import Role, permitted
from core.access.adding import SCOPES, add_up, granted_on, scope_key
from core.access.permissions import permissions_of
from core.access.roles import GIVEN_BY_ALL, READY
from core.current import Grants
from core.errors import FieldProblem, Forbidden, Invalid
from core.i18n import _


def all_roles() -> Sequence[Role]:
    """The ready roles from the mightiest down, then the tenant's own."""
    order = func.array_position(list(READY), Role.key)
    found = select(Role).where(Role.tenant_id == current.tenant_id())
    return db.session().scalars(found.order_by(order.nulls_last(), Role.name)).all()


def assignable_roles() -> list[Role]:
    """The roles that the acting member may give."""
    return [role for role in all_roles() if may_give(role)]


def may_give(role: Role) -> bool:
    acting = current.tenant().member
    if acting is None or "owner" in acting.roles:
        return True
    if role.key == "owner":
        return False
    if "admin" in acting.roles or role.key in GIVEN_BY_ALL:
        return True
    return permitted("tenant.manage_members") and is_within(role, current.tenant().grants)


def role_to_give(role_id: UUID | None) -> Role:
    """Raises Invalid beside the field `role` for a role that does not exist, Forbidden for one too mighty."""
    role = db.get(Role, role_id)
    if role is None:
        raise Invalid([FieldProblem("role", "unknown", _("Choose one of the list."))])
    refuse_too_mighty([role])
    return role


def refuse_too_mighty(roles: Iterable[Role]) -> None:
    for role in roles:
        if not may_give(role):
            raise Forbidden(_("You cannot give the role %(role)s. Ask an owner of the workspace.", role=role.title))


# --- comparing -----------------------------------------------------------------------------------------


def is_within(role: Role, mine: Grants) -> bool:
    """Whether a role lets nobody do or see what these grants do not."""
    if "*" in mine.permissions:
        return True
    wanted = permissions_of(role.key, role.grants)
    return wanted <= mine.permissions and _records_within(role.grants, mine) and _fields_within(role, mine)


def _records_within(theirs: Mapping[str, Any], mine: Grants) -> bool:
    types = {"*", *theirs.get("records", {}), *mine.records}
    return all(
        _scope_within(scope_key(scope), mine.records.get(name, mine.records.get("*", {})).get(action, frozenset()))
        for name in types
        for action, scope in granted_on(theirs, name).items()
    )


def _scope_within(wanted: str, have: frozenset[str]) -> bool:
    """A condition is within the same condition, or all."""
    if wanted == "none" or wanted in have or "all" in have:
        return True
    return wanted in SCOPES and any(SCOPES.index(wanted) < SCOPES.index(scope) for scope in have & set(SCOPES))


def _fields_within(role: Role, mine: Grants) -> bool:
    """Added to mine, the role opens no field any further."""
    together = add_up([*mine.sources, (role.name, role.grants)])
    return dict(together.fields) == dict(mine.fields)
