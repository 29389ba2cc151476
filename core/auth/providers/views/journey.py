"""What a browser carries along on its way to a provider and back: a secret of its own, and whom it came back as."""

import secrets
from dataclasses import asdict, dataclass
from uuid import UUID

from flask import Response, make_response, request, session
from flask.typing import ResponseReturnValue

from core.auth import links
from core.auth.devices import words_of
from core.auth.limits import limiter
from core.auth.links import LinkProblem
from core.auth.providers import attempts
from core.auth.providers.arriving import Visitor
from core.auth.providers.attempts import Begun
from core.auth.providers.configured import Provider
from core.auth.providers.somebody import Cancelled, NotSignedIn, Refused, Somebody, Stray
from core.web import is_fragment, redirect_to, render
from core.web.blueprints import Guarded
from core.web.cookies import cookie, give_cookie, take_cookie

elsewhere = Guarded("elsewhere", __name__, template_folder="../../templates")

often = limiter.limit("60/minute;600/hour")
COOKIE = "account_elsewhere"
KIND = "account_elsewhere"
ERRORS = frozenset({
    "invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope", "server_error",
    "temporarily_unavailable", "interaction_required", "login_required", "account_selection_required",
    "consent_required",
})  # fmt: skip
"""What a provider may say is wrong. Anything else in the address may be anybody's invention."""


# --- there and back ------------------------------------------------------------------------------------


def set_out(provider: Provider, back: str, then: str, *, user_id: UUID | None = None, hint: str = "") -> str:
    """Begin a sign-in in this browser. Returns where to send it."""
    browser = session.setdefault("browser", secrets.token_urlsafe(24))
    begun = attempts.begin(provider.key, browser, then, user_id)
    return provider.begin(begun, links.url(back), hint)


def take_up(provider_key: str) -> Begun:
    """The sign-in that this answer belongs to. It is used up by it, whatever the answer says. Raises Stray."""
    browser, state = session.get("browser"), request.args.get("state", "")
    if not browser or not state:
        raise Stray("unknown_state")
    return attempts.take(provider_key, browser, state)


def come_back(provider: Provider, begun: Begun, back: str) -> Somebody:
    """Whom the provider sends. Raises NotSignedIn."""
    if error := request.args.get("error"):
        raise Cancelled("cancelled") if error == "access_denied" else Refused(error if error in ERRORS else "error")
    return provider.finish(request.args, begun, links.url(back))


def leave_for(url: str, name: str) -> ResponseReturnValue:
    """Send the browser to another site, after a form: it may not be redirected there, so a page leads on."""
    if "HX-Request" in request.headers and not is_fragment():
        return redirect_to(url, reload=True)
    return _unkept(render("providers/leaving.html", url=url, name=name))


def show_fault(fault: NotSignedIn, *, again: str | None = None) -> ResponseReturnValue:
    return _unkept(render("providers/fault.html", status=fault.status, fault=fault, again=again))


def _unkept(page: ResponseReturnValue) -> Response:
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def visitor() -> Visitor:
    return Visitor(request.remote_addr or "", words_of(request.user_agent.string))


# --- whom it came back as ------------------------------------------------------------------------------


@dataclass(frozen=True)
class CameBack:
    """Somebody whom a provider has shown to this browser, and whose account here is not known yet."""

    who: Somebody
    provider: str
    name: str
    then: str


def remember(response: ResponseReturnValue, came: CameBack) -> Response:
    """Keep it in this browser for a quarter of an hour: only it can go on from here, also after signing in."""
    answer = make_response(response)
    kept = links.sign(KIND, asdict(came) | {"who": asdict(came.who)})
    give_cookie(answer, COOKIE, kept, max_age=links.GOOD_FOR[KIND])
    return answer


def remembered() -> CameBack | None:
    try:
        kept = links.read(KIND, cookie(COOKIE))
    except LinkProblem:
        return None
    return CameBack(**(kept | {"who": Somebody(**kept["who"])}))


def forget(response: ResponseReturnValue) -> Response:
    answer = make_response(response)
    take_cookie(answer, COOKIE)
    return answer
