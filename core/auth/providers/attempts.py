"""Sign-ins under way at a provider: begun in one browser, finished there once, within ten minutes."""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import delete

from core import current, db
from core.auth.providers.models import Attempt
from core.auth.providers.somebody import Stray

GOOD_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class Begun:
    """What we sent along, and expect to come back to."""

    state: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)
    then: str = "/"
    user_id: UUID | None = None


def begin(provider: str, browser: str, then: str, user_id: UUID | None = None) -> Begun:
    """Remember a sign-in at this provider. `browser` is a secret that only this browser knows."""
    begun = Begun(then=then, user_id=user_id)
    with db.role_session("auth") as session:
        session.execute(delete(Attempt).where(Attempt.created_at < current.now() - GOOD_FOR))
        session.add(Attempt(state_hash=_hash(begun.state), browser_hash=_hash(browser), provider=provider,
                            nonce=begun.nonce, verifier=begun.verifier, then=then, user_id=user_id))  # fmt: skip
    return begun


def take(provider: str, browser: str, state: str) -> Begun:
    """The sign-in that comes back with this state, once. Raises Stray for any other."""
    with db.role_session("auth") as session:
        taken = delete(Attempt).where(Attempt.state_hash == _hash(state)).returning(Attempt)
        found = session.scalars(taken).one_or_none()
    if found is None or found.created_at < current.now() - GOOD_FOR:
        raise Stray("unknown_state")
    if found.provider != provider:
        raise Stray("mixed_up")
    if not hmac.compare_digest(found.browser_hash, _hash(browser)):
        raise Stray("another_browser")
    return Begun(state, found.nonce, found.verifier, found.then, found.user_id)


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
