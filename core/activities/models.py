"""What was said with a customer or lead, what is to be done next, and what a member should know."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core import current
from core.db import TenantModel, reference
from core.i18n import _, _l, _lp
from core.records.fields import (
    AnyRecord,
    Choice,
    DateTime,
    LongText,
    Lookup,
    Member,
    Option,
    State,
    StateOption,
    Text,
)
from core.records.model import Record, column

CHANNELS = (
    Option("call", _l("Call"), "blue"),
    Option("email", _lp("channel", "E-mail"), "teal"),
    Option("meeting", _l("Meeting"), "purple"),
    Option("visit", _l("Visit"), "green"),
    Option("chat", _l("Chat"), "orange"),
    Option("note", _l("Note"), "gray"),
)
TASK_STATES = (
    StateOption("open", _l("To do"), "blue"),
    StateOption("done", _l("Done"), "green"),
    StateOption("dropped", _l("Dropped"), "gray"),
)


class FollowUp(Record):
    """A logged contact with a record: the only thing that counts as "someone followed up".

    `about_type` and `about_id` name the record (a customer, a plugin's lead); `customer_id` the customer, once
    there is one.
    """

    __tablename__ = "follow_up"
    __table_args__ = (
        Index("follow_up_about", "tenant_id", "about_id", "happened_at"),
        Index("follow_up_customer", "tenant_id", "customer_id", "happened_at"),
    )

    channel: Mapped[str] = column(Choice(_l("Channel"), options=CHANNELS, required=True, default="call"))
    summary: Mapped[str] = column(LongText(_l("Key points"), required=True, search=True))
    happened_at: Mapped[datetime] = column(DateTime(_l("When")), nullable=False, default=current.now)
    next_step: Mapped[str | None] = column(Text(_l("Next step")))
    next_at: Mapped[datetime | None] = column(DateTime(_l("Next step on")))
    about_type: Mapped[str]
    about_id: Mapped[UUID] = column(AnyRecord(_l("About")), nullable=False)
    customer_id: Mapped[UUID | None] = column(Lookup(_l("Customer"), target="customer"))
    owner_id: Mapped[UUID | None] = column(Member(_l("By"), editable=False))


class Task(Record):
    """Something a member must do by a time, about a record. A reminder fires at `due_at`."""

    __tablename__ = "task"
    __table_args__ = (
        Index("task_about", "tenant_id", "about_id"),
        Index("task_customer", "tenant_id", "customer_id"),
        Index("task_due", "tenant_id", "owner_id", "status", "due_at"),
    )

    title: Mapped[str] = column(Text(_l("Task"), required=True, search=True))
    status: Mapped[str] = column(State(_l("Status"), states=TASK_STATES, default="open"))
    due_at: Mapped[datetime | None] = column(DateTime(_l("Due")))
    owner_id: Mapped[UUID | None] = column(Member(_l("Assigned to")))
    customer_id: Mapped[UUID | None] = column(Lookup(_l("Customer"), target="customer"))
    about_type: Mapped[str | None] = mapped_column()
    about_id: Mapped[UUID | None] = column(AnyRecord(_l("About")))
    done_at: Mapped[datetime | None] = column(DateTime(_l("Done at"), editable=False))
    notes: Mapped[str | None] = column(LongText(_l("Notes")))


class Notification(TenantModel):
    """Something a member should know: a line under the bell, and a mail for those who want mails."""

    __tablename__ = "notification"
    __table_args__ = (
        Index("notification_of_member", "tenant_id", "member_id", text("id desc")),
        Index("notification_unread", "tenant_id", "member_id", postgresql_where=text("read_at is null")),
    )

    member_id: Mapped[UUID] = reference("member", nullable=False, ondelete="CASCADE")
    at: Mapped[datetime] = mapped_column(default=current.now)
    text: Mapped[str]
    values: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    url: Mapped[str]
    icon: Mapped[str] = mapped_column(default="bell")
    read_at: Mapped[datetime | None]

    @property
    def said(self) -> str:
        """The line as its reader speaks."""
        return said_to_reader(self.text, self.values)


FOR = "for_member"
"""Among the values: whom its reader stands in for, so that it is told from what concerns themselves."""


def said_to_reader(text: str, values: Mapping[str, Any]) -> str:
    said = _(text, **values)
    return _("%(text)s (for %(member)s)", text=said, member=values[FOR]) if FOR in values else said
