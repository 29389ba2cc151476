"""Who has a customer and for how long, where customers have public pools as leads have."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import TenantModel, now, reference


class CustomerStanding(TenantModel):
    """What the pools keep of a customer; `id` is the customer's.

    `owner_id`, `has_deal` and `deleted_at` say again what the customer says, so that clocks and limits are worked out
    over many customers without reading them. Whoever decides something looks at the customer itself.
    """

    __tablename__ = "leads_customer_standing"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "id"], ["customer.tenant_id", "customer.id"], ondelete="CASCADE"),
        Index("leads_customer_standing_held", "tenant_id", "owner_id",
              postgresql_where=text("deleted_at is null and owner_id is not null")),
        Index("leads_customer_standing_in_pool", "tenant_id", "pool_id", text("pooled_at desc"), text("id desc"),
              postgresql_where=text("deleted_at is null and owner_id is null")),
        Index("leads_customer_standing_returning", "tenant_id", "pool_id", "returns_at",
              postgresql_where=text("returns_at is not null")),
    )  # fmt: skip

    owner_id: Mapped[UUID | None] = reference("member")
    has_deal: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    deleted_at: Mapped[datetime | None]
    assigned_at: Mapped[datetime | None]
    last_follow_up_at: Mapped[datetime | None]
    pool_id: Mapped[UUID | None] = reference("leads_pool")
    is_pool_chosen: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether it was put into its pool on purpose, and waits there whatever the conditions of other pools say."""
    pooled_at: Mapped[datetime | None]
    pool_reason: Mapped[str | None]
    previous_owner_id: Mapped[UUID | None] = reference("member")
    returns_at: Mapped[datetime | None]
    returns_because: Mapped[str | None]
    extended_until: Mapped[datetime | None]
    locked_until: Mapped[datetime | None]
    warned_follow_up_at: Mapped[datetime | None]
    warned_deal_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def is_open(self) -> bool:
        return self.deleted_at is None

    @property
    def is_in_pool(self) -> bool:
        return self.owner_id is None and self.is_open


class CustomerPools(TenantModel):
    """Whether customers have public pools, and since when. One row, whose id is the tenant's; without it, they have
    none."""

    __tablename__ = "leads_customer_pools"

    is_on: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    since: Mapped[datetime] = mapped_column(default=now)
