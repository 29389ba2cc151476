"""The rows behind the cookies."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core import current
from core.db import Base, new_id


class SignInSession(Base):
    """A browser in which somebody is signed in. Its cookie carries a random token, of which only a hash is kept here.

    `stamp` is the user's `fs_uniquifier` of then: when that changes, with the password, all sessions end at once.
    `entered` says when each workspace, by its id, was last used in this session; limits are of each workspace alone.
    """

    __tablename__ = "sign_in_session"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("user.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(Text(collation="C"), unique=True)
    stamp: Mapped[str]
    how: Mapped[str]
    remembered: Mapped[bool] = mapped_column(server_default=text("false"))
    ip: Mapped[str] = mapped_column(server_default="")
    agent: Mapped[str] = mapped_column(server_default="")
    made_at: Mapped[datetime] = mapped_column(default=current.now)
    last_seen_at: Mapped[datetime] = mapped_column(default=current.now)
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    entered: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
