"""The department tree: who works below whom, by the path of each team."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, literal, select, update

from core import current, db
from core.access import Member, Team, require_permission
from core.db import new_id
from core.errors import Conflict, FieldProblem, Invalid, NotFound
from core.i18n import _
from core.records.views import unshare_with

MAX_DEPTH = 12


def list_teams() -> Sequence[Team]:
    """All teams as a tree read from the top: each after its parent, brothers by name."""
    teams = db.session().scalars(select(Team).where(Team.tenant_id == current.tenant_id())).all()
    names = {team.id.hex: team.name for team in teams}
    return sorted(teams, key=lambda team: [(names.get(step, ""), step) for step in team.path.strip("/").split("/")])


def depth_of(team: Team) -> int:
    return team.path.count("/") - 2


def sizes() -> Mapping[UUID | None, int]:
    """How many active members each team has."""
    found = select(Member.team_id, func.count()).where(
        Member.tenant_id == current.tenant_id(), Member.status == "active"
    )
    return Counter(dict(db.session().execute(found.group_by(Member.team_id)).all()))


def get_team(team_id: UUID) -> Team:
    team = db.get(Team, team_id)
    if team is None:
        raise NotFound(_("There is no such team."))
    return team


def create_team(name: str, parent_id: UUID | None) -> Team:
    require_permission("tenant.manage_members")
    team = Team(id=new_id(), name=name, parent_id=parent_id)
    team.path = _path_below(parent_id, team.id)
    db.session().add(team)
    db.flush()
    return team


def update_team(team: Team, name: str, parent_id: UUID | None) -> None:
    """Rename a team, or hang it elsewhere with everything below it."""
    require_permission("tenant.manage_members")
    team.name = name
    if parent_id == team.parent_id:
        return
    old, new = team.path, _path_below(parent_id, team.id)
    if new.startswith(old):
        raise Invalid([FieldProblem("parent", "loop", _("A team cannot be below itself."))])
    team.parent_id = parent_id
    db.flush()
    below = (Team.tenant_id == current.tenant_id()) & Team.path.startswith(old)
    moved = literal(new).concat(func.substr(Team.path, len(old) + 1))
    db.session().execute(update(Team).where(below).values(path=moved).execution_options(synchronize_session=False))
    db.session().expire(team)


def delete_team(team: Team) -> None:
    """Raises Conflict while somebody is in it or a team is below it."""
    require_permission("tenant.manage_members")
    members = db.session().scalar(select(func.count()).select_from(Member).where(Member.team_id == team.id))
    below = db.session().scalar(select(func.count()).select_from(Team).where(Team.parent_id == team.id))
    if members or below:
        raise Conflict(_("Move its members and the teams below it elsewhere first."))
    unshare_with(team.id)
    db.session().delete(team)
    db.flush()


def _path_below(parent_id: UUID | None, team_id: UUID) -> str:
    if parent_id is None:
        return f"/{team_id.hex}/"
    parent = db.get(Team, parent_id, lock=True)
    if parent is None:
        raise Invalid([FieldProblem("parent", "unknown", _("Choose one of the list."))])
    if depth_of(parent) + 2 > MAX_DEPTH:
        raise Invalid([FieldProblem("parent", "too_deep", _("Teams can be %(count)s deep.", count=MAX_DEPTH))])
    return f"{parent.path}{team_id.hex}/"
