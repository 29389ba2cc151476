"""An import and the rows of it that want looking at."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core import current
from core.db import TenantModel, reference


class Import(TenantModel):
    """One file on its way into a record type.

    `mapping` has a field's key, or null, for each column; `choices` what was said about the file (sheet, encoding,
    order of dates) and about rows that exist already (`skip` or `create`).
    """

    __tablename__ = "import"
    __table_args__ = (
        CheckConstraint("status in ('draft', 'running', 'done', 'failed', 'cancelled')", name="status"),
        Index("import_newest", "tenant_id", "record_type", "created_at"),
    )

    record_type: Mapped[str]
    file_id: Mapped[UUID] = reference("file", nullable=False)
    file_name: Mapped[str]
    status: Mapped[str] = mapped_column(default="draft")
    headers: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    mapping: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    choices: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    created: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    remarked: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    member_id: Mapped[UUID | None] = reference("member")
    created_at: Mapped[datetime] = mapped_column(default=current.now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    @property
    def total(self) -> int:
        """Rows that the file had."""
        return self.created + self.skipped + self.refused


class ImportRow(TenantModel):
    """A row that was refused or skipped, or came in with a remark: its cells as they were, and why."""

    __tablename__ = "import_row"
    __table_args__ = (Index("import_row_of", "tenant_id", "import_id", "line"),)

    import_id: Mapped[UUID] = reference("import", nullable=False, ondelete="CASCADE")
    line: Mapped[int]
    verdict: Mapped[str]
    cells: Mapped[list[Any]] = mapped_column(JSONB)
    problems: Mapped[list[Any]] = mapped_column(JSONB)
