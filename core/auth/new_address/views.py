"""The page on which one asks for another address, and the pages that the links of the two mails lead to."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core import current
from core.auth.forms import AskReset, errors_of, read_form
from core.auth.fresh import recently
from core.auth.limits import few
from core.auth.links import LinkExpired, LinkForged, LinkProblem, LinkUsed
from core.auth.models import User
from core.auth.new_address.asking import OLD, agree, ask_for, read_link, refuse, under_way, withdraw
from core.auth.sessions.present import present
from core.auth.throttling import Tries, attempt
from core.errors import Invalid
from core.i18n import _, locale
from core.web import redirect_to, render, toast
from core.web.blueprints import Guarded, any_member, anyone, workspace

my_address = workspace("my_address", __name__, "settings/address", template_folder="../templates")
new_address = Guarded("new_address", __name__, template_folder="../templates")


@my_address.get("/", permission=any_member)
def edit_address() -> ResponseReturnValue:
    return _form()


@my_address.post("/", permission=recently(any_member))
def ask_for_address() -> ResponseReturnValue:
    user = _me()
    try:
        wanted = read_form(AskReset, request.form)["email"]
        attempt(Tries("new address", user.id.hex))
        ask_for(user, wanted, locale())
    except Invalid as invalid:
        return _form(errors=errors_of(invalid), status=422)
    toast(_("Check both mailboxes: each got a mail with a link."), "info")
    return redirect_to(url_for(".edit_address"))


@my_address.post("/withdrawal", permission=any_member)
def withdraw_address() -> ResponseReturnValue:
    withdraw(_me().id)
    toast(_("Your address stays as it is."), "info")
    return redirect_to(url_for(".edit_address"))


def _form(*, status: int = 200, **said: Any) -> ResponseReturnValue:
    return render("auth/address.html", status=status, me=current.member(), waiting=under_way(_me().id), **said)


def _me() -> User:
    here = present()
    assert here is not None
    return here.user


# --- the links -----------------------------------------------------------------------------------------


@new_address.get("/new-address/<token>", permission=anyone)
def show_change(token: str) -> ResponseReturnValue:
    try:
        asked = read_link(token)
    except LinkProblem as problem:
        return _no_link(problem)
    return render("auth/new_address.html", change=asked.change, is_old=asked.side == OLD, token=token)


@new_address.post("/new-address/<token>", permission=anyone)
@few
def agree_to_change(token: str) -> ResponseReturnValue:
    try:
        change = agree(token)
    except LinkProblem as problem:
        return _no_link(problem)
    return render("auth/address_agreed.html", change=change)


@new_address.post("/new-address/<token>/refusal", permission=anyone)
@few
def refuse_change(token: str) -> ResponseReturnValue:
    try:
        change = refuse(token)
    except LinkProblem as problem:
        return _no_link(problem)
    return render("auth/address_refused.html", change=change)


def _no_link(problem: LinkProblem) -> ResponseReturnValue:
    text = {
        LinkExpired: _("Such a link works for one day. Ask for the new address again in your settings."),
        LinkUsed: _("It was answered, taken back, or replaced by a newer request. Your settings show how it stands."),
        LinkForged: _("Perhaps the mail program broke it in two. Copy the whole link from the mail."),
    }[type(problem)]
    return render("auth/no_address.html", status=problem.status, title=problem.message, text=text)
