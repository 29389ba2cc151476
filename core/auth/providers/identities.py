"""Which account elsewhere opens whose account here: finding, joining and parting them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import current, db
from core.auth import users
from core.auth.happened_to import tell
from core.auth.models import User
from core.auth.providers.events import AccountConnected, AccountDisconnected
from core.auth.providers.models import Identity
from core.auth.providers.somebody import Somebody
from core.auth.second_factor.models import Passkey
from core.db import new_id
from core.errors import Conflict, NotFound
from core.i18n import _


class TakenByAnother(Conflict):
    """The account elsewhere opens another account here already."""


def user_of(who: Somebody, *, company: UUID | None = None) -> User | None:
    """Whom this account elsewhere opens. One that only a company vouched for does so only at that company's door."""
    with db.role_session("auth") as session:
        found = _find(session, who)
        if found is None or found.by_company not in (None, company):
            return None
        found.last_used_at, found.label = current.now(), who.label
        user = session.get_one(User, found.user_id)
    return user if user.active else None


def is_switched_off(who: Somebody) -> bool:
    """Whether this account elsewhere opens a user's account that may not sign in at all."""
    with db.role_session("auth") as session:
        found = _find(session, who)
        return found is not None and not session.get_one(User, found.user_id).active


def has_account(email: str) -> bool:
    """Whether somebody has shown that they read the mail of this address, and has an account by it."""
    with db.role_session("auth") as session:
        user = users.find_user(session, email)
        return user is not None and user.confirmed_at is not None


def connect(user_id: UUID, who: Somebody, provider: str) -> None:
    """Let this account elsewhere open the user's account, as the user wants it. Raises TakenByAnother."""
    with db.role_session("auth") as session:
        connect_within(session, user_id, who, provider)
    tell(user_id, lambda member: AccountConnected(record_type="member", record_id=member, provider=provider,
                                                  account=who.label))  # fmt: skip


def connect_within(
    session: Session, user_id: UUID, who: Somebody, provider: str, by_company: UUID | None = None
) -> None:
    """The same within a transaction of the caller's, perhaps by a company's word alone. Twice is once."""
    values = {"id": new_id(), "user_id": user_id, "issuer": who.issuer, "subject": who.subject, "provider": provider,
              "label": who.label, "by_company": by_company, "last_used_at": current.now()}  # fmt: skip
    session.execute(insert(Identity).values(values).on_conflict_do_nothing(index_elements=["issuer", "subject"]))
    found = _find(session, who)
    assert found is not None
    if found.user_id != user_id:
        raise TakenByAnother(_("%(account)s is connected to another account here. Sign in with it, and disconnect it"
                               " there first.", account=who.label))  # fmt: skip
    if found.by_company is not None:
        found.by_company = by_company


def _find(session: Session, who: Somebody) -> Identity | None:
    found = select(Identity).where(Identity.issuer == who.issuer, Identity.subject == who.subject)
    return session.scalars(found.execution_options(populate_existing=True)).one_or_none()


# --- one's own -----------------------------------------------------------------------------------------


def identities_of(user_id: UUID) -> Sequence[Identity]:
    with db.role_session("auth") as session:
        mine = select(Identity).where(Identity.user_id == user_id).order_by(Identity.created_at)
        return session.scalars(mine).all()


def disconnect_mine(user_id: UUID, identity_id: UUID) -> Identity:
    """Part an account elsewhere from mine. Raises Conflict when no other way in would remain."""
    with db.role_session("auth") as session:
        user = session.get_one(User, user_id, with_for_update=True)
        mine = session.scalars(select(Identity).where(Identity.user_id == user_id)).all()
        found = next((each for each in mine if each.id == identity_id), None)
        if found is None:
            raise NotFound(_("There is no such account."))
        if user.password is None and len(mine) == 1 and not session.scalar(_has_passkey(user_id)):
            raise Conflict(_("This is your only way in. Choose a password first, or connect another account."))
        session.delete(found)
    tell(user_id, lambda member: AccountDisconnected(record_type="member", record_id=member, provider=found.provider,
                                                     account=found.label))  # fmt: skip
    return found


def _has_passkey(user_id: UUID) -> Select[Any]:
    return select(exists().where(Passkey.user_id == user_id))
