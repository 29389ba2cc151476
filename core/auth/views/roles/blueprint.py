"""What the pages of roles share: their address, who may come in, their tabs, and how they are drawn."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core import current
from core.access import Role
from core.auth import roles
from core.i18n import _, _l
from core.web import render
from core.web.blueprints import holding, workspace
from core.web.frame import Link
from core.web.settings_menu import SettingsPage, add_settings_page

role_pages = workspace("roles", __name__, "settings/roles", template_folder="../../templates")

MANAGE = holding(roles.PERMISSION)

add_settings_page(SettingsPage(_l("Roles"), "roles.list_roles", "user-shield", section="people", place=20,
                               permission=roles.PERMISSION,
                               summary=_l("Who may see and do what: records, fields and permissions.")))  # fmt: skip


def role_page(template: str, role: Role, *, status: int = 200, **shown: Any) -> ResponseReturnValue:
    """A page about one role, under its head and its tabs."""
    return render(
        template, status=status, role=role, purpose=roles.purpose_of(role), fixed=roles.why_fixed(role),
        mark=roles.mark_of(role), tabs=_tabs(role.id), sees_all=sees_all(), size=roles.sizes().get(role.id, 0),
        as_delivered=roles.is_as_delivered(role), **shown,
    )  # fmt: skip


def sees_all() -> bool:
    """Whether the acting member may do everything, and so look with anybody's eyes."""
    return "*" in current.tenant().grants.permissions


def _tabs(role_id: UUID) -> list[Link]:
    pages = [("roles.show_role", _("Records"), "table"), ("roles.edit_fields", _("Fields"), "forms"),
             ("roles.edit_permissions", _("Permissions"), "key")]  # fmt: skip
    return [Link(label, url_for(page, role_id=role_id), icon, active=page == _here()) for page, label, icon in pages]


def _here() -> str:
    """The page that is shown, also as the answer to a form that needs correcting."""
    asked = str(request.endpoint)
    posted_to = {
        "roles.update_matrix": "roles.show_role", "roles.update_fields": "roles.edit_fields",
        "roles.update_permissions": "roles.edit_permissions",
    }  # fmt: skip
    return posted_to.get(asked, asked)
