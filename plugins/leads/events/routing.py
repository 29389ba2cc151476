"""What managers do to the way in which leads are given out, for the log."""

from dataclasses import dataclass
from typing import ClassVar

from core.sdk import Event, _l


@dataclass(frozen=True, kw_only=True)
class RulesChanged(Event):
    """`record_id` is the rule's, or the first one's where their order is changed; `changes` what was and what is."""

    icon = "route"
    audited: ClassVar[bool] = True

    title: str


@dataclass(frozen=True, kw_only=True)
class RoutingRuleCreated(RulesChanged):
    name = "leads.routing_rule_created"
    label = _l("Routing rule made")
    text = _l("made the routing rule “{title}”")


@dataclass(frozen=True, kw_only=True)
class RoutingRuleChanged(RulesChanged):
    name = "leads.routing_rule_changed"
    label = _l("Routing rule changed")
    text = _l("changed the routing rule “{title}”")


@dataclass(frozen=True, kw_only=True)
class RoutingRuleDeleted(RulesChanged):
    name = "leads.routing_rule_deleted"
    label = _l("Routing rule deleted")
    text = _l("deleted the routing rule “{title}”")


@dataclass(frozen=True, kw_only=True)
class RoutingRulesOrdered(RulesChanged):
    name = "leads.routing_rules_ordered"
    label = _l("Routing rules put in order")
    text = _l("put the routing rules in another order: {title}")


@dataclass(frozen=True, kw_only=True)
class SellerChanged(Event):
    """What a member can take; `record_id` is the member's."""

    name = "leads.seller_changed"
    label = _l("Seller changed")
    text = _l("changed what {title} can take")
    icon = "users"
    audited: ClassVar[bool] = True

    title: str
