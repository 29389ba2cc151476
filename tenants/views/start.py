"""The front door: who is signed in goes to the workspace used last, everybody else sees what Guanxi is."""

from pathlib import Path
from typing import Any

from flask import Flask, g, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import user_logged_in
from flask_security import current_user

from core import current
from core.auth.users import workspaces_of
from core.settings import settings
from core.web import add_static, redirect_to, render
from core.web.blueprints import Guarded, anyone
from tenants import signing_up

add_static(Path(__file__).parents[1] / "static")

start = Guarded("start", __name__, template_folder="../templates")


@start.get("/", permission=anyone)
def show_start() -> ResponseReturnValue:
    if not current_user.is_authenticated:
        return render("tenants/landing.html")
    signing_up.heal(current_user.id)
    mine = workspaces_of(current_user.id)
    if not mine:
        return redirect_to(url_for("sign_up.new_sign_up"))
    last = next((w for w in mine if w.slug == session.get("workspace")), mine[0])
    return redirect_to(last.url, reload=True)


@start.before_app_request
def remember_workspace() -> None:
    """A member was just let into this workspace: the start leads back here."""
    slug = g.get("slug")
    if slug and current.tenant_or_none() and session.get("workspace") != slug:
        session["workspace"] = slug


def init_start(app: Flask) -> None:
    """What was confirmed and then broke in between is finished when the person signs in."""

    @user_logged_in.connect_via(app, weak=False)
    def finish(_app: Flask, user: Any, **_rest: Any) -> None:
        signing_up.heal(user.id)

    @app.context_processor
    def hints() -> dict[str, Any]:
        return {"mailbox_url": mailbox_url}


def mailbox_url() -> str | None:
    """Where mails lie that no server could be given, for the person who sits at this machine."""
    at_home = request.remote_addr in ("127.0.0.1", "::1") and not request.headers.get("X-Forwarded-For")
    return url_for("operator.list_mails") if settings().mail_url is None and at_home else None
