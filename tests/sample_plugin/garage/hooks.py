"""What the garage answers and does. Tests make it fail or dawdle by naming a hook in `broken` or `slow`."""

import time
from collections.abc import Iterable
from uuid import UUID

from flask import url_for

from core.sdk import Customer, FieldUse, Holding, HomeCard, MemberRow, Panel, RecordType, SearchResult, _, hookimpl

broken: set[str] = set()
slow: dict[str, float] = {}
called: list[str] = []
queue: list[UUID] = []
moved: dict[UUID, list[int]] = {}


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
