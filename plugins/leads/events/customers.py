"""What happens to customers where they have public pools."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from core.sdk import Event, _l


@dataclass(frozen=True, kw_only=True)
class CustomerPoolsSwitched(Event):
    """Customers have public pools from now on, or no longer."""

    name = "leads.customer_pools_switched"
    label = _l("Pools for customers switched")
    icon = "ripple"
    audited = True

    on: bool

    @classmethod
    def text_for(cls, data: Mapping[str, Any]) -> Any:
        return _l("switched on pools for customers") if data.get("on") else _l("switched off pools for customers")


@dataclass(frozen=True, kw_only=True)
class CustomerAssigned(Event):
    """A customer came out of its pool and has an owner. `how` says by what: claim, request, choice."""

    name = "leads.customer_assigned"
    label = _l("Customer assigned")
    text = _l("gave the customer to {owner}")
    text_by_how: ClassVar[Mapping[str, Any]] = {"claim": _l("claimed the customer from the public pool")}
    icon = "user-check"

    owner: str
    owner_id: UUID
    previous_owner_id: UUID | None = None
    how: str

    @classmethod
    def text_for(cls, data: Mapping[str, Any]) -> Any:
        return cls.text_by_how.get(data.get("how", ""), cls.text)


@dataclass(frozen=True, kw_only=True)
class CustomerReturned(Event):
    """A customer went back to its pool: by hand, or because its owner did nothing with it."""

    name = "leads.customer_returned"
    label = _l("Customer returned to the pool")
    text = _l("returned the customer to the public pool: {reason}")
    icon = "arrow-back-up"

    previous_owner_id: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class CustomerAskedFor(Event):
    """A member asks to have a customer of a pool."""

    name = "leads.customer_asked_for"
    label = _l("Customer asked for")
    text = _l("asked for the customer: {reason}")
    icon = "hand-stop"

    reason: str


@dataclass(frozen=True, kw_only=True)
class MoreTimeForCustomerAskedFor(Event):
    name = "leads.more_time_for_customer_asked_for"
    label = _l("More time asked for")
    text = _l("asked for {days} more days with the customer: {reason}")
    icon = "hourglass"

    days: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class CustomerExtended(Event):
    name = "leads.customer_extended"
    label = _l("More time given")
    text = _l("gave {days} more days for the customer: {reason}")
    icon = "hourglass"

    days: int
    reason: str
