"""What the page of a customer shows besides its own fields."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_

from core import db
from core.access import may
from core.activities.agenda import open_tasks_of
from core.activities.models import Task
from core.activities.shown import channels
from core.activities.types import FOLLOW_UP, TASK
from core.customers.models import Contact, Customer
from core.customers.timeline import KINDS, timeline
from core.customers.types import CONTACT, CUSTOMER
from core.host.asking import ask
from core.records.pages.addresses import list_url, new_url, url_of
from core.records.pages.details import action_links, facts_of, head_context
from core.records.pages.related import relations

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
    story = timeline(customer, kind=kind, before=before, known=known, also=_named(customer, tasks))
    may_edit = may("edit", CUSTOMER, customer)
    may_transfer = may_edit and may("transfer", CUSTOMER, customer)
    here = url_of(CUSTOMER, customer.id)
    return {
        **head_context(CUSTOMER, customer, story.names),
        "facts": facts_of(CUSTOMER, customer, story.names, may_edit=may_edit, may_transfer=may_transfer),
        "actions": action_links(CUSTOMER, customer),
        "may_edit": may_edit,
        "may_delete": may("delete", CUSTOMER, customer),
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
    """The people there, the main contact first."""
    found = CONTACT.visible().where(Contact.customer_id == customer.id)
    first = Contact.is_primary.desc().nulls_last()
    return db.session().scalars(found.order_by(first, Contact.id).limit(100)).all()


def family_of(customer: Customer) -> Family:
    """Parent and subsidiaries, in one statement."""
    near = CUSTOMER.visible().where(or_(Customer.id == customer.parent_id, Customer.parent_id == customer.id))
    above_first = near.order_by((Customer.id == customer.parent_id).desc(), Customer.name, Customer.id)
    found = db.session().scalars(above_first.limit(CHILDREN + 2)).all()
    parent = next((each for each in found if each.id == customer.parent_id), None)
    children = [each for each in found if each is not parent]
    return Family(parent, children[:CHILDREN], len(children) > CHILDREN)


def _named(customer: Customer, tasks: Sequence[Task]) -> dict[str, set[UUID]]:
    """What the fields of the customer point at, and whose the tasks are."""
    wanted = {"member": {task.owner_id for task in tasks if task.owner_id}}
    for made in CUSTOMER.fields().values():
        if pointed := made.points_at(made.get(customer)):
            wanted.setdefault(pointed[0], set()).add(pointed[1])
    return wanted
