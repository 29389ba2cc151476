"""Who sits before this browser: session, user and membership of the workspace asked for, in one statement."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import g, request, session
from sqlalchemy import ColumnElement, bindparam, or_, select

from core import current
from core.access import Member
from core.auth.auth_session import auth_session
from core.auth.models import User
from core.auth.sessions.models import SignInSession
from core.tenant import Tenant

KEY = "sign_in"
"""Where the cookie has the token."""
UNUSED = timedelta(days=1)
"""How long a browser that is not to be remembered may do nothing."""
WITHOUT_PEOPLE = ("/api/", "/static/")
"""Addresses that nobody needs to be signed in for, or not by a cookie."""


@dataclass(frozen=True)
class Present:
    session: SignInSession
    user: User
    tenant_id: UUID | None = None
    member_id: UUID | None = None
    """Set when the address names a workspace of which the user is an active member."""

    @property
    def last_here(self) -> datetime:
        """When this session last used the workspace asked for; when it was made, if it never did."""
        said = self.session.entered.get(str(self.tenant_id))
        return datetime.fromisoformat(said) if said else self.session.made_at

    @property
    def is_new_here(self) -> bool:
        return self.tenant_id is not None and str(self.tenant_id) not in self.session.entered


def present() -> Present | None:
    """Asked of the database once in a request; nobody when there is no session, or it has ended."""
    if "present" not in g:
        token = session.get(KEY)
        g.present = _find(token) if token and not request.path.startswith(WITHOUT_PEOPLE) else None
    found: Present | None = g.present
    return found


def forget_present() -> None:
    """Whoever signs in or out asks again."""
    g.pop("present", None)


def hash_of_token(token: str) -> str:
    """A token has 256 random bits, so that a plain hash keeps it secret."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_open(*, now: Any) -> ColumnElement[bool]:
    """The condition on a row beside its user's: neither ended, nor expired, nor from before the password changed."""
    used = or_(SignInSession.remembered, SignInSession.last_seen_at > now - UNUSED)
    alive = SignInSession.ended_at.is_(None) & (SignInSession.expires_at > now)
    return alive & used & (SignInSession.stamp == User.fs_uniquifier) & User.active


def _find(token: str) -> Present | None:
    known = {"hash": hash_of_token(token), "slug": g.get("slug"), "now": current.now()}
    row = auth_session.execute(FIND, known).one_or_none()
    return Present(*row) if row else None


FIND = (
    select(SignInSession, User, Tenant.id, Member.id)
    .join(User, User.id == SignInSession.user_id)
    .outerjoin(Tenant, Tenant.slug == bindparam("slug"))
    .outerjoin(Member, (Member.tenant_id == Tenant.id) & (Member.user_id == User.id) & (Member.status == "active"))
    .where(SignInSession.token_hash == bindparam("hash"), is_open(now=bindparam("now")))
)
