"""Between the password and the door: whoever has a second factor shows it before anything is signed in."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import session, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import select

from core import current
from core.auth.entry import enter, leave, own_path
from core.auth.models import User
from core.auth.second_factor import trusted
from core.auth.security import auth_session
from core.web import redirect_to

PATIENCE = 10 * 60
"""Seconds in which the second factor has to follow the first."""


def after_first(
    user: User, *, remember: bool = False, then: str | None = None, strong: bool = False, how: str = "password",
    company: UUID | None = None,
) -> ResponseReturnValue:  # fmt: skip
    """The answer to whoever has shown the first factor: into the house, or to the page that asks for the second.

    `strong` is for those who have shown two already: a passkey with its PIN, or a provider that says so. `how` and
    `company` are told to `enter`.
    """
    if strong or user.factors_at is None:
        return _in(user, then, remember=remember, strong=strong, how=how, company=company)
    if trusted.is_trusted(user):
        return _in(user, then, remember=remember, strong=True, how=how, company=company)
    if current_user.is_authenticated:
        leave()
    session.pop("workspace", None)
    session["halfway"] = {
        "user": user.fs_uniquifier,
        "at": current.now().timestamp(),
        "then": own_path(then),
        "remember": remember,
        "how": how,
        "company": str(company) if company else None,
    }
    return redirect_to(url_for("second_step.ask"), reload=True)


def halfway() -> User | None:
    """Who has shown the first factor in this browser a short while ago, and not the second."""
    kept = session.get("halfway")
    if kept is None or current.now().timestamp() - kept["at"] > PATIENCE:
        return None
    user = auth_session.scalars(select(User).where(User.fs_uniquifier == kept["user"])).one_or_none()
    return user if user is not None and user.active else None


def after_second(user: User, *, trust: bool = False) -> ResponseReturnValue:
    """The answer to whoever has shown the second factor too."""
    kept: Mapping[str, Any] = session["halfway"]
    company = UUID(kept["company"]) if kept["company"] else None
    answer = _in(user, kept["then"], remember=kept["remember"], strong=True, how=kept["how"], company=company)
    if trust:
        trusted.trust(answer, user)
    return answer


def _in(user: User, then: str | None, **how: Any) -> Any:
    enter(user, **how)
    return redirect_to(own_path(then), reload=True)
