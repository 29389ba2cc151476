"""People who sign in: finding them, their password, their language, and the workspaces they belong to."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import current, db
from core.access import Member
from core.auth import account_mail, errands, links
from core.auth.errands import errand
from core.auth.links import LinkForged, LinkUsed
from core.auth.models import User
from core.auth.news import write_news
from core.current import TenantContext
from core.db import new_id
from core.i18n import _

WORKSPACES = """
select t.id as tenant_id, t.slug, t.name, m.id as member_id
  from tenant t join member m on m.tenant_id = t.id
 where m.user_id = :user_id and m.status = 'active' order by t.name, t.slug
"""


@dataclass(frozen=True)
class Workspace:
    tenant_id: UUID
    slug: str
    name: str
    member_id: UUID

    @property
    def url(self) -> str:
        return f"/w/{self.slug}/"


def find_user(session: Session, email: str) -> User | None:
    return session.scalars(select(User).where(User.email == email)).one_or_none()


def claim_user(session: Session, email: str, name: str, locale: str | None) -> User:
    """The user with this address, made if there is none. Two at once get the same one, the second after the first."""
    values = {"id": new_id(), "email": email, "name": name, "locale": locale, "fs_uniquifier": secrets.token_hex(32)}
    session.execute(insert(User).values(values).on_conflict_do_nothing(index_elements=["email"]))
    return session.scalars(select(User).where(User.email == email).with_for_update()).one()


def workspaces_of(user_id: UUID) -> Sequence[Workspace]:
    """Where this user is an active member, by name."""
    with db.engine("auth").connect() as connection:
        rows = connection.execute(text(WORKSPACES), {"user_id": user_id}).all()
    return [Workspace(row.tenant_id, row.slug, row.name, row.member_id) for row in rows]


def choose_locale(user_id: UUID, locale: str) -> None:
    """The language of a user's pages and mails, in every workspace."""
    with db.role_session("auth") as session:
        user = session.get(User, user_id)
        if user is None or user.locale == locale:
            return
        user.locale = locale
    for workspace in workspaces_of(user_id):
        with db.unit_of_work(TenantContext(workspace.tenant_id, workspace.slug, workspace.name, "")):
            if (member := db.get(Member, workspace.member_id)) is not None:
                member.locale = locale


# --- resetting a password ------------------------------------------------------------------------------


def ask_for_reset(email: str, locale: str) -> None:
    """Have a link to choose a new password sent, if there is such a user. A worker finds out; the asker does not."""
    errands.leave("reset", email, locale=locale)


@errand("reset")
def send_reset(email: str, *, locale: str) -> None:
    with db.role_session("auth") as session:
        user = find_user(session, email)
        if user is not None and user.active:
            account_mail.write_account_mail(
                session, email, "reset", user.locale or locale, name=user.name, url=reset_url(user)
            )
    account_mail.wake()


def reset_url(user: User) -> str:
    return links.url(f"/reset-password/{links.sign('reset', [user.id.hex, state_of(user)])}")


def user_of_reset(token: str) -> User:
    """Whose password the link is for. Raises LinkForged, LinkExpired, or LinkUsed once the password was changed."""
    user_id, state = links.read("reset", token)
    with db.role_session("auth") as session:
        user = session.get(User, UUID(user_id))
    if user is None or not user.active:
        raise LinkForged(_("This link is not complete, or it is not one of ours."))
    if state_of(user) != state:
        raise LinkUsed(_("This link was already used."))
    return user


def reset_password(token: str, hashed: str) -> UUID:
    """Set the password once. Every browser that was signed in is signed out, and the address is known to be theirs."""
    user_id = user_of_reset(token).id
    with db.role_session("auth") as session:
        user = session.get(User, user_id, with_for_update=True)
        if user is None or state_of(user) != links.read("reset", token)[1]:
            raise LinkUsed(_("This link was already used."))
        set_password(user, hashed)
        user.confirmed_at = user.confirmed_at or current.now()
        write_news(session, user, "password_changed")
    account_mail.wake()
    return user_id


def set_password(user: User, hashed: str | None) -> None:
    """A new password; with the new uniquifier, sessions and links made before are worth nothing."""
    user.password = hashed
    user.fs_uniquifier = secrets.token_hex(32)


def state_of(user: User) -> str:
    """Changes with the password and the address, so that a link works once, and not from a mailbox that was left."""
    return hashlib.sha256(f"{user.fs_uniquifier} {user.password} {user.email}".encode()).hexdigest()[:16]
