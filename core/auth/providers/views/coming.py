"""Signing in with an account elsewhere, by a provider that the operator of this installation set up."""

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from core.auth.entry import own_path
from core.auth.providers import configured, identities
from core.auth.providers.attempts import Begun
from core.auth.providers.configured import Provider
from core.auth.providers.identities import TakenByAnother
from core.auth.providers.somebody import NotLetIn, NotSignedIn, Somebody, Stray
from core.auth.providers.views.journey import (
    CameBack,
    come_back,
    elsewhere,
    often,
    remember,
    set_out,
    show_fault,
    take_up,
)
from core.auth.second_factor.gate import after_first
from core.i18n import _
from core.web import redirect_to, render, toast
from core.web.blueprints import anyone


@elsewhere.get("/sign-in/with/<key>", permission=anyone)
@often
def begin(key: str) -> ResponseReturnValue:
    then = own_path(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect_to(then, reload=True)
    try:
        return redirect_to(set_out(configured.provider(key), _back(key), then), reload=True)
    except NotSignedIn as fault:
        return show_fault(fault, again=request.full_path)


def _back(key: str) -> str:
    return url_for("elsewhere.finish", key=key)


@elsewhere.get("/sign-in/with/<key>/callback", permission=anyone)
@often
def finish(key: str) -> ResponseReturnValue:
    try:
        provider = configured.provider(key)
        begun = take_up(key)
        who = come_back(provider, begun, _back(key))
        return _connect(provider, begun, who) if begun.user_id else _come_in(provider, begun, who)
    except NotSignedIn as fault:
        return show_fault(fault, again=url_for("elsewhere.begin", key=key))


def _come_in(provider: Provider, begun: Begun, who: Somebody) -> ResponseReturnValue:
    """In, for whom we know. An address alone opens no account: its owner signs in to it once, and connects the two."""
    if (user := identities.user_of(who)) is not None:
        return after_first(user, then=begun.then, how="provider")
    if identities.is_switched_off(who):
        raise NotLetIn("switched_off", _("This account was switched off"))
    came = CameBack(who, provider.key, str(provider.label), begun.then)
    if who.proven_email and not identities.has_account(who.proven_email):
        return remember(redirect_to(url_for("elsewhere.new_account"), reload=True), came)
    page = render("providers/unknown.html", came=came, has_account=who.proven_email is not None,
                  link=url_for("elsewhere.new_link"))  # fmt: skip
    return remember(page, came)


def _connect(provider: Provider, begun: Begun, who: Somebody) -> ResponseReturnValue:
    """The end of what a signed-in user began on the page of their accounts."""
    if not current_user.is_authenticated or current_user.id != begun.user_id:
        raise Stray("another_user")
    try:
        identities.connect(current_user.id, who, provider.key)
    except TakenByAnother as taken:
        toast(taken.message, "error")
    else:
        toast(_("From now on you can sign in with %(provider)s.", provider=provider.label))
    return redirect_to(begun.then, reload=True)
