"""Where one is signed in, among one's own settings."""

from uuid import UUID

from flask import url_for
from flask.typing import ResponseReturnValue

from core.auth.devices import is_handheld, place_of, words_of
from core.auth.sessions.keeping import open_sessions
from core.auth.sessions.mine import end_others, end_session
from core.auth.sessions.present import Present, present
from core.i18n import _, _l, _n
from core.web import redirect_to, render, toast
from core.web.blueprints import any_member, workspace
from core.web.settings_menu import SettingsPage, add_settings_page

my_sessions = workspace("my_sessions", __name__, "settings/sessions", template_folder="../templates")

add_settings_page(SettingsPage(_l("Sessions"), "my_sessions.list_sessions", "devices", section="you", place=30,
                               summary=_l("Browsers with your account open, to sign out from here.")))  # fmt: skip


@my_sessions.get("/", permission=any_member)
def list_sessions() -> ResponseReturnValue:
    here = _here()
    return render("auth/sessions.html", sessions=open_sessions(here.user.id), this=here.session.id, words_of=words_of,
                  place_of=place_of, is_handheld=is_handheld, ways=WAYS)  # fmt: skip


WAYS = {
    "password": _l("Signed in by password"),
    "passkey": _l("Signed in by passkey"),
    "provider": _l("Signed in by another service"),
    "link": _l("Signed in by a link from a mail"),
}


@my_sessions.post("/ending", permission=any_member)
def end_all_others() -> ResponseReturnValue:
    count = end_others(_here())
    toast(_n("%(num)s browser was signed out.", "%(num)s browsers were signed out.", count))
    return redirect_to(url_for(".list_sessions"))


@my_sessions.post("/<uuid:session_id>/ending", permission=any_member)
def end_this(session_id: UUID) -> ResponseReturnValue:
    """To end what has ended already is no fault."""
    ended = end_session(_here().user.id, session_id)
    if ended is not None:
        toast(_("%(device)s was signed out.", device=words_of(ended.agent)))
    return redirect_to(url_for(".list_sessions"))


def _here() -> Present:
    here = present()
    assert here is not None
    return here
