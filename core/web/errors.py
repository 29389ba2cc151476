"""What a person sees when something cannot be done: a page in the frame, or a toast where htmx asked."""

from collections.abc import Callable
from uuid import UUID

from flask import Flask, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from core.errors import DomainError
from core.i18n import _, _l
from core.web.csrf import SentFromElsewhere
from core.web.frame import frame_or_none
from core.web.pages import is_fragment, redirect_to
from core.web.preferences import came_from
from core.web.toasts import toast

TEXTS = {
    400: (_l("That did not work"), _l("The page sent something we could not read. Go back, reload it and try again.")),
    401: (_l("Please sign in"), _l("This page is for signed-in members.")),
    403: (_l("Not allowed"), _l("Your role does not allow this. Ask an administrator of your workspace.")),
    404: (_l("Page not found"), _l("It may have been moved or deleted, or you may not have access to it.")),
    405: (_l("That did not work"), _l("This page cannot be opened in that way.")),
    409: (_l("Somebody was faster"), _l("It changed in the meantime. Reload the page and try again.")),
    410: (_l("No longer here"), _l("The link has expired or was already used.")),
    412: (_l("Somebody was faster"), _l("It changed in the meantime. Reload the page and try again.")),
    413: (_l("Too large"), _l("The file is larger than we accept. Make it smaller or split it.")),
    422: (_l("That did not work"), _l("Some of the information is missing or not valid.")),
    429: (_l("Too many requests"), _l("Please wait a moment and try again.")),
    500: (_l("Something went wrong"), _l("It is our fault, and it has been recorded. Nothing was saved halfway.")),
    503: (_l("Back in a moment"), _l("We are being updated. Try again in a minute.")),
}
ICONS = {403: "lock", 404: "map-question", 413: "file-alert", 429: "hourglass", 500: "bug", 503: "refresh"}

Answer = Callable[[Exception], ResponseReturnValue]
Explain = Callable[[tuple[str, str, UUID]], str | None]
_explaining: list[Explain] = []


def answer_errors_under(app: Flask, prefix: str, answer: Answer) -> None:
    """Leave the errors of the addresses that start with `prefix` to somebody else, such as the API."""
    app.extensions["guanxi_errors"].append((prefix, answer))


def init_errors(app: Flask) -> None:
    app.extensions["guanxi_errors"] = []
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(DomainError, show_domain_error)


def show_http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400 or error.response is not None:
        return error.get_response()
    if isinstance(error, SentFromElsewhere):
        return _show(error, 403, _("This was sent from another site. Open the page here and try again."))
    if isinstance(error, CSRFError):
        return _show(error, 400, _("Your session has expired. Reload the page and try again."))
    return _show(error, error.code, None)


def show_domain_error(error: DomainError) -> ResponseReturnValue:
    """A refused POST of a plain form goes back to its page and says why there."""
    if request.method == "POST" and not is_fragment() and not _elsewhere() and (back := came_from()):
        toast(error.message, "error", why=_explained_at(error))
        return redirect_to(back)
    return _show(error, error.status, error.message or None)


def explains_refusals(function: Explain) -> Explain:
    """Ask this function where it is explained that an action on a record was refused; None where nowhere."""
    _explaining.append(function)
    return function


def _explained_at(error: Exception) -> str | None:
    about = getattr(error, "about", None)
    return next(filter(None, (explain(about) for explain in _explaining)), None) if about else None


def _show(error: Exception, status: int, message: str | None) -> ResponseReturnValue:
    if answer := _elsewhere():
        return answer(error)
    title, explanation = TEXTS.get(status, TEXTS[500 if status >= 500 else 400])
    if "HX-Request" in request.headers and (is_fragment() or request.method != "GET"):
        toast(message or str(explanation), "error", why=_explained_at(error))
        response = make_response("", status)
        response.headers["HX-Reswap"] = "none"
        return response
    around = frame_or_none()
    page = render_template(
        "error.html",
        layout="layout.html" if around else "public_layout.html",
        home=around.home_url if around else "/",
        status=status,
        title=title,
        message=message or explanation,
        icon_name=ICONS.get(status, "alert-triangle"),
        why=_explained_at(error),
    )
    return page, status


def _elsewhere() -> Answer | None:
    for prefix, answer in current_app.extensions["guanxi_errors"]:
        if request.path.startswith(prefix):
            return answer
    return None
