"""What happens to the people of a workspace and to its keys."""

from dataclasses import dataclass

from core.events import Event
from core.i18n import _l


@dataclass(frozen=True, kw_only=True)
class MemberInvited(Event):
    name = "auth.member_invited"
    label = _l("Member invited")
    text = _l("invited {email} as {role}")
    icon = "user-plus"

    email: str
    role: str


@dataclass(frozen=True, kw_only=True)
class InvitationRevoked(Event):
    name = "auth.invitation_revoked"
    label = _l("Invitation taken back")
    text = _l("took back the invitation of {email}")
    icon = "user-x"

    email: str


@dataclass(frozen=True, kw_only=True)
class MemberJoined(Event):
    name = "auth.member_joined"
    label = _l("Member joined")
    text = _l("{member} joined")
    icon = "user-check"

    member: str


@dataclass(frozen=True, kw_only=True)
class MemberRoleChanged(Event):
    """`changes["role"]` holds the names of the roles before and after."""

    name = "auth.member_role_changed"
    label = _l("Role changed")
    text = _l("made {member} {role}")
    icon = "user-cog"

    member: str
    role: str


@dataclass(frozen=True, kw_only=True)
class MemberMoved(Event):
    name = "auth.member_moved"
    label = _l("Team changed")
    text = _l("moved {member} to {team}")
    icon = "users"

    member: str
    team: str


@dataclass(frozen=True, kw_only=True)
class MemberDeactivated(Event):
    name = "auth.member_deactivated"
    label = _l("Access ended")
    text = _l("ended the access of {member}")
    icon = "user-off"

    member: str


@dataclass(frozen=True, kw_only=True)
class MemberReactivated(Event):
    name = "auth.member_reactivated"
    label = _l("Access restored")
    text = _l("restored the access of {member}")
    icon = "user-check"

    member: str


@dataclass(frozen=True, kw_only=True)
class TokenCreated(Event):
    name = "auth.token_created"
    label = _l("API token made")
    text = _l("made the API token “{title}”")
    icon = "key"

    title: str


@dataclass(frozen=True, kw_only=True)
class TokenRevoked(Event):
    name = "auth.token_revoked"
    label = _l("API token revoked")
    text = _l("revoked the API token “{title}”")
    icon = "key-off"

    title: str
