"""What is kept of duplicates: pairs to look at, the last search for them, and merges with all that they moved."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core import current
from core.db import TenantModel, reference

STATUSES = ("open", "dismissed", "merged")


class DuplicatePair(TenantModel):
    """Two records of a type that may be one. `one_id` is the earlier; `reasons` are the keys of what they share.

    A pair that was dismissed stays, so that it is not found again.
    """

    __tablename__ = "duplicate_pair"
    __table_args__ = (
        CheckConstraint("status in ('open', 'dismissed', 'merged')", name="status"),
        Index("duplicate_pair_uq", "tenant_id", "one_id", "other_id", unique=True),
        Index("duplicate_pair_other", "tenant_id", "other_id"),
        Index("duplicate_pair_open", "tenant_id", "record_type", text("score desc"), "id",
              postgresql_where=text("status = 'open'")),
    )  # fmt: skip

    record_type: Mapped[str] = mapped_column(Text(collation="C"))
    one_id: Mapped[UUID] = mapped_column(Uuid)
    other_id: Mapped[UUID] = mapped_column(Uuid)
    score: Mapped[int]
    reasons: Mapped[list[Any]] = mapped_column(JSONB)
    status: Mapped[str] = mapped_column(default="open")
    found_at: Mapped[datetime] = mapped_column(default=current.now)
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[UUID | None] = reference("member")


class DuplicateScan(TenantModel):
    """The last search among the records of a type. `too_common` are values that so many share that they tell
    nothing: a switchboard's number."""

    __tablename__ = "duplicate_scan"
    __table_args__ = (Index("duplicate_scan_uq", "tenant_id", "record_type", unique=True),)

    record_type: Mapped[str] = mapped_column(Text(collation="C"))
    asked_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    found: Mapped[int] = mapped_column(default=0)
    too_common: Mapped[list[Any]] = mapped_column(JSONB, default=list)


class Merge(TenantModel):
    """Records that became one. `before` and `after` are the values of the kept one that the merge changed."""

    __tablename__ = "merge"
    __table_args__ = (Index("merge_of_kept", "tenant_id", "kept_id", text("id desc")),)

    record_type: Mapped[str] = mapped_column(Text(collation="C"))
    kept_id: Mapped[UUID] = mapped_column(Uuid)
    before: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    at: Mapped[datetime] = mapped_column(default=current.now)
    member_id: Mapped[UUID | None] = reference("member")
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[UUID | None] = reference("member")


class MergedRecord(TenantModel):
    """A record that went into another by a merge. `deadlines` are those that waited for it."""

    __tablename__ = "merged_record"
    __table_args__ = (
        Index("merged_record_gone", "tenant_id", "gone_id"),
        Index("merged_record_of", "tenant_id", "merge_id"),
    )

    merge_id: Mapped[UUID] = reference("merge", nullable=False, ondelete="CASCADE")
    gone_id: Mapped[UUID] = mapped_column(Uuid)
    title: Mapped[str]
    deadlines: Mapped[list[Any]] = mapped_column(JSONB, default=list)


class MergeMoved(TenantModel):
    """The rows of one column that a merge pointed from a gone record to the kept one.

    `source` names the column as `core.records.duplicates.references` does; its value in the rows `ids` was `gone_id`.
    """

    __tablename__ = "merge_moved"
    __table_args__ = (Index("merge_moved_of", "tenant_id", "merge_id"),)

    merge_id: Mapped[UUID] = reference("merge", nullable=False, ondelete="CASCADE")
    gone_id: Mapped[UUID] = mapped_column(Uuid)
    source: Mapped[str]
    ids: Mapped[list[Any]] = mapped_column(ARRAY(Uuid))
