"""Who a provider says is sitting before the browser, and what can go wrong on the way to that word."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import marshmallow as ma

from core.auth.forms import DIRECTION_MARKS, MAX_NAME, normal_address
from core.errors import DomainError
from core.i18n import _, _l

MAX_SUBJECT = 255


@dataclass(frozen=True)
class Somebody:
    """An account at a provider. `verified` is the provider's own word that the address is theirs, None when it says
    nothing of it; `strong` that more than one factor was shown there."""

    issuer: str
    subject: str
    name: str = ""
    email: str | None = None
    verified: bool | None = None
    strong: bool = False

    @property
    def proven_email(self) -> str | None:
        return self.email if self.verified is True else None

    @property
    def domain(self) -> str:
        return (self.email or "").rpartition("@")[2]

    @property
    def label(self) -> str:
        return self.email or self.name or self.subject


def somebody(issuer: str, said: Mapping[str, Any], *, verified: bool | None, strong: bool = False) -> Somebody:
    """The same from what a provider answered, with nothing in it that we could not show or keep."""
    subject = said.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT:
        raise NotBelieved("subject")
    return Somebody(issuer, subject, _line(said.get("name")), _address(said.get("email")), verified, strong)


def _address(said: Any) -> str | None:
    try:
        return normal_address(said) if isinstance(said, str) and said else None
    except ma.ValidationError:
        return None


def _line(said: Any) -> str:
    text = "".join(c for c in str(said or "") if c.isprintable() and ord(c) not in DIRECTION_MARKS)
    return " ".join(text.split())[:MAX_NAME]


class NotSignedIn(DomainError):
    """Nobody was signed in and nothing was joined. `reason` says why, for the audit log and for tests."""

    status = 422
    title: Any = _l("You are not signed in")
    advice: Any = _l(
        "Try again. If it happens again, sign in another way and tell whoever looks after this installation."
    )

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(message or str(self.title), code=reason)
        self.reason = reason
        if message:
            self.title = message


class Cancelled(NotSignedIn):
    title = _l("The sign-in was cancelled")
    advice = _l("Nothing was changed. Begin again whenever you like, or sign in another way.")


class OutOfReach(NotSignedIn):
    """The provider is down, slow, answers nonsense, or is where we do not go."""

    status = 502
    title = _l("The sign-in service does not answer as it should")
    advice = _l("Wait a minute and try again, or sign in another way.")


class Refused(NotSignedIn):
    """The provider answered with an error."""

    title = _l("The sign-in service refused")
    advice = _l("Try again. If it happens again, whoever set this way in up should check its settings.")


class NotBelieved(NotSignedIn):
    """The provider's word is not signed, not for us, not for this sign-in, or too old."""

    title = _l("We could not rely on the answer of the sign-in service")
    advice = _l("Begin again from the sign-in page. If it happens again, whoever set this way in up should check it.")


class Stray(NotSignedIn):
    """The answer belongs to no sign-in of this browser."""

    title = _l("This sign-in was not begun in this browser, or was already used")
    advice = _l("A sign-in works once, within ten minutes, in the browser where it began. Begin again.")


class NotLetIn(NotSignedIn):
    """The person is who they say, and the company does not let them in."""

    status = 403
    advice = _l("Ask an administrator of the workspace.")


def unknown_provider() -> NotSignedIn:
    problem = NotSignedIn("unknown_provider", _("There is no such way to sign in"))
    problem.status = 404
    return problem
