"""Codes of an app (TOTP, RFC 6238): setting it up, accepting each code once, giving it up."""

import unicodedata
from dataclasses import dataclass
from uuid import UUID

import segno
from passlib.exc import TokenError
from passlib.totp import TOTP
from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from core import current, db
from core.auth import account_mail
from core.auth.happened_to import tell
from core.auth.models import User
from core.auth.news import write_news
from core.auth.second_factor.events import SecondFactorAdded, SecondFactorRemoved
from core.auth.second_factor.factors import FactorRefused, locked_user, note_change
from core.auth.second_factor.models import CodeApp
from core.i18n import _
from core.sealing import seal, unseal

STEP = 30
"""Seconds for which a code is shown. One that is a step early or late is accepted: clocks differ."""

_Totp = TOTP.using(issuer="Guanxi", period=STEP)


@dataclass(frozen=True)
class Offer:
    """A secret that is not the user's until a code made of it was typed."""

    key: str
    """As one types it into an app: in groups of four."""
    url: str
    picture: str
    """The QR code of the url, as the address of an image."""


def new_secret(user: User) -> str:
    """A sealed secret, to be kept by the browser until it is confirmed."""
    return seal(_Totp.new().base32_key, owner=user.id)


def offer(user: User, sealed: str) -> Offer:
    secret = _Totp(key=unseal(sealed, owner=user.id))
    url = secret.to_uri(user.email)
    picture = segno.make(url, error="m", micro=False).svg_data_uri(scale=5, border=3, dark="#000", light="#fff")
    return Offer(secret.pretty_key(sep=" "), url, picture)


def add(user_id: UUID, sealed: str, typed: str) -> None:
    """Make the offered secret the user's, in place of an earlier one. Raises FactorRefused for a wrong code."""
    step = _step_of(typed, unseal(sealed, owner=user_id), after=None)
    if step is None:
        raise FactorRefused(_("This is not the code that the app shows now. Does your phone have the right time?"))
    values = {"secret": sealed, "last_step": step, "added_at": current.now(), "last_used_at": None}
    with db.role_session("auth") as session:
        user = locked_user(session, user_id)
        kept = insert(CodeApp).values(user_id=user_id, **values)
        session.execute(kept.on_conflict_do_update(index_elements=["user_id"], set_=values))
        note_change(session, user)
        write_news(session, user, "code_app_added")
    account_mail.wake()
    tell(user_id, lambda member_id: SecondFactorAdded(record_type="member", record_id=member_id, factor="code_app"))


def is_code(user_id: UUID, typed: str) -> bool:
    """Whether this is the code of now, of the step before or after, and was not accepted before."""
    with db.role_session("auth") as session:
        app = session.get(CodeApp, user_id)
        step = app and _step_of(typed, unseal(app.secret, owner=user_id), after=app.last_step)
        if not step:
            return False
        accepted = update(CodeApp).where(CodeApp.user_id == user_id, CodeApp.last_step < step)
        seen = accepted.values(last_step=step, last_used_at=current.now()).returning(CodeApp.user_id)
        return session.execute(seen).one_or_none() is not None


def remove(user_id: UUID) -> None:
    with db.role_session("auth") as session:
        user = locked_user(session, user_id)
        gone = delete(CodeApp).where(CodeApp.user_id == user_id).returning(CodeApp.user_id)
        if session.execute(gone).one_or_none() is None:
            return
        note_change(session, user)
        write_news(session, user, "code_app_removed")
    account_mail.wake()
    tell(user_id, lambda member_id: SecondFactorRemoved(record_type="member", record_id=member_id, factor="code_app"))


def _step_of(typed: str, key: str, *, after: int | None) -> int | None:
    """The step in which the app shows this code, if it is near now and after the last accepted one."""
    try:
        match = _Totp.verify(unicodedata.normalize("NFKC", typed)[:20], _Totp(key=key), window=STEP, last_counter=after)
    except TokenError:
        return None
    return int(match.counter)
