"""What was asked for, and which of the two mailboxes has agreed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from core import current
from core.db import Base, new_id


class EmailChange(Base):
    """A change of address under way. Asking again puts the new wish in the place of the former one."""

    __tablename__ = "email_change"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("user.id", ondelete="CASCADE"), index=True)
    former: Mapped[str] = mapped_column(Text(collation="C"))
    wanted: Mapped[str] = mapped_column(Text(collation="C"))
    asked_at: Mapped[datetime] = mapped_column(default=current.now)
    agreed_at: Mapped[datetime | None]
    """When the old mailbox agreed."""
    confirmed_at: Mapped[datetime | None]
    """When the new mailbox confirmed that it is theirs."""
    refused_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
