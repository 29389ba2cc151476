"""Routing over the API: the rules, what sellers can take, simulations, and why somebody was given a lead."""

from typing import Any
from uuid import UUID

from core.sdk import Answer, Doc, Resource, _, _l, holding, listed, loaded, savepoint, session, single, to
from plugins.leads.models import RoutingRule
from plugins.leads.permissions import MANAGE_ROUTING
from plugins.leads.services.routing.checking import faults_of
from plugins.leads.services.routing.editing import (
    as_rules,
    create_rule,
    delete_rule,
    find_rule,
    order_rules,
    update_rule,
)
from plugins.leads.services.routing.explaining import Explained, explain_assignment
from plugins.leads.services.routing.rules import rows_in_order, rules_in_force
from plugins.leads.services.routing.schema import (
    NewRuleInput,
    OrderInput,
    RuleInput,
    SellerInput,
    SimulationInput,
)
from plugins.leads.services.routing.sellers import SellerNow, seller_now, sellers_now, update_seller
from plugins.leads.services.routing.simulating import Simulation, simulate
from plugins.leads.services.routing.trying import drafted
from plugins.leads.services.routing.words import HOW_WORDS
from plugins.leads.types import LEAD

routing_api = Resource("lead_routing_rules", __name__, module="leads", title=_l("Lead routing"))

MANAGE = holding(MANAGE_ROUTING.name)
ID = {"type": "string", "format": "uuid"}
TEXT = {"type": "string"}
COUNT = {"type": "integer"}
MAYBE_TEXT = {"type": ["string", "null"]}
MAYBE_ID = {"type": ["string", "null"], "format": "uuid"}


