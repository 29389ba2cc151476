"""Invitations over the API: list, send, send again and take back."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import fields, validate
from sqlalchemy import select

from core import current, db
from core.access import Member, Role
from core.api import Answer, Doc, Resource, listed, loaded, reading, single
from core.api.docs import AFTER_ID, ID, INSTANT, LIMIT, TEXT, many, maybe, thing
from core.auth.forms import normal_address
from core.auth.invitations import invite_member, resend_invitation, revoke_invitation
from core.auth.inviting_many import MOST, Wanted, invite_many
from core.auth.members import get_member, roles_of
from core.errors import NotFound
from core.i18n import _, _l
from core.web.blueprints import holding

invitations = Resource("invitations", __name__, title=_l("Members, teams and roles"))

INVITE = holding("tenant.invite_members")
INVITATION = thing(id=ID, email=TEXT, roles=many(ID), team=maybe(ID), created_at=INSTANT)


class InvitationInput(ma.Schema):
    email = fields.Email(required=True, validate=validate.Length(max=320))
    role = fields.UUID(required=True)
    team = fields.UUID(allow_none=True)

    @ma.post_load
    def normalise(self, said: dict[str, Any], **_more: Any) -> dict[str, Any]:
        try:
            return said | {"email": normal_address(said["email"])}
        except ma.ValidationError as error:
            raise ma.ValidationError({"email": error.messages}) from None


@invitations.get("/invitations", permission=INVITE, doc=Doc(gives=INVITATION, many=True, params=(LIMIT, AFTER_ID)))
def list_invitations() -> Answer:
    """List the invitations that nobody has accepted yet."""
    found = select(Member).where(Member.tenant_id == current.tenant_id(), Member.status == "invited")
    if after := reading.uuid("after"):
        found = found.where(Member.id > after)
    limit = reading.limit()
    rows = db.session().scalars(found.order_by(Member.id).limit(limit + 1)).all()
    page = rows[:limit]
    roles = roles_of([member.id for member in page])
    data = [_invitation(member, roles.get(member.id, [])) for member in page]
    return listed(data, next=str(page[-1].id) if len(rows) > limit else None)


@invitations.post("/invitations", permission=INVITE, doc=Doc(InvitationInput, INVITATION, status=201))
def create_invitation() -> Answer:
    """Invite somebody: they are written to, and are a member once they accept."""
    said = loaded(InvitationInput)
    member = invite_member(said["email"], said["role"], said.get("team"))
    db.flush()
    return single(_shown(member)), 201, {"Location": f"/api/v1/invitations/{member.id}"}


class InvitationRow(ma.Schema):
    email = fields.String(required=True, validate=validate.Length(1, 320))
    name = fields.String(validate=validate.Length(max=100))
    role = fields.String(validate=validate.Length(max=100))
    team = fields.String(allow_none=True, validate=validate.Length(max=200))


class InvitationsInput(ma.Schema):
    invitations = fields.List(fields.Nested(InvitationRow), required=True, validate=validate.Length(1, MOST))
    role = fields.UUID(required=True)
    team = fields.UUID(allow_none=True)


FATE = thing(email=TEXT, id=maybe(ID), problem=maybe(TEXT))


@invitations.post("/invitations/bulk", permission=INVITE, doc=Doc(InvitationsInput, FATE, many=True))
def create_invitations() -> Answer:
    """Invite many at once: one result for each, and one bad row spoils only itself.

    A row may name a role and a team, by id or name, in place of those for all.
    """
    said = loaded(InvitationsInput)
    wanted = [
        Wanted("", row["email"].strip(), row.get("name", "").strip(), row.get("role") or "", row.get("team") or "")
        for row in said["invitations"]
    ]
    fates = invite_many(wanted, said["role"], said.get("team"))
    return listed([
        {"email": fate.wanted.email, "id": str(fate.member_id) if fate.member_id else None,
         "problem": fate.problem or None}
        for fate in fates
    ])  # fmt: skip


@invitations.get("/invitations/<uuid:invitation_id>", permission=INVITE, doc=Doc(gives=INVITATION))
def show_invitation(invitation_id: UUID) -> Answer:
    """Show an invitation."""
    return single(_shown(_find(invitation_id)))


@invitations.post("/invitations/<uuid:invitation_id>/resend", permission=INVITE, doc=Doc(gives=INVITATION))
def resend(invitation_id: UUID) -> Answer:
    """Write to them again; the link sent before stops working."""
    member = _find(invitation_id)
    resend_invitation(member)
    return single(_shown(member))


@invitations.delete("/invitations/<uuid:invitation_id>", permission=INVITE, doc=Doc(status=204))
def delete_invitation(invitation_id: UUID) -> Answer:
    """Take an invitation back."""
    revoke_invitation(_find(invitation_id))
    return None


def _find(invitation_id: UUID) -> Member:
    member = get_member(invitation_id, lock=True)
    if member.status != "invited":
        raise NotFound(_("There is no such invitation."))
    return member


def _shown(member: Member) -> dict[str, Any]:
    return _invitation(member, roles_of([member.id]).get(member.id, []))


def _invitation(member: Member, roles: list[Role]) -> dict[str, Any]:
    return {
        "id": str(member.id),
        "email": member.email,
        "roles": [str(role.id) for role in roles],
        "team": str(member.team_id) if member.team_id else None,
        "created_at": reading.instant(member.created_at),
    }
