"""The ready roles, in the structure that a tenant's own roles have too.

`records` maps record type ("*" for all that are not named) to action to scope: none, own, team, below (the team and
those below it), all, or `{"if": condition}`. `fields` maps record type to field to a rule: `{"level": …}`, perhaps
with `"except"`: the scope of the records on which the rule does not count. `permissions` are module permissions ("*"
for all of them).
"""

from typing import Any

from core.i18n import _l, _lp

READ = {"view": "all"}
WORK = {"view": "own", "create": "all", "edit": "own", "share": "own"}
LEAD_A_TEAM = {"view": "below", "create": "all", "edit": "below", "delete": "below", "transfer": "below",
               "import": "all", "export": "below", "share": "below"}  # fmt: skip
SEE_AND_WORK = {"view": "all", "create": "all", "edit": "own", "share": "own"}
SERVE = {"view": "all", "create": "all", "edit": "all", "share": "all"}
COUNT_UP = {"view": "all", "export": "all"}
EVERYTHING = dict.fromkeys(("view", "create", "edit", "delete", "transfer", "import", "export", "share"), "all")

READY: dict[str, dict[str, Any]] = {
    "owner": {"name": _lp("role", "Owner"), "grants": {"records": {"*": EVERYTHING}, "permissions": ["*"]}},
    "admin": {"name": _l("Admin"), "grants": {"records": {"*": EVERYTHING}, "permissions": ["*"]}},
    "sales_director": {
        "name": _l("Sales director"),
        "grants": {"records": {"*": LEAD_A_TEAM}, "permissions": ["tenant.invite_members"]},
    },
    "sales": {"name": _lp("role", "Sales"), "grants": {"records": {"*": WORK}, "permissions": []}},
    "marketing": {
        "name": _lp("role", "Marketing"),
        "grants": {"records": {"*": SEE_AND_WORK | {"import": "all"}, "task": WORK}, "permissions": []},
    },
    "service": {
        "name": _lp("role", "Service"),
        "grants": {
            "records": {"*": SEE_AND_WORK, "customer": SERVE, "contact": SERVE, "task": WORK},
            "permissions": [],
        },
    },
    "finance": {
        "name": _lp("role", "Finance"),
        "grants": {"records": {"*": COUNT_UP, "task": WORK, "follow_up": SEE_AND_WORK}, "permissions": []},
    },
    "viewer": {"name": _l("Viewer"), "grants": {"records": {"*": READ}, "permissions": []}},
}
"""Only an Owner may make or unmake another Owner; that is a rule of the members' service, not a grant."""

GIVEN_BY_ALL = frozenset({"sales", "marketing", "service", "finance", "viewer"})
"""What whoever may invite, but not manage members, may give."""
