"""A run, and the rows of it that want looking at."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core import current
from core.db import TenantModel, reference

UNDO_FOR = timedelta(days=30)
"""How long a run can be undone."""
FILE_FOR = timedelta(days=7)
"""How long an exported file can be downloaded."""

BULK = ("bulk_edit", "bulk_action", "bulk_delete", "bulk_transfer", "bulk_share")
UNDOABLE = ("bulk_edit", "bulk_delete", "bulk_transfer", "bulk_share", "sheet", "handover")


class Run(TenantModel):
    """One piece of work on many records of a type.

    `params` say what to do and with which records; the events of the run carry its id. `total` is how many records
    it looked at, `done` how far it is, `changed` and `refused` what became of them; `undone_by` is the run that took
    it back.
    """

    __tablename__ = "run"
    __table_args__ = (
        CheckConstraint(
            "kind in ('bulk_edit', 'bulk_action', 'bulk_delete', 'bulk_transfer', 'bulk_share', 'export', 'sheet',"
            " 'undo', 'handover', 'handover_undo')",
            name="kind",
        ),
        CheckConstraint("status in ('draft', 'running', 'done', 'failed', 'cancelled')", name="status"),
        Index("run_newest", "tenant_id", "member_id", "created_at"),
    )

    kind: Mapped[str] = mapped_column(Text(collation="C"))
    record_type: Mapped[str] = mapped_column(Text(collation="C"))
    params: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    status: Mapped[str] = mapped_column(Text(collation="C"), default="running")
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    file_id: Mapped[UUID | None] = reference("file")
    member_id: Mapped[UUID | None] = reference("member")
    created_at: Mapped[datetime] = mapped_column(default=current.now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    undone_by: Mapped[UUID | None] = mapped_column(Uuid)

    @property
    def can_be_undone(self) -> bool:
        """Whether it changed something that can be taken back, and that has not happened, and is not too long ago."""
        return (
            self.kind in UNDOABLE
            and self.status == "done"
            and self.changed > 0
            and self.undone_by is None
            and self.finished_at is not None
            and current.now() - self.finished_at < UNDO_FOR
        )

    @property
    def expires_at(self) -> datetime | None:
        """Until when its file can be downloaded."""
        return self.finished_at + FILE_FOR if self.finished_at else None

    @property
    def has_file(self) -> bool:
        return self.file_id is not None and self.expires_at is not None and current.now() < self.expires_at


class RunRow(TenantModel):
    """A record of a run that wants looking at.

    `verdict` is `refused` with the reason; of a sheet also `change` (its cells in `data`), `new` (a row added to the
    sheet) and `gone` (a row taken out of it). `line` is the line of the sheet.
    """

    __tablename__ = "run_row"
    __table_args__ = (Index("run_row_of", "tenant_id", "run_id", "verdict", "line", "id"),)

    run_id: Mapped[UUID] = reference("run", nullable=False, ondelete="CASCADE")
    verdict: Mapped[str] = mapped_column(Text(collation="C"))
    record_id: Mapped[UUID | None] = mapped_column(Uuid)
    line: Mapped[int | None]
    title: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
