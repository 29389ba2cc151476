"""Where a customer stands with its owner: by when something must be done, and why."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from core.sdk import Customer, _, fmt_date, now, tenant
from plugins.leads.models import CustomerStanding
from plugins.leads.services.pools.customers.holding import standing_beside
from plugins.leads.services.pools.customers.kind import CUSTOMERS
from plugins.leads.services.pools.rules import PoolRules, rules_for
from plugins.leads.services.pools.standing import SOON, left


@dataclass(frozen=True)
class Standing:
    """`returns_at` is empty where nothing happens by itself; then `kept` says why, if anything keeps the customer."""

    rules: PoolRules
    goes_to: str
    returns_at: datetime | None
    because: str
    kept: str
    extended_until: datetime | None

    @property
    def left(self) -> str:
        return left(self.returns_at)

    @property
    def is_late(self) -> bool:
        return self.returns_at is not None and (self.returns_at - now()).total_seconds() < SOON * 60


def standing_of_customer(customer: Customer) -> Standing | None:
    """None where nobody has the customer, or customers have no pools."""
    beside = standing_beside(customer)
    if beside is None or customer.owner_id is None:
        return None
    rules = rules_for(beside.pool_id, CUSTOMERS)
    extended = beside.extended_until if beside.extended_until and beside.extended_until > now() else None
    goes_to = rules_for(rules.returns_to_id or rules.id, CUSTOMERS).name
    return Standing(rules, goes_to, beside.returns_at, _because(beside), _kept(beside), extended)


def _kept(beside: CustomerStanding) -> str:
    if beside.has_deal:
        return _("A deal has been made: it stays with its owner.")
    if beside.returns_because == "protected":
        return _("It stays with its owner while a deal is open, and does not return to the pool.")
    return ""


def _because(beside: CustomerStanding) -> str:
    given = beside.assigned_at or beside.updated_at
    if beside.returns_because == "deal":
        return _("since no deal since %(day)s", day=_day(given))
    if beside.returns_because == "follow_up" and beside.last_follow_up_at and beside.last_follow_up_at > given:
        return _("since no follow-up after %(day)s", day=_day(beside.last_follow_up_at))
    if beside.returns_because == "follow_up":
        return _("since no follow-up since it was assigned on %(day)s", day=_day(given))
    return ""


def _day(at: datetime) -> str:
    return fmt_date(at.astimezone(ZoneInfo(tenant().timezone)).date())
