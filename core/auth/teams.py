"""The department tree: who works below whom, by the path of each team, and who leads it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, literal, select, text, update

from core import current, db
from core.access import Member, Team, require_permission
from core.auth.join_links import point_elsewhere
from core.auth.people_events import TeamCreated, TeamDeleted, TeamHeadChanged, TeamMoved, TeamRenamed
from core.auth.turns import take_turn
from core.db import new_id
from core.errors import Conflict, FieldProblem, Invalid, NotFound
from core.events import emit
from core.i18n import _
from core.records.views import unshare_with

MAX_DEPTH = 12
STEP = 33
"""How long one step of a path is: an id in hexadecimal, and the slash after it."""


def list_teams() -> Sequence[Team]:
    """All teams as a tree read from the top: each after its parent, brothers in their places."""
    found = select(Team).where(Team.tenant_id == current.tenant_id()).execution_options(populate_existing=True)
    teams = db.session().scalars(found).all()
    order = {team.id.hex: (team.place, team.name, team.id.hex) for team in teams}
    return sorted(teams, key=lambda team: [order.get(step, (0, "", step)) for step in team.path.strip("/").split("/")])


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


# --- changing ------------------------------------------------------------------------------------------


def create_team(name: str, parent_id: UUID | None, head_id: UUID | None = None) -> Team:
    """A new team, the last among its brothers."""
    require_permission("tenant.manage_members")
    take_turn("teams")
    parent = _parent(parent_id)
    _refuse_too_deep(parent, 1)
    team = Team(id=new_id(), name=name, parent_id=parent_id, place=_last_place(parent_id) + 1)
    team.path = _path_below(parent, team.id)
    db.session().add(team)
    db.flush()
    emit(TeamCreated(record_type="team", record_id=team.id, team=name, below=parent.name if parent else None))
    if head_id is not None:
        set_head(team, head_id)
    return team


def rename_team(team: Team, name: str) -> None:
    require_permission("tenant.manage_members")
    if team.name == name:
        return
    before, team.name = team.name, name
    emit(TeamRenamed(record_type="team", record_id=team.id, team=name, changes={"name": [before, name]}))


def update_team(team: Team, name: str, parent_id: UUID | None) -> None:
    """Name and place together, as the form has them. Raises when it cannot hang there, and then nothing changes."""
    with db.savepoint():
        if parent_id != team.parent_id:
            move_team(team, parent_id)
        rename_team(team, name)


def set_head(team: Team, member_id: UUID | None) -> None:
    """Who leads a team: an active member, of whichever team; or nobody."""
    require_permission("tenant.manage_members")
    head = db.get(Member, member_id, lock=True)
    if member_id is not None and (head is None or head.status != "active" or head.kind != "person"):
        raise Invalid([FieldProblem("head", "unknown", _("Choose somebody who works here."))])
    if team.head_id == member_id:
        return
    before = db.get(Member, team.head_id)
    team.head_id = member_id
    names = [before.name if before else None, head.name if head else None]
    emit(TeamHeadChanged(record_type="team", record_id=team.id, team=team.name, member=names[1] or "—",
                         changes={"head": names}))  # fmt: skip


def move_team(team: Team, parent_id: UUID | None, place: int | None = None) -> None:
    """Hang a team elsewhere with everything below it, at this place among its brothers or as the last of them.

    Moves wait for each other: of two that would make a circle together, the second finds the first one done.
    """
    require_permission("tenant.manage_members")
    take_turn("teams")
    if db.get(Team, team.id, lock=True) is None:
        raise NotFound(_("There is no such team."))
    parent = _parent(parent_id)
    if parent is not None and parent.path.startswith(team.path):
        raise Invalid([FieldProblem("parent", "loop", _("A team cannot be below itself."))])
    if parent_id != team.parent_id:
        _rehang(team, parent)
    elif place is None:
        return
    brothers = [each for each in _brothers(parent_id) if each != team.id]
    brothers.insert(len(brothers) if place is None else max(0, place), team.id)
    _number(brothers)
    db.session().expire(team)


def _rehang(team: Team, parent: Team | None) -> None:
    _refuse_too_deep(parent, _height(team))
    above = db.get(Team, team.parent_id)
    old, new = team.path, _path_below(parent, team.id)
    team.parent_id = parent.id if parent else None
    db.flush()
    below = (Team.tenant_id == current.tenant_id()) & Team.path.startswith(old)
    moved = literal(new).concat(func.substr(Team.path, len(old) + 1))
    db.session().execute(update(Team).where(below).values(path=moved).execution_options(synchronize_session=False))
    _take_along(old, new)
    names = [above.name if above else None, parent.name if parent else None]
    emit(TeamMoved(record_type="team", record_id=team.id, team=team.name, below=names[1], changes={"below": names}))


def _take_along(old: str, new: str) -> None:
    """The members whose teams were at or below the old path are below the new one."""
    theirs = (Member.tenant_id == current.tenant_id()) & Member.team_path.startswith(old)
    moved = literal(new).concat(func.substr(Member.team_path, len(old) + 1))
    along = update(Member).where(theirs).values(team_path=moved)
    db.session().execute(along.execution_options(synchronize_session="fetch"))


def delete_team(team: Team, *, to_parent: bool = False) -> None:
    """Raises Conflict while somebody is in it or a team is below it; `to_parent` gives both to the team above."""
    require_permission("tenant.manage_members")
    take_turn("teams")
    if db.get(Team, team.id, lock=True) is None:
        raise NotFound(_("There is no such team."))
    if to_parent:
        _hand_up(team)
    elif _holds_anything(team):
        raise Conflict(_("Move its members and the teams below it elsewhere first."))
    point_elsewhere(team.id, team.parent_id)
    unshare_with(team.id)
    emit(TeamDeleted(record_type="team", record_id=team.id, team=team.name))
    db.session().delete(team)
    db.flush()


def _holds_anything(team: Team) -> bool:
    tenant = current.tenant_id()
    members = select(Member.id).where(Member.tenant_id == tenant, Member.team_id == team.id)
    below = select(Team.id).where(Team.tenant_id == tenant, Team.parent_id == team.id)
    return any(db.session().scalar(each.limit(1)) for each in (members, below))


def _hand_up(team: Team) -> None:
    """The members and the teams right below it go to the team above, which keeps the order of the latter."""
    db.flush()
    tenant = current.tenant_id()
    mine = update(Member).where(Member.tenant_id == tenant, Member.team_id == team.id)
    db.session().execute(mine.values(team_id=team.parent_id))
    children = _brothers(team.id)
    cut = func.substr(Team.path, len(team.path) + 1)
    above = team.path[:-STEP]
    below = (Team.tenant_id == tenant) & Team.path.startswith(team.path) & (Team.id != team.id)
    lifted = update(Team).execution_options(synchronize_session=False)
    db.session().execute(lifted.where(below).values(path=literal(above).concat(cut)))
    _take_along(team.path, above)
    direct = (Team.tenant_id == tenant) & (Team.parent_id == team.id)
    db.session().execute(lifted.where(direct).values(parent_id=team.parent_id))
    brothers = [each for each in _brothers(team.parent_id) if each not in children]
    at = brothers.index(team.id)
    _number([*brothers[:at], *children, *brothers[at:]])
    db.session().expire_all()


def lose_head(member: Member) -> None:
    """The teams that this member led have no head any more."""
    led = update(Team).where(Team.tenant_id == current.tenant_id(), Team.head_id == member.id)
    db.session().execute(led.values(head_id=None))


# --- places --------------------------------------------------------------------------------------------


def _parent(parent_id: UUID | None) -> Team | None:
    parent = db.get(Team, parent_id, lock=True)
    if parent_id is not None and parent is None:
        raise Invalid([FieldProblem("parent", "unknown", _("Choose one of the list."))])
    return parent


def _path_below(parent: Team | None, team_id: UUID) -> str:
    return f"{parent.path if parent else '/'}{team_id.hex}/"


def _refuse_too_deep(parent: Team | None, height: int) -> None:
    if parent is not None and depth_of(parent) + 1 + height > MAX_DEPTH:
        raise Invalid([FieldProblem("parent", "too_deep", _("Teams can be %(count)s deep.", count=MAX_DEPTH))])


def _height(team: Team) -> int:
    """How many levels a team and what is below it take."""
    below = select(func.max(func.length(Team.path))).where(
        Team.tenant_id == current.tenant_id(), Team.path.startswith(team.path)
    )
    return ((db.session().scalar(below) or len(team.path)) - len(team.path)) // STEP + 1


def _brothers(parent_id: UUID | None) -> list[UUID]:
    found = select(Team.id).where(Team.tenant_id == current.tenant_id(), Team.parent_id.is_not_distinct_from(parent_id))
    return list(db.session().scalars(found.order_by(Team.place, Team.name, Team.id)))


def _last_place(parent_id: UUID | None) -> int:
    last = select(func.max(Team.place)).where(
        Team.tenant_id == current.tenant_id(), Team.parent_id.is_not_distinct_from(parent_id)
    )
    return db.session().scalar(last) or 0


NUMBER = text("""
update team set place = given.place
  from unnest(cast(:ids as uuid[])) with ordinality as given (id, place)
 where team.tenant_id = :tenant and team.id = given.id and team.place <> given.place
""")


def _number(brothers: Sequence[UUID]) -> None:
    db.flush()
    db.session().execute(NUMBER, {"ids": list(brothers), "tenant": current.tenant_id()})
