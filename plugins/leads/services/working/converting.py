"""Making a customer of a lead."""

from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, text

from core.sdk import (
    Conflict,
    Contact,
    Customer,
    FieldProblem,
    Invalid,
    _,
    acting_member_id,
    conversion_offers,
    create_record,
    emit,
    new_id,
    normalise,
    now,
    pass_files,
    session,
    tenant_id,
    transfer_history,
    type_named,
    update_record,
)
from plugins.leads.events import LeadConverted
from plugins.leads.models import Conversion, Lead
from plugins.leads.services.pools.clocks import stop_and_lock
from plugins.leads.services.pools.log import note_movement
from plugins.leads.services.telling import about, name_of
from plugins.leads.services.working.carrying import Carry, carriable, chosen
from plugins.leads.services.working.procedures import require_known
from plugins.leads.services.working.sequences import lead_moved

ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended(:key, 0))"


def convert_lead(lead: Lead, customer: UUID | None = None, *, as_new: bool = False, carry: Carry | None = None) -> None:
    """Close a lead as won: its customer and contact are found or made, and what was chosen goes over to them.

    Without a chosen customer the one that its phone, e-mail or company tells is taken, unless a new one is wanted.
    Raises Conflict when it is closed already, or when its customer is another's and not the caller's to see; NotFound
    for a chosen customer that is not there; Invalid where something must be known of the lead first.
    """
    lead = stop_and_lock(lead)
    if lead.status == "converted":
        raise Conflict(_("This lead is a customer already."))
    if not lead.is_open:
        raise Conflict(_("This lead is closed."))
    require_known(lead, "converted")
    carry = carry or Carry()
    known = type_named("customer").get(customer) if customer else None if as_new else _customer_of(lead)
    conversion = Conversion(id=new_id(), lead_id=lead.id, by_id=acting_member_id(), before=_before(lead),
                            carried={}, made=[], moved={})  # fmt: skip
    buyer = _carry_to_customer(lead, known, carry, conversion)
    contact = _carry_to_contact(lead, buyer, carry, conversion)
    before, lead.status = lead.status, "converted"
    lead.converted_at, lead.customer_id, lead.contact_id = now(), buyer.id, contact.id
    session().flush()
    transfer_history(lead, buyer, follow_ups=carry.follow_ups, tasks=carry.tasks)
    if carry.files:
        conversion.moved = {"files": [str(each) for each in pass_files("lead", lead.id, "customer", buyer.id)]}
    _make_offers(lead, buyer, contact, carry, conversion)
    conversion.customer_id, conversion.contact_id, conversion.at = buyer.id, contact.id, now()
    session().add(conversion)
    note_movement([lead.id], "converted")
    lead_moved(lead)
    emit(
        LeadConverted(
            **about(lead), title=lead.name, contact_id=contact.id, new_customer=known is None,
            changes={"status": [before, "converted"], "customer": [None, str(buyer.id)]},
        )
    )  # fmt: skip


def carry_of(said: Any) -> Carry:
    """What the API is told of it: `{"fields": [...], "follow_ups", "tasks", "files": bool, "offers": [...]}`. Raises
    Invalid."""
    if said in (None, ""):
        return Carry()
    lists, flags = {"fields", "offers"}, {"follow_ups", "tasks", "files"}
    fits = isinstance(said, dict) and all(
        (key in lists and isinstance(value, list) and all(isinstance(each, str) for each in value))
        or (key in flags and isinstance(value, bool))
        for key, value in said.items()
    )
    if not fits:
        message = _("Send an object of “fields” and “offers”, which are lists, and “follow_ups”, “tasks”, “files”.")
        raise Invalid([FieldProblem("carry", "invalid", message)])
    return Carry(**said)


# --- the customer --------------------------------------------------------------------------------------


def customer_and_contact(lead: Lead, customer: Customer | None) -> tuple[Customer | None, Contact | None]:
    """Whom a conversion would find of those that there are: what the page shows before one decides."""
    return customer, _contact_of(lead, customer) if customer else None


def _carry_to_customer(lead: Lead, known: Customer | None, carry: Carry, conversion: Conversion) -> Customer:
    values = chosen(carry, carriable(lead, known, None), "customer")
    if known is not None:
        conversion.carried |= _written("customer", known, values)
        return known
    values |= {"name": lead.company or lead.name, "kind": "company" if lead.company else "person",
               "owner": lead.owner_id or acting_member_id()}  # fmt: skip
    made: Customer = create_record(type_named("customer"), values)
    _note_made(conversion, "customer", made)
    return made


def _written(kind: str, record: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Write the values, and tell for each field what was there and what is."""
    if not values:
        return {}
    fields = type_named(kind).all_fields()
    before = {key: fields[key].dump(fields[key].get(record)) for key in values}
    update_record(type_named(kind), record, values)
    return {kind: {key: [before[key], fields[key].dump(fields[key].get(record))] for key in values}}


def _note_made(conversion: Conversion, kind: str, record: Any) -> None:
    session().flush()
    conversion.made = [*conversion.made, {"type": kind, "id": str(record.id), "version": record.version}]


def _before(lead: Lead) -> dict[str, Any]:
    return {"status": lead.status}


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


# --- the contact ---------------------------------------------------------------------------------------


def _carry_to_contact(lead: Lead, customer: Customer, carry: Carry, conversion: Conversion) -> Contact:
    known = _contact_of(lead, customer)
    values = chosen(carry, carriable(lead, None, known), "contact")
    if known is not None:
        conversion.carried = {**conversion.carried, **_written("contact", known, values)}
        return known
    made: Contact = create_record(type_named("contact"), {"name": lead.name, "customer": customer.id, **values})
    _note_made(conversion, "contact", made)
    return made


def _contact_of(lead: Lead, customer: Customer) -> Contact | None:
    same = [Contact.search_norm == normalise(lead.name)]
    same += [column == value for column, value in ((Contact.phone, lead.phone), (Contact.email, lead.email)) if value]
    found = select(Contact).where(
        Contact.tenant_id == tenant_id(), Contact.deleted_at.is_(None), Contact.customer_id == customer.id, or_(*same)
    )
    return session().scalars(found.order_by(Contact.id).limit(1)).one_or_none()


# --- what modules make of it -----------------------------------------------------------------------------


def _make_offers(lead: Lead, customer: Customer, contact: Contact, carry: Carry, conversion: Conversion) -> None:
    if not carry.offers:
        return
    offers = {offer.key: offer for offer in conversion_offers(lead)}
    if unknown := [key for key in carry.offers if key not in offers]:
        raise Invalid([FieldProblem("offers", "not_an_option", _("There is no “%(key)s” to make.", key=unknown[0]))])
    for key in carry.offers:
        record = offers[key].make(lead, customer, contact)
        _note_made(conversion, record.of_type, record)
