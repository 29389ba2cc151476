"""What the garage answers and does. Tests make it fail or dawdle by naming a hook in `broken` or `slow`."""

import time
from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from flask import url_for
from garage.models import Car

from core.sdk import (
    Contact,
    ContactWay,
    ConversionOffer,
    Customer,
    FieldUse,
    Holding,
    HomeCard,
    MemberRow,
    Panel,
    Record,
    RecordType,
    SearchResult,
    UrgentWord,
    _,
    create_record,
    hookimpl,
    job,
    type_named,
)

broken: set[str] = set()
slow: dict[str, float] = {}
called: list[str] = []
sent: list[tuple[str, str]] = []
queue: list[UUID] = []
moved: dict[UUID, list[int]] = {}
protected: set[UUID] = set()


@hookimpl
def customer_panels(customer: Customer) -> list[Panel]:
    _as_told("customer_panels")
    return [Panel(_("Cars"), url_for("garage.show_cars_of_customer", customer_id=customer.id), icon="car")]


@hookimpl
def home_cards() -> Iterable[HomeCard]:
    _as_told("home_cards")
    return [HomeCard(_("Cars"), url_for("garage.show_cars"), icon="car")]


@hookimpl
def search_results(text: str) -> list[SearchResult]:
    _as_told("search_results")
    return []


@hookimpl
def field_uses(record_type: RecordType) -> list[FieldUse]:
    """The bill of a repair names the customer's industry."""
    _as_told("field_uses")
    return [FieldUse("industry", _("Bill"), _("Repair"))] if record_type.name == "customer" else []


@hookimpl
def contact_ways(record: Record) -> list[ContactWay]:
    """The garage rings by its own exchange, and leaves texts to the phone in one's hand."""
    _as_told("contact_ways")
    return [ContactWay("call", _("Ring"), f"https://exchange.example/call?of={record.id}", "phone-call")]


@hookimpl
def conversion_offers(record: Record) -> list[ConversionOffer]:
    """Whoever becomes a customer brings a car."""
    _as_told("conversion_offers")
    return [ConversionOffer("garage.car", _("Car"), _bring_car, icon="car")]


def _bring_car(_record: Record, customer: Customer, _contact: Contact) -> Car:
    car: Car = create_record(type_named("car"), {"plate": "京A12345", "customer": customer.id})
    return car


@hookimpl
def protecting(record_type: str, ids: Collection[UUID]) -> set[UUID]:
    """Whoever has a car in repair stays with their seller."""
    _as_told("protecting")
    return protected & set(ids)


@hookimpl
def customer_merging(kept: Customer, gone: Customer) -> None:
    _as_told("customer_merging")


@hookimpl
def customer_unmerging(kept: Customer, gone: Customer) -> None:
    _as_told("customer_unmerging")


@hookimpl
def member_holdings(member: MemberRow) -> list[Holding]:
    """Who has a place in the garage's queue."""
    _as_told("member_holdings")
    waiting = queue.count(member.id)
    return [Holding(_("Places in the queue"), waiting, icon="car")] if waiting else []


@hookimpl
def member_handing_over(member: MemberRow, to: MemberRow, run_id: UUID) -> None:
    _as_told("member_handing_over")
    moved[run_id] = [place for place, each in enumerate(queue) if each == member.id]
    for place in moved[run_id]:
        queue[place] = to.id


@hookimpl
def member_handing_back(member: MemberRow, to: MemberRow, run_id: UUID) -> None:
    _as_told("member_handing_back")
    for place in moved.pop(run_id, ()):
        if queue[place] == to.id:
            queue[place] = member.id


@hookimpl
def telling_urgently(words: Sequence[UrgentWord]) -> None:
    """The garage sends an SMS to whoever has a phone."""
    _as_told("telling_urgently")
    for word in words:
        if word.phone:
            send_sms.later(phone=word.phone, text=f"{word.text} {word.url}")


@job()
def send_sms(phone: str, text: str) -> None:
    if "send_sms" in broken:
        raise RuntimeError("the provider of SMS does not answer")
    sent.append((phone, text))


@hookimpl
def module_enabled() -> None:
    _as_told("module_enabled")


@hookimpl
def module_disabled() -> None:
    _as_told("module_disabled")


def _as_told(hook: str) -> None:
    called.append(hook)
    time.sleep(slow.get(hook, 0))
    if hook in broken:
        raise RuntimeError(f"{hook} is broken")
