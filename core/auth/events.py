"""What happens to the people of a workspace and to its keys."""

from dataclasses import dataclass
from typing import ClassVar

from core.events import Event
from core.i18n import _l


@dataclass(frozen=True, kw_only=True)
class MemberInvited(Event):
    name = "auth.member_invited"
    label = _l("Member invited")
    text = _l("invited {email} as {role}")
    icon = "user-plus"
    audited: ClassVar[bool] = True

    email: str
    role: str


@dataclass(frozen=True, kw_only=True)
class InvitationRevoked(Event):
    name = "auth.invitation_revoked"
    label = _l("Invitation taken back")
    text = _l("took back the invitation of {email}")
    icon = "user-x"
    audited: ClassVar[bool] = True

    email: str


@dataclass(frozen=True, kw_only=True)
class MemberJoined(Event):
    name = "auth.member_joined"
    label = _l("Member joined")
    text = _l("{member} joined")
    icon = "user-check"
    audited: ClassVar[bool] = True

    member: str


@dataclass(frozen=True, kw_only=True)
class MemberRoleChanged(Event):
    """`changes["role"]` holds the names of the roles before and after."""

    name = "auth.member_role_changed"
    label = _l("Role changed")
    text = _l("made {member} {role}")
    icon = "user-cog"
    audited: ClassVar[bool] = True

    member: str
    role: str


@dataclass(frozen=True, kw_only=True)
class MemberMoved(Event):
    name = "auth.member_moved"
    label = _l("Team changed")
    text = _l("moved {member} to {team}")
    icon = "users"
    audited: ClassVar[bool] = True

    member: str
    team: str


@dataclass(frozen=True, kw_only=True)
class MemberDeactivated(Event):
    name = "auth.member_deactivated"
    label = _l("Access ended")
    text = _l("ended the access of {member}")
    icon = "user-off"
    audited: ClassVar[bool] = True

    member: str


@dataclass(frozen=True, kw_only=True)
class MemberReactivated(Event):
    name = "auth.member_reactivated"
    label = _l("Access restored")
    text = _l("restored the access of {member}")
    icon = "user-check"
    audited: ClassVar[bool] = True

    member: str
