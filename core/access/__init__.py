"""Who may do what: members, roles, scopes, and the explanation of a decision."""

from core.access.decisions import (
    Explanation,
    Reason,
    add_up,
    explain,
    may,
    members_with,
    permitted,
    require,
    require_permission,
    scope_clause,
    scopes_for,
)
from core.access.models import Member, MemberRole, Role, Team
from core.access.permissions import Permission

__all__ = [
    "Explanation",
    "Member",
    "MemberRole",
    "Permission",
    "Reason",
    "Role",
    "Team",
    "add_up",
    "explain",
    "may",
    "members_with",
    "permitted",
    "require",
    "require_permission",
    "scope_clause",
    "scopes_for",
]
