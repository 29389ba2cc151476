"""Whom a pool's `sees` and `claims` can name: members, teams and roles of the workspace."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from core.sdk import MemberRow, RoleRow, Team, _, session, tenant_id

PARTS = ("members", "teams", "roles")
Options = Sequence[tuple[str, str]]


def choices() -> Mapping[str, Options]:
    """Those there are, by part, for lists to choose from."""
    people = select(MemberRow.id, MemberRow.name).where(
        MemberRow.tenant_id == tenant_id(), MemberRow.status == "active", MemberRow.kind == "person"
    )
    teams = select(Team).where(Team.tenant_id == tenant_id()).order_by(Team.path, Team.name)
    roles = select(RoleRow).where(RoleRow.tenant_id == tenant_id()).order_by(RoleRow.name)
    return {
        "members": [(str(row.id), row.name) for row in session().execute(people.order_by(MemberRow.name))],
        "teams": [(str(row.id), row.name) for row in session().scalars(teams)],
        "roles": [(str(row.id), row.title) for row in session().scalars(roles)],
    }


def in_words(who: Mapping[str, Any], known: Mapping[str, Options]) -> str:
    """Who is meant, by name; “everybody” where nobody is named."""
    names = [label for part in PARTS for value, label in known[part] if value in who.get(part, ())]
    return _(", ").join(names) or _("everybody")


def only_known(who: Mapping[str, Any]) -> dict[str, list[str]]:
    """Without those who are not there (any more)."""
    known = choices()
    found = {part: [value for value, _label in known[part] if value in set(who.get(part, ()))] for part in PARTS}
    return {part: ids for part, ids in found.items() if ids}
