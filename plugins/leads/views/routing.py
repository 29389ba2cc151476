"""The rules by which leads are given out: listed, put in order, edited, tried."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.sdk import (
    Invalid,
    _,
    condition_builder,
    condition_from_form,
    conditions_in_words,
    holding,
    is_building,
    redirect_to,
    render,
    swap,
    toast,
)
from plugins.leads.models import RoutingRule
from plugins.leads.permissions import MANAGE_ROUTING
from plugins.leads.services.routing.checking import faults_of
from plugins.leads.services.routing.editing import (
    as_rules,
    create_rule,
    delete_rule,
    find_rule,
    move_rule,
    order_rules,
    update_rule,
)
from plugins.leads.services.routing.rules import rows_in_order
from plugins.leads.services.routing.schema import NewRuleInput, RuleInput, used_by
from plugins.leads.services.routing.words import STRATEGY_WORDS
from plugins.leads.types import LEAD
from plugins.leads.views.blueprints import leads
from plugins.leads.views.routing_choices import choices, people_named

MANAGES = holding(MANAGE_ROUTING.name)
SEVERAL = ("members", "teams", "roles", "fields")


@leads.get("/routing", permission=MANAGES)
def list_routing_rules() -> ResponseReturnValue:
    return render("leads/routing.html", "leads/_routing_rules.html", **_shown())


@leads.post("/routing/order", permission=MANAGES)
def order_routing_rules() -> ResponseReturnValue:
    """The order as it was dragged; or one rule moved by its buttons."""
    try:
        if moved := request.form.get("move", ""):
            rule_id, _colon, place = moved.partition(":")
            move_rule(find_rule(UUID(rule_id)), int(place))
        else:
            order_rules([UUID(each) for each in request.form.getlist("rules")])
    except Invalid as invalid:
        return _list_again(invalid)
    except ValueError:
        return _list_again(None)
    return swap("leads/_routing_rules.html", otherwise=url_for(".list_routing_rules"), **_shown())


@leads.post("/routing/<uuid:routing_rule_id>/switch", permission=MANAGES)
def switch_routing_rule(routing_rule_id: UUID) -> ResponseReturnValue:
    rule = find_rule(routing_rule_id)
    try:
        update_rule(rule, {"active": not rule.active})
    except Invalid as invalid:
        return _list_again(invalid)
    return swap("leads/_routing_rules.html", otherwise=url_for(".list_routing_rules"), **_shown())


def _list_again(invalid: Invalid | None) -> ResponseReturnValue:
    problem = invalid.problems[0].message if invalid and invalid.problems else _("The list has changed meanwhile.")
    return render("leads/routing.html", "leads/_routing_rules.html", status=422, problem=problem, **_shown())


@leads.get("/routing/new", permission=MANAGES)
def new_routing_rule() -> ResponseReturnValue:
    return _edit(None, {"name": "", "strategy": "turn", "active": True, "params": {}})


@leads.post("/routing", permission=MANAGES)
def create_routing_rule() -> ResponseReturnValue:
    if is_building(request.form):
        return _edit(None, _typed())
    try:
        create_rule(_said(NewRuleInput, None))
    except (Invalid, ma.ValidationError) as error:
        return _edit(None, _typed(), error)
    toast(_("The rule is ready."))
    return redirect_to(url_for(".list_routing_rules"))


@leads.get("/routing/<uuid:routing_rule_id>", permission=MANAGES)
def edit_routing_rule(routing_rule_id: UUID) -> ResponseReturnValue:
    rule = find_rule(routing_rule_id)
    return _edit(rule, {key: getattr(rule, key) for key in ("name", "strategy", "active", "params")})


@leads.post("/routing/<uuid:routing_rule_id>", permission=MANAGES)
def update_routing_rule(routing_rule_id: UUID) -> ResponseReturnValue:
    rule = find_rule(routing_rule_id)
    if is_building(request.form):
        return _edit(rule, _typed())
    try:
        update_rule(rule, _said(RuleInput if rule.is_default else NewRuleInput, rule))
    except (Invalid, ma.ValidationError) as error:
        return _edit(rule, _typed(), error)
    toast(_("Saved."))
    return redirect_to(url_for(".list_routing_rules"))


@leads.post("/routing/<uuid:routing_rule_id>/deletion", permission=MANAGES)
def delete_routing_rule(routing_rule_id: UUID) -> ResponseReturnValue:
    try:
        delete_rule(find_rule(routing_rule_id))
    except Invalid as invalid:
        return _list_again(invalid)
    toast(_("The rule is gone."))
    return redirect_to(url_for(".list_routing_rules"))


# --- what was typed --------------------------------------------------------------------------------------


def _typed() -> dict[str, Any]:
    """The form as it was sent, for showing it again."""
    form = request.form
    params: dict[str, Any] = {key: form.getlist(key) for key in SEVERAL}
    params |= {key: form.get(key, "").strip() for key in ("level", "days", "field", "then", "pool", "member")}
    params["past_caps"] = form.get("past_caps") == "1"
    return {"name": form.get("name", "").strip(), "strategy": form.get("strategy", ""),
            "active": form.get("active") == "1", "params": params}  # fmt: skip


def _said(schema: type[ma.Schema], rule: RoutingRule | None) -> dict[str, Any]:
    """Raises ValidationError, Invalid."""
    typed = _typed()
    used = used_by(typed["strategy"])
    params = {key: value for key, value in typed["params"].items() if key in used and value not in ("", [], False)}
    if rule is not None and rule.is_default:
        typed["active"] = True
    if rule is not None and typed["strategy"] == "weighted" and rule.params.get("weights"):
        params["weights"] = rule.params["weights"]
    values: dict[str, Any] = schema().load(typed | {"params": params})
    if rule is not None and rule.is_default:
        return values
    kept = rule.condition if rule else None
    return values | {"condition": condition_from_form(LEAD, request.form, kept=kept)}


def _edit(
    rule: RoutingRule | None, values: Mapping[str, Any], error: Invalid | ma.ValidationError | None = None
) -> ResponseReturnValue:
    kept = rule.condition if rule else None
    named = people_named(values["params"])
    return render(
        "leads/routing_rule.html", status=422 if error else 200, rule=rule, values=values, errors=_messages(error),
        builder=None if rule and rule.is_default else condition_builder(LEAD, kept, form=request.form or None),
        strategies=STRATEGY_WORDS, used_by=used_by, **choices(named),
    )  # fmt: skip


def _messages(error: Invalid | ma.ValidationError | None) -> dict[str, Any]:
    if error is None:
        return {}
    if isinstance(error, Invalid):
        return {problem.field or "_": problem.message for problem in error.problems}
    found = dict(error.normalized_messages())
    params = found.pop("params", {})
    flat = params if isinstance(params, dict) else {"_": params}
    return found | {key: _first(messages) for key, messages in flat.items()}


def _first(messages: Any) -> Any:
    return [_first(each)[0] for each in messages.values()] if isinstance(messages, dict) else messages


def _shown() -> dict[str, Any]:
    rows = rows_in_order()
    rules = as_rules(rows)
    said = conditions_in_words(LEAD, [row.condition for row in rows])
    return {
        "rows": rows,
        "words": dict(zip((row.id for row in rows), said, strict=True)),
        "faults": faults_of(rules),
        "strategies": STRATEGY_WORDS,
        **choices(frozenset(one for row in rows for one in people_named(row.params))),
    }
