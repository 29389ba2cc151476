"""What happens to departments, to who is away, and to the links by which people join."""

from dataclasses import dataclass
from typing import ClassVar

from core.events import Event
from core.i18n import _l


@dataclass(frozen=True, kw_only=True)
class MemberChanged(Event):
    """What is said of a member, by themselves or an administrator; `changes` maps each field to before and after."""

    name = "auth.member_changed"
    label = _l("Member changed")
    text = _l("changed what is said of {member}")
    icon = "user-edit"
    audited: ClassVar[bool] = True

    member: str


@dataclass(frozen=True, kw_only=True)
class MemberAwaySet(Event):
    """A member will be away, or is; `begins` and `ends` are instants in ISO form."""

    name = "auth.member_away_set"
    label = _l("Leave noted")
    text = _l("noted that {member} is away, with {deputy} standing in")
    icon = "beach"
    audited: ClassVar[bool] = True

    member: str
    deputy: str
    begins: str
    ends: str


@dataclass(frozen=True, kw_only=True)
class MemberBack(Event):
    name = "auth.member_back"
    label = _l("Back from leave")
    text = _l("{member} is back")
    icon = "user-check"
    audited: ClassVar[bool] = True

    member: str


# --- departments ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class TeamCreated(Event):
    name = "auth.team_created"
    label = _l("Team made")
    text = _l("made the team {team}")
    icon = "hierarchy-2"
    audited: ClassVar[bool] = True

    team: str
    below: str | None = None


@dataclass(frozen=True, kw_only=True)
class TeamRenamed(Event):
    name = "auth.team_renamed"
    label = _l("Team renamed")
    text = _l("renamed a team to {team}")
    icon = "pencil"
    audited: ClassVar[bool] = True

    team: str


@dataclass(frozen=True, kw_only=True)
class TeamMoved(Event):
    """`below` is the name of the team that it hangs below now, None at the top."""

    name = "auth.team_moved"
    label = _l("Team moved")
    text = _l("moved the team {team}")
    icon = "hierarchy-2"
    audited: ClassVar[bool] = True

    team: str
    below: str | None


@dataclass(frozen=True, kw_only=True)
class TeamHeadChanged(Event):
    name = "auth.team_head_changed"
    label = _l("Head of team changed")
    text = _l("made {member} head of {team}")
    icon = "user-star"
    audited: ClassVar[bool] = True

    team: str
    member: str


@dataclass(frozen=True, kw_only=True)
class TeamDeleted(Event):
    name = "auth.team_deleted"
    label = _l("Team deleted")
    text = _l("deleted the team {team}")
    icon = "trash"
    audited: ClassVar[bool] = True

    team: str


# --- links ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class JoinLinkMade(Event):
    """`domains` are those whose addresses may join by it; none stands for anybody's."""

    name = "auth.join_link_made"
    label = _l("Invitation link made")
    text = _l("made an invitation link for the role {role}")
    icon = "link-plus"
    audited: ClassVar[bool] = True

    role: str
    domains: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class JoinLinkRotated(Event):
    name = "auth.join_link_rotated"
    label = _l("Invitation link exchanged")
    text = _l("exchanged the invitation link for the role {role}")
    icon = "refresh"
    audited: ClassVar[bool] = True

    role: str


@dataclass(frozen=True, kw_only=True)
class JoinLinkWithdrawn(Event):
    name = "auth.join_link_withdrawn"
    label = _l("Invitation link withdrawn")
    text = _l("withdrew the invitation link for the role {role}")
    icon = "link-off"
    audited: ClassVar[bool] = True

    role: str
