"""What the forms of routing offer to choose from, and what lists call it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from core.sdk import MemberRow, RoleRow, Team, _, _l, session, tenant_id
from plugins.leads.models import Pool
from plugins.leads.services.routing.facts import comparable_fields
from plugins.leads.services.routing.sellers import levels_in_use

MOST_NAMES = 1000
THEN_WORDS = (("turn", _l("In turn")), ("weighted", _l("By share")), ("load", _l("By load")))


def choices(also: Collection[str] = ()) -> dict[str, Any]:
    """Everything that a rule may name. `also` are people to be offered though they have left."""
    members = member_options(also)
    teams, roles, pools = team_options(), role_options(), pool_options()
    return {
        "members": members, "teams": teams, "roles": roles, "pools": pools,
        "levels": levels_in_use(),
        "fields": [(of.key, of.label) for of in comparable_fields()],
        "then_words": THEN_WORDS,
        "named": {str(key): str(name).strip() for options in (members, teams, roles, pools) for key, name in options},
    }  # fmt: skip


def people_named(params: Mapping[str, Any]) -> frozenset[str]:
    """The people that a rule names, as far as they can be ids."""
    found = set()
    for each in [*(params.get("members") or ()), params.get("member")]:
        try:
            found.add(str(UUID(str(each))))
        except ValueError:
            continue
    return frozenset(found)


def member_options(also: Collection[str] = ()) -> list[tuple[str, str]]:
    here = (MemberRow.status == "active") & (MemberRow.kind == "person")
    wanted = or_(here, MemberRow.id.in_(list(also))) if also else here
    rows = session().execute(
        select(MemberRow.id, MemberRow.name, MemberRow.status)
        .where(MemberRow.tenant_id == tenant_id(), wanted)
        .order_by(MemberRow.name, MemberRow.id)
        .limit(MOST_NAMES)
    )
    return [(str(row.id), _named(row)) for row in rows]


def _named(row: Any) -> str:
    return row.name if row.status == "active" else str(_("%(name)s (has left)", name=row.name))


def team_options() -> Sequence[tuple[str, str]]:
    """The departments as a tree."""
    rows = session().scalars(select(Team).where(Team.tenant_id == tenant_id()))
    teams = {team.id.hex: team for team in rows}

    def place(team: Team) -> tuple[tuple[int, str], ...]:
        steps = [teams[step] for step in team.path.strip("/").split("/") if step in teams]
        return tuple((step.place, step.name) for step in steps)

    ordered = sorted(teams.values(), key=place)
    return [(str(team.id), "\u2003" * (len(place(team)) - 1) + team.name) for team in ordered]


def role_options() -> Sequence[tuple[str, str]]:
    rows = session().scalars(select(RoleRow).where(RoleRow.tenant_id == tenant_id()).order_by(RoleRow.id))
    return [(str(role.id), role.title) for role in rows]


def pool_options() -> Sequence[tuple[str, str]]:
    there = select(Pool.id, Pool.name).where(Pool.tenant_id == tenant_id(), Pool.deleted_at.is_(None))
    rows = session().execute(there.where(Pool.record_type == "lead", Pool.mode != "automatic").order_by(Pool.position))
    return [(str(row.id), row.name) for row in rows]
