"""What makes a lead worth more or less, by rules and by what won and lost leads have taught."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import TenantModel, now

SCORING_KINDS = ("profile", "behaviour")


class ScoringRule(TenantModel):
    """Points for what a lead is, or for what it does.

    A `profile` rule gives its points once to leads that meet the `condition`. A `behaviour` rule gives them for each
    `signal` (a visit, a mail opened, another form), at most `cap` in all, and each loses half of its worth in
    `half_life_days`. One that `marks` says of a lead that it has a high intent, whatever its points add up to.
    """

    __tablename__ = "leads_scoring_rule"
    __table_args__ = (CheckConstraint("kind in ('profile', 'behaviour')", name="kind"),)

    name: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str]
    condition: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    signal: Mapped[str | None]
    points: Mapped[int]
    cap: Mapped[int | None]
    half_life_days: Mapped[int | None]
    marks: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class Scoring(TenantModel):
    """How a tenant's leads are scored. The row has the tenant's own id.

    From `a_from`, `b_from`, `c_from` points on the grade is A, B, C, and from `high_from` the intent is high. The
    `rescore_…` columns tell how far the scoring of all leads is. `columns` maps keys of fields to whether the learned
    score may use them, where a person decided; `learns` switches it on.
    """

    __tablename__ = "leads_scoring"

    a_from: Mapped[int] = mapped_column(default=75, server_default=text("75"))
    b_from: Mapped[int] = mapped_column(default=50, server_default=text("50"))
    c_from: Mapped[int] = mapped_column(default=25, server_default=text("25"))
    high_from: Mapped[int] = mapped_column(default=80, server_default=text("80"))
    learns: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    columns: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    asked_to_learn_at: Mapped[datetime | None]
    rescore_run: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    rescore_total: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    rescore_done: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    rescore_changed: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    rescore_began_at: Mapped[datetime | None]
    rescore_ended_at: Mapped[datetime | None]


class LearnedModel(TenantModel):
    """What was learned at one time: a score card that is plain JSON, and how good it is. The newest one counts.

    Without a `card` there were not enough leads. `figures` say how well it told won from lost leads that it had not
    seen; `left_out` which fields it was not shown, and why; `won` and `lost` how many leads there were.
    """

    __tablename__ = "leads_learned"
    __table_args__ = (Index("leads_learned_newest", "tenant_id", text("at desc")),)

    at: Mapped[datetime] = mapped_column(default=now)
    won: Mapped[int]
    lost: Mapped[int]
    card: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    left_out: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
