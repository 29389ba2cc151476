"""What the page of a customer shows besides its own fields."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, true

from core import db
from core.access import ask_ahead, may
from core.activities.agenda import open_tasks_of
from core.activities.models import Task
from core.activities.shown import channels
from core.activities.types import FOLLOW_UP, TASK
from core.customers.models import Contact, Customer
from core.customers.timeline import KINDS, timeline
from core.customers.types import CONTACT, CUSTOMER
from core.host.asking import ask
from core.records.fields import FieldType
from core.records.guards import Guard, look_at
from core.records.pages.addresses import list_url, new_url, url_of
from core.records.pages.details import RIGHTS, action_links, collaborators, facts_of, head_context
from core.records.pages.related import relations
from core.records.told import value_told

CHILDREN = 8


@dataclass(frozen=True)
class Family:
    """The companies above and below, as far as the member may see them."""

    parent: Customer | None
    children: Sequence[Customer]
    more: bool


def page_of(customer: Customer, *, kind: str = "all", before: UUID | None = None) -> dict[str, Any]:
    """Everything the page shows: its fields, family, contacts, tasks, timeline, and where the modules' panels are."""
    family, contacts, tasks = family_of(customer), contacts_of(customer), open_tasks_of(customer.id)
    known = {("customer", each.id): each.name for each in (customer, *family.children)}
    known |= {("contact", contact.id): contact.name for contact in contacts}
    if family.parent:
        known["customer", family.parent.id] = family.parent.name
    in_view = {("task", task.id) for task in tasks}
    story = timeline(customer, kind=kind, before=before, known=known, also=_named(customer, tasks), in_view=in_view)
    ask_ahead(RIGHTS, CUSTOMER, customer)
    may_edit = may("edit", CUSTOMER, customer)
    may_transfer = may_edit and may("transfer", CUSTOMER, customer)
    here = url_of(CUSTOMER, customer.id)
    return {
        **head_context(CUSTOMER, customer, story.names),
        "facts": facts_of(CUSTOMER, customer, story.names, may_edit=may_edit, may_transfer=may_transfer),
        "actions": action_links(CUSTOMER, customer),
        "may_edit": may_edit,
        "may_delete": may("delete", CUSTOMER, customer),
        "may_transfer": may_transfer,
        **collaborators(CUSTOMER, customer, may_edit=may_edit),
        "list_url": list_url(CUSTOMER),
        "contact_url": new_url(CONTACT, here, customer=customer.id),
        "task_url": new_url(TASK, here, about=f"customer:{customer.id}"),
        "children_url": list_url(CUSTOMER, {"field": "parent", "op": "is", "value": str(customer.id)}),
        "customer": customer,
        "family": family,
        "contacts": contacts,
        "tasks": tasks,
        "story": story,
        "panels": ask("customer_panels", customer=customer),
        "related": relations(CUSTOMER, customer, own=True),
        **composer(),
    }


def composer() -> dict[str, Any]:
    """What the form of a follow-up and the filter of the timeline offer, and what the member may add."""
    return {
        "channels": channels(),
        "kinds": KINDS,
        "may_log": may("create", FOLLOW_UP),
        "may_plan": may("create", TASK),
        "may_add_contact": may("create", CONTACT),
    }


def contacts_of(customer: Customer) -> Sequence[Contact]:
    """The people there, the main contact first, as far as the member may know whose they are."""
    link, primary = CONTACT.field("customer"), CONTACT.field("is_primary")
    if link is None:
        return []
    found = CONTACT.visible().where(Contact.customer_id == customer.id, readable(link))
    first = [Contact.is_primary.desc().nulls_last()] if primary is not None and not primary.guarded else []
    shown = db.session().scalars(found.order_by(*first, Contact.id).limit(100)).all()
    look_at(CONTACT, [each.id for each in shown])
    return shown


def family_of(customer: Customer) -> Family:
    """Parent and subsidiaries, in one statement, where the member may read whose they are."""
    link = CUSTOMER.field("parent")
    if link is None:
        return Family(None, [], False)
    above = value_told(CUSTOMER, "parent", customer)
    below = and_(Customer.parent_id == customer.id, readable(link))
    near = CUSTOMER.visible().where(or_(Customer.id == above, below) if above else below)
    above_first = near.order_by((Customer.id == above).desc(), Customer.name, Customer.id)
    found = db.session().scalars(above_first.limit(CHILDREN + 2)).all()
    parent = next((each for each in found if each.id == above), None)
    children = [each for each in found if each is not parent]
    return Family(parent, children[:CHILDREN], len(children) > CHILDREN)


def readable(link: FieldType) -> ColumnElement[bool]:
    """The records on which the member may read a link."""
    return link.readable() if isinstance(link, Guard) else true()


def _named(customer: Customer, tasks: Sequence[Task]) -> dict[str, set[UUID]]:
    """What the fields of the customer point at, and whose the tasks are."""
    wanted = {"member": {task.owner_id for task in tasks if task.owner_id}}
    for made in CUSTOMER.fields().values():
        if pointed := made.points_at(made.get(customer)):
            wanted.setdefault(pointed[0], set()).add(pointed[1])
    return wanted
