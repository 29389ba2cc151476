"""Trying rules on the leads of the last weeks, and putting what was tried in force."""

from collections.abc import Sequence
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from core.sdk import Invalid, _, holding, redirect_to, render, toast
from plugins.leads.permissions import MANAGE_ROUTING
from plugins.leads.services.routing.checking import check_rules
from plugins.leads.services.routing.editing import as_rules, switch_rules
from plugins.leads.services.routing.rules import Rule, rows_in_order
from plugins.leads.services.routing.simulating import simulate
from plugins.leads.services.routing.trying import with_switches
from plugins.leads.services.routing.words import STRATEGY_WORDS
from plugins.leads.views.blueprints import leads

MANAGES = holding(MANAGE_ROUTING.name)
PERIODS = (7, 30, 90)


@leads.get("/routing/simulation", permission=MANAGES)
def show_simulation() -> ResponseReturnValue:
    """What the ticked rules would have done with the latest leads; at first those that are on."""
    return _page(request.args.get("days", ""), _ticked(request.args) if "days" in request.args else None)


@leads.post("/routing/simulation", permission=MANAGES)
def apply_simulation() -> ResponseReturnValue:
    """Switch on what was ticked, and off what was not."""
    try:
        switch_rules(_ticked(request.form))
    except Invalid as invalid:
        return _page(request.form.get("days", ""), _ticked(request.form), invalid)
    toast(_("These rules are in force now."))
    return redirect_to(url_for(".list_routing_rules"))


def _page(raw: str, on: frozenset[UUID] | None, invalid: Invalid | None = None) -> ResponseReturnValue:
    days = int(raw) if raw in map(str, PERIODS) else 30
    rules = as_rules(rows_in_order())
    tried = rules if on is None else with_switches(rules, on)
    active = [rule for rule in tried if rule.active]
    problem = invalid or _problem(tried)
    result = None if problem else simulate(active, days)
    people = sorted(result.names, key=lambda each: (-result.would_get[each], result.names[each])) if result else []
    return render(
        "leads/simulation.html", "leads/_simulation.html", status=422 if invalid else 200, rules=tried, days=days,
        result=result, problem=problem.problems[0].message if problem else "", strategies=STRATEGY_WORDS,
        people=[each for each in people if result and (result.got[each] or result.would_get[each])],
        named={rule.id: rule.name for rule in rules},
        differs=on is not None and any(one.active != other.active for one, other in zip(rules, tried, strict=True)),
    )  # fmt: skip


def _problem(rules: Sequence[Rule]) -> Invalid | None:
    try:
        check_rules(rules)
    except Invalid as invalid:
        return invalid
    return None


def _ticked(form: MultiDict[str, str]) -> frozenset[UUID]:
    found = set()
    for each in form.getlist("on"):
        try:
            found.add(UUID(each))
        except ValueError:
            continue
    return frozenset(found)
