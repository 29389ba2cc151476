"""Follow-ups and tasks: the verbs, whoever calls them (pages, API, rules, plugins)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from core import current, db
from core.activities.about import settle
from core.activities.events import FollowedUp
from core.activities.models import FollowUp, Task
from core.activities.notifications import notify
from core.deadlines import arm, disarm, on_deadline
from core.events import emit, link_history
from core.i18n import _l
from core.records.fields import RecordRef
from core.records.schemas import Values
from core.records.services import about as event_about
from core.records.services import bury_record, change_record, check_references
from core.records.types import RECORD_TYPES, type_named

REMINDER = "task.due"

# --- follow-ups ----------------------------------------------------------------------------------------


def log_follow_up(
    record_type_name: str,
    record: Any,
    *,
    channel: str,
    summary: str,
    happened_at: datetime | None = None,
    next_step: str | None = None,
    next_at: datetime | None = None,
) -> FollowUp:
    """Log that someone dealt with a record. The next step becomes a task of whoever logs it, with a reminder."""
    follow_up = FollowUp(
        id=db.new_id(),
        custom={},
        channel=channel,
        summary=summary,
        happened_at=happened_at or current.now(),
        next_step=next_step,
        next_at=next_at,
        about_type=record_type_name,
        about_id=record.id,
        customer_id=type_named(record_type_name).customer_of(record),
        owner_id=current.member_id(),
    )
    db.session().add(follow_up)
    emit(
        FollowedUp(
            record_type=record_type_name,
            record_id=record.id,
            customer_id=follow_up.customer_id,
            channel=channel,
            summary=summary,
            follow_up_id=follow_up.id,
            next_step=next_step,
        )
    )
    if next_step:
        about = RecordRef(record_type_name, record.id)
        create_task(title=next_step, due_at=next_at, about=about, customer_id=follow_up.customer_id)
    return follow_up


def create_follow_up(values: Values) -> FollowUp:
    """Log a follow-up from a form or the API. Raises Invalid."""


# --- tasks ---------------------------------------------------------------------------------------------
