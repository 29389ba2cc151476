"""The API tokens of oneself, and those of a program: made, renewed, revoked."""

from typing import Any
from uuid import UUID

from flask import make_response, request, url_for
from flask.typing import ResponseReturnValue

from core import current
from core.access import permitted
from core.auth import programs, tokens
from core.auth.forms import errors_of, read_form
from core.auth.models import ApiToken
from core.auth.policy import policy
from core.auth.token_forms import LIVES, Renew, read_token
from core.errors import Invalid
from core.i18n import _, _l, _n
from core.records.types import enabled_types
from core.web import redirect_to, render, toast
from core.web.blueprints import any_member, workspace
from core.web.settings_menu import SettingsPage, add_settings_page

token_pages = workspace("tokens", __name__, "settings/tokens", template_folder="../templates")

add_settings_page(SettingsPage(_l("API tokens"), "tokens.list_tokens", "key", section="you", place=60,
                               summary=_l("Keys by which programs work for you.")))  # fmt: skip


@token_pages.get("/", permission=any_member)
def list_tokens() -> ResponseReturnValue:
    allowed = policy().personal_tokens or permitted(tokens.MANAGE)
    return render("auth/tokens.html", tokens=tokens.list_tokens(current.member().id), allowed=allowed,
                  my_id=current.member().id)  # fmt: skip


@token_pages.get("/new", permission=any_member)
def new_token() -> ResponseReturnValue:
    return _form()


@token_pages.post("/new", permission=any_member)
def create_token() -> ResponseReturnValue:
    """The token is shown on this answer and never again, so nothing may keep the answer."""
    return make_for(None)


def make_for(program_id: UUID | None) -> ResponseReturnValue:
    """Make a key for a program, or for oneself, and show it."""
    try:
        wanted = read_token(request.form)
        token, secret = tokens.create_token(tokens.Wanted(**vars(wanted) | {"member_id": program_id}))
    except Invalid as invalid:
        return _form(program_id, errors=errors_of(invalid), status=422)
    return _shown_once(token, secret)


def _shown_once(token: ApiToken, secret: str) -> ResponseReturnValue:
    response = make_response(render("auth/token.html", token=token, secret=secret, back=_list_of(token)))
    response.headers["Cache-Control"] = "no-store"
    return response


def new_for(program_id: UUID) -> ResponseReturnValue:
    return _form(program_id)


def _form(program_id: UUID | None = None, *, status: int = 200, **said: Any) -> ResponseReturnValue:
    types = [(t.name, t.plural_label) for t in enabled_types()]
    most = policy().token_days_most
    lives = [days for days in LIVES if not most or days <= most] or [most]
    words = [(str(days), _n("In %(num)s day", "In %(num)s days", days)) for days in lives]
    program = programs.get_program(program_id) if program_id else None
    return render("auth/new_token.html", status=status, types=types, lives=words, most=most, program=program,
                  **said)  # fmt: skip


@token_pages.get("/<uuid:token_id>/rotation", permission=any_member)
def new_rotation(token_id: UUID) -> ResponseReturnValue:
    return _rotation_page(tokens.get_token(token_id))


@token_pages.post("/<uuid:token_id>/rotation", permission=any_member)
def create_rotation(token_id: UUID) -> ResponseReturnValue:
    try:
        typed = read_form(Renew, request.form)
        token, secret = tokens.rotate_token(token_id, typed["overlap_days"])
    except Invalid as invalid:
        return _rotation_page(tokens.get_token(token_id), errors=errors_of(invalid), status=422)
    return _shown_once(token, secret)


def _rotation_page(token: ApiToken, *, status: int = 200, **said: Any) -> ResponseReturnValue:
    return render("auth/rotate_token.html", status=status, token=token, back=_list_of(token), **said)


@token_pages.post("/<uuid:token_id>/revocation", permission=any_member)
def revoke_token(token_id: UUID) -> ResponseReturnValue:
    token = tokens.get_token(token_id)
    tokens.revoke_token(token_id)
    toast(_("The token no longer works."))
    return redirect_to(_list_of(token))


def _list_of(token: ApiToken) -> str:
    """Where the token stands beside its like."""
    if token.member_id == current.member().id:
        return url_for("tokens.list_tokens")
    return url_for("programs.list_all_tokens")
