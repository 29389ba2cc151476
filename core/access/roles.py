"""The five ready roles, in the structure that a tenant's own roles have too."""

from typing import Any

from core.i18n import _l, _lp

READ = {"view": "all", "export": "none"}
WORK = {"view": "own", "create": "all", "edit": "own", "delete": "none", "transfer": "none"}
LEAD_A_TEAM = {"view": "below", "create": "all", "edit": "below", "delete": "below", "transfer": "below",
               "import": "all", "export": "below"}  # fmt: skip
EVERYTHING = dict.fromkeys(("view", "create", "edit", "delete", "transfer", "import", "export", "share"), "all")

READY: dict[str, dict[str, Any]] = {
    "owner": {"name": _lp("role", "Owner"), "grants": {"records": {"*": EVERYTHING}, "permissions": ["*"]}},
    "admin": {"name": _l("Admin"), "grants": {"records": {"*": EVERYTHING}, "permissions": ["*"]}},
    "manager": {
        "name": _l("Manager"),
        "grants": {"records": {"*": LEAD_A_TEAM}, "permissions": ["tenant.invite_members"]},
    },
    "member": {"name": _l("Member"), "grants": {"records": {"*": WORK}, "permissions": []}},
    "viewer": {"name": _l("Viewer"), "grants": {"records": {"*": READ}, "permissions": []}},
}
"""Actions and scopes per record type ("*" stands for all types), and module permissions ("*" for all).

Only an Owner may make or unmake another Owner; that is a rule of the members' service, not a grant.
"""
