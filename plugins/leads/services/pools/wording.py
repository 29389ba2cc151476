"""What people are told of records that went back to their pool, or soon will: leads, and customers."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.sdk import _l
from plugins.leads.services.pools.kinds import LEADS, Kind


@dataclass(frozen=True)
class Words:
    """`lead` in these is the name of the record. `returned` is the page of one that is back in the pool."""

    no_follow_up: Any
    no_deal: Any
    several_back: Any
    yours_back: Any
    at_once: Any
    warn_follow_up: Any
    warn_deal: Any
    returned: str
    pool: str
    log: str

    def back(self, record_id: UUID) -> str:
        return self.returned.format(record_id)


OF_LEADS = Words(
    no_follow_up=_l("%(owner)s did not follow up %(lead)s in %(days)s days. It is back in the pool."),
    no_deal=_l("%(lead)s did not become a customer of %(owner)s in %(days)s days. It is back in the pool."),
    several_back=_l("%(count)s leads went back to “%(pool)s”, since their time was up."),
    yours_back=_l("Your time for %(count)s leads was up, and they are back in the pool."),
    at_once=_l(
        "%(count)s leads went back to “%(pool)s” at once, the most that it takes. %(rest)s more are due and follow"
        " within the hour."
    ),
    warn_follow_up=_l("%(lead)s goes back to the pool in %(hours)s hours unless you follow it up."),
    warn_deal=_l("%(lead)s goes back to the pool in %(hours)s hours unless it becomes a customer."),
    returned=LEADS.page,
    pool="leads/pool",
    log="leads/movements?kind=returned",
)
OF_CUSTOMERS = Words(
    no_follow_up=_l("%(owner)s did not follow up %(lead)s in %(days)s days. It is back in the pool."),
    no_deal=_l("%(owner)s made no deal with %(lead)s in %(days)s days. It is back in the pool."),
    several_back=_l("%(count)s customers went back to “%(pool)s”, since their time was up."),
    yours_back=_l("Your time for %(count)s customers was up, and they are back in the pool."),
    at_once=_l(
        "%(count)s customers went back to “%(pool)s” at once, the most that it takes. %(rest)s more are due and follow"
        " within the hour."
    ),
    warn_follow_up=_l("%(lead)s goes back to the pool in %(hours)s hours unless you follow it up."),
    warn_deal=_l("%(lead)s goes back to the pool in %(hours)s hours unless a deal is made."),
    returned="leads/customer-pool",
    pool="leads/customer-pool",
    log="leads/movements?of=customer&kind=returned",
)


def words_for(kind: Kind) -> Words:
    return OF_LEADS if kind is LEADS else OF_CUSTOMERS
