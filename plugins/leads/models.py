"""Leads, the turn of the sellers, and the web forms that leads come from."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import (
    Choice,
    DateTime,
    Email,
    Integer,
    LongText,
    Lookup,
    Member,
    Option,
    Phone,
    Record,
    State,
    StateOption,
    TenantModel,
    Text,
    _l,
    _lp,
    column,
    now,
)

SOURCES = (
    Option("manual", _l("Entered by hand"), "gray"),
    Option("form", _l("Web form"), "green"),
    Option("api", _l("API"), "blue"),
    Option("import", _l("Import"), "teal"),
    Option("campaign", _l("Campaign"), "purple"),
    Option("referral", _l("Referral"), "orange"),
    Option("event", _l("Event or fair"), "pink"),
    Option("phone", _l("Phone call"), "cyan"),
    Option("other", _l("Other"), "gray"),
)

OPEN = ("new", "contacted", "qualified")
STATES = (
    StateOption("new", _lp("lead", "New"), "blue", to=("contacted", "qualified", "disqualified")),
    StateOption("contacted", _l("Contacted"), "orange", to=("qualified", "disqualified")),
    StateOption("qualified", _l("Qualified"), "purple", to=("contacted", "disqualified")),
    StateOption("converted", _l("Converted"), "green", to=()),
    StateOption("disqualified", _l("Disqualified"), "gray", to=("new",), requires=("disqualify_reason",)),
)
"""Nothing leads to “converted” but the conversion, which makes the customer as well."""


class Lead(Record):
    """Someone who may buy, and is not a customer yet. Without an owner it is in the pool.

    `assigned_at` is since when the owner has it, `pooled_at` since when nobody has; both are moved by the services
    alone, with the clock that takes an unattended lead away.
    """

    __tablename__ = "leads_lead"
    __table_args__ = (
        Index("leads_lead_phone", "tenant_id", "phone", postgresql_where=text("phone is not null")),
        Index("leads_lead_email", "tenant_id", "email", postgresql_where=text("email is not null")),
        Index("leads_lead_status", "tenant_id", "status", "updated_at", "id"),
        Index("leads_lead_customer", "tenant_id", "customer_id"),
    )

    name: Mapped[str] = column(
        Text(_lp("person", "Name"), required=True, search=True, synonyms=("lead", "线索名称", "姓名", "联系人"))
    )
    company: Mapped[str | None] = column(
        Text(_l("Company"), search=True, synonyms=("account", "公司", "公司名称", "企业名称"))
    )
    phone: Mapped[str | None] = column(
        Phone(_l("Phone"), search=True, match_key=True, synonyms=("tel", "mobile", "电话", "手机"))
    )
    email: Mapped[str | None] = column(Email(_l("E-mail"), search=True, match_key=True, synonyms=("mail", "邮箱")))
    title: Mapped[str | None] = column(Text(_l("Job title"), max_length=100, synonyms=("position", "职位", "职务")))
    source: Mapped[str | None] = column(Choice(_l("Source"), options=SOURCES, synonyms=("channel", "来源", "线索来源")))
    campaign: Mapped[str | None] = column(Text(_l("Campaign"), synonyms=("活动", "市场活动")))
    need: Mapped[str | None] = column(
        LongText(_l("What they need"), synonyms=("message", "description", "需求", "备注"))
    )
    status: Mapped[str] = column(State(_l("Status"), states=STATES, default="new"))
    disqualify_reason: Mapped[str | None] = column(Text(_l("Why it was disqualified")))
    owner_id: Mapped[UUID | None] = column(Member(_l("Owner"), synonyms=("负责人", "跟进人")))
    score: Mapped[int] = column(Integer(_l("Score"), range=(0, 100), default=0, editable=False), nullable=False)
    assigned_at: Mapped[datetime | None] = column(DateTime(_lp("date", "Assigned"), editable=False))
    last_follow_up_at: Mapped[datetime | None] = column(DateTime(_l("Last follow-up"), editable=False))
    pooled_at: Mapped[datetime | None] = column(DateTime(_l("In the pool since"), editable=False))
    pool_reason: Mapped[str | None] = column(Text(_l("Why it is in the pool"), editable=False))
    converted_at: Mapped[datetime | None] = column(DateTime(_lp("date", "Converted"), editable=False))
    customer_id: Mapped[UUID | None] = column(Lookup(_l("Customer"), target="customer", editable=False))
    contact_id: Mapped[UUID | None] = column(Lookup(_l("Contact"), target="contact", editable=False))

    @property
    def is_open(self) -> bool:
        return self.status in OPEN and self.deleted_at is None

    @property
    def is_in_pool(self) -> bool:
        return self.owner_id is None and self.is_open


class Rotation(TenantModel):
    """Whose turn it was last. The row of all leads has the tenant's own id."""

    __tablename__ = "leads_rotation"

    last_id: Mapped[UUID] = mapped_column(Uuid)


class LeadForm(TenantModel):
    """A page on which strangers leave their name. `fields` are the keys of the lead's fields that it asks for."""

    __tablename__ = "leads_form"

    title: Mapped[str]
    intro: Mapped[str] = mapped_column(default="")
    fields: Mapped[list[Any]] = mapped_column(default=list)
    thanks: Mapped[str] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(default=True)
    embedded_in: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'::jsonb"))
    """The sites, as `https://acme.example`, on whose pages the form may stand in a frame."""
    created_at: Mapped[datetime] = mapped_column(default=now)
