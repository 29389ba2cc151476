"""What one may be allowed to do to a workspace itself. Owners and admins may do all of it."""

from core.access.permissions import Permission, declare
from core.i18n import _l

INVITE_MEMBERS = Permission("tenant.invite_members", _l("Invite members"), roles=("manager",))
MANAGE_MEMBERS = Permission("tenant.manage_members", _l("Change roles and teams, end and restore access"))
MANAGE_MODULES = Permission("tenant.manage_modules", _l("Switch modules on and off"))
MANAGE_SETTINGS = Permission("tenant.manage_settings", _l("Change the settings of the workspace"))
MANAGE_FIELDS = Permission("tenant.manage_fields", _l("Add and change fields"))
MANAGE_TOKENS = Permission("tenant.manage_tokens", _l("Make and revoke API tokens"))
SEE_JOBS = Permission("tenant.see_jobs", _l("See and retry work that failed"))

for permission in (INVITE_MEMBERS, MANAGE_MEMBERS, MANAGE_MODULES, MANAGE_SETTINGS, MANAGE_FIELDS, MANAGE_TOKENS,
                   SEE_JOBS):  # fmt: skip
    declare(permission)
