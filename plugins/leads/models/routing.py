"""Who gets a lead: the rules in their order, whose turn it is, and what each seller can take."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import TenantModel, _, now, reference

STRATEGIES = (
    "turn", "weighted", "performance", "load", "skill", "territory", "same_company", "pool", "person",
)  # fmt: skip


class RoutingRule(TenantModel):
    """One step of the list: leads that meet the condition are given out by the strategy.

    `params` are the strategy's: `members`, `teams`, `roles` or `level` narrow down who is asked, `weights` by member,
    `days` a period, `fields` or `field` what is compared, `then` how to choose among those who fit equally, `pool`,
    `member`, `past_caps` to give also to who is full. The default has no condition and stands last.
    """

    __tablename__ = "leads_routing_rule"
    __table_args__ = (
        CheckConstraint(f"strategy in ({', '.join(repr(each) for each in STRATEGIES)})", name="strategy"),
        Index("leads_routing_rule_default_uq", "tenant_id", unique=True, postgresql_where=text("is_default")),
    )

    name: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    condition: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    strategy: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    is_default: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    told_at: Mapped[datetime | None]
    """When the managers were told last that it cannot be followed any more."""

    @property
    def title(self) -> str:
        """A default that nobody named is called in the reader's language."""
        return self.name or _("All other leads")


class Rotation(TenantModel):
    """Whose turn it was last, by rule: `id` is the rule's. `state` is how far ahead of its share each member is."""

    __tablename__ = "leads_rotation"

    last_id: Mapped[UUID | None] = mapped_column(Uuid)
    state: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))


class Seller(TenantModel):
    """What a member can take. Who has no row takes whatever comes. `id` is the member's.

    `capacity` is how many open leads at once, `daily_cap` how many new ones a day; `hours` by weekday, 0 Monday:
    `{"0": [["09:00", "18:00"]]}`, empty for always; `skills` are industries or words, `territories` beginnings of
    addresses ("浙江省 杭州市"); `level` tells strong sellers from others.
    """

    __tablename__ = "leads_seller"

    member_id: Mapped[UUID] = reference("member", ondelete="CASCADE", nullable=False)
    capacity: Mapped[int | None]
    daily_cap: Mapped[int | None]
    weight: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    level: Mapped[str | None]
    skills: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    territories: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    hours: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    paused: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    paused_until: Mapped[datetime | None]
