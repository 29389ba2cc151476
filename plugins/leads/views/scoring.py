"""Deciding what leads are worth: the rules, the grades, and how far a scoring of all leads is."""

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
from plugins.leads.models import Scoring, ScoringRule
from plugins.leads.models.lead import GRADES
from plugins.leads.permissions import MANAGE_SCORING
from plugins.leads.scoring_schemas import GradesForm, ScoringRuleForm
from plugins.leads.services.scoring import rescoring, rules, telling_scores
from plugins.leads.services.scoring.naming import SIGNALS
from plugins.leads.services.scoring.standing import GRADES_FROM, scoring
from plugins.leads.types import LEAD
from plugins.leads.views.blueprints import leads

MANAGES = holding(MANAGE_SCORING.name)
OTHER = "other"
SHOWN = ("name", "kind", "signal", "points", "cap", "half_life_days", "marks", "active")


@leads.app_context_processor
def _reasons() -> dict[str, object]:
    """For `leads/_score.html`, which stands on other pages."""
    return {"score_reasons_of": telling_scores.reasons_of, "learned_reasons_of": telling_scores.learned_of}


@leads.get("/settings/scoring", permission=MANAGES)
def list_scoring_rules() -> ResponseReturnValue:
    return _list()


@leads.post("/settings/scoring/grades", permission=MANAGES)
def update_grades() -> ResponseReturnValue:
    try:
        rules.change_grades(GradesForm().load(request.form.to_dict()))
    except (ma.ValidationError, Invalid) as error:
        return _list(request.form, _errors(error))
    toast(_("Saved. The open leads are graded anew."))
    return redirect_to(url_for(".list_scoring_rules"))


@leads.post("/settings/scoring/rescore", permission=MANAGES)
def rescore_leads() -> ResponseReturnValue:
    kept = rescoring.rescore()
    return swap("leads/_rescore.html", scoring=kept, otherwise=url_for(".list_scoring_rules"))


@leads.get("/settings/scoring/progress", permission=MANAGES)
def show_rescore() -> ResponseReturnValue:
    return render("leads/rescore.html", "leads/_rescore.html", scoring=scoring())


@leads.get("/settings/scoring/new", permission=MANAGES)
def new_scoring_rule() -> ResponseReturnValue:
    kind = "behaviour" if request.args.get("kind") == "behaviour" else "profile"
    ready = {"kind": kind, "points": 10, "active": True, "half_life_days": 30 if kind == "behaviour" else None}
    return _edit(None, ready)


@leads.post("/settings/scoring", permission=MANAGES)
def create_scoring_rule() -> ResponseReturnValue:
    if is_building(request.form):
        return _edit(None, request.form)
    try:
        rules.create_rule(_typed(None))
    except (ma.ValidationError, Invalid) as error:
        return _edit(None, request.form, _errors(error))
    toast(_("The rule is ready, and the open leads are scored by it."))
    return redirect_to(url_for(".list_scoring_rules"))


@leads.get("/settings/scoring/<uuid:scoring_rule_id>", permission=MANAGES)
def edit_scoring_rule(scoring_rule_id: UUID) -> ResponseReturnValue:
    rule = rules.get_rule(scoring_rule_id)
    return _edit(rule, {key: getattr(rule, key) for key in SHOWN})


@leads.post("/settings/scoring/<uuid:scoring_rule_id>", permission=MANAGES)
def update_scoring_rule(scoring_rule_id: UUID) -> ResponseReturnValue:
    rule = rules.get_rule(scoring_rule_id)
    if is_building(request.form):
        return _edit(rule, request.form)
    try:
        rules.update_rule(rule, _typed(rule))
    except (ma.ValidationError, Invalid) as error:
        return _edit(rule, request.form, _errors(error))
    toast(_("Saved. The open leads are scored anew."))
    return redirect_to(url_for(".list_scoring_rules"))


@leads.post("/settings/scoring/<uuid:scoring_rule_id>/deletion", permission=MANAGES)
def delete_scoring_rule(scoring_rule_id: UUID) -> ResponseReturnValue:
    rules.delete_rule(rules.get_rule(scoring_rule_id))
    toast(_("The rule is gone, and the open leads are scored without it."))
    return redirect_to(url_for(".list_scoring_rules"))


def _typed(rule: ScoringRule | None) -> dict[str, Any]:
    """The rule as it was typed. All faults are told together."""
    form = request.form.to_dict()
    if form.get("signal") == OTHER:
        form["signal"] = form.get("other_signal", "").strip()
    problems: dict[str, Any] = {}
    condition = values = None
    try:
        values = ScoringRuleForm().load(form)
    except ma.ValidationError as error:
        problems |= error.normalized_messages()
    try:
        condition = condition_from_form(LEAD, request.form, kept=rule.condition if rule else None)
    except Invalid as invalid:
        problems |= {each.field: [each.message] for each in invalid.problems}
    if problems or values is None:
        raise ma.ValidationError(problems)
    return values | {"condition": condition}


def _errors(error: ma.ValidationError | Invalid) -> dict[str, Any]:
    if isinstance(error, Invalid):
        return {each.field: [each.message] for each in error.problems}
    return error.normalized_messages()


def _list(typed: Any = None, errors: dict[str, Any] | None = None) -> ResponseReturnValue:
    found = sorted(rules.all_rules(), key=lambda rule: (rule.kind != "profile", not rule.active, -abs(rule.points)))
    kept: Scoring = scoring()
    words = conditions_in_words(LEAD, [rule.condition for rule in found])
    return render(
        "leads/scoring.html", rules=found, signals=SIGNALS, scoring=kept, errors=errors or {},
        words={rule.id: said for rule, said in zip(found, words, strict=True)},
        grades=typed or {key: getattr(kept, key) for key in GRADES_FROM}, spread=telling_scores.spread(),
        often=telling_scores.how_often(), grade_options=GRADES, status=422 if errors else 200,
    )  # fmt: skip


def _edit(rule: ScoringRule | None, values: Any, errors: dict[str, Any] | None = None) -> ResponseReturnValue:
    typed = request.form if request.method == "POST" else None
    builder = condition_builder(LEAD, rule.condition if rule else None, form=typed)
    signal = values.get("signal") or ""
    other = typed.get("other_signal", "") if typed is not None else ("" if signal in SIGNALS else signal)
    return render(
        "leads/scoring_rule.html", rule=rule, values=values, errors=errors or {}, builder=builder,
        signals=[("", _("Choose")), *SIGNALS.items(), (OTHER, _("Something else"))],
        signal=OTHER if other else signal, other_signal=other, status=422 if errors else 200,
    )  # fmt: skip
