"""Somebody whom a provider knows and we do not: an account for them, and the invitation that may wait for them."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from core import current, db
from core.access import Member
from core.auth import links, users
from core.auth.context import Door, entering
from core.auth.models import User
from core.auth.providers.identities import connect_within
from core.auth.providers.somebody import Somebody
from core.errors import Conflict
from core.i18n import _

INVITED = """
select m.tenant_id, m.id from member m where m.email = :email and m.status = 'invited' order by m.id desc limit 1
"""


def make_account(who: Somebody, provider: str, name: str, locale: str) -> User:
    """The account of somebody new whose address the provider has confirmed, opened by their account elsewhere."""
    assert who.proven_email is not None
    with db.role_session("auth") as session:
        user = users.claim_user(session, who.proven_email, name, locale)
        if user.confirmed_at is not None:
            raise Conflict(_("There is an account with %(email)s already. Sign in to it once.", email=user.email))
        give_to_its_owner(user, name, locale)
        connect_within(session, user.id, who, provider)
    return user


def give_to_its_owner(user: User, name: str, locale: str | None) -> None:
    """Give an account that nobody has confirmed to the one who is shown to have its address.

    What was typed into an unconfirmed sign-up goes: its password was chosen by who knows whom.
    """
    user.name, user.locale, user.confirmed_at = name, locale, current.now()
    user.password, user.fs_uniquifier = None, secrets.token_hex(32)


def waiting_invitation(email: str) -> str | None:
    """The page of the newest invitation that waits for this address, as the mail has it."""
    with db.engine("auth").connect() as connection:
        row = connection.execute(text(INVITED), {"email": email}).one_or_none()
    return _page_of(row.tenant_id, row.id) if row else None


def _page_of(tenant_id: UUID, member_id: UUID) -> str | None:
    with entering(Door(tenant_id, None)):
        member = db.get(Member, member_id)
        waiting = (member.invitation if member else None) or {}
    if "nonce" not in waiting or "at" not in waiting:
        return None
    if datetime.fromisoformat(waiting["at"]) < current.now() - timedelta(seconds=links.GOOD_FOR["invitation"]):
        return None
    return f"/invitations/{links.sign('invitation', [tenant_id.hex, member_id.hex, waiting['nonce']])}"
