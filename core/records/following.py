"""Members who follow a record: they are told when others change it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Uuid, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from core import current, db
from core.db import TenantModel, new_id, reference


class Follower(TenantModel):
    """A member follows a record of whichever type."""

    __tablename__ = "follower"
    __table_args__ = (
        Index("follower_uq", "tenant_id", "record_id", "member_id", unique=True),
        Index("follower_of_member", "tenant_id", "member_id"),
    )

    record_type: Mapped[str]
    record_id: Mapped[UUID] = mapped_column(Uuid)
    member_id: Mapped[UUID] = reference("member", nullable=False, ondelete="CASCADE")


def follow(record_type: str, record_id: UUID, member_ids: Iterable[UUID]) -> None:
    """Have these members follow a record. Whoever does already goes on to."""
    rows = [
        {"tenant_id": current.tenant_id(), "id": new_id(), "record_type": record_type, "record_id": record_id,
         "member_id": member_id}
        for member_id in member_ids
    ]  # fmt: skip
    if rows:
        db.session().execute(insert(Follower).on_conflict_do_nothing(), rows)


def unfollow(record_id: UUID, member_id: UUID) -> None:
    db.session().execute(delete(Follower).where(
        Follower.tenant_id == current.tenant_id(), Follower.record_id == record_id, Follower.member_id == member_id
    ))  # fmt: skip


def followers_of(record_id: UUID) -> Sequence[UUID]:
    found = select(Follower.member_id).where(Follower.tenant_id == current.tenant_id(), Follower.record_id == record_id)
    return db.session().scalars(found).all()


def of_followed(rows: Sequence[Mapping[str, Any]]) -> Iterable[UUID]:
    """Of events that are being written, those about records that somebody follows. Nobody follows a new one yet."""
    new = {row["record_id"] for row in rows if row["name"].endswith(".created")}
    ids = {row["record_id"] for row in rows} - new
    if not ids:
        return []
    found = select(Follower.record_id).where(Follower.tenant_id == current.tenant_id(), Follower.record_id.in_(ids))
    followed = set(db.session().scalars(found))
    return [row["id"] for row in rows if row["record_id"] in followed]
