"""Inviting somebody to the workspace by mail, and their coming in."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core import current, db
from core.access import Member, MemberRole, Role, require_permission
from core.auth import links
from core.auth.context import Door, entering
from core.auth.events import InvitationRevoked, MemberInvited, MemberJoined
from core.auth.giving import role_to_give
from core.auth.links import LinkForged, LinkProblem, LinkUsed
from core.auth.members import roles_of, team_to_give
from core.auth.models import User
from core.auth.seats import require_seat
from core.current import Cause, NoTenant
from core.db import new_id
from core.errors import Conflict, FieldProblem, Invalid
from core.events import emit
from core.i18n import _, using_locale
from core.mail import send_mail


class LinkWithdrawn(LinkProblem):
    code = "link_withdrawn"


@dataclass(frozen=True)
class Invitation:
    """What an invitation says to whoever holds its link."""

    tenant_id: UUID
    member_id: UUID
    slug: str
    workspace: str
    email: str
    by: str
    role: str
    name: str = ""


def invite_member(email: str, role_id: UUID | None, team_id: UUID | None = None, name: str = "") -> Member:
    """Make an invited member and write to them. Raises Invalid for an address that is a member's already, NoSeat."""
    require_permission("tenant.invite_members")
    role, team = role_to_give(role_id), team_to_give(team_id)
    require_seat()
    known = db.session().scalars(select(Member).where(Member.email == email)).one_or_none()
    if known is not None:
        raise Invalid([FieldProblem("email", "taken", _taken(known))])
    member = Member(id=new_id(), name=name or email.partition("@")[0], email=email, status="invited",
                    team_id=team.id if team else None)  # fmt: skip
    try:
        with db.savepoint():
            db.session().add(member)
            db.flush()
    except IntegrityError:
        raise Invalid([FieldProblem("email", "taken", _("This address was invited a moment ago."))]) from None
    db.session().add(MemberRole(id=new_id(), member_id=member.id, role_id=role.id))
    _write_to(member, [role])
    emit(MemberInvited(record_type="member", record_id=member.id, email=email, role=role.title))
    return member


def _taken(member: Member) -> str:
    return {
        "active": _("%(name)s is a member already.", name=member.name),
        "invited": _("This address is invited already. You can send the invitation again from the list."),
        "deactivated": _("%(name)s was a member. Restore the access in the list instead.", name=member.name),
    }[member.status]


def resend_invitation(member: Member) -> None:
    """Send a new link; the one sent before stops working."""
    require_permission("tenant.invite_members")
    _still_invited(member)
    _write_to(member, roles_of([member.id])[member.id])


def revoke_invitation(member: Member) -> None:
    """Take an invitation back. Its link stops working and nothing remains of the member."""
    require_permission("tenant.invite_members")
    _still_invited(member)
    emit(InvitationRevoked(record_type="member", record_id=member.id, email=member.email))
    db.session().delete(member)
    db.flush()


def _still_invited(member: Member) -> None:
    if member.status != "invited":
        raise Conflict(_("%(name)s has joined meanwhile.", name=member.name))


def _write_to(member: Member, roles: Sequence[Role]) -> None:
    context = current.tenant()
    member.invitation = {
        "nonce": secrets.token_urlsafe(12),
        "by": context.member.name if context.member else context.name,
        "at": current.now().isoformat(),
    }
    token = links.sign("invitation", [context.tenant_id.hex, member.id.hex, member.invitation["nonce"]])
    with using_locale(context.locale):
        role = listed(roles)
    send_mail(member.email, "invitation", context.locale, by=member.invitation["by"], workspace=context.name, role=role,
              url=links.url(f"/invitations/{token}"))  # fmt: skip


def listed(roles: Sequence[Role]) -> str:
    return _(", ").join(role.title for role in roles)


# --- coming in -----------------------------------------------------------------------------------------


def read_invitation(token: str) -> Invitation:
    """What the link says. Raises LinkForged, LinkExpired, LinkUsed or LinkWithdrawn."""
    tenant_id, member_id, nonce = links.read("invitation", token)
    try:
        with entering(Door(UUID(tenant_id), None)) as context:
            member = _invited(UUID(member_id), nonce)
            invitation = member.invitation or {}
            given = "" if member.name == member.email.partition("@")[0] else member.name
            return Invitation(context.tenant_id, member.id, context.slug, context.name, member.email,
                              invitation.get("by", ""), listed(roles_of([member.id])[member.id]), given)  # fmt: skip
    except NoTenant:
        raise LinkForged(_("This link is not complete, or it is not one of ours.")) from None


def accept_invitation(token: str, user: User) -> str:
    """Make the invited member the user, active from now on. Returns the address of the workspace.

    Raises NoSeat when the plan was cut down meanwhile.
    """
    tenant_id, member_id, nonce = links.read("invitation", token)
    with entering(Door(UUID(tenant_id), None, cause=Cause("member"))) as context:
        require_seat(0)
        member = _invited(UUID(member_id), nonce, lock=True)
        if member.email != user.email:
            raise Conflict(_("This invitation was sent to %(email)s. Sign in with that address.", email=member.email))
        come_in(member, user)
        return f"/w/{context.slug}/"


def come_in(member: Member, user: User) -> None:
    """From now on this member is the user."""
    member.user_id, member.name, member.locale = user.id, user.name, user.locale
    member.status, member.invitation = "active", None
    emit(MemberJoined(record_type="member", record_id=member.id, member=member.name))


def _invited(member_id: UUID, nonce: str, *, lock: bool = False) -> Member:
    member = db.get(Member, member_id, lock=lock)
    if member is None or (member.status == "invited" and (member.invitation or {}).get("nonce") != nonce):
        raise LinkWithdrawn(_("This invitation was taken back, or a newer one was sent."))
    if member.status != "invited":
        raise LinkUsed(_("This invitation was already accepted."))
    return member
