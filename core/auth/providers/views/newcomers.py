"""After a provider showed somebody whom we do not know: a new account, or connecting the one they have."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from core.auth.forms import errors_of, read_form
from core.auth.limits import few
from core.auth.providers import identities, newcomers
from core.auth.providers.confinement import came_by
from core.auth.providers.forms import NewAccount
from core.auth.providers.identities import TakenByAnother
from core.auth.providers.somebody import NotSignedIn, Stray
from core.auth.providers.views.journey import CameBack, elsewhere, forget, remembered, show_fault
from core.auth.second_factor.gate import after_first
from core.errors import Conflict, Invalid
from core.i18n import _, locale
from core.web import redirect_to, render, toast
from core.web.blueprints import anyone

COMPANY = "company:"


@elsewhere.get("/sign-in/new", permission=anyone)
def new_account() -> ResponseReturnValue:
    came = remembered()
    if came is None or not came.who.proven_email:
        return show_fault(Stray("nobody_came"))
    return _new_page(came)


@elsewhere.post("/sign-in/new", permission=anyone)
@few
def create_account() -> ResponseReturnValue:
    came = remembered()
    if came is None or not came.who.proven_email:
        return show_fault(Stray("nobody_came"))
    try:
        typed = read_form(NewAccount, request.form)
        user = newcomers.make_account(came.who, came.provider, typed["name"], locale())
    except Invalid as invalid:
        return _new_page(came, status=422, errors=errors_of(invalid))
    except Conflict as conflict:
        return forget(show_fault(NotSignedIn("has_account", conflict.message)))
    then = newcomers.waiting_invitation(user.email) or url_for("sign_up.new_sign_up")
    return forget(after_first(user, then=then, how="provider"))


def _new_page(came: CameBack, *, status: int = 200, **said: Any) -> ResponseReturnValue:
    invited = newcomers.waiting_invitation(came.who.proven_email or "") is not None
    return render("providers/new_account.html", status=status, came=came, invited=invited, **said)


# --- an account they have ------------------------------------------------------------------------------


@elsewhere.get("/sign-in/link", permission=anyone)
def new_link() -> ResponseReturnValue:
    """Asked of whoever has just signed in by their own means, in the browser that came back from the provider."""
    came = remembered()
    if came is None:
        return show_fault(Stray("nobody_came"))
    if not current_user.is_authenticated:
        return redirect_to(url_for("auth.sign_in", next=request.path, email=came.who.proven_email), reload=True)
    return render("providers/link.html", came=came, of_company=came.provider.startswith(COMPANY))


@elsewhere.post("/sign-in/link", permission=anyone)
@few
def create_link() -> ResponseReturnValue:
    came = remembered()
    if came is None or not current_user.is_authenticated or came_by() is not None:
        return show_fault(Stray("nobody_came"))
    try:
        identities.connect(current_user.id, came.who, came.provider)
    except TakenByAnother as taken:
        return forget(show_fault(NotSignedIn("taken", taken.message)))
    toast(_("From now on you can sign in with %(provider)s.", provider=came.name))
    return forget(redirect_to(came.then, reload=True))
