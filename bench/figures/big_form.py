"""The form of a customer with two hundred fields of the tenant's own, all filled in: the form alone, the whole page.

The form alone is what the target is about: the record is loaded, and both sides turn it into the HTML of a form. The
page has our frame around it, with its session, rights and navigation, of which the twin has nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from jinja2 import Environment, FileSystemLoader
from sqlalchemy import select

from bench.data.companies import Company, company
from bench.data.forms import FIELDS, customer_with_every_field
from bench.figures.pages import beside, check
from bench.figures.size import Size
from bench.statements import application, cookie
from bench.timing import Result, in_turns
from core import current, db
from core.access import Member
from core.auth.context import entering
from core.customers.models import Customer
from core.customers.types import CUSTOMER
from core.records.pages.forms import Entry, shown_of

ROWS = 1_000
ROUNDS = 200
TWINS = Path(__file__).parents[1] / "twin" / "templates"
MARK = b">Field "


def measure(size: Size) -> Sequence[Result]:
    owned = company(size.rows or ROWS, "form")
    customer = customer_with_every_field(owned)
    pages = beside(
        "form of 200 fields",
        size,
        path=f"/w/{owned.slug}/customers/{customer}/edit",
        headers={"Cookie": cookie(owned)},
        twin=f"/customers/{owned.tenant_id}/{customer}/form",
        target=0,
        most_statements=8,
        rows=(MARK, FIELDS),
    )
    page = [replace(each, target=None, variant=f"whole page, {each.variant}") for each in pages]
    return [_alone(owned, customer, (size.rounds or 0) * 10 or ROUNDS), *page]


def _alone(owned: Company, customer: UUID, rounds: int) -> Result:
    app = application()
    plain: Any = Environment(loader=FileSystemLoader(TWINS), autoescape=True).get_template("form.html")
    with app.test_request_context(f"/w/{owned.slug}/customers/"), entering(owned.door()):
        record = CUSTOMER.get(customer)
        ours = partial(_form, app, record)
        twin = partial(_by_hand, plain, record)
        for work in (ours, twin):
            check(work().encode(), MARK, FIELDS)
        return Result("form of 200 fields", "form alone", *in_turns([ours, twin], rounds), 3.0)


def _by_hand(plain: Any, record: Any) -> str:
    return plain.render(customer=record, **_choices(record))


def _choices(record: Any) -> dict[str, Any]:
    """Whom the form offers as owner, and what the parent is called: what one by hand has to ask, too."""
    tenant, work = current.tenant_id(), db.session()
    mates = select(Member.id, Member.name).where(Member.tenant_id == tenant, Member.status == "active")
    parent = select(Customer.name).where(Customer.tenant_id == tenant, Customer.id == record.parent_id)
    return {"members": work.execute(mates.order_by(Member.name).limit(500)).all(), "parent": work.scalar(parent)}


def _form(app: Any, record: Any) -> str:
    entry = Entry(CUSTOMER, record)
    entry.typed = shown_of(record, entry.fields())
    controls: Any = app.jinja_env.get_template("records/controls.html").module
    return str(controls.sections(entry.drawn()))
