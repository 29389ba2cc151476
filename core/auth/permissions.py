"""What one may be allowed to do to a workspace itself. Owners and admins may do all of it."""

from core.access.permissions import Permission, declare
from core.i18n import _l

INVITE_MEMBERS = Permission("tenant.invite_members", _l("Invite members"), roles=("sales_director",))
MANAGE_MEMBERS = Permission("tenant.manage_members", _l("Change roles and teams, end and restore access"))
MANAGE_ROLES = Permission("tenant.manage_roles", _l("Make roles, and say what they may do"))
MANAGE_MODULES = Permission("tenant.manage_modules", _l("Switch modules on and off"))
MANAGE_SETTINGS = Permission("tenant.manage_settings", _l("Change the settings of the workspace"))
MANAGE_FIELDS = Permission("tenant.manage_fields", _l("Add and change fields"))
MANAGE_TOKENS = Permission("tenant.manage_tokens", _l("See and revoke all API tokens, and keep programs"))
MANAGE_APPS = Permission("tenant.manage_apps", _l("Register and approve apps"))
MANAGE_SECURITY = Permission("tenant.manage_security", _l("Change the security policy"))
SEE_AUDIT = Permission("tenant.see_audit", _l("See and export the audit log"))
SEE_JOBS = Permission("tenant.see_jobs", _l("See and retry work that failed"))

for permission in (INVITE_MEMBERS, MANAGE_MEMBERS, MANAGE_ROLES, MANAGE_MODULES, MANAGE_SETTINGS, MANAGE_FIELDS,
                   MANAGE_TOKENS, MANAGE_APPS, MANAGE_SECURITY, SEE_AUDIT, SEE_JOBS):  # fmt: skip
    declare(permission)
