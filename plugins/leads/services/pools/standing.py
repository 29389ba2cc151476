"""Where a lead stands with its owner: by when something must be done, why, and what may be asked for."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from core.sdk import _, acting_member_id, fmt_date, now, permitted, tenant
from plugins.leads.models import Lead, PoolRequest
from plugins.leads.permissions import MANAGE_POOLS
from plugins.leads.services.pools.asking import my_open_request
from plugins.leads.services.pools.rules import PoolRules, rules_for

SOON = 24 * 60


@dataclass(frozen=True)
class Standing:
    """`returns_at` is empty where nothing happens by itself; then `protected` says whether something keeps the lead."""

    rules: PoolRules
    goes_to: str
    returns_at: datetime | None
    because: str
    protected: bool
    locked_until: datetime | None
    extended_until: datetime | None
    may_ask: bool
    asked: PoolRequest | None

    @property
    def minutes(self) -> int:
        return max(0, int((self.returns_at - now()).total_seconds() // 60)) if self.returns_at else 0

    @property
    def left(self) -> str:
        return left(self.returns_at)

    @property
    def is_late(self) -> bool:
        return self.returns_at is not None and self.minutes < SOON


def standing_of(lead: Lead) -> Standing | None:
    """None for a lead that nobody has, or that is closed."""
    if not lead.is_open or lead.owner_id is None:
        return None
    rules = rules_for(lead.pool_id)
    mine = lead.owner_id == acting_member_id() or permitted(MANAGE_POOLS.name)
    future = {each: until if (until := getattr(lead, each)) and until > now() else None
              for each in ("locked_until", "extended_until")}  # fmt: skip
    runs = lead.returns_at is not None
    return Standing(
        rules,
        rules_for(rules.returns_to_id or rules.id).name,
        lead.returns_at,
        because(lead, rules),
        lead.returns_because == "protected",
        future["locked_until"],
        future["extended_until"],
        mine and runs and (rules.extend_days > 0 or permitted(MANAGE_POOLS.name)),
        my_open_request(lead) if mine and runs else None,
    )


def because(lead: Lead, rules: PoolRules) -> str:
    """Why it goes back when it does."""
    given = lead.assigned_at or lead.created_at
    if lead.returns_because == "deal":
        return _("since it has not become a customer since %(day)s", day=_day(given))
    if lead.returns_because == "follow_up" and lead.last_follow_up_at and lead.last_follow_up_at > given:
        return _("since no follow-up after %(day)s", day=_day(lead.last_follow_up_at))
    if lead.returns_because == "follow_up":
        return _("since no follow-up since it was assigned on %(day)s", day=_day(given))
    return ""


def _day(at: datetime) -> str:
    return fmt_date(at.astimezone(ZoneInfo(tenant().timezone)).date())


def left(due: datetime | None) -> str:
    """How long until then, in days and hours, or in minutes when it is soon."""
    minutes = max(0, int((due - now()).total_seconds() // 60)) if due else 0
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return _("%(days)s d %(hours)s h", days=days, hours=hours)
    if hours:
        return _("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes % 60)
    return _("%(minutes)s min", minutes=minutes)
