"""An import and the rows of it that want looking at."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core import current
from core.db import TenantModel, reference

STATUSES = ("draft", "running", "checked", "done", "failed", "cancelled", "reverting", "reverted")
COUNTS = ("created", "updated", "unchanged", "skipped", "conflicting", "refused", "remarked")


class Import(TenantModel):
    """One file on its way into a record type.

    `mapping` has for each column what it becomes, or null: the key of a field, `_id`, or `<link>.<field>` for a
    field of the record that a link names. `choices` are what was said about the file and about rows that exist
    already (see `choices.py`); `look` is what was seen of the file when it came: its first rows, sheets, encoding;
    `report` what else became of it: the records made beside its own, what was left when it was taken back.
    A check of all rows (`checked`) counts what would become of them, and nothing is written.
    """

    __tablename__ = "import"
    __table_args__ = (
        CheckConstraint(f"status in ({', '.join(repr(s) for s in STATUSES)})", name="status"),
        Index("import_newest", "tenant_id", "record_type", "created_at"),
    )

    record_type: Mapped[str]
    file_id: Mapped[UUID] = reference("file", nullable=False)
    file_name: Mapped[str]
    status: Mapped[str] = mapped_column(default="draft")
    headers: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    mapping: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    choices: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    look: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    report: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    rows: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    conflicting: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    remarked: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    member_id: Mapped[UUID | None] = reference("member")
    created_at: Mapped[datetime] = mapped_column(default=current.now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    reverted_at: Mapped[datetime | None]

    @property
    def dry_run(self) -> bool:
        return bool(self.choices.get("dry_run"))


class ImportRow(TenantModel):
    """A row of which something is to be told: its cells as they were, and why.

    `verdict` is refused, conflict, skipped, remark (it came in, but not whole); and for the first few of their kind
    create and update, with `changes` from old to new.
    """

    __tablename__ = "import_row"
    __table_args__ = (Index("import_row_verdict", "tenant_id", "import_id", "verdict", "line"),)

    import_id: Mapped[UUID] = reference("import", nullable=False, ondelete="CASCADE")
    line: Mapped[int]
    verdict: Mapped[str]
    cells: Mapped[list[Any]] = mapped_column(JSONB)
    problems: Mapped[list[Any]] = mapped_column(JSONB)
    record_id: Mapped[UUID | None] = mapped_column(Uuid)
    changes: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


ODD = ("refused", "conflict", "skipped", "remark")
"""The verdicts of rows that want looking at."""
