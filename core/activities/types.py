"""Follow-ups and tasks as the engines see them."""

from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from core import current, db
from core.access.explaining import Reached
from core.activities import services
from core.activities.models import FollowUp, Task
from core.i18n import _l
from core.records.types import HandsOver, RecordType, enabled_types, find_type, register


class ActivityType(RecordType):
    """Activities are of whoever did them, and of whoever has the record, or the customer, that they are about."""

    def owned_by(self, members: Any, *, strictly: bool = False) -> ColumnElement[bool]:
        types = [each for each in enabled_types() if "owner" in each.builtin]
        of_records = [self._about_records_of(each, members, strictly) for each in types]
        mine = super().owned_by(members, strictly=strictly)
        return or_(mine, *(found for found in of_records if found is not None))

    def shared_in(self, ids: Select[Any]) -> ColumnElement[bool]:
        model: Any = self.model
        return or_(super().shared_in(ids), model.customer_id.in_(ids), model.about_id.in_(ids))

    def reached_through(self, record: Any) -> list[Reached]:
        about = find_type(record.about_type or "")
        links = [(about, record.about_id), (find_type("customer"), record.customer_id)]
        found = super().reached_through(record)
        for record_type, record_id in links:
            if record_type is None or any(each.id == record_id for each in found):
                continue
            if (above := db.get(record_type.model, record_id)) is not None:
                first = record_type.reached_through(above)[0]
                counts = "owner" in record_type.builtin and not isinstance(record_type, ActivityType)
                found.append(replace(first, itself=False, owned=counts))
        return found

    def _about_records_of(self, record_type: RecordType, members: Any, strictly: bool) -> ColumnElement[bool] | None:
        if isinstance(record_type, ActivityType):
            return None
        model: Any = self.model
        theirs = select(record_type.model.id).where(
            record_type.model.tenant_id == current.tenant_id(), record_type.owned_by(members, strictly=strictly)
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
    hands_over=HandsOver(which=lambda: Task.status == "open"),
    create=services.plan_task,
    update=services.change_task,
    delete=services.delete_task,
)

register(FOLLOW_UP)
register(TASK)
