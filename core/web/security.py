"""The headers that keep a page to itself."""

from collections.abc import Sequence

from flask import Flask, Response, current_app, g, request

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "media-src 'self'",
        "frame-src 'self'",
        "worker-src 'none'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""No script or style stands in a page, so that none needs a nonce: what is not a file of ours does not run."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Origin-Agent-Cluster": "?1",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Cache-Control": "no-store",
}
YEARS = "max-age=63072000; includeSubDomains"


def init_security(app: Flask) -> None:
    app.after_request(_guard)


def let_forms_lead_to(origin: str) -> None:
    """The forms of this page may end on another site: browsers compare where an answer leads to as well."""
    g.forms_lead_to = origin


def let_be_framed_by(origins: Sequence[str]) -> None:
    """This page may stand inside pages of these sites. For pages of strangers only, where nothing can be done as
    somebody who is signed in."""
    g.framed_by = tuple(origins)


def _guard(response: Response) -> Response:
    """A view that must differ, such as a download, sets the header itself."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if origin := g.pop("forms_lead_to", None):
        _widen(response, "form-action 'self'", f"form-action 'self' {origin}")
    if origins := g.pop("framed_by", None):
        _widen(response, "frame-ancestors 'none'", f"frame-ancestors {' '.join(origins)}")
        del response.headers["X-Frame-Options"]
    if request.is_secure or current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers.setdefault("Strict-Transport-Security", YEARS)
    if request.is_secure:
        response.headers["Content-Security-Policy"] += "; upgrade-insecure-requests"
    return response


def _widen(response: Response, narrow: str, wide: str) -> None:
    policy = response.headers["Content-Security-Policy"]
    response.headers["Content-Security-Policy"] = policy.replace(narrow, wide)
