"""The customer and the contact."""

from uuid import UUID

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.i18n import _l, _lp
from core.records.fields import (
    Choice,
    Email,
    Integer,
    LongText,
    Lookup,
    Member,
    Money,
    Option,
    Phone,
    State,
    StateOption,
    Tags,
    Text,
    Url,
    Year,
    YesNo,
)
from core.records.model import Record, column

KINDS = (Option("company", _l("Company"), "blue"), Option("person", _l("Person"), "purple"))
LEVELS = (Option("a", _l("A"), "green"), Option("b", _l("B"), "blue"), Option("c", _l("C"), "gray"))
STAGES = (
    StateOption("potential", _l("Potential"), "gray"),
    StateOption("talking", _l("In conversation"), "blue"),
    StateOption("quoted", _l("Quoted"), "orange"),
    StateOption("signed", _l("Signed"), "green"),
    StateOption("after_sales", _l("After sales"), "teal"),
    StateOption("lost", _l("Lost"), "red"),
)


class Customer(Record):
    """A company or person the tenant does business with."""

    __tablename__ = "customer"
    __table_args__ = (
        Index("customer_stage", "tenant_id", "stage", "updated_at", "id"),
        Index("customer_parent", "tenant_id", "parent_id"),
        Index("customer_phone", "tenant_id", "phone", postgresql_where=text("phone is not null")),
        Index("customer_email", "tenant_id", "email", postgresql_where=text("email is not null")),
    )

    name: Mapped[str] = column(Text(_l("Name"), required=True, search=True))
    kind: Mapped[str] = column(Choice(_l("Kind"), options=KINDS, default="company", required=True))
    stage: Mapped[str] = column(State(_l("Stage"), states=STAGES, default="potential"))
    level: Mapped[str | None] = column(Choice(_l("Level"), options=LEVELS))
    industry: Mapped[str | None] = column(Text(_l("Industry"), max_length=100))
    phone: Mapped[str | None] = column(Phone(_l("Phone"), search=True, match_key=True))
    email: Mapped[str | None] = column(Email(_l("E-mail"), search=True, match_key=True))
    website: Mapped[str | None] = column(Url(_l("Website")))
    location: Mapped[str | None] = column(Text(_l("Location")))
    address: Mapped[str | None] = column(Text(_l("Address")))
    employees: Mapped[int | None] = column(Integer(_l("Employees"), range=(0, 100_000_000)))
    founded: Mapped[int | None] = column(Year(_l("Founded")))
    annual_revenue_minor: Mapped[int | None] = column(
        Money(
            _l("Annual revenue"),
            currency="annual_revenue_currency",
            synonyms=("revenue", "turnover", "营业额", "年营业额", "年收入"),
        )
    )
    annual_revenue_currency: Mapped[str | None] = mapped_column(String(3))
    source: Mapped[str | None] = column(Text(_l("Source"), max_length=100))
    tags: Mapped[list[str] | None] = column(Tags(_l("Tags")))
    parent_id: Mapped[UUID | None] = column(Lookup(_l("Parent company"), target="customer"))
    owner_id: Mapped[UUID | None] = column(Member(_l("Owner")))
    notes: Mapped[str | None] = column(LongText(_l("Notes")))


class Contact(Record):
    """A person at a customer."""

    __tablename__ = "contact"
    __table_args__ = (
        Index("contact_of_customer", "tenant_id", "customer_id"),
        Index("contact_phone", "tenant_id", "phone", postgresql_where=text("phone is not null")),
        Index("contact_email", "tenant_id", "email", postgresql_where=text("email is not null")),
    )

    name: Mapped[str] = column(
        Text(_lp("person", "Name"), required=True, search=True, synonyms=("contact", "联系人", "姓名"))
    )
    customer_id: Mapped[UUID] = column(Lookup(_l("Customer"), target="customer", required=True))
    title: Mapped[str | None] = column(Text(_l("Job title"), max_length=100))
    role: Mapped[str | None] = column(Text(_l("Role in decisions"), max_length=100))
    phone: Mapped[str | None] = column(Phone(_l("Phone"), search=True, match_key=True))
    email: Mapped[str | None] = column(Email(_l("E-mail"), search=True, match_key=True))
    wechat: Mapped[str | None] = column(Text(_l("WeChat"), max_length=100))
    is_primary: Mapped[bool | None] = column(YesNo(_l("Main contact")))
    notes: Mapped[str | None] = column(LongText(_l("Notes")))
