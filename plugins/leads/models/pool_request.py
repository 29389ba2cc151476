"""What members ask of those who look after the pools: a record to work on, or more time for one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import TenantModel, now, reference

REQUESTS = ("claim", "extend")
REQUEST_STATES = ("open", "granted", "refused", "withdrawn")


class PoolRequest(TenantModel):
    """A member asks for a record of a pool (`claim`), or for more time with one that they have (`extend`, so many
    `days`). `answer` is what whoever decided had to say; a request that became pointless meanwhile is `withdrawn`."""

    __tablename__ = "leads_pool_request"
    __table_args__ = (
        CheckConstraint(f"kind in ({', '.join(repr(each) for each in REQUESTS)})", name="kind"),
        CheckConstraint(f"status in ({', '.join(repr(each) for each in REQUEST_STATES)})", name="status"),
        Index("leads_pool_request_open_uq", "tenant_id", "record_id", "member_id", "kind", unique=True,
              postgresql_where=text("status = 'open'")),
        Index("leads_pool_request_at", "tenant_id", "status", "created_at"),
        Index("leads_pool_request_of_member", "tenant_id", "member_id", "created_at"),
    )  # fmt: skip

    kind: Mapped[str]
    record_type: Mapped[str] = mapped_column(default="lead", server_default="lead")
    record_id: Mapped[UUID] = mapped_column(Uuid)
    pool_id: Mapped[UUID | None] = reference("leads_pool")
    member_id: Mapped[UUID] = reference("member", ondelete="CASCADE", nullable=False)
    days: Mapped[int | None]
    reason: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="open", server_default="open")
    answer: Mapped[str | None]
    decided_by_id: Mapped[UUID | None] = reference("member")
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
