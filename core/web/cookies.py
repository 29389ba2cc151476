"""What our cookies are called: over https so that no other host, and nothing unencrypted, can have set them."""

from typing import Any

from flask import Flask, Response, current_app, request


def init_cookies(app: Flask, *, https: bool) -> None:
    app.config.update(
        SESSION_COOKIE_NAME=_named("session", https=https),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
    )


def cookie(name: str) -> str:
    """What the browser holds under this name, or nothing."""
    return request.cookies.get(_named(name, https=_https()), "")


def give_cookie(response: Response, name: str, value: str, *, max_age: Any) -> None:
    """A cookie that scripts cannot read and that does not come along from other sites, but for a plain link."""
    response.set_cookie(
        _named(name, https=_https()), value, max_age=max_age, path="/", httponly=True, samesite="Lax", secure=_https()
    )


def take_cookie(response: Response, name: str) -> None:
    response.delete_cookie(_named(name, https=_https()), path="/", httponly=True, samesite="Lax", secure=_https())


def _https() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])


def _named(name: str, *, https: bool) -> str:
    """The prefix has the browser refuse it unless it is secure, for the whole site and for this host alone."""
    return f"__Host-{name}" if https else name
