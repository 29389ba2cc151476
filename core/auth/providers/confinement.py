"""Which workspaces a way in opens: a company's own provider opens only its own, and perhaps only it does."""

from flask import request, session, url_for
from flask.typing import ResponseReturnValue

from core.auth.policy import Policy
from core.current import TenantContext
from core.errors import Forbidden
from core.i18n import _
from core.web import is_fragment, redirect_to
from core.web.preferences import came_from


def came_by() -> str | None:
    """The tenant whose own provider said who sits before this browser, if that is how they came."""
    found = session.get("company")
    return str(found) if found else None


def wrong_way_in(context: TenantContext) -> ResponseReturnValue | None:
    """The answer to a member who came by a way that does not open this workspace; None for everybody else.

    Raises Forbidden for those whom another company's provider let in.
    """
    if came_by() is not None and came_by() != str(context.tenant_id):
        raise Forbidden(_("You came in with another company's sign-in, which opens only that company's workspace. Sign"
                          " out, and sign in with your password to open this one."))  # fmt: skip
    if came_by() is None and _must_come_by_company(context):
        reading = request.method == "GET" and not is_fragment()
        wanted = request.full_path.rstrip("?") if reading else came_from() or "/"
        return redirect_to(url_for("elsewhere.ask_company", workspace=context.slug, next=wanted), reload=True)
    return None


def _must_come_by_company(context: TenantContext) -> bool:
    """Owners never must: somebody has to be able to mend what is broken."""
    domains = Policy.of(context.security).company_domains
    if not domains or context.member is None or "owner" in context.member.roles:
        return False
    return context.member.email.rpartition("@")[2] in domains