def _thing(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


RULE = _thing(
    id=ID, name=TEXT, position=COUNT, condition={"type": ["object", "null"]}, strategy=TEXT, params={"type": "object"},
    active={"type": "boolean"}, is_default={"type": "boolean"}, version=COUNT, fault=MAYBE_TEXT,
)  # fmt: skip
SELLER = _thing(
    id=ID, name=TEXT, receives={"type": "boolean"}, open_leads=COUNT, today=COUNT, why_not=MAYBE_TEXT,
    capacity={"type": ["integer", "null"]}, daily_cap={"type": ["integer", "null"]}, weight=COUNT, level=MAYBE_TEXT,
    skills={"type": "array", "items": TEXT}, territories={"type": "array", "items": TEXT}, hours={"type": "object"},
    paused={"type": "boolean"}, paused_until={"type": ["string", "null"], "format": "date-time"},
)  # fmt: skip
SIMULATION = _thing(
    days=COUNT, leads=COUNT, others=COUNT, is_cut={"type": "boolean"},
    sellers={"type": "array", "items": _thing(id=MAYBE_ID, name=TEXT, got=COUNT, would_get=COUNT)},
    rules={"type": "array", "items": _thing(id=MAYBE_ID, name=TEXT, leads=COUNT, fault=MAYBE_TEXT)},
    changes={"type": "array", "items": _thing(lead=ID, name=TEXT, got=MAYBE_ID, would_get=MAYBE_ID, rule=MAYBE_ID,
                                              reason=MAYBE_TEXT)},
)  # fmt: skip
EXPLAINED = _thing(
    owner=MAYBE_ID, how=TEXT, text=TEXT, at={"type": "string", "format": "date-time"}, by=MAYBE_ID, reason=MAYBE_TEXT,
    rule=MAYBE_ID, figures={"type": "object"}, asked={"type": ["integer", "null"]}, could_not={"type": "object"},
    rules={"type": "array", "items": _thing(id=ID, name=TEXT, result=TEXT, changed_since={"type": "boolean"},
                                            could_not={"type": "object"})},
)  # fmt: skip

# --- rules -----------------------------------------------------------------------------------------------


@routing_api.get("/lead-routing-rules", permission=MANAGE, doc=Doc(gives=RULE, many=True))
def list_rules() -> Answer:
    """List the rules in their order, the default last."""
    return listed(_rules())


@routing_api.get("/lead-routing-rules/<uuid:routing_rule_id>", permission=MANAGE, doc=Doc(gives=RULE))
def show_rule(routing_rule_id: UUID) -> Answer:
    """Show one rule."""
    return single(_as_kept(find_rule(routing_rule_id)))


@routing_api.post("/lead-routing-rules", permission=MANAGE, doc=Doc(NewRuleInput, RULE, status=201))
def make_rule() -> Answer:
    """Make a rule, the last before the default. One that would go round in a circle or never be reached is refused."""
    said = loaded(NewRuleInput)
    with savepoint():
        rule = create_rule(said)
    return single(_as_kept(rule)), 201, {"Location": f"/api/v1/lead-routing-rules/{rule.id}"}


@routing_api.patch("/lead-routing-rules/<uuid:routing_rule_id>", permission=MANAGE, doc=Doc(RuleInput, RULE))
def change_rule(routing_rule_id: UUID) -> Answer:
    """Change a rule: what is not sent stays."""
    said, rule = loaded(RuleInput), find_rule(routing_rule_id)
    with savepoint():
        update_rule(rule, said)
    return single(_as_kept(rule))


@routing_api.delete("/lead-routing-rules/<uuid:routing_rule_id>", permission=MANAGE, doc=Doc(status=204))
def remove_rule(routing_rule_id: UUID) -> Answer:
    """Delete a rule. The default cannot be deleted."""
    delete_rule(find_rule(routing_rule_id))
    return None


@routing_api.put("/lead-routing-rules/order", permission=MANAGE, doc=Doc(OrderInput, RULE, many=True))
def put_in_order() -> Answer:
    """Put the rules into this order: all of them, with or without the default, which stays the last."""
    said = loaded(OrderInput)
    with savepoint():
        order_rules(said["rules"])
    session().flush()
    return listed(_rules())


def _rules() -> list[dict[str, Any]]:
    rows = rows_in_order()
    faults = faults_of(as_rules(rows))
    return [_rule(row, place, faults.get(row.id)) for place, row in enumerate(rows)]


@routing_api.post(
    "/lead-routing-rules/simulations", permission=MANAGE,
    doc=Doc(SimulationInput, SIMULATION, remembered=False, optional_body=True),
)  # fmt: skip
def run_simulation() -> Answer:
    """Run rules over the latest leads: who would have got what, beside who got it. Nothing is written.

    Without `rules` those in force are run. A rule with an `id` is the one that is kept, but for what is said of it.
    """
    said = loaded(SimulationInput, optional=True)
    rules = [rule for rule in drafted(said["rules"]) if rule.active] if "rules" in said else list(rules_in_force())
    result = simulate(rules, said["days"])
    return single(_simulation(result, {rule.id: rule.name for rule in rules}))


def _as_kept(rule: RoutingRule) -> dict[str, Any]:
    session().flush()
    rows = rows_in_order()
    fault = faults_of(as_rules([rule])).get(rule.id)
    return _rule(rule, next(place for place, row in enumerate(rows) if row.id == rule.id), fault)


def _rule(row: RoutingRule, place: int, fault: str | None) -> dict[str, Any]:
    return {
        "id": str(row.id), "name": row.title, "position": place, "condition": row.condition, "strategy": row.strategy,
        "params": row.params, "active": row.active, "is_default": row.is_default, "version": row.version,
        "fault": fault,
    }  # fmt: skip


def _simulation(result: Simulation, names: dict[UUID, str]) -> dict[str, Any]:
    people = [each for each in {**result.got, **result.would_get} if each]
    return {
        "days": result.days, "leads": result.leads, "others": result.others, "is_cut": result.is_cut,
        "sellers": [
            {"id": str(each) if each else None, "name": result.names.get(each, "") if each else str(_("the pool")),
             "got": result.got[each], "would_get": result.would_get[each]}
            for each in [*sorted(people, key=lambda one: -result.would_get[one]), None]
        ],
        "rules": [{"id": str(each), "name": name, "leads": result.by_rule[each], "fault": result.broken.get(each)}
                  for each, name in names.items()],
        "changes": [
            {"lead": str(line.lead_id), "name": line.name, "got": _text(line.got),
             "would_get": _text(line.decision.owner_id), "rule": _text(line.decision.rule_id),
             "reason": line.decision.reason or None}
            for line in result.lines
        ],
    }  # fmt: skip


# --- sellers ---------------------------------------------------------------------------------------------


@routing_api.get("/lead-sellers", permission=MANAGE, doc=Doc(gives=SELLER, many=True))
def list_lead_sellers() -> Answer:
    """List who receives leads, what each can take, and what they have."""
    return listed([_seller(each) for each in sellers_now()])


@routing_api.get("/lead-sellers/<uuid:member_id>", permission=MANAGE, doc=Doc(gives=SELLER))
def show_lead_seller(member_id: UUID) -> Answer:
    """Show one seller, by the id of the member."""
    return single(_seller(seller_now(member_id)))


@routing_api.patch("/lead-sellers/<uuid:member_id>", permission=MANAGE, doc=Doc(SellerInput, SELLER))
def change_lead_seller(member_id: UUID) -> Answer:
    """Change what a seller can take: what is not sent stays. `hours` are by weekday, "0" is Monday."""
    said = loaded(SellerInput)
    with savepoint():
        update_seller(member_id, said)
    return single(_seller(seller_now(member_id)))


def _seller(seller: SellerNow) -> dict[str, Any]:
    said = dict(seller.said)
    until = said.pop("paused_until")
    return {
        "id": str(seller.who.id), "name": seller.who.name, "receives": seller.who.receives,
        "open_leads": seller.who.open, "today": seller.who.today, "why_not": seller.why_not, **said,
        "paused_until": until,
    }  # fmt: skip


# --- why -------------------------------------------------------------------------------------------------


@routing_api.get("/leads/<uuid:lead_id>/explain-assignment", permission=to("view", "lead"), doc=Doc(gives=EXPLAINED))
def explain(lead_id: UUID) -> Answer:
    """Why the lead was given to whom it was given to: which rules were looked at, who was asked, who could not."""
    found = explain_assignment(LEAD.get(lead_id))
    return single(_explained(found) if found else None)


def _explained(found: Explained) -> dict[str, Any]:
    return {
        "owner": _text(found.owner_id), "how": found.how, "text": str(HOW_WORDS.get(found.how, "")), "at": found.at,
        "by": _text(found.actor_id), "reason": found.reason, "rule": _text(found.rule_id),
        "figures": dict(found.figures),
        "asked": found.asked, "could_not": dict(found.missed),
        "rules": [{"id": str(each.rule_id), "name": each.name, "result": each.came, "changed_since": each.has_changed,
                   "could_not": each.missed.get("not", {})} for each in found.rules],
    }  # fmt: skip


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None
