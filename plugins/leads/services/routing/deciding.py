"""Which seller or pool gets which lead."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from core.sdk import is_steady, kept_with_settings, now, type_named
from plugins.leads.services.routing.companies import owners_of_companies
from plugins.leads.services.routing.desk import Decision, Desk
from plugins.leads.services.routing.facts import Asking, Facts
from plugins.leads.services.routing.people import Room, keep_turns, look_around, looking_around, wait_for_turn
from plugins.leads.services.routing.rates import rates_of
from plugins.leads.services.routing.rules import Rule, rules_in_force
from plugins.leads.services.routing.telling import tell_of_broken


def route(lead_ids: Sequence[UUID], *, not_to: Collection[UUID] = ()) -> list[Decision]:
    """Decide for leads that nobody has, in this order. `not_to` are members who shall not get them (again).

    All leads of a tenant are routed one batch after another: what a batch gives out is seen by the next, so nobody's
    turn is left out and nobody's cap is passed, however many arrive at once. Others wait until we commit.
    """
    if not lead_ids:
        return []
    rules = rules_in_force()
    is_kept = kept_with_settings("leads.routing.steady", lambda: _is_steady(rules))
    ask = partial(_asking, rules)
    asking, statement = kept_with_settings("leads.routing.asking", ask) if is_kept else ask()
    while True:
        room = look_around(statement, lead_ids)
        if not room.is_ours:
            wait_for_turn()
            continue
        leads = asking.read_these(lead_ids, room.more)
        desk = _desk(rules, room, leads, dict(asking.broken), not_to)
        decisions = [desk.decide(lead, now()) for lead in leads]
        if not any(decision.owner_id for decision in decisions) or keep_turns(room):
            break
    if desk.broken:
        tell_of_broken(rules, desk.broken)
    return decisions


def _asking(rules: Sequence[Rule]) -> tuple[Asking, Any]:
    """What is asked of leads, and the statement that asks it together with all else that there is to know."""
    asking = Asking.of(rules)
    everything = any(rule.strategy == "load" or rule.params.get("then") == "load" for rule in rules)
    return asking, looking_around(asking.of_these(), everything=everything)


def _is_steady(rules: Sequence[Rule]) -> bool:
    of = type_named("lead")
    return all(is_steady(of, rule.condition) for rule in rules)


def _desk(
    rules: Sequence[Rule], room: Room, leads: Sequence[Facts], broken: dict[int, str], not_to: Collection[UUID]
) -> Desk:
    by_company = {place for place, rule in enumerate(rules) if rule.strategy == "same_company"} - set(broken)
    asked = [lead for lead in leads if lead.company_keys and lead.met & by_company]
    companies = owners_of_companies(asked) if asked else {}
    return Desk(rules, room.people, room.turns, broken, rates_of(rules), companies, not_to)


__all__ = ["Decision", "route"]
