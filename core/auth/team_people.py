"""Who is in which team, as the department tree shows it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from core import current, db
from core.access import Member, Team

SHOWN = 8
"""How many people of a team the tree names; the list of members has the others."""


def people_in() -> Mapping[UUID, list[Member]]:
    """The first members of each team, by name."""
    place = func.row_number().over(partition_by=Member.team_id, order_by=(Member.name, Member.id))
    here = (Member.tenant_id == current.tenant_id()) & (Member.status == "active") & Member.team_id.is_not(None)
    ranked = select(Member, place.label("place")).where(here).subquery()
    mate = aliased(Member, ranked)
    found = select(mate).where(ranked.c.place <= SHOWN).order_by(ranked.c.team_id, ranked.c.place)
    people: dict[UUID, list[Member]] = defaultdict(list)
    for member in db.session().scalars(found):
        if member.team_id is not None:
            people[member.team_id].append(member)
    return people


def heads_of(teams: Iterable[Team]) -> Mapping[UUID, Member]:
    """Who leads each team that somebody leads."""
    led = {team.head_id for team in teams if team.head_id}
    found = select(Member).where(Member.tenant_id == current.tenant_id(), Member.id.in_(led))
    by_id = {member.id: member for member in db.session().scalars(found)} if led else {}
    return {team.id: by_id[team.head_id] for team in teams if team.head_id in by_id}


def totals(teams: Sequence[Team], sizes: Mapping[UUID | None, int]) -> Mapping[UUID, int]:
    """How many active members each team has together with those below it."""
    summed: Counter[UUID] = Counter()
    for team in teams:
        for step in team.path.strip("/").split("/"):
            summed[UUID(step)] += sizes.get(team.id, 0)
    return summed
