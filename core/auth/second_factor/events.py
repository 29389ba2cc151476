"""What happens to the second factors of members. Told in each workspace of the user."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from core.events import Event
from core.i18n import LazyText, _l


@dataclass(frozen=True, kw_only=True)
class SecondFactorAdded(Event):
    """`factor` is `code_app`, `passkey` or `recovery_codes`; `title` the name of a passkey."""

    name = "auth.second_factor_added"
    label = _l("Second factor added")
    icon = "shield-plus"
    audited: ClassVar[bool] = True

    factor: str
    title: str = ""

    @classmethod
    def text_for(cls, data: Mapping[str, Any]) -> LazyText:
        return {
            "code_app": _l("set up codes from an app for signing in"),
            "passkey": _l("added the passkey “{title}”"),
        }.get(data["factor"], _l("made new recovery codes"))


@dataclass(frozen=True, kw_only=True)
class SecondFactorRemoved(Event):
    name = "auth.second_factor_removed"
    label = _l("Second factor removed")
    icon = "shield-minus"
    audited: ClassVar[bool] = True

    factor: str
    title: str = ""

    @classmethod
    def text_for(cls, data: Mapping[str, Any]) -> LazyText:
        if data["factor"] == "passkey":
            return _l("removed the passkey “{title}”")
        return _l("gave up codes from an app for signing in")


@dataclass(frozen=True, kw_only=True)
class RecoveryCodeUsed(Event):
    name = "auth.recovery_code_used"
    label = _l("Recovery code used")
    text = _l("signed in with a recovery code")
    icon = "lifebuoy"
    audited: ClassVar[bool] = True

    left: int


@dataclass(frozen=True, kw_only=True)
class SecondFactorRefused(Event):
    """Somebody who knew the password did not know the rest."""

    name = "auth.second_factor_refused"
    label = _l("Second factor refused")
    text = _l("gave a wrong second factor")
    icon = "shield-x"
    audited: ClassVar[bool] = True

    factor: str
    ip: str = ""
    device: str = ""
    place: str = ""


@dataclass(frozen=True, kw_only=True)
class SecondFactorReset(Event):
    """Told where it was done: an administrator took away the factors that a member had lost."""

    name = "auth.second_factor_reset"
    label = _l("Second factor reset")
    text = _l("reset the second factor of {member}")
    icon = "shield-off"
    audited: ClassVar[bool] = True

    member: str
