"""Mailboxes that leads write to, and the mails they wrote."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import SEALED_FOR_TENANT, TenantModel, now, reference

OUTCOMES = ("caught", "joined", "thread", "ignored", "failed")
SECURITY = ("ssl", "starttls", "none")


class Mailbox(TenantModel):
    """A mailbox on an IMAP server. What is unread in `folder` is taken; then it is marked as read, or moved."""

    __tablename__ = "leads_mailbox"
    __table_args__ = (CheckConstraint(f"security in ({', '.join(repr(each) for each in SECURITY)})", name="security"),)

    name: Mapped[str]
    host: Mapped[str]
    port: Mapped[int]
    security: Mapped[str]
    username: Mapped[str]
    password: Mapped[str] = mapped_column(info=SEALED_FOR_TENANT)
    folder: Mapped[str] = mapped_column(default="INBOX")
    done_folder: Mapped[str | None]
    every_minutes: Mapped[int] = mapped_column(default=2, server_default=text("2"))
    campaign_id: Mapped[UUID | None] = reference("leads_campaign")
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    checked_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Mail(TenantModel):
    """A mail that came. `message_id` is the sender's name for it, so that each is taken once, from whichever mailbox.

    A reply names earlier mails in `refers_to`, and so belongs to the lead of their thread. `files` are the
    attachments: `{"id", "name", "size"}`, and instead of the id a `refused` with the reason.
    """

    __tablename__ = "leads_letter"
    __table_args__ = (
        CheckConstraint(f"outcome in ({', '.join(repr(each) for each in OUTCOMES)})", name="outcome"),
        Index("leads_letter_message_uq", "tenant_id", "message_id", unique=True),
        Index("leads_letter_of_lead", "tenant_id", "lead_id", "at", postgresql_where=text("lead_id is not null")),
        Index("leads_letter_of_mailbox", "tenant_id", "mailbox_id", "at"),
    )

    mailbox_id: Mapped[UUID | None] = reference("leads_mailbox")
    message_id: Mapped[str]
    refers_to: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    lead_id: Mapped[UUID | None] = reference("leads_lead", ondelete="CASCADE")
    at: Mapped[datetime]
    taken_at: Mapped[datetime]
    from_name: Mapped[str | None]
    from_email: Mapped[str | None]
    subject: Mapped[str] = mapped_column(default="")
    body: Mapped[str] = mapped_column(default="")
    quoted: Mapped[str] = mapped_column(default="", server_default=text("''"))
    """What the sender repeated of earlier mails below."""
    files: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    size: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str]
    reason: Mapped[str | None]
