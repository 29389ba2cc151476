"""Changing members over the API: roles, team, title, phone, leave, and the end and return of their access."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import fields, validate

from core import current, db
from core.access import Member, permitted
from core.api import Answer, Doc, Resource, loaded, single
from core.api.docs import thing
from core.api.people import MEMBER_IN_FULL, member_in_full
from core.auth import members, seats
from core.auth.absences import end_absence, set_absence
from core.auth.people_forms import NUMBER
from core.errors import FieldProblem, Forbidden, Invalid
from core.i18n import _, _l
from core.records.fields import FieldError
from core.web.blueprints import any_member, holding

members_api = Resource("member_changes", __name__, title=_l("Members, teams and roles"))

MANAGE = holding("tenant.manage_members")
INVITE = holding("tenant.invite_members")
WHOLE = {"type": "integer", "minimum": 0}
SEATS = thing(used=WHOLE, allowed={"type": ["integer", "null"], "minimum": 0})
LONGEST_LINE = 100


class AwayInput(ma.Schema):
    begins = fields.AwareDateTime(required=True, format="iso", default_timezone=UTC, data_key="from")
    ends = fields.AwareDateTime(required=True, format="iso", default_timezone=UTC, data_key="until")
    deputy = fields.UUID(required=True)


class MemberInput(ma.Schema):
    title = fields.String(allow_none=True, validate=validate.Length(max=LONGEST_LINE))
    phone = fields.String(allow_none=True, validate=validate.Length(max=40))
    roles = fields.List(fields.UUID(), validate=validate.Length(1, 50))
    team = fields.UUID(allow_none=True)
    away = fields.Nested(AwayInput, allow_none=True)


@members_api.patch("/members/<uuid:member_id>", permission=any_member, doc=Doc(MemberInput, MEMBER_IN_FULL))
def update_member(member_id: UUID) -> Answer:
    """Change a member: what is not sent stays. Roles are given as ids, all of them; `away` null ends a leave.

    One's own leave, title and phone are one's own to change; the rest is for those who manage members.
    """
    said = loaded(MemberInput)
    member = members.get_member(member_id, lock=True)
    with db.savepoint():
        _describe(member, said)
        if "team" in said:
            members.move_member(member, said["team"])
        if "roles" in said:
            _change_roles(member, said["roles"])
        if "away" in said:
            _send_away(member, said["away"])
    return single(member_in_full(member))


def _describe(member: Member, said: dict[str, Any]) -> None:
    told = {key: (said[key] or "").strip() or None for key in ("title", "phone") if key in said}
    if not told:
        return
    if not permitted("tenant.manage_members") and not _is_me(member):
        raise Forbidden(_("Your role does not allow this. Ask an administrator of your workspace."))
    if told.get("phone"):
        try:
            told["phone"] = NUMBER.parse_text(str(told["phone"]))
        except FieldError as error:
            raise Invalid([FieldProblem("phone", error.code, error.message)]) from None
    members.describe_member(member, **told)


def _change_roles(member: Member, role_ids: list[UUID]) -> None:
    """The service speaks of the field as the form calls it."""
    try:
        members.change_roles(member, role_ids)
    except Invalid as invalid:
        raise Invalid([FieldProblem("roles", each.code, each.message) for each in invalid.problems]) from None


def _send_away(member: Member, away: dict[str, Any] | None) -> None:
    if away is None:
        return end_absence(member)
    try:
        set_absence(member, _possible(away["begins"]), _possible(away["ends"]), away["deputy"])
    except Invalid as invalid:
        named = [FieldProblem(f"away.{each.field}".rstrip("."), each.code, each.message) for each in invalid.problems]
        raise Invalid(named) from None


def _possible(moment: datetime) -> datetime:
    """Within the years in which every time zone can say it."""
    if not 1970 <= moment.year <= 9998:
        raise Invalid([FieldProblem("until", "out_of_range", _("This is too far away."))])
    return moment.astimezone(UTC)


def _is_me(member: Member) -> bool:
    acting = current.tenant().member
    return acting is not None and acting.id == member.id


@members_api.post("/members/<uuid:member_id>/deactivation", permission=MANAGE, doc=Doc(gives=MEMBER_IN_FULL))
def deactivate_member(member_id: UUID) -> Answer:
    """End a member's access; what they own and did stays."""
    member = members.get_member(member_id, lock=True)
    members.deactivate_member(member)
    return single(member_in_full(member))


@members_api.post("/members/<uuid:member_id>/reactivation", permission=MANAGE, doc=Doc(gives=MEMBER_IN_FULL))
def reactivate_member(member_id: UUID) -> Answer:
    """Restore a member's access, if there is a seat for them."""
    member = members.get_member(member_id)
    members.reactivate_member(member)
    return single(member_in_full(member))


@members_api.get("/seats", permission=INVITE, doc=Doc(gives=SEATS))
def show_seats() -> Answer:
    """Show how many seats are taken, and how many the plan has: null for as many as like."""
    now = seats.seats()
    return single({"used": now.used, "allowed": now.allowed})
