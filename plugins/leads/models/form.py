"""The web forms that leads come from: what they ask, what they were agreed to, what came in by them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import TenantModel, now, reference


class LeadForm(TenantModel):
    """A page on which strangers leave their name.

    `steps` are the pages it is filled in on, each `{"title": …, "fields": [{"key": …, "label": …, "placeholder": …,
    "help": …, "required": …, "when": {"field": …, "op": …, "value": […]}}]}`.
    """

    __tablename__ = "leads_form"

    title: Mapped[str]
    intro: Mapped[str] = mapped_column(default="")
    steps: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'::jsonb"))
    thanks: Mapped[str] = mapped_column(default="")
    redirect_to: Mapped[str] = mapped_column(default="", server_default="")
    accent: Mapped[str] = mapped_column(default="", server_default="")
    active: Mapped[bool] = mapped_column(default=True)
    closes_at: Mapped[datetime | None]
    most_entries: Mapped[int | None]
    consent_text: Mapped[str] = mapped_column(default="", server_default="")
    consent_version: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    consent_required: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    double_opt_in: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    plain_post: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether a form on one of the sites may post here, which can show no proof of work."""
    embedded_in: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'::jsonb"))
    """The sites, as `https://acme.example`, on whose pages the form may stand."""
    source: Mapped[str] = mapped_column(default="form", server_default="form")
    campaign_id: Mapped[UUID | None] = reference("leads_campaign")
    tell: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'::jsonb"))
    """The ids of the members who are told of each entry."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class FormConsent(TenantModel):
    """What whoever filled in a form agreed to, in every wording that it ever had."""

    __tablename__ = "leads_form_consent"
    __table_args__ = (Index("leads_form_consent_uq", "tenant_id", "form_id", "version", unique=True),)

    form_id: Mapped[UUID] = reference("leads_form", ondelete="CASCADE", nullable=False)
    version: Mapped[int]
    text: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


class FormEntry(TenantModel):
    """One time that a form was sent. It waits for its confirmation while `expires_at` stands; after that it has a lead.

    `answers` are what was posted, by the name of each control, for as long as it waits; `touch` where it came from.
    """

    __tablename__ = "leads_form_entry"
    __table_args__ = (
        Index("leads_form_entry_of_form", "tenant_id", "form_id", "at"),
        Index("leads_form_entry_of_lead", "tenant_id", "lead_id", postgresql_where=text("lead_id is not null")),
        Index("leads_form_entry_token_uq", "tenant_id", "token", unique=True,
              postgresql_where=text("token is not null")),
        Index("leads_form_entry_of_email", "tenant_id", "email", "at", postgresql_where=text("email is not null")),
    )  # fmt: skip

    form_id: Mapped[UUID] = reference("leads_form", ondelete="CASCADE", nullable=False)
    lead_id: Mapped[UUID | None] = reference("leads_lead", ondelete="CASCADE")
    at: Mapped[datetime] = mapped_column(default=now)
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    touch: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    email: Mapped[str | None]
    token: Mapped[str | None]
    """The hash of what stands in the link of the mail."""
    expires_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]


class FormDay(TenantModel):
    """How often a form was looked at, begun and sent on one day, in UTC."""

    __tablename__ = "leads_form_day"
    __table_args__ = (Index("leads_form_day_uq", "tenant_id", "form_id", "day", unique=True),)

    form_id: Mapped[UUID] = reference("leads_form", ondelete="CASCADE", nullable=False)
    day: Mapped[date]
    views: Mapped[int] = mapped_column(default=0)
    starts: Mapped[int] = mapped_column(default=0)
    sent: Mapped[int] = mapped_column(default=0)
