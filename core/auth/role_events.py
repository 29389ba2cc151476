"""What happens to roles, and who looked at the workspace with other eyes."""

from dataclasses import dataclass
from typing import ClassVar

from core.events import Event
from core.i18n import _l


@dataclass(frozen=True, kw_only=True)
class RoleCreated(Event):
    """`changes` holds all that the role grants from the start."""

    name = "auth.role_created"
    label = _l("Role made")
    text = _l("made the role {role}")
    icon = "shield-plus"
    audited: ClassVar[bool] = True

    role: str
    copied_from: str | None = None


@dataclass(frozen=True, kw_only=True)
class RoleChanged(Event):
    """`changes` maps `name`, `description`, and each grant that differs (`records.customer.edit`), to before and
    after."""

    name = "auth.role_changed"
    label = _l("Role changed")
    text = _l("changed the role {role}")
    icon = "shield-cog"
    audited: ClassVar[bool] = True

    role: str


@dataclass(frozen=True, kw_only=True)
class RoleReset(Event):
    """A ready role grants again what it was delivered with; `changes` as of `auth.role_changed`."""

    name = "auth.role_reset"
    label = _l("Role reset")
    text = _l("reset the role {role} to how it was delivered")
    icon = "shield-check"
    audited: ClassVar[bool] = True

    role: str


@dataclass(frozen=True, kw_only=True)
class RoleDeleted(Event):
    """`instead` is the role that its members, invitations and links were given; `members` is how many members."""

    name = "auth.role_deleted"
    label = _l("Role deleted")
    text = _l("deleted the role {role}")
    icon = "shield-x"
    audited: ClassVar[bool] = True

    role: str
    instead: str | None = None
    members: int = 0


@dataclass(frozen=True, kw_only=True)
class SeenAs(Event):
    """An administrator began to look as a role or a member would; `kind` is role or member, `team` that of a role."""

    name = "auth.seen_as"
    label = _l("Seen as somebody else")
    text = _l("looked at the workspace as {whom}")
    icon = "eye"
    audited: ClassVar[bool] = True

    kind: str
    whom: str
    team: str | None = None
    ip: str | None = None


@dataclass(frozen=True, kw_only=True)
class SeenAsEnded(Event):
    name = "auth.seen_as_ended"
    label = _l("Seeing as somebody else ended")
    text = _l("stopped looking at the workspace as somebody else")
    icon = "eye-off"
    audited: ClassVar[bool] = True

    whom: str
