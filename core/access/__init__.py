"""Who may do what: members, roles, scopes, and the explanation of a decision."""

from core.access.adding import add_up
from core.access.decisions import (
    ask_ahead,
    field_rules,
    holders_of,
    may,
    members_with,
    permitted,
    require,
    require_permission,
    scope_clause,
    scopes_for,
)
from core.access.explaining import Explanation, Reason, explain, explain_field
from core.access.models import Member, MemberRole, RecordShare, Role, Team
from core.access.permissions import Permission

__all__ = [
    "Explanation",
    "Member",
    "MemberRole",
    "Permission",
    "Reason",
    "RecordShare",
    "Role",
    "Team",
    "add_up",
    "ask_ahead",
    "explain",
    "explain_field",
    "field_rules",
    "holders_of",
    "may",
    "members_with",
    "permitted",
    "require",
    "require_permission",
    "scope_clause",
    "scopes_for",
]
