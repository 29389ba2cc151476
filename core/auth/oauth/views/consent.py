"""Where an app sends a person to let it act for them: choosing the workspace, then saying yes or no."""

from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import scope_to_list
from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from werkzeug.exceptions import Unauthorized

from core import current
from core.auth.limits import limiter
from core.auth.oauth.approvals import approval_of, ask_for, may_decide
from core.auth.oauth.consents import give_consent
from core.auth.oauth.models import OAuthApp
from core.auth.oauth.redirects import origin_of
from core.auth.oauth.server import check_form, refusal, server
from core.auth.oauth.words import in_words
from core.auth.users import workspaces_of
from core.errors import Conflict, Forbidden
from core.i18n import _
from core.web import redirect_to, render, toast
from core.web.blueprints import Guarded, any_member, anyone, workspace
from core.web.security import let_forms_lead_to

authorizing = Guarded("authorizing", __name__, template_folder="../../templates")
consent = workspace("consent", __name__, "oauth", template_folder="../../templates")


@authorizing.get("/oauth/authorize", permission=anyone)
@limiter.limit("120/minute")
def choose_workspace() -> ResponseReturnValue:
    """Where an app sends the browser. In the one workspace of the person it goes on; of several they choose."""
    try:
        app = _grant().client
    except OAuth2Error as error:
        return _refused(error)
    if not current_user.is_authenticated:
        raise Unauthorized
    mine = workspaces_of(current_user.id)
    asked = request.query_string.decode()
    if len(mine) == 1:
        return redirect_to(f"{mine[0].url}oauth/consent?{asked}")
    return render("oauth/choose.html", app=app, workspaces=mine, asked=asked)


@consent.get("/consent", permission=any_member)
def new_consent() -> ResponseReturnValue:
    try:
        grant = _grant()
    except OAuth2Error as error:
        return _refused(error)
    app, scopes = grant.client, scope_to_list(grant.request.scope)
    approval = approval_of(app.id)
    if approval is None or not approval.covers(scopes):
        asked = approval is not None and approval.asked_by_id is not None
        return render("oauth/unapproved.html", status=403, app=app, words=in_words(scopes), asked=asked,
                      may_decide=may_decide(), here=_here())  # fmt: skip
    let_forms_lead_to(origin_of(grant.redirect_uri))
    return render("oauth/consent.html", app=app, words=in_words(scopes), here=_here(), me=current.member(),
                  workspace=current.tenant().name, leads_to=origin_of(grant.redirect_uri),
                  several=len(workspaces_of(current_user.id)) > 1)  # fmt: skip


@consent.post("/consent", permission=any_member)
def create_consent() -> ResponseReturnValue:
    """Yes or no; both go back to the app, and nowhere but where it said it lives."""
    try:
        grant = _grant()
    except OAuth2Error as error:
        return _refused(error)
    app: OAuthApp = grant.client
    yes = request.form.get("answer") == "allow"
    if yes:
        _allow(app, scope_to_list(grant.request.scope))
    response: Response = server.create_authorization_response(
        grant.request, grant_user=current.member() if yes else None, grant=grant
    )
    return response


def _allow(app: OAuthApp, scopes: list[str]) -> None:
    approval = approval_of(app.id, lock=True)
    if approval is None or not approval.covers(scopes):
        raise Conflict(_("The app “%(app)s” is not approved in this workspace.", app=app.name))
    give_consent(app, scopes, request.remote_addr)


@consent.post("/request", permission=any_member)
def create_request() -> ResponseReturnValue:
    """Ask those who may approve the app."""
    try:
        app = _grant().client
    except OAuth2Error as error:
        return _refused(error)
    ask_for(app)
    toast(_("The administrators were asked. You will be told when the app is approved."))
    return redirect_to(_here())


def _grant() -> Any:
    """The request of an app, judged: the app is known, the way back is its own, the scopes are among its own."""
    check_form(request.args)
    if current.tenant_or_none() is not None and current.tenant().scopes is not None:
        raise Forbidden
    return server.get_consent_grant()


def _refused(error: OAuth2Error) -> ResponseReturnValue:
    """Back to the app with the error, if it is certain where that is; else a page, and no way on."""
    if error.redirect_uri:
        return refusal(error)
    return render("oauth/refused.html", status=400, code=error.error, said=error.get_error_description())


def _here() -> str:
    return f"{url_for('consent.new_consent')}?{request.query_string.decode()}"
