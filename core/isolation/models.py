"""What was found, the nights that somebody tried to get out of their workspace."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, new_id


class IsolationRun(Base):
    """One probe of the whole installation: a global table that guanxi_worker writes and every tenant may read.

    `attempts` counts what was tried, by its kind; `got_through` names what was not refused: kind, place and what came
    of it; `left_out` is how much there was no time for.
    """

    __tablename__ = "isolation_run"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(index=True)
    seconds: Mapped[float]
    attempts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    got_through: Mapped[list[Any]] = mapped_column(JSONB)
    left_out: Mapped[int]

    @property
    def tried(self) -> int:
        return sum(self.attempts.values())
