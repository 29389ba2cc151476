"""Whether a page of ours sent a form or a script's request, and not another site through somebody's browser."""

from urllib.parse import urlsplit

from flask import current_app, request
from flask_wtf.csrf import CSRFError, CSRFProtect

OURS = ("same-origin", "none")
"""`none` is what a person began without any page: the address bar, a bookmark."""


class SentFromElsewhere(CSRFError):
    """The browser itself says that the request began on another site."""

    code = 403
    description = "The request came from another site."


class Csrf(CSRFProtect):
    """Every request that changes something carries the session's token, and was begun by a page of ours.

    The token is a hidden field of each form and a header of what scripts send. Where a request began, browsers tell
    by themselves and no page can make them tell otherwise. Exempt are blueprints that look at no cookie.
    """

    def protect(self, apply_exemptions: bool = False) -> None:
        if apply_exemptions and (not request.endpoint or self._is_exempt()):
            return
        if request.method in current_app.config["WTF_CSRF_METHODS"] and _began_elsewhere():
            raise SentFromElsewhere
        super().protect(apply_exemptions)


def _began_elsewhere() -> bool:
    """Older browsers, and those that reach us without https, tell only the origin; programs tell nothing."""
    if site := request.headers.get("Sec-Fetch-Site"):
        return site not in OURS
    began = request.headers.get("Origin") or request.referrer
    return bool(began) and not _is_ours(urlsplit(began).netloc)


def _is_ours(host: str) -> bool:
    """As the browser asked for us, or as we are known where a proxy does not pass that on."""
    return host in (request.host, current_app.config.get("PUBLIC_HOST"))
