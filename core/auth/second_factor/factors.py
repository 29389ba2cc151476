"""Which second factors a user has, and what is to be done with each change of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, exists, func, or_, select
from sqlalchemy.orm import Session

from core import current, db
from core.auth.models import User
from core.auth.second_factor.models import CodeApp, Passkey, RecoveryCode
from core.errors import DomainError


class FactorRefused(DomainError):
    """The code or the passkey does not prove who it is."""

    code = "factor_refused"


@dataclass(frozen=True)
class Factors:
    code_app: CodeApp | None
    passkeys: Sequence[Passkey]
    codes_left: int
    codes_made: int

    def __bool__(self) -> bool:
        return bool(self.code_app or self.passkeys)


def factors_of(user_id: UUID) -> Factors:
    with db.role_session("auth") as session:
        keys = select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.added_at, Passkey.id)
        codes = select(func.count(), func.count(RecoveryCode.used_at)).where(RecoveryCode.user_id == user_id)
        made, used = session.execute(codes).one()
        return Factors(session.get(CodeApp, user_id), session.scalars(keys).all(), made - used, made)


def locked_user(session: Session, user_id: UUID) -> User:
    """The user's row, ours until we commit: changes of factors follow each other."""
    return session.scalars(select(User).where(User.id == user_id).with_for_update()).one()


def note_change(session: Session, user: User) -> None:
    """Remember when; browsers that were trusted before are asked again. Recovery codes go with the last factor."""
    session.flush()
    has = select(or_(exists().where(CodeApp.user_id == user.id), exists().where(Passkey.user_id == user.id)))
    if session.scalar(has):
        user.factors_at = current.now()
    else:
        user.factors_at = None
        session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
