"""What a user shows besides the password. All of it is reached only by the role guanxi_auth."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core import current
from core.db import Base, new_id


def _of_user(**options: Any) -> Any:
    return mapped_column(Uuid, ForeignKey("user.id", ondelete="CASCADE"), **options)


class CodeApp(Base):
    """The app that shows a user six digits, anew every 30 seconds. `secret` is sealed for the user.

    `last_step` is the period of the last code that was accepted: no code is accepted twice.
    """

    __tablename__ = "user_code_app"

    user_id: Mapped[UUID] = _of_user(primary_key=True)
    secret: Mapped[str] = mapped_column(info={"sealed_for": "user_id"})
    last_step: Mapped[int] = mapped_column(BigInteger)
    added_at: Mapped[datetime] = mapped_column(default=current.now)
    last_used_at: Mapped[datetime | None]


class Passkey(Base):
    """A key in a phone, a computer or a stick, that proves itself without a secret of ours."""

    __tablename__ = "user_passkey"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    user_id: Mapped[UUID] = _of_user(index=True)
    name: Mapped[str]
    credential_id: Mapped[str] = mapped_column(Text(collation="C"), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    added_at: Mapped[datetime] = mapped_column(default=current.now)
    last_used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code on paper for the day on which nothing else is at hand. Only its fingerprint is kept."""

    __tablename__ = "user_recovery_code"
    __table_args__ = (Index("user_recovery_code_uq", "user_id", "fingerprint", unique=True),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    user_id: Mapped[UUID] = _of_user()
    fingerprint: Mapped[str] = mapped_column(Text(collation="C"))
    made_at: Mapped[datetime] = mapped_column(default=current.now)
    used_at: Mapped[datetime | None]


class Ceremony(Base):
    """A challenge that a passkey is to answer: once, soon, and for what it was made for."""

    __tablename__ = "user_passkey_ceremony"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    purpose: Mapped[str]
    user_id: Mapped[UUID | None] = _of_user()
    challenge: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(index=True)
