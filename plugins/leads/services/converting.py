"""Making a customer of a lead."""

from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, text

from core.sdk import (
    Conflict,
    Contact,
    Customer,
    _,
    acting_member_id,
    create_record,
    emit,
    normalise,
    now,
    session,
    tenant_id,
    transfer_history,
    type_named,
)
from plugins.leads.events import LeadConverted
from plugins.leads.models import SOURCES, Lead
from plugins.leads.services.clock import stop_and_lock
from plugins.leads.services.telling import about, name_of

ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended(:key, 0))"


def convert_lead(lead: Lead, customer: UUID | None = None) -> None:
    """Close a lead as won: its customer and contact are found or made, and its history becomes theirs.

    Raises Conflict when it is closed already, or when its customer is another's and not the caller's to see;
    NotFound for a chosen customer that is not there.
    """
    lead = stop_and_lock(lead)
    if lead.status == "converted":
        raise Conflict(_("This lead is a customer already."))
    if not lead.is_open:
        raise Conflict(_("This lead is closed."))
    known = type_named("customer").get(customer) if customer else _customer_of(lead)
    buyer = known or _new_customer(lead)
    contact = _contact_of(lead, buyer) or _new_contact(lead, buyer)
    before, lead.status = lead.status, "converted"
    lead.converted_at, lead.customer_id, lead.contact_id = now(), buyer.id, contact.id
    session().flush()
    transfer_history(lead, buyer)
    emit(
        LeadConverted(
            **about(lead), title=lead.name, contact_id=contact.id, new_customer=known is None,
            changes={"status": [before, "converted"], "customer": [None, str(buyer.id)]},
        )
    )  # fmt: skip


# --- the customer --------------------------------------------------------------------------------------


def _customer_of(lead: Lead) -> Customer | None:
    """The customer that the lead is of by phone, e-mail or company name. Two leads of one company wait here."""
    session().execute(text(ONE_AT_A_TIME), {"key": f"leads:{tenant_id()}:{normalise(lead.company or lead.name)}"})
    found = _by_reach(lead) or _by_name(lead)
    if found and session().scalar(type_named("customer").visible(Customer.id).where(Customer.id == found.id)) is None:
        raise Conflict(
            _("“%(customer)s” is a customer of %(owner)s already. Choose another customer, or hand the lead over.",
              customer=found.name, owner=name_of(found.owner_id))
        )  # fmt: skip
    return found


def _by_reach(lead: Lead) -> Customer | None:
    reach: list[Any] = [(Customer.phone, Contact.phone, lead.phone), (Customer.email, Contact.email, lead.email)]
    given = [(mine, theirs, value) for mine, theirs, value in reach if value]
    if not given:
        return None
    through = select(Contact.customer_id).where(
        Contact.tenant_id == tenant_id(), Contact.deleted_at.is_(None), or_(*(c == value for _mine, c, value in given))
    )
    same = or_(*(c == value for c, _theirs, value in given), Customer.id.in_(through))
    return _first(same)


def _by_name(lead: Lead) -> Customer | None:
    return _first(Customer.search_norm == normalise(lead.company)) if lead.company else None


def _first(condition: Any) -> Customer | None:
    live = select(Customer).where(Customer.tenant_id == tenant_id(), Customer.deleted_at.is_(None), condition)
    return session().scalars(live.order_by(Customer.id).limit(1)).one_or_none()


def _new_customer(lead: Lead) -> Customer:
    values: dict[str, Any] = {
        "name": lead.company or lead.name,
        "kind": "company" if lead.company else "person",
        "source": lead.campaign or _label_of(lead.source),
        "owner": lead.owner_id or acting_member_id(),
        "phone": lead.phone,
        "email": lead.email,
        "notes": lead.need,
    }
    made: Customer = create_record(type_named("customer"), values)
    return made


def _label_of(source: str | None) -> str | None:
    return next((str(option.label) for option in SOURCES if option.value == source), None)


# --- the contact ---------------------------------------------------------------------------------------


def _contact_of(lead: Lead, customer: Customer) -> Contact | None:
    same = [Contact.search_norm == normalise(lead.name)]
    same += [column == value for column, value in ((Contact.phone, lead.phone), (Contact.email, lead.email)) if value]
    found = select(Contact).where(
        Contact.tenant_id == tenant_id(), Contact.deleted_at.is_(None), Contact.customer_id == customer.id, or_(*same)
    )
    return session().scalars(found.order_by(Contact.id).limit(1)).one_or_none()


def _new_contact(lead: Lead, customer: Customer) -> Contact:
    values = {"name": lead.name, "customer": customer.id, "title": lead.title, "phone": lead.phone, "email": lead.email}
    made: Contact = create_record(type_named("contact"), values)
    return made
