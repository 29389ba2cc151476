"""A page is a fragment plus a frame: one view answers htmx with the fragment and a browser with the page."""

import json
from functools import cache
from typing import Any

from flask import Response, current_app, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

NAVIGATION = {"target": "#main", "select": "#main", "swap": "outerHTML show:top", "selectOOB": "#nav,#tabbar"}
"""What a click on a link exchanges: the page inside its frame, and the mark on the navigation."""


def is_fragment() -> bool:
    """Does htmx ask for a piece of a page? Boosted links and forms ask for whole pages, as browsers do."""
    return "HX-Request" in request.headers and request.headers.get("HX-Request-Type") != "full"


def is_dialog() -> bool:
    """Will the answer be shown in the dialog that lies over the page?"""
    return request.headers.get("HX-Target", "").endswith("#dialog-body")


def render(
    page: str | list[Any], fragment: str | None = None, *, status: int = 200, **context: Any
) -> ResponseReturnValue:
    """Answer a GET, or a form that needs correcting (status 422).

    htmx gets the fragment, a browser the page. Where htmx asks for a piece and there is no fragment, or for a
    dialog, the layouts leave themselves out and it gets the page's `content`.
    """
    wanted = fragment if fragment and is_fragment() and not is_dialog() else page
    return render_template(wanted if isinstance(wanted, str) else _first_there(tuple(wanted)), **context), status


@cache
def _first_there(names: tuple[str, ...]) -> str:
    """The first of these templates that there is: looked for once, since what is not there is looked for everywhere."""
    return str(current_app.jinja_env.select_template(names).name)


def swap(fragment: str, *, otherwise: str, **context: Any) -> ResponseReturnValue:
    """Answer a POST that succeeded: htmx gets the changed fragment, a plain form or a dialog goes to `otherwise`."""
    if is_fragment() and not is_dialog():
        return render_template(fragment, **context)
    return redirect_to(otherwise)


def redirect_to(url: str, *, reload: bool = False) -> Response:
    """Go elsewhere after a POST. With `reload` the whole document is fetched anew: after signing in, for one."""
    if "HX-Request" not in request.headers or not (is_fragment() or reload):
        return make_response(redirect(url, 303))
    response = make_response("", 200)
    if reload:
        response.headers["HX-Redirect"] = url
    else:
        response.headers["HX-Location"] = json.dumps({"path": url, **NAVIGATION})
    return response


def vary_on_htmx(response: Response) -> Response:
    response.vary.update(("HX-Request", "HX-Request-Type"))
    return response
