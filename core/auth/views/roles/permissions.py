"""The permissions of a role, by the module that declares them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core import current
from core.access import Permission, Role
from core.access.permissions import DECLARED, defaults_of, permissions_of
from core.auth import roles
from core.auth.forms import errors_of
from core.auth.views.roles.blueprint import MANAGE, role_page, role_pages, sees_all
from core.errors import Invalid
from core.host.loader import host
from core.i18n import _, _l
from core.web import redirect_to, toast

OF_CORE: Mapping[str, Any] = {"tenant": _l("Workspace"), "records": _l("Records")}


@dataclass
class Module:
    """A module and the permissions that it declares."""

    title: Any
    icon: str
    permissions: list[Permission] = field(default_factory=list)


@role_pages.get("/<uuid:role_id>/permissions", permission=MANAGE)
def edit_permissions(role_id: UUID) -> ResponseReturnValue:
    role = roles.get_role(role_id)
    return _page(role, permissions_of(role.key, role.grants))


@role_pages.post("/<uuid:role_id>/permissions", permission=MANAGE)
def update_permissions(role_id: UUID) -> ResponseReturnValue:
    role = roles.get_role(role_id, lock=True)
    ticked = frozenset(request.form.getlist("permission"))
    try:
        roles.change_grants(role, _said(role, ticked), mark=request.form.get("mark"))
    except Invalid as invalid:
        return _page(role, ticked, errors=errors_of(invalid), status=422)
    toast(_("Saved. It counts from now on."))
    return redirect_to(url_for(".edit_permissions", role_id=role.id))


def _said(role: Role, ticked: frozenset[str]) -> dict[str, list[str]]:
    """What was ticked, as a role says it; what is not on the page, since its module is off, stays as it is."""
    shown = {permission.name for module in _modules().values() for permission in module.permissions}
    shown |= {"*"} if sees_all() else set()
    defaults = defaults_of(role.key)
    kept = {part: set(role.grants.get(part, ())) - shown for part in ("permissions", "without")}
    return {
        "permissions": sorted(kept["permissions"] | (ticked & shown) - defaults),
        "without": sorted(kept["without"] | (defaults & shown) - ticked),
    }


def _page(role: Role, ticked: frozenset[str], *, status: int = 200, **said: Any) -> ResponseReturnValue:
    return role_page(
        "roles/permissions.html", role, status=status, modules=_modules(), ticked=ticked, everything="*" in ticked,
        saved=permissions_of(role.key, role.grants), defaults=defaults_of(role.key), **said,
    )  # fmt: skip


def _modules() -> dict[str, Module]:
    """The core first, then the modules that are on."""
    found = {name: Module(title, "building" if name == "tenant" else "database") for name, title in OF_CORE.items()}
    on = current.tenant().modules
    found |= {p.name: Module(p.title, "puzzle") for p in host().plugins.values() if p.name in on}
    for permission in DECLARED.values():
        if module := found.get(permission.name.partition(".")[0]):
            module.permissions.append(permission)
    return {name: module for name, module in found.items() if module.permissions}
