"""The links of mails about one's account: unlock it, disown a sign-in, see where one is signed in.

Each shows a page first, and acts when its button is pressed: programs that look at mails follow links, too.
"""

from flask import url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Unauthorized

from core.auth.entry import browser
from core.auth.limits import few
from core.auth.links import LinkExpired, LinkForged, LinkProblem, LinkUsed
from core.auth.sessions.happenings import Here, ShutOut, tell_everywhere, whence
from core.auth.sessions.new_device import shut_out, user_of_notice
from core.auth.sessions.present import present
from core.auth.sessions.trying import locked_account, unlock
from core.auth.users import workspaces_of
from core.i18n import _, locale
from core.web import redirect_to, render, toast
from core.web.blueprints import Guarded, anyone

way_in = Guarded("way_in", __name__, template_folder="../templates")


@way_in.get("/sign-in/sessions", permission=anyone)
def show_sessions() -> ResponseReturnValue:
    """The list, in one of the workspaces."""
    here = present()
    if here is None:
        raise Unauthorized
    mine = workspaces_of(here.user.id)
    return redirect_to(f"{mine[0].url}settings/sessions/" if mine else "/")


@way_in.get("/unlock/<token>", permission=anyone)
def show_lock(token: str) -> ResponseReturnValue:
    try:
        return render("auth/unlock.html", email=locked_account(token), token=token)
    except LinkProblem as problem:
        return _no_link(problem, _("The account is open already, or it was locked again. Try to sign in."))


@way_in.post("/unlock/<token>", permission=anyone)
@few
def open_lock(token: str) -> ResponseReturnValue:
    try:
        email = locked_account(token)
        unlock(token)
    except LinkProblem as problem:
        return _no_link(problem, _("The account is open already, or it was locked again. Try to sign in."))
    toast(_("Your account is open again. Sign in."))
    return redirect_to(url_for("auth.sign_in", email=email), reload=True)


@way_in.get("/not-me/<token>", permission=anyone)
def show_notice(token: str) -> ResponseReturnValue:
    try:
        return render("auth/not_me.html", email=user_of_notice(token).email, token=token)
    except LinkProblem as problem:
        return _no_link(problem, _("The password was changed since. If you did not do it, choose a new one."))


@way_in.post("/not-me/<token>", permission=anyone)
@few
def disown(token: str) -> ResponseReturnValue:
    try:
        user = shut_out(token, locale())
    except LinkProblem as problem:
        return _no_link(problem, _("The password was changed since. If you did not do it, choose a new one."))
    whose = whence(browser().ip, browser().agent)

    def made(here: Here) -> ShutOut:
        return ShutOut(record_type="member", record_id=here.member_id, member=here.member, **whose)

    tell_everywhere(user.id, made, as_member=True)
    return render("auth/shut_out.html", email=user.email)


def _no_link(problem: LinkProblem, used: str) -> ResponseReturnValue:
    text = {
        LinkExpired: _("It was good for a while only. Choose a new password instead, by a link that we send you."),
        LinkUsed: used,
        LinkForged: _("Perhaps the mail program broke it in two. Copy the whole link from the mail."),
    }[type(problem)]
    return render("auth/no_reset.html", status=problem.status, title=problem.message, text=text)
