"""Coming in: what a browser is given once it is known who sits before it."""

from collections.abc import Callable
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app, g, request, session
from flask_login import user_logged_in
from sqlalchemy.orm import Session

from core import current
from core.auth import account_mail
from core.auth.devices import make_usual, usual_device
from core.auth.models import User
from core.auth.sessions.keeping import Browser, begin, end_one, renew
from core.auth.sessions.models import SignInSession
from core.auth.sessions.new_device import write_notice
from core.auth.sessions.present import KEY, Present, present
from core.i18n import locale


def enter(
    user: User, *, remember: bool = False, strong: bool = False, how: str = "password", company: UUID | None = None
) -> None:
    """Sign this browser in. What it did under another name is forgotten.

    `strong` says that more than a password, or a provider's word for one, was shown. Whoever has a second factor comes
    by way of `second_factor.gate.after_first`, which asks for it before it calls this. `how` is password, passkey,
    provider or link; `company` the tenant by whose own provider one came in, whose workspace alone is then open.
    """
    before, usual = present(), usual_device(user)
    _start_anew()
    made, token = begin(
        user, browser(), how=how, remember=remember and company is None, notice=None if usual else _notice(user)
    )
    if before is not None:
        end_one(before.user.id, before.session.id)
    _give(token, made, user)
    make_usual(user)
    if company is not None:
        session["company"] = str(company)
    session["strong"] = strong
    session["proved_at"] = current.now().timestamp()
    user_logged_in.send(current_app._get_current_object(), user=user)  # type: ignore[attr-defined]
    if not usual:
        account_mail.wake()


def keep_this(user: User) -> None:
    """With the user's password everybody was signed out; this browser stays, under another token."""
    here = present()
    assert here is not None
    _give(renew(here.session, user), here.session, user)
    make_usual(user)


def leave() -> None:
    """Sign this browser out."""
    if (here := present()) is not None:
        end_one(here.user.id, here.session.id)
    _start_anew()
    g.present = None
    _be(None)


def _start_anew() -> None:
    """Nothing of what the cookie held is kept but what is still to be said."""
    said = session.get("toasts")
    session.clear()
    if said:
        session["toasts"] = said


def browser() -> Browser:
    return Browser(request.remote_addr or "", request.headers.get("User-Agent", ""))


def _notice(user: User) -> Callable[[Session, SignInSession], None]:
    return lambda opened, made: write_notice(opened, user, made, locale())


def _give(token: str, made: SignInSession, user: User) -> None:
    session[KEY] = token
    session.permanent = made.remembered
    g.present = Present(made, user)
    _be(user)


def _be(user: User | None) -> None:
    """For the rest of this request."""
    current_app.login_manager._update_request_context_with_user(user)  # type: ignore[attr-defined]


def own_path(target: str | None) -> str:
    """Where to go next, if it is a page of ours; else the start. Never another site."""
    path = target or "/"
    parts = urlsplit(path)
    ours = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if ours and not parts.scheme and not parts.netloc else "/"
