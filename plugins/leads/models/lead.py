"""The lead: someone who may buy, and is not a customer yet."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Uuid, text
from sqlalchemy import Text as SqlText
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import (
    Address,
    Choice,
    Date,
    DateTime,
    Email,
    Integer,
    LongText,
    Lookup,
    Member,
    Money,
    Option,
    Phone,
    Record,
    State,
    StateOption,
    Tags,
    Text,
    YesNo,
    _l,
    _lp,
    column,
    match_name,
    reference,
)
from plugins.leads.fields import PoolRef
from plugins.leads.models.keys import email_key, mail_domain
from plugins.leads.models.sources import SOURCES

OPEN = ("new", "contacted", "qualified")
STATES = (
    StateOption("new", _lp("lead", "New"), "blue", to=("contacted", "qualified", "disqualified")),
    StateOption("contacted", _l("Contacted"), "orange", to=("qualified", "disqualified")),
    StateOption("qualified", _l("Qualified"), "purple", to=("contacted", "disqualified")),
    StateOption("converted", _l("Converted"), "green", to=()),
    StateOption("disqualified", _l("Disqualified"), "gray", to=("new",), requires=("disqualify_reason",)),
)
"""Nothing leads to “converted” but the conversion, which makes the customer as well."""


GRADES = (
    Option("A", _lp("grade", "A"), "green"),
    Option("B", _lp("grade", "B"), "blue"),
    Option("C", _lp("grade", "C"), "orange"),
    Option("D", _lp("grade", "D"), "gray"),
)
"""How well a lead fits and how much it does, by its score."""


COUNTED = (
    "source", "status", "owner_id", "campaign_id", "pool_id", "grade", "contacted_at", "qualified_at", "deleted_at",
)  # fmt: skip
"""What figures over a time ask of each lead: they read it from the index, and not the lead itself."""


class Lead(Record):
    """Someone who may buy, and is not a customer yet. Without an owner it is in the pool.

    Who has it and since when, its clocks, its scores and its milestones are moved by the services alone. `pool_id` is
    the pool whose rules hold for it, whether or not it waits there. A milestone (`contacted_at`, …) is when it was
    reached first; `returns_at` when the lead goes back to a pool unless something is done, and `returns_because` which
    of the clocks that is.
    """

    __tablename__ = "leads_lead"
    __table_args__ = (
        Index("leads_lead_phone", "tenant_id", "phone", postgresql_where=text("phone is not null")),
        Index("leads_lead_email", "tenant_id", "email", postgresql_where=text("email is not null")),
        Index("leads_lead_email_key", "tenant_id", "email_key", postgresql_where=text("email_key <> ''")),
        Index("leads_lead_company_key", "tenant_id", "company_key", "match_sound",
              postgresql_where=text("company_key <> ''")),
        Index("leads_lead_mail_domain", "tenant_id", "mail_domain", postgresql_where=text("mail_domain <> ''")),
        Index("leads_lead_held", "tenant_id", "owner_id",
              postgresql_where=text("deleted_at is null and status in ('new', 'contacted', 'qualified')")),
        Index("leads_lead_wechat", "tenant_id", "wechat", postgresql_where=text("wechat is not null")),
        Index("leads_lead_status", "tenant_id", "status", "updated_at", "id"),
        Index("leads_lead_customer", "tenant_id", "customer_id"),
        Index("leads_lead_created", "tenant_id", "created_at", postgresql_include=COUNTED),
        Index("leads_lead_in_pool", "tenant_id", "pool_id", text("score desc"), text("id desc"),
              postgresql_where=text("owner_id is null and deleted_at is null")),
        Index("leads_lead_returning", "tenant_id", "pool_id", "returns_at",
              postgresql_where=text("returns_at is not null")),
    )  # fmt: skip

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
    wechat: Mapped[str | None] = column(Text(_l("WeChat"), max_length=100, synonyms=("微信", "微信号", "wechat id")))
    title: Mapped[str | None] = column(Text(_l("Job title"), max_length=100, synonyms=("position", "职位", "职务")))
    industry: Mapped[str | None] = column(Text(_l("Industry"), max_length=100, synonyms=("行业", "所属行业")))
    address: Mapped[dict[str, Any] | None] = column(Address(_l("Address"), synonyms=("地区", "地址", "region")))
    source: Mapped[str | None] = column(Choice(_l("Source"), options=SOURCES, synonyms=("channel", "来源", "线索来源")))
    source_detail: Mapped[str | None] = column(Text(_l("Source in detail"), synonyms=("来源明细", "渠道", "子渠道")))
    campaign_id: Mapped[UUID | None] = column(
        Lookup(_l("Campaign"), target="campaign", table="leads_campaign", synonyms=("活动", "市场活动"))
    )
    need: Mapped[str | None] = column(
        LongText(_l("What they need"), synonyms=("message", "description", "需求", "备注"))
    )
    expected_amount_minor: Mapped[int | None] = column(
        Money(_l("Expected amount"), currency="expected_amount_currency", synonyms=("预算", "预计金额", "budget"))
    )
    expected_amount_currency: Mapped[str | None] = mapped_column(String(3))
    tags: Mapped[list[str] | None] = column(Tags(_l("Tags"), synonyms=("标签",)))
    is_key: Mapped[bool | None] = column(YesNo(_l("Key lead"), synonyms=("重点", "重点线索")))
    status: Mapped[str] = column(State(_l("Status"), states=STATES, default="new"))
    disqualify_reason: Mapped[str | None] = column(Text(_l("Why it was disqualified")))
    revisit_on: Mapped[date | None] = column(Date(_l("Get in touch again on")))
    owner_id: Mapped[UUID | None] = column(Member(_l("Owner"), synonyms=("负责人", "跟进人")))

    # --- its scores
    score: Mapped[int] = column(Integer(_l("Score"), range=(0, 100), default=0, editable=False), nullable=False)
    grade: Mapped[str | None] = column(Choice(_l("Grade"), options=GRADES, editable=False))
    is_high_intent: Mapped[bool | None] = column(YesNo(_l("High intent"), editable=False))
    learned_score: Mapped[int | None] = column(Integer(_l("Chance to convert, %"), range=(0, 100), editable=False))
    score_reasons: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    learned_reasons: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))

    # --- how often it came
    touches: Mapped[int] = column(Integer(_l("Times in touch"), default=1, editable=False), nullable=False,
                                  server_default=text("1"))  # fmt: skip
    last_touch_at: Mapped[datetime | None] = column(DateTime(_l("Last in touch"), editable=False))

    # --- who has it, and for how long
    assigned_at: Mapped[datetime | None] = column(DateTime(_lp("date", "Assigned"), editable=False))
    assigned_how: Mapped[str | None]
    routing_rule_id: Mapped[UUID | None] = reference("leads_routing_rule")
    last_follow_up_at: Mapped[datetime | None] = column(DateTime(_l("Last follow-up"), editable=False))
    next_step: Mapped[str | None] = column(Text(_l("Next step"), editable=False))
    next_at: Mapped[datetime | None] = column(DateTime(_l("Next step on"), editable=False))
    respond_by: Mapped[datetime | None] = column(DateTime(_l("First response due"), editable=False))
    responded_at: Mapped[datetime | None] = column(DateTime(_l("First response"), editable=False))
    response_policy_id: Mapped[UUID | None] = mapped_column(Uuid)
    reroutes: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """How often it was given to another because nobody answered."""
    pool_id: Mapped[UUID | None] = column(PoolRef(_lp("leads", "Pool"), editable=False))
    is_pool_chosen: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether it was put into its pool on purpose, and waits there whatever the conditions of other pools say."""
    pooled_at: Mapped[datetime | None] = column(DateTime(_l("In the pool since"), editable=False))
    pool_reason: Mapped[str | None] = column(Text(_l("Why it is in the pool"), editable=False))
    previous_owner_id: Mapped[UUID | None] = column(Member(_l("Previous owner"), editable=False))
    returns_at: Mapped[datetime | None] = column(DateTime(_l("Returns to the pool"), editable=False))
    returns_because: Mapped[str | None]
    extended_until: Mapped[datetime | None] = column(DateTime(_l("Extended until"), editable=False))
    locked_until: Mapped[datetime | None] = column(DateTime(_l("Locked until"), editable=False))
    warned_follow_up_at: Mapped[datetime | None]
    warned_deal_at: Mapped[datetime | None]

    # --- its milestones
    contacted_at: Mapped[datetime | None] = column(DateTime(_lp("date", "Contacted"), editable=False))
    qualified_at: Mapped[datetime | None] = column(DateTime(_lp("date", "Qualified"), editable=False))
    converted_at: Mapped[datetime | None] = column(DateTime(_lp("date", "Converted"), editable=False))
    disqualified_at: Mapped[datetime | None] = column(DateTime(_lp("date", "Disqualified"), editable=False))
    customer_id: Mapped[UUID | None] = column(Lookup(_l("Customer"), target="customer", editable=False))
    contact_id: Mapped[UUID | None] = column(Lookup(_l("Contact"), target="contact", editable=False))

    # --- what it is recognised by
    email_key: Mapped[str] = mapped_column(SqlText(collation="C"), default="", server_default="", deferred=True)
    company_key: Mapped[str] = mapped_column(SqlText(collation="C"), default="", server_default="", deferred=True)
    mail_domain: Mapped[str] = mapped_column(SqlText(collation="C"), default="", server_default="", deferred=True)

    @classmethod
    def derived(cls, record: Any) -> dict[str, str]:
        company = match_name(record.company) if record.company else ""
        return {"email_key": email_key(record.email), "company_key": company, "mail_domain": mail_domain(record.email)}

    @property
    def is_open(self) -> bool:
        return self.status in OPEN and self.deleted_at is None

    @property
    def is_in_pool(self) -> bool:
        return self.owner_id is None and self.is_open
