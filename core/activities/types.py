"""Follow-ups and tasks as the engines see them."""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from core import current
from core.activities import services
from core.activities.models import FollowUp, Task
from core.i18n import _l
from core.records.types import RecordType, enabled_types, register


class ActivityType(RecordType):
    """Activities are of whoever did them, and of whoever has the record, or the customer, that they are about."""

    def owned_by(self, members: Any) -> ColumnElement[bool]:
        of_records = [self._about_records_of(each, members) for each in enabled_types() if "owner" in each.builtin]
        return or_(super().owned_by(members), *(found for found in of_records if found is not None))

    def _about_records_of(self, record_type: RecordType, members: Any) -> ColumnElement[bool] | None:
        if isinstance(record_type, ActivityType):
            return None
        model: Any = self.model
        theirs = select(record_type.model.id).where(
            record_type.model.tenant_id == current.tenant_id(), record_type.owned_by(members)
        )
        if record_type.name == "customer":
            return model.customer_id.in_(theirs)
        return and_(model.about_type == record_type.name, model.about_id.in_(theirs))


FOLLOW_UP = ActivityType(
    FollowUp,
    name="follow_up",
    label=_l("Follow-up"),
    plural="follow-ups",
    plural_label=_l("Follow-ups"),
    icon="message-2",
    color="teal",
    title="summary",
    columns=("happened_at", "channel", "summary", "about", "owner", "next_step"),
    form=("about", "channel", "summary", "happened_at", "next_step", "next_at"),
    customer_attr="customer_id",
    customisable=False,
    sort="-happened_at",
    create=services.create_follow_up,
    update=services.change_follow_up,
)

TASK = ActivityType(
    Task,
    name="task",
    label=_l("Task"),
    plural="tasks",
    plural_label=_l("Tasks"),
    icon="checkbox",
    color="orange",
    title="title",
    columns=("title", "status", "due_at", "about", "owner"),
    form=("title", "due_at", "owner", "about", "notes"),
    customer_attr="customer_id",
    sort="due_at",
    create=services.plan_task,
    update=services.change_task,
    delete=services.delete_task,
)

register(FOLLOW_UP)
register(TASK)
