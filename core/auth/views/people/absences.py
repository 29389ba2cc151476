"""Going on leave, with somebody who stands in."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core import current
from core.access import Member
from core.auth import absences, members
from core.auth.forms import errors_of, read_form
from core.auth.people_forms import GoAway
from core.auth.views.people.blueprint import people, person_options
from core.errors import Forbidden, Invalid
from core.i18n import _
from core.web import redirect_to, render, toast
from core.web.blueprints import any_member


@people.get("/<uuid:member_id>/absence", permission=any_member)
def edit_absence(member_id: UUID) -> ResponseReturnValue:
    return _form(_member(member_id))


@people.post("/<uuid:member_id>/absence", permission=any_member)
def set_absence(member_id: UUID) -> ResponseReturnValue:
    member = _member(member_id, lock=True)
    try:
        typed = read_form(GoAway, request.form)
        begins, ends = absences.span(member, typed["begins"], typed["ends"])
        absences.set_absence(member, begins, ends, typed["deputy"])
    except Invalid as invalid:
        return _form(member, errors=errors_of(invalid), status=422)
    toast(_("Noted: away until %(day)s.", day=absences.last_day(member)))
    return redirect_to(_back(member))


@people.post("/<uuid:member_id>/absence/end", permission=any_member)
def end_absence(member_id: UUID) -> ResponseReturnValue:
    member = _member(member_id, lock=True)
    absences.end_absence(member)
    toast(_("%(member)s is not away.", member=member.name))
    return redirect_to(_back(member))


def _member(member_id: UUID, *, lock: bool = False) -> Member:
    member = members.get_member(member_id, lock=lock)
    if not absences.may_send_away(member):
        raise Forbidden(_("Only they themselves, the head of their team or an administrator can do this."))
    return member


def _back(member: Member) -> str:
    mine = member.id == current.member_id()
    return url_for("settings.edit_profile") if mine else url_for(".show_member", member_id=member.id)


def _form(member: Member, *, status: int = 200, **said: Any) -> ResponseReturnValue:
    others = [each for each in person_options() if each[0] != str(member.id)]
    return render("members/absence.html", status=status, member=member, days=absences.days_of(member), others=others,
                  back=_back(member), **said)  # fmt: skip
