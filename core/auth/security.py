"""Flask-Security on the global user table, which only the role guanxi_auth reaches."""

from typing import Any

from flask import Flask, Request
from flask_security import Security, SQLAlchemySessionUserDatastore
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from core import db
from core.auth.limits import init_limits
from core.auth.models import User
from core.settings import settings


class _AuthSession(Session):
    """Looks somebody up in one statement: a transaction around it would cost every page two more round trips."""

    def get_bind(self, *_args: Any, **_kwargs: Any) -> Any:
        return db.engine("auth").execution_options(isolation_level="AUTOCOMMIT")


auth_session: scoped_session[Session] = scoped_session(sessionmaker(class_=_AuthSession, expire_on_commit=False))
"""The session of guanxi_auth, one in each thread; closed at the end of each request."""

datastore = SQLAlchemySessionUserDatastore(auth_session, User, None)  # type: ignore[arg-type]


def init_sign_in(app: Flask) -> None:
    """Sign-in, sign-out, confirmation and reset by Flask-Security; its pages in our looks come with the rooms."""
    app.config.update(
        SECRET_KEY=settings().secret_key,
        SECURITY_PASSWORD_SALT=settings().role_password("auth"),
        SECURITY_PASSWORD_HASH="argon2",
        SECURITY_PASSWORD_SINGLE_HASH={"argon2"},
        SECURITY_PASSWORD_LENGTH_MIN=8,
        SECURITY_JOIN_USER_ROLES=False,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings().base_url.startswith("https://"),
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
    )
    init_limits(app)
    app.security = Security(app, datastore, register_blueprint=False)  # type: ignore[attr-defined]
    app.login_manager.request_loader(_no_token)  # type: ignore[attr-defined]

    @app.teardown_request
    def close(_error: BaseException | None) -> None:
        auth_session.remove()


def _no_token(_request: Request) -> None:
    """A browser signs in by its session alone. Flask-Security would look for tokens of its own in the address and in
    the JSON of every request, which it reads before anybody has measured it."""
    return
