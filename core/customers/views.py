"""The page of a customer: everything known, in one place."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.activities.agenda import open_tasks_of
from core.activities.shown import names_of_tasks
from core.activities.types import FOLLOW_UP, TASK
from core.activities.views.tasks import quick_task
from core.customers.models import Customer
from core.customers.page import composer, page_of
from core.customers.timeline import timeline
from core.customers.types import CUSTOMER
from core.errors import Invalid
from core.i18n import _, timezone
from core.records.fields import RecordRef
from core.records.pages.blueprint import seen
from core.records.pages.recent import note_seen
from core.records.schemas import Values, from_form, writable
from core.records.services import create_record
from core.web import is_fragment, render, swap
from core.web.blueprints import to, workspace

MORNING = time(9)
DAYS = ("1", "3", "7")
SAID = ("channel", "summary", "happened_at", "next_step", "next_at")

customers = workspace("customers", __name__, "customers", template_folder="templates")


@customers.get("/<uuid:record_id>", permission=to("view", "customer"))
def show_customer(record_id: UUID) -> ResponseReturnValue:
    customer = seen(CUSTOMER, record_id)
    note_seen(CUSTOMER, customer)
    return _page(customer)


@customers.get("/<uuid:record_id>/timeline", permission=to("view", "customer"))
def show_timeline(record_id: UUID) -> ResponseReturnValue:
    """The timeline narrowed to a kind, or what is older than what is shown."""
    customer = CUSTOMER.get(record_id)
    kind, before = _wanted()
    if not is_fragment():
        return _page(customer)
    story = timeline(customer, kind=kind, before=before)
    fragment = "customers/_older.html" if before else "customers/_timeline.html"
    return render(fragment, customer=customer, story=story, **composer())


@customers.post("/<uuid:record_id>/follow-ups", permission=to("create", "follow_up"))
def create_follow_up(record_id: UUID) -> ResponseReturnValue:
    customer = CUSTOMER.get(record_id)
    try:
        create_record(FOLLOW_UP, said() | {"about": RecordRef("customer", customer.id)})
    except Invalid as invalid:
        problems = {problem.field: problem.message for problem in invalid.problems}
        return _page(customer, "customers/_story.html", status=422, errors=problems, typed=request.form)
    tasks = open_tasks_of(customer.id)
    return swap(
        "customers/_logged.html",
        otherwise=url_for(".show_customer", record_id=customer.id),
        customer=customer,
        story=timeline(customer),
        tasks=tasks,
        names=names_of_tasks(tasks),
        fresh=True,
        **composer(),
    )


@customers.post("/<uuid:record_id>/tasks", permission=to("create", "task"))
def create_task(record_id: UUID) -> ResponseReturnValue:
    """Add a task about the customer in one line."""
    customer = CUSTOMER.get(record_id)
    try:
        create_record(TASK, quick_task() | {"about": RecordRef("customer", customer.id)})
    except Invalid as invalid:
        problems = {problem.field: problem.message for problem in invalid.problems}
        return _page(customer, "customers/_tasks.html", status=422, task_errors=problems)
    tasks = open_tasks_of(customer.id)
    return swap(
        "customers/_tasks.html",
        otherwise=url_for(".show_customer", record_id=customer.id),
        customer=customer,
        tasks=tasks,
        names=names_of_tasks(tasks),
        **composer(),
    )


def said() -> Values:
    """What the composer holds. A day chosen for the next step stands for its morning. Raises Invalid."""
    values = from_form(FOLLOW_UP, request.form, fields=writable(FOLLOW_UP, SAID, needed=("channel", "summary")))
    chosen = request.form.get("next_in", "at")
    if chosen != "at":
        values |= {"next_at": _morning_in(int(chosen)) if chosen in DAYS else None} if "next_at" in values else {}
    if request.form.get("happened", "at") != "at":
        values["happened_at"] = None
    if values.get("next_at") and not values.get("next_step"):
        values["next_step"] = _("Follow up")
    return {key: value for key, value in values.items() if value is not None}


def _morning_in(days: int) -> datetime:
    day = datetime.now(timezone()).date() + timedelta(days=days)
    return datetime.combine(day, MORNING, timezone())


def _page(customer: Customer, fragment: str | None = None, *, status: int = 200, **more: Any) -> ResponseReturnValue:
    kind, before = _wanted()
    context = page_of(customer, kind=kind, before=before) | more
    return render("customers/show.html", fragment, status=status, **context)


def _wanted() -> tuple[str, UUID | None]:
    return request.args.get("kind", "all"), request.args.get("before", type=UUID)
