"""What happens to keys, to programs, and to the apps of third parties."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from core.events import Event
from core.i18n import _l


@dataclass(frozen=True, kw_only=True)
class TokenCreated(Event):
    name = "auth.token_created"
    label = _l("API token made")
    text = _l("made the API token “{title}”")
    icon = "key"
    audited: ClassVar[bool] = True

    title: str
    member: str = ""
    scopes: Sequence[str] = ()
    ips: Sequence[str] = ()
    expires: str | None = None


@dataclass(frozen=True, kw_only=True)
class TokenRotated(Event):
    """The former secret works on for `overlap_days`."""

    name = "auth.token_rotated"
    label = _l("API token renewed")
    text = _l("gave the API token “{title}” a new secret")
    icon = "refresh"
    audited: ClassVar[bool] = True

    title: str
    overlap_days: int = 0


@dataclass(frozen=True, kw_only=True)
class TokenRevoked(Event):
    name = "auth.token_revoked"
    label = _l("API token revoked")
    text = _l("revoked the API token “{title}”")
    icon = "key-off"
    audited: ClassVar[bool] = True

    title: str


@dataclass(frozen=True, kw_only=True)
class TokenExpiring(Event):
    """Whoever keeps it was told."""

    name = "auth.token_expiring"
    label = _l("API token about to expire")
    text = _l("told that the API token “{title}” expires")
    icon = "clock-exclamation"
    audited: ClassVar[bool] = True

    title: str
    expires: str


@dataclass(frozen=True, kw_only=True)
class ProgramCreated(Event):
    name = "auth.program_created"
    label = _l("Program added")
    text = _l("added the program “{title}”")
    icon = "robot"
    audited: ClassVar[bool] = True

    title: str
    roles: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class ProgramChanged(Event):
    """`changes` holds the name, roles or status before and after."""

    name = "auth.program_changed"
    label = _l("Program changed")
    text = _l("changed the program “{title}”")
    icon = "robot"
    audited: ClassVar[bool] = True

    title: str


@dataclass(frozen=True, kw_only=True)
class AppRegistered(Event):
    name = "auth.app_registered"
    label = _l("App registered")
    text = _l("registered the app “{title}”")
    icon = "apps"
    audited: ClassVar[bool] = True

    title: str
    scopes: Sequence[str] = ()
    redirect_uris: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class AppChanged(Event):
    """`changes` holds what was set anew; of a new secret only that there is one."""

    name = "auth.app_changed"
    label = _l("App changed")
    text = _l("changed the app “{title}”")
    icon = "apps"
    audited: ClassVar[bool] = True

    title: str


@dataclass(frozen=True, kw_only=True)
class AppRemoved(Event):
    name = "auth.app_removed"
    label = _l("App removed")
    text = _l("removed the app “{title}”")
    icon = "apps-off"
    audited: ClassVar[bool] = True

    title: str


@dataclass(frozen=True, kw_only=True)
class AppAsked(Event):
    name = "auth.app_asked"
    label = _l("App asked for")
    text = _l("asked for the app “{title}”")
    icon = "hand-stop"
    audited: ClassVar[bool] = True

    title: str


@dataclass(frozen=True, kw_only=True)
class AppApproved(Event):
    name = "auth.app_approved"
    label = _l("App approved")
    text = _l("approved the app “{title}” by {publisher}")
    icon = "shield-check"
    audited: ClassVar[bool] = True

    title: str
    publisher: str
    scopes: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class AppWithdrawn(Event):
    name = "auth.app_withdrawn"
    label = _l("App no longer allowed")
    text = _l("withdrew the app “{title}” from everybody")
    icon = "shield-off"
    audited: ClassVar[bool] = True

    title: str


@dataclass(frozen=True, kw_only=True)
class ConsentGiven(Event):
    name = "auth.consent_given"
    label = _l("App connected")
    text = _l("let the app “{title}” act for them")
    icon = "plug-connected"
    audited: ClassVar[bool] = True

    title: str
    scopes: Sequence[str] = ()
    ip: str = ""


@dataclass(frozen=True, kw_only=True)
class ConsentWithdrawn(Event):
    name = "auth.consent_withdrawn"
    label = _l("App disconnected")
    text = _l("no longer lets the app “{title}” act for them")
    icon = "plug-connected-x"
    audited: ClassVar[bool] = True

    title: str


@dataclass(frozen=True, kw_only=True)
class AppKeyReused(Event):
    """A code or a refresh token came a second time, so somebody copied it: all tokens of its family are revoked."""

    name = "auth.app_key_reused"
    label = _l("Copied key of an app")
    text = _l("cut off the app “{title}”: a key that works once came twice")
    icon = "alert-triangle"
    audited: ClassVar[bool] = True

    title: str
    what: str
    ip: str = ""
