"""What is done to win leads, and what it costs."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import Choice, Date, LongText, Member, Money, Record, State, StateOption, Text, _l, _lp, column
from plugins.leads.models.sources import SOURCES

CAMPAIGN_STATES = (
    StateOption("planned", _lp("campaign", "Planned"), "gray"),
    StateOption("running", _lp("campaign", "Running"), "green"),
    StateOption("ended", _lp("campaign", "Ended"), "blue"),
)


class Campaign(Record):
    """Something that brings leads and costs money: an advertisement, a fair, a mailing.

    Leads find their campaign by its `code`, which stands in links as `utm_campaign`.
    """

    __tablename__ = "leads_campaign"
    __table_args__ = (
        Index("leads_campaign_code_uq", "tenant_id", "code", unique=True,
              postgresql_where=text("code is not null and deleted_at is null")),
    )  # fmt: skip

    name: Mapped[str] = column(Text(_l("Name"), required=True, search=True, synonyms=("活动名称", "活动")))
    status: Mapped[str] = column(State(_l("Status"), states=CAMPAIGN_STATES, default="running"))
    source: Mapped[str | None] = column(Choice(_l("Source"), options=SOURCES, synonyms=("来源", "渠道")))
    code: Mapped[str | None] = column(
        Text(_l("Code"), max_length=100, help=_l("Stands in links as utm_campaign."), synonyms=("utm_campaign",))
    )
    starts_on: Mapped[date | None] = column(Date(_l("Starts on")))
    ends_on: Mapped[date | None] = column(Date(_l("Ends on")))
    budget_minor: Mapped[int | None] = column(Money(_l("Budget"), currency="budget_currency"))
    budget_currency: Mapped[str | None] = mapped_column(String(3))
    cost_minor: Mapped[int | None] = column(Money(_lp("money", "Cost"), currency="cost_currency", synonyms=("费用",)))
    cost_currency: Mapped[str | None] = mapped_column(String(3))
    owner_id: Mapped[UUID | None] = column(Member(_l("Owner")))
    notes: Mapped[str | None] = column(LongText(_l("Notes")))
