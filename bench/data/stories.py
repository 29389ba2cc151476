"""What happened with a few customers: contacts, tasks and a timeline, made by the services that make them in life."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from bench.data.companies import Company
from bench.data.customers import settle
from bench.data.names import words
from core import current, db
from core.activities.services import create_task, log_follow_up
from core.auth.context import entering
from core.customers.models import Contact, Customer
from core.customers.types import CONTACT, CUSTOMER
from core.records.fields import RecordRef
from core.records.services import create_record, update_record

TOLD, CONTACTS, TASKS, FOLLOW_UPS, CHANGES = 20, 4, 3, 20, 10
LEVELS = ("a", "b", "c")


def customers_with_stories(company: Company) -> Sequence[UUID]:
    """Some customers of whom there is something to tell; told when they are first asked for."""
    with entering(company.door()):
        found = db.session().scalars(select(Contact.customer_id).group_by(Contact.customer_id).limit(TOLD)).all()
        some = select(Customer.id).where(Customer.tenant_id == company.tenant_id).order_by(Customer.id).limit(TOLD)
        chosen = db.session().scalars(some).all()
    if not found:
        for customer_id in chosen:
            with entering(company.door()):
                _tell(customer_id)
        settle("guanxi.contact", "guanxi.task", "guanxi.follow_up", "guanxi.event", "guanxi.deadline")
    return chosen


def _tell(customer_id: UUID) -> None:
    customer = CUSTOMER.get(customer_id)
    moved = db.session().scalar(select(func.count()).select_from(Contact)) or 0
    for number in range(CONTACTS):
        name = f"{words().surnames[(moved + number) % 400]} {number}"
        create_record(CONTACT, {"name": name, "customer": customer_id, "title": "Buyer", "phone": "+8613800138000"})
    for number in range(TASKS):
        due = current.now() + timedelta(days=number + 1)
        create_task(title=f"Call about offer {number}", due_at=due, about=RecordRef("customer", customer_id))
    for number in range(CHANGES):
        update_record(CUSTOMER, customer, {"level": LEVELS[number % 3], "employees": 100 + number})
    for number in range(FOLLOW_UPS):
        log_follow_up("customer", customer, channel="call", summary=f"They asked for a better price, round {number}.")
