"""What kinds of entry there are in the audit log, for whoever looks for one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_

from core.events import EVENTS, EventRow
from core.i18n import _l


@dataclass(frozen=True)
class Group:
    """`begins` are beginnings of names; the longest that fits says in which group an event is."""

    label: Any
    icon: str
    begins: tuple[str, ...]


GROUPS: Mapping[str, Group] = {
    "sign_in": Group(_l("Signing in"), "login", ("auth.",)),
    "people": Group(_l("People and teams"), "users", (
        "auth.member_", "auth.invitation_", "auth.team_", "auth.join_link_", "tenants.seats_",
    )),
    "roles": Group(_l("Roles"), "shield-lock", ("auth.role_", "auth.seen_as")),
    "apps": Group(_l("Tokens and apps"), "key", ("auth.token_", "auth.program_", "auth.app_", "auth.consent_")),
    "settings": Group(_l("Settings"), "settings", (
        "auth.policy_", "auth.company_provider_", "auth.domain_", "tenants.", "field.", "record_type.",
        "working_time.",
    )),
    "data": Group(_l("Data"), "database", ("*.", "record.", "audit.")),
    "alarms": Group(_l("Alarms"), "alert-triangle", ("security.",)),
}  # fmt: skip


def group_of(name: str) -> str | None:
    """The group of a kind of event, by the name under which it is declared."""
    fits = [(len(start), key) for key, group in GROUPS.items() for start in group.begins if name.startswith(start)]
    return max(fits)[1] if fits else "data"


def in_group(key: str) -> ColumnElement[bool]:
    """The condition on entries of a group."""
    names = [name for name in EVENTS if group_of(name) == key]
    of_all_types = [EventRow.name.endswith(name[1:], autoescape=True) for name in names if name.startswith("*")]
    return or_(EventRow.name.in_([name for name in names if not name.startswith("*")]), *of_all_types)
