"""Having shown a short while ago who one is: asked for before the keys of an account are changed."""

from urllib.parse import urlsplit

from flask import request, session, url_for
from flask_security import current_user
from werkzeug.exceptions import abort

from core import current
from core.auth.users import workspaces_of
from core.i18n import _
from core.web import is_fragment, redirect_to, toast
from core.web.blueprints import Needs
from core.web.preferences import came_from

MINUTES = 15


def is_fresh() -> bool:
    """Whether it is at most so many minutes ago.

    A company's own provider may say that somebody is anybody. What it says is enough for the company's workspace, and
    not for the keys of a person who belongs to others too.
    """
    proved_at = session.get("proved_at", 0)
    if current.now().timestamp() - proved_at > MINUTES * 60:
        return False
    return "company" not in session or "proved_here" in session or len(workspaces_of(current_user.id)) <= 1


def prove() -> None:
    """Note that the person has just shown who they are, by something of their own."""
    session["proved_at"] = current.now().timestamp()
    session["proved_here"] = True


def recently(permission: Needs) -> Needs:
    """A permission for routes that change how one signs in: the given one, and having shown it recently.

    Others are asked once more and led back: to the page they wanted, or from which they sent something.
    """

    def check() -> None:
        permission()
        if not is_fresh():
            if request.method != "GET":
                toast(_("Confirm that it is you, and then do it once more."), "info")
            abort(redirect_to(url_for("second_step.ask_again", next=_back()), reload=True))

    return check


def _back() -> str:
    reading = request.method == "GET" and not is_fragment()
    parts = urlsplit(request.full_path if reading else came_from() or "/")
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
