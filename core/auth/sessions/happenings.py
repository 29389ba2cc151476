"""What happens to somebody's way in, told in the workspaces that it concerns."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import text

from core import current, db
from core.auth.context import Door, entering
from core.auth.devices import place_of, words_of
from core.auth.sessions.present import Present
from core.auth.users import workspaces_of
from core.current import Cause
from core.events import Event, emit
from core.i18n import _l


@dataclass(frozen=True, kw_only=True)
class OfDevice(Event):
    """Whence it came."""

    audited: ClassVar[bool] = True

    ip: str = ""
    device: str = ""
    place: str = ""


@dataclass(frozen=True, kw_only=True)
class SignedIn(OfDevice):
    name = "auth.signed_in"
    label = _l("Signed in")
    text = _l("signed in with {device}")
    icon = "login"

    how: str = ""


@dataclass(frozen=True, kw_only=True)
class SignInFailed(OfDevice):
    """Somebody tried a wrong password; told at most once in ten minutes for each account."""

    name = "auth.sign_in_failed"
    label = _l("Sign-in failed")
    text = _l("failed to sign in as {member}")
    icon = "login-2"

    member: str = ""


@dataclass(frozen=True, kw_only=True)
class SessionEnded(OfDevice):
    name = "auth.session_ended"
    label = _l("Session ended")
    text = _l("signed out another browser: {device}")
    icon = "logout"


@dataclass(frozen=True, kw_only=True)
class AccountLocked(OfDevice):
    name = "auth.account_locked"
    label = _l("Account locked")
    text = _l("the account of {member} was locked for unknown browsers")
    icon = "lock"

    member: str = ""


@dataclass(frozen=True, kw_only=True)
class AccountUnlocked(OfDevice):
    name = "auth.account_unlocked"
    label = _l("Account unlocked")
    text = _l("{member} unlocked their account by mail")
    icon = "lock-open"

    member: str = ""


@dataclass(frozen=True, kw_only=True)
class ShutOut(OfDevice):
    name = "auth.shut_out"
    label = _l("Sign-in disowned")
    text = _l("{member} said that a sign-in was somebody else's: all sessions were ended")
    icon = "alert-octagon"

    member: str = ""


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(OfDevice):
    """`how` is `settings`, or `link` when it was forgotten."""

    name = "auth.password_changed"
    label = _l("Password changed")
    text = _l("{member} has a new password")
    icon = "password"

    member: str
    how: str


@dataclass(frozen=True, kw_only=True)
class EmailChanged(Event):
    """`changes["email"]` holds the addresses before and after."""

    name = "auth.email_changed"
    label = _l("E-mail address changed")
    text = _l("{member} has another e-mail address")
    icon = "at"
    audited: ClassVar[bool] = True

    member: str


@dataclass(frozen=True)
class Here:
    """Whom it happened to, in the workspace where it is told."""

    member_id: UUID
    member: str


def tell_signed_in(here: Present) -> None:
    """A session is in this workspace for the first time."""
    me = current.member()
    emit(SignedIn(record_type="member", record_id=me.id, how=here.session.how,
                  **whence(here.session.ip, here.session.agent)))  # fmt: skip


def whence(ip: str, agent: str) -> dict[str, Any]:
    place = place_of(ip)
    return {"ip": ip, "device": words_of(agent), "place": place if place != ip else ""}


def tell_everywhere(user_id: UUID, make: Callable[[Here], Event], *, as_member: bool = False) -> None:
    """Write an event into each workspace where the user is an active member, each in a transaction of its own.

    `as_member` when it is the user who did it; otherwise nobody of the workspace did.
    """
    for workspace in workspaces_of(user_id):
        cause = Cause("member" if as_member else "system")
        with entering(Door(workspace.tenant_id, workspace.member_id if as_member else None, cause=cause)):
            name = db.session().scalar(NAME, {"tenant": workspace.tenant_id, "id": workspace.member_id})
            emit(make(Here(workspace.member_id, name or "")))


def tell_password_changed(user_id: UUID, how: str) -> None:
    """The browser at hand is where it was changed."""
    place = current.whence()
    tell_everywhere(
        user_id,
        lambda here: PasswordChanged(record_type="member", record_id=here.member_id, member=here.member, how=how,
                                     ip=place.address or "", device=place.device or ""),
        as_member=True,
    )  # fmt: skip


NAME = text("select name from member where tenant_id = :tenant and id = :id")
