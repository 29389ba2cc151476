"""Recovery codes: ten at a time, shown once, each good once."""

from collections.abc import Sequence
from uuid import UUID

from passlib.pwd import genword
from sqlalchemy import delete, func, select, update

from core import current, db
from core.auth import account_mail
from core.auth.happened_to import tell
from core.auth.news import write_news
from core.auth.second_factor.events import RecoveryCodeUsed, SecondFactorAdded
from core.auth.second_factor.factors import locked_user, note_change
from core.auth.second_factor.models import RecoveryCode
from core.sealing import fingerprint, fingerprints

HOW_MANY, FEW = 10, 3
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Those that are not mistaken for each other when they are typed from paper."""


def renew(user_id: UUID) -> Sequence[str]:
    """New codes in place of all earlier ones. Nothing can show them again."""
    codes = [_written(word) for word in genword(length=12, chars=LETTERS, returns=HOW_MANY)]
    with db.role_session("auth") as session:
        user = locked_user(session, user_id)
        session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
        session.add_all(RecoveryCode(user_id=user_id, fingerprint=_fingerprint(user_id, code)) for code in codes)
        note_change(session, user)
    tell(user_id, lambda member_id: SecondFactorAdded(record_type="member", record_id=member_id,
                                                      factor="recovery_codes"))  # fmt: skip
    return codes


def use(user_id: UUID, typed: str) -> int | None:
    """Use a code up. Returns how many are left, or None when it is none of this user's, or was used."""
    marks = fingerprints(_bare(typed), "recovery code", owner=user_id)
    with db.role_session("auth") as session:
        user = locked_user(session, user_id)
        mine = RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
        used = update(RecoveryCode).where(*mine, RecoveryCode.fingerprint.in_(marks)).values(used_at=current.now())
        if session.execute(used.returning(RecoveryCode.id)).first() is None:
            return None
        left = session.scalar(select(func.count()).select_from(RecoveryCode).where(*mine)) or 0
        write_news(session, user, "recovery_code_used", left=left, few=left <= FEW)
    account_mail.wake()
    tell(user_id, lambda member_id: RecoveryCodeUsed(record_type="member", record_id=member_id, left=left))
    return left


def _written(word: str) -> str:
    return "-".join(word[at : at + 4] for at in range(0, len(word), 4))


def _bare(typed: str) -> str:
    return "".join(letter for letter in typed[:100].lower() if letter.isalnum())


def _fingerprint(user_id: UUID, code: str) -> str:
    return fingerprint(_bare(code), "recovery code", owner=user_id)
