"""Beginning, renewing, noting and ending sessions."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import cast, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from core import current, db
from core.access import Member
from core.auth.models import User
from core.auth.sessions.models import SignInSession
from core.auth.sessions.present import Present, hash_of_token, is_open
from core.db import new_id

LONGEST = timedelta(days=30)
"""However much it is used, a session ends after this."""
KEPT = timedelta(days=90)
"""How long a session that is over can still be looked up."""
SEEN_EVERY = timedelta(minutes=1)
LONGEST_AGENT = 400


@dataclass(frozen=True)
class Browser:
    """What a browser says of itself, and whence it asks."""

    ip: str
    agent: str


Notice = Callable[[Session, SignInSession], None]


def begin(
    user: User, browser: Browser, *, how: str, remember: bool, notice: Notice | None = None
) -> tuple[SignInSession, str]:
    """A session, and the token for its cookie. `notice` tells the user of it, unless it is their very first."""
    token, now = secrets.token_urlsafe(32), current.now()
    made = SignInSession(
        id=new_id(), user_id=user.id, token_hash=hash_of_token(token), stamp=user.fs_uniquifier, how=how,
        remembered=remember, ip=browser.ip, agent=browser.agent[:LONGEST_AGENT], made_at=now, last_seen_at=now,
        expires_at=now + LONGEST, entered={},
    )  # fmt: skip
    mine = SignInSession.user_id == user.id
    with db.role_session("auth") as session:
        first = session.scalar(select(SignInSession.id).where(mine).limit(1)) is None
        session.add(made)
        if not first:
            if notice is not None:
                notice(session, made)
            session.execute(delete(SignInSession).where(mine, SignInSession.expires_at < now - KEPT))
    return made, token


def renew(kept: SignInSession, user: User) -> str:
    """The same session under another token, valid although the user's stamp has changed."""
    token = secrets.token_urlsafe(32)
    changed = {"token_hash": hash_of_token(token), "stamp": user.fs_uniquifier}
    with db.role_session("auth") as session:
        session.execute(update(SignInSession).where(SignInSession.id == kept.id).values(changed))
    return token


def note_seen(here: Present, browser: Browser) -> None:
    """Remember that the session is in use, here and now: at most once a minute, without waiting for anybody."""
    now = current.now()
    last = min(here.session.last_seen_at, here.last_here) if here.member_id else here.session.last_seen_at
    if last > now - SEEN_EVERY and not here.is_new_here:
        return
    values = {"last_seen_at": now, "ip": browser.ip}
    if here.member_id:
        place = func.jsonb_build_object(str(here.tenant_id), now.isoformat())
        values["entered"] = SignInSession.entered.op("||")(cast(place, JSONB))
    with db.engine("auth").connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(update(SignInSession).where(SignInSession.id == here.session.id).values(values))


# --- the open ones -------------------------------------------------------------------------------------


def open_sessions(user_id: UUID) -> Sequence[SignInSession]:
    """Where a user is signed in, the one used last before the others."""
    found = (
        select(SignInSession)
        .join(User, User.id == SignInSession.user_id)
        .where(SignInSession.user_id == user_id, is_open(now=literal(current.now())))
        .order_by(SignInSession.last_seen_at.desc(), SignInSession.id)
    )
    with db.role_session("auth") as session:
        return session.scalars(found).all()


def count_open_here() -> int:
    """In how many browsers members of this workspace are signed in and have been in it."""
    tenant = current.tenant_id()
    found = (
        select(func.count())
        .select_from(Member)
        .join(SignInSession, SignInSession.user_id == Member.user_id)
        .join(User, User.id == Member.user_id)
        .where(
            Member.tenant_id == tenant,
            Member.status == "active",
            is_open(now=literal(current.now())),
            SignInSession.entered.has_key(str(tenant)),
        )  # fmt: skip
    )
    with db.role_session("auth") as session:
        return session.scalar(found) or 0


# --- ending --------------------------------------------------------------------------------------------


def end_one(user_id: UUID, session_id: UUID) -> SignInSession | None:
    """End one of the user's sessions: its next request is signed out. None when it is not theirs, or is over."""
    mine = (SignInSession.id == session_id) & (SignInSession.user_id == user_id) & SignInSession.ended_at.is_(None)
    with db.role_session("auth") as session:
        found = session.scalars(select(SignInSession).where(mine).with_for_update()).one_or_none()
        if found is not None:
            found.ended_at = current.now()
        return found


def end_all(user_id: UUID, *, but: UUID | None = None, within: Session | None = None) -> int:
    """End all sessions of the user, or all but one. Returns how many there were."""
    theirs = update(SignInSession).where(SignInSession.user_id == user_id, SignInSession.ended_at.is_(None),
                                         SignInSession.expires_at > current.now())  # fmt: skip
    if but is not None:
        theirs = theirs.where(SignInSession.id != but)
    theirs = theirs.values(ended_at=current.now()).returning(SignInSession.id)
    if within is not None:
        return len(within.scalars(theirs).all())
    with db.role_session("auth") as session:
        return len(session.scalars(theirs).all())
