"""What each ready role should be let through to, worked out from what it grants and what each route asks for."""

import inspect
from collections.abc import Callable
from typing import Any

from core.access.permissions import permissions_of
from core.access.roles import READY

EVERYBODYS = ("any_member", "anyone")
ALSO_NEEDS = {
    # endpoint: what its view asks for beyond the route's own permission
    "members.edit_absence": "tenant.manage_members",
    "members.set_absence": "tenant.manage_members",
    "members.end_absence": "tenant.manage_members",
    "imports.new_import": "import",
    "imports.create_import": "import",
    "imports.show_import": "import",
    "imports.show_progress": "import",
    "imports.update_mapping": "import",
    "imports.read_again": "import",
    "imports.start_import": "import",
    "imports.cancel_import": "import",
    "imports.download_rows": "import",
    "imports.download_workbook": "import",
    "records.edit_field": "edit",
    "records.look_for_alike": "create",
    "records.create_share": "share",
    "records.end_share": "share",
}
OTHERS = {"imports.revert_import", "tokens.create_rotation"}
"""Of one's own only: an import that one started, a token that one made."""


def lets_in(permission: Callable[[], None], role: str, type_name: str) -> bool:
    """Whether the role passes a route's permission, for records of this type where the address names one."""
    asked = _asked(permission)
    if asked[0] in EVERYBODYS:
        return True
    if asked[0] == "holding":
        return holds(role, asked[1])
    _kind, action, *named = asked
    return scope_of(role, action, named[0] if named else type_name) is not None


def holds(role: str, permission: str) -> bool:
    return bool({"*", permission} & permissions_of(role, READY[role]["grants"]))


def scope_of(role: str, action: str, type_name: str) -> str | None:
    records = READY[role]["grants"]["records"]
    scope = records.get(type_name, records["*"]).get(action)
    return None if scope == "none" else scope


def reaches(role: str, action: str, type_name: str) -> bool:
    """Whether the role may do this to a record of somebody else in no team: only who may everywhere."""
    return scope_of(role, action, type_name) == "all"


def asks(permission: Callable[[], None]) -> str:
    """`holding`, `may_any`, `to`, `any_member`, …: of which kind a permission is."""
    return _asked(permission)[0]


def action_of(permission: Callable[[], None]) -> str | None:
    """The action on a record that a permission names."""
    asked = _asked(permission)
    return asked[1] if asked[0] in ("to", "may_any") else None


def _asked(permission: Callable[[], None]) -> tuple[Any, ...]:
    kind = permission.__qualname__.partition(".")[0]
    said = inspect.getclosurevars(permission).nonlocals
    if kind == "recently":
        return _asked(said["permission"])
    if kind in ("holding", "to", "may_any"):
        return (kind, *(said[name] for name in ("permission", "action", "type_name") if name in said))
    assert kind in EVERYBODYS, f"say in tests/contracts/the_rules.py whom {permission.__qualname__} lets in"
    return (kind,)
