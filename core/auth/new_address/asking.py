"""Asking for another address, agreeing to it in both mailboxes, and the change itself."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import current, db
from core.access import Member
from core.auth import account_mail, errands, links
from core.auth.context import Door, entering
from core.auth.errands import errand
from core.auth.events import InvitationRevoked
from core.auth.links import LinkForged, LinkUsed
from core.auth.models import User
from core.auth.new_address.models import EmailChange
from core.auth.sessions.happenings import EmailChanged
from core.auth.users import find_user
from core.current import Cause
from core.db import new_id
from core.errors import FieldProblem, Invalid
from core.events import emit
from core.i18n import _

GOOD_FOR = timedelta(days=1)
OLD, NEW = "old", "new"
MEMBERSHIPS = "select tenant_id, id from member where user_id = :user_id order by tenant_id"


@dataclass(frozen=True)
class Asked:
    """What a link is about, for whoever holds it. `side` is the mailbox that it was sent to."""

    side: str
    change: EmailChange


def ask_for(user: User, wanted: str, locale: str) -> None:
    """Write to both mailboxes. Raises Invalid for the present address.

    Whether somebody else has the wanted one is told to that mailbox alone.
    """
    if wanted == user.email:
        raise Invalid([FieldProblem("email", "same", _("This is your address already."))])
    made = EmailChange(id=new_id(), user_id=user.id, former=user.email, wanted=wanted, asked_at=current.now())
    with db.role_session("auth") as session:
        session.execute(delete(EmailChange).where(EmailChange.user_id == user.id, EmailChange.done_at.is_(None)))
        session.add(made)
    errands.leave("ask_for_address", wanted, change=made.id.hex, locale=user.locale or locale)


@errand("ask_for_address")
def write_to_both(email: str, *, change: str, locale: str) -> None:
    with db.role_session("auth") as session:
        asked = session.get(EmailChange, UUID(change))
        user = session.get(User, asked.user_id) if asked else None
        if asked is None or user is None:
            return
        shared = {"name": user.name, "former": asked.former, "wanted": asked.wanted}
        account_mail.write_account_mail(session, asked.former, "address_old", locale, url=_url(asked, OLD), **shared)
        known = find_user(session, email)
        if known is None:
            account_mail.write_account_mail(session, email, "address_new", locale, url=_url(asked, NEW), **shared)
        else:
            account_mail.write_account_mail(session, email, "address_taken", known.locale or locale, name=known.name,
                                            former=asked.former)  # fmt: skip
    account_mail.wake()


def _url(asked: EmailChange, side: str) -> str:
    return links.url(f"/new-address/{links.sign('new_address', [asked.id.hex, side])}")


def under_way(user_id: UUID) -> EmailChange | None:
    """What this user waits for."""
    open_ = (
        EmailChange.user_id == user_id, EmailChange.done_at.is_(None), EmailChange.refused_at.is_(None),
        EmailChange.asked_at > current.now() - GOOD_FOR,
    )  # fmt: skip
    with db.role_session("auth") as session:
        return session.scalars(select(EmailChange).where(*open_)).first()


def withdraw(user_id: UUID) -> None:
    """Want no other address any more; the links that were sent stop working."""
    with db.role_session("auth") as session:
        session.execute(delete(EmailChange).where(EmailChange.user_id == user_id, EmailChange.done_at.is_(None)))


# --- the links -----------------------------------------------------------------------------------------


def read_link(token: str) -> Asked:
    """Raises LinkForged, LinkExpired, or LinkUsed when this mailbox has answered, or the wish was replaced."""
    with db.role_session("auth") as session:
        return _asked(session, token)


def _asked(session: Session, token: str, **lock: Any) -> Asked:
    said = links.read("new_address", token)
    change_id, side = UUID(said[0]), said[1]
    change = session.get(EmailChange, change_id, **lock)
    if change is None or change.refused_at or change.done_at:
        raise LinkUsed(_("This link was already used."))
    if (change.agreed_at if side == OLD else change.confirmed_at) is not None:
        raise LinkUsed(_("This link was already used."))
    if side not in (OLD, NEW):
        raise LinkForged(_("This link is not complete, or it is not one of ours."))
    return Asked(side, change)


def agree(token: str) -> EmailChange:
    """The mailbox of the link agrees; with the second of the two the address is changed.

    Raises LinkUsed when somebody else has taken the address meanwhile.
    """
    with db.role_session("auth") as session:
        asked = _asked(session, token, with_for_update=True)
        change = asked.change
        if asked.side == OLD:
            change.agreed_at = current.now()
        else:
            change.confirmed_at = current.now()
        if change.agreed_at and change.confirmed_at:
            user = session.get_one(User, change.user_id, with_for_update=True)
            user.email = change.wanted
            change.done_at = current.now()
            try:
                session.flush()
            except IntegrityError:
                raise LinkUsed(_("Somebody else has this address meanwhile.")) from None
    if change.done_at:
        errands.leave("follow_address", change.wanted, former=change.former, user_id=change.user_id.hex)
    return change


def refuse(token: str) -> EmailChange:
    """The old mailbox does not want it: the wish is void, and the new mailbox's link with it."""
    with db.role_session("auth") as session:
        asked = _asked(session, token, with_for_update=True)
        if asked.side != OLD:
            raise LinkForged(_("This link is not complete, or it is not one of ours."))
        asked.change.refused_at = current.now()
        return asked.change


# --- in the workspaces ---------------------------------------------------------------------------------


@errand("follow_address")
def follow(email: str, *, former: str, user_id: str) -> None:
    """Let every workspace know the member by the new address. Done twice, it is done once."""
    with db.engine("auth").connect() as connection:
        memberships = connection.execute(text(MEMBERSHIPS), {"user_id": UUID(user_id)}).all()
    for tenant_id, member_id in memberships:
        with entering(Door(tenant_id, None, cause=Cause("member"))):
            member = db.get(Member, member_id, lock=True)
            if member is not None and member.email != email:
                _revoke_invitation_of(email)
                member.email = email
                emit(EmailChanged(record_type="member", record_id=member.id, member=member.name,
                                  changes={"email": [former, email]}))  # fmt: skip


def _revoke_invitation_of(email: str) -> None:
    """Whoever has the address is a member already; an invitation sent to it has no sense any more."""
    invited = select(Member).where(Member.email == email, Member.status == "invited")
    for member in db.session().scalars(invited):
        emit(InvitationRevoked(record_type="member", record_id=member.id, email=member.email))
        db.session().delete(member)
    db.flush()
