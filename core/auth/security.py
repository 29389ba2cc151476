"""Flask-Security on the global user table, which only the role guanxi_auth reaches; sessions are our own."""

from flask import Flask, Request
from flask_security import Security, SQLAlchemySessionUserDatastore

from core.auth.auth_session import auth_session
from core.auth.limits import init_limits
from core.auth.models import User
from core.auth.sessions.present import present
from core.settings import settings
from core.web.cookies import init_cookies

__all__ = ["auth_session", "datastore", "init_sign_in"]

datastore = SQLAlchemySessionUserDatastore(auth_session, User, None)  # type: ignore[arg-type]


def init_sign_in(app: Flask) -> None:
    """Passwords by Flask-Security; its pages in our looks come with the rooms."""
    app.config.update(
        SECRET_KEY=settings().secret_key,
        SECURITY_PASSWORD_SALT=settings().role_password("auth"),
        SECURITY_PASSWORD_HASH="argon2",
        SECURITY_PASSWORD_SINGLE_HASH={"argon2"},
        SECURITY_PASSWORD_LENGTH_MIN=8,
        SECURITY_JOIN_USER_ROLES=False,
    )
    init_cookies(app, https=settings().base_url.startswith("https://"))
    init_limits(app)
    app.security = Security(app, datastore, register_blueprint=False)  # type: ignore[attr-defined]
    app.login_manager.user_loader(_nobody)  # type: ignore[attr-defined]
    app.login_manager.request_loader(_whoever_is_present)  # type: ignore[attr-defined]

    @app.teardown_request
    def close(_error: BaseException | None) -> None:
        auth_session.remove()


def _nobody(_user_id: str) -> None:
    """Flask-Login's own cookies open nothing: they could not be listed, limited or ended one by one."""
    return


def _whoever_is_present(_request: Request) -> User | None:
    """A browser signs in by the session in its cookie alone: no tokens in addresses, headers or bodies."""
    here = present()
    return here.user if here else None
