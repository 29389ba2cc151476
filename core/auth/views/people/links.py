"""The links by which whoever has an address in the company's domain joins."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core import current
from core.auth import giving, joining
from core.auth.absences import span
from core.auth.forms import errors_of, read_form
from core.auth.members import get_member
from core.auth.people_forms import MakeLink
from core.auth.views.people.blueprint import MANAGE, people, tabs, team_options
from core.errors import Invalid
from core.i18n import _
from core.web import redirect_to, render, toast


@people.get("/links", permission=MANAGE)
def list_links() -> ResponseReturnValue:
    return render("members/links.html", rows=joining.list_links(), url_of=joining.url_of,
                  tabs=tabs("members.list_links"))  # fmt: skip


@people.get("/links/new", permission=MANAGE)
def new_link() -> ResponseReturnValue:
    return _form()


@people.post("/links/new", permission=MANAGE)
def create_link() -> ResponseReturnValue:
    try:
        typed = read_form(MakeLink, request.form)
        until = typed["until"]
        joining.make_link(
            role_id=typed["role"], team_id=typed["team"], domains=typed["domains"].replace(",", " ").split(),
            anyone=typed["who"] == "anyone", max_uses=typed["max_uses"],
            expires_at=span(get_member(current.member().id), until, until)[1] if until else None,
        )  # fmt: skip
    except Invalid as invalid:
        return _form(errors=_beside(errors_of(invalid)), status=422)
    toast(_("The link is made. Copy it and pass it on."))
    return redirect_to(url_for(".list_links"))


def _beside(errors: dict[str, str]) -> dict[str, str]:
    """The form asks for a day where the service asks for an instant."""
    return {"until" if field == "expires_at" else field: message for field, message in errors.items()}


def _form(*, status: int = 200, **said: Any) -> ResponseReturnValue:
    roles = [role for role in giving.assignable_roles() if role.key not in joining.TOO_MIGHTY]
    return render("members/link.html", status=status, roles=roles, teams=team_options(), **said)


@people.post("/links/<uuid:link_id>/rotation", permission=MANAGE)
def rotate_link(link_id: UUID) -> ResponseReturnValue:
    joining.rotate_link(joining.get_link(link_id, lock=True))
    toast(_("Here is the new link. The previous one no longer lets anybody in."))
    return redirect_to(url_for(".list_links"))


@people.post("/links/<uuid:link_id>/withdrawal", permission=MANAGE)
def withdraw_link(link_id: UUID) -> ResponseReturnValue:
    joining.withdraw_link(joining.get_link(link_id, lock=True))
    toast(_("The link lets nobody in any more. Who joined by it stays."))
    return redirect_to(url_for(".list_links"))
