"""A company whose customers have two hundred fields of its own, and one customer with a value in each."""

from uuid import UUID

from sqlalchemy import select

from bench.data.companies import Company
from core import db
from core.auth.context import entering
from core.customers.models import Customer
from core.customers.types import CUSTOMER
from core.records.field_changes import add_field
from core.records.services import create_record

FIELDS = 200
KINDS = ("text", "integer", "choice", "date", "long_text", "money", "yes_no", "email", "decimal", "phone",
         "multi_choice", "datetime", "url", "percent", "tags")  # fmt: skip
OPTIONS = [{"label": f"Option {n}", "value": f"o{n}"} for n in range(1, 9)]
NAME = "Customer with every field"


def customer_with_every_field(company: Company) -> UUID:
    """Made when it is first asked for."""
    with entering(company.door()):
        found = db.session().scalars(select(Customer.id).where(Customer.name == NAME)).first()
    if found is not None:
        return found
    with entering(company.door()):
        for number in range(FIELDS):
            kind = KINDS[number % len(KINDS)]
            config = {"options": OPTIONS} if "choice" in kind else {}
            help = "A line that says what belongs here." if number % 4 == 0 else ""
            add_field(CUSTOMER, label=f"Field {number}", type=kind, config=config, help=help, key=f"c_{number}")
    with entering(company.door()):
        own = [field for field in CUSTOMER.fields().values() if field.custom_id]
        parent = create_record(CUSTOMER, {"name": f"{NAME}'s parent"})
        values = {f.key: f.parse_json(f.example()) for f in own}
        made = create_record(CUSTOMER, {"name": NAME, "parent": parent.id} | values)
        made_id: UUID = made.id
    return made_id
