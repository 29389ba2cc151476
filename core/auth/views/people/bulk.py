"""One change to all the members that were ticked."""

from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.auth import many_members
from core.auth.many_members import Refused
from core.auth.people_forms import ids_of
from core.auth.views.people.blueprint import MANAGE, people
from core.errors import FieldProblem, Invalid
from core.i18n import _, _n
from core.web import redirect_to, render, toast


@people.post("/bulk", permission=MANAGE)
def change_many() -> ResponseReturnValue:
    """`do` says what: move, role or deactivate. Who could not be changed is told with the reason.

    The others are changed: so that is no answer of failure, which would undo it.
    """
    chosen = ids_of(request.form.getlist("id"), "id")
    if not chosen:
        toast(_("Tick some members first."), "warning")
        return redirect_to(url_for(".list_members"))
    done, refused = _change(request.form.get("do", ""), chosen)
    if done:
        toast(_n("%(num)s member changed.", "%(num)s members changed.", done))
    if refused:
        return render("members/refused.html", refused=refused, done=done)
    return redirect_to(url_for(".list_members"))


def _change(what: str, chosen: list[UUID]) -> tuple[int, list[Refused]]:
    if what == "move":
        team = ids_of([request.form.get("to_team", "")], "team")
        return many_members.move_all(chosen, team[0] if team else None)
    if what == "role":
        role = ids_of([request.form.get("add_role", "")], "role")
        return many_members.add_role_to_all(chosen, role[0] if role else None)
    if what == "deactivate":
        return many_members.deactivate_all(chosen)
    raise Invalid([FieldProblem("do", "unknown", _("Choose one of the list."))])
