"""Follow-ups and tasks as the engines see them."""

from core.activities.models import FollowUp, Task
from core.i18n import _l
from core.records.types import RecordType, register

FOLLOW_UP = RecordType(
    FollowUp,
    name="follow_up",
    label=_l("Follow-up"),
    plural="follow-ups",
    plural_label=_l("Follow-ups"),
    icon="message-2",
    color="teal",
    title="summary",
    columns=("happened_at", "channel", "summary", "customer", "owner", "next_step"),
    form=("channel", "summary", "happened_at", "next_step", "next_at"),
    customer_attr="customer_id",
    customisable=False,
    sort="-happened_at",
)

TASK = RecordType(
    Task,
    name="task",
    label=_l("Task"),
    plural="tasks",
    plural_label=_l("Tasks"),
    icon="checkbox",
    color="orange",
    title="title",
    columns=("title", "status", "due_at", "customer", "owner"),
    form=("title", "due_at", "owner", "customer", "notes"),
    customer_attr="customer_id",
    sort="due_at",
)

register(FOLLOW_UP)
register(TASK)
