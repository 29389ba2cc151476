"""Making and changing the scoring rules. Every change scores the open leads anew."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from core.sdk import FieldProblem, Invalid, NotFound, _, emit, fields_of_condition, get, now, session, tenant_id
from plugins.leads.events import ScoringChanged, ScoringRuleChanged, ScoringRuleCreated, ScoringRuleDeleted
from plugins.leads.models import Scoring, ScoringRule
from plugins.leads.services.scoring.rescoring import rescore
from plugins.leads.services.scoring.standing import GRADES_FROM, forget_rules, new_rule, scoring
from plugins.leads.services.scoring.traits import SCORES

MOST_RULES = 100
CIRCULAR = SCORES - {"learned_score"}


def all_rules() -> Sequence[ScoringRule]:
    """The rules in their order, those that are switched off too."""
    rows = select(ScoringRule).where(ScoringRule.tenant_id == tenant_id())
    return session().scalars(rows.order_by(ScoringRule.position, ScoringRule.id)).all()


def get_rule(rule_id: UUID) -> ScoringRule:
    found = get(ScoringRule, rule_id)
    if found is None:
        raise NotFound(_("There is no such rule."))
    return found


def create_rule(values: Mapping[str, Any]) -> ScoringRule:
    """Make a rule, the last of all. Raises Invalid."""
    settled = _settled(values)
    count, last = (
        session()
        .execute(select(func.count(), func.max(ScoringRule.position)).where(ScoringRule.tenant_id == tenant_id()))
        .one()
    )
    if count >= MOST_RULES:
        raise Invalid([FieldProblem("name", "too_many", _("There may be at most %(most)s rules.", most=MOST_RULES))])
    rule = new_rule(position=0 if last is None else last + 1, updated_at=now(), **settled)
    session().add(rule)
    emit(ScoringRuleCreated(**_about(rule), title=rule.name))
    _go_over_all()
    return rule


def update_rule(rule: ScoringRule, values: Mapping[str, Any]) -> ScoringRule:
    """Change a rule. Where nothing differs nothing happens. Raises Invalid."""
    settled = _settled(values)
    changes = {key: [getattr(rule, key), value] for key, value in settled.items() if getattr(rule, key) != value}
    if changes:
        for key, (_old, new) in changes.items():
            setattr(rule, key, new)
        emit(ScoringRuleChanged(**_about(rule), title=rule.name, changes=changes))
        _go_over_all()
    return rule


def delete_rule(rule: ScoringRule) -> None:
    session().delete(rule)
    emit(ScoringRuleDeleted(**_about(rule), title=rule.name))
    _go_over_all()


def change_grades(values: Mapping[str, int]) -> Scoring:
    """From how many points on each grade is reached, and the intent high. Raises Invalid."""
    kept = scoring(lock=True)
    wanted = {key: values.get(key, getattr(kept, key)) for key in GRADES_FROM}
    if not wanted["a_from"] > wanted["b_from"] > wanted["c_from"]:
        raise Invalid([FieldProblem("b_from", "wrong_order", _("A needs more points than B, and B more than C."))])
    changes = {key: [getattr(kept, key), value] for key, value in wanted.items() if getattr(kept, key) != value}
    if changes:
        for key, (_old, new) in changes.items():
            setattr(kept, key, new)
        emit(ScoringChanged(record_type="lead_scoring", record_id=tenant_id(), changes=changes))
        _go_over_all()
    return kept


def _settled(values: Mapping[str, Any]) -> dict[str, Any]:
    """What fits together: behaviour has a signal, profile a condition, and nobody scores by the score."""
    settled = dict(values)
    problems = []
    if settled["kind"] == "profile":
        settled |= {"signal": None, "cap": None, "half_life_days": None}
        if not settled.get("condition"):
            problems.append(FieldProblem("condition", "required", _("Say which leads get the points.")))
    elif not settled.get("signal"):
        problems.append(FieldProblem("signal", "required", _("Choose what gives the points.")))
    if CIRCULAR & set(fields_of_condition(settled.get("condition") or {})):
        message = _("A rule cannot ask for the score that it is a part of.")
        problems.append(FieldProblem("condition", "circular", message))
    if not settled.get("points") and not settled.get("marks"):
        problems.append(FieldProblem("points", "required", _("Give some points, more or less than none.")))
    if problems:
        raise Invalid(problems)
    return settled


def _about(rule: ScoringRule) -> dict[str, Any]:
    return {"record_type": "lead_scoring_rule", "record_id": rule.id}


def _go_over_all() -> None:
    session().flush()
    forget_rules()
    rescore()
