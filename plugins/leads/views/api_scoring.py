"""Scoring rules over the API, and what was learned."""

from typing import Any
from uuid import UUID

from core.sdk import Answer, Doc, Resource, checked_condition, holding, listed, loaded, single
from plugins.leads.models import Scoring, ScoringRule
from plugins.leads.permissions import MANAGE_SCORING
from plugins.leads.scoring_schemas import ScoringRuleChange, ScoringRuleInput
from plugins.leads.services.scoring import rescoring, rules
from plugins.leads.services.scoring.endings import ENOUGH, ENOUGH_OF_EACH, counted
from plugins.leads.services.scoring.lessons import newest_model
from plugins.leads.services.scoring.standing import GRADES_FROM, scoring
from plugins.leads.types import LEAD

scoring_api = Resource("lead_scoring", __name__, module="leads")

MANAGES = holding(MANAGE_SCORING.name)
KEYS = ("name", "kind", "condition", "signal", "points", "cap", "half_life_days", "marks", "active")
COUNT = {"type": "integer"}
RULE = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "name": {"type": "string"},
        "kind": {"type": "string", "enum": ["profile", "behaviour"]},
        "condition": {"type": ["object", "null"]},
        "signal": {"type": ["string", "null"]},
        "points": COUNT,
        "cap": {"type": ["integer", "null"]},
        "half_life_days": {"type": ["integer", "null"]},
        "marks": {"type": "boolean"},
        "active": {"type": "boolean"},
    },
    "required": ["id", *KEYS],
}
PROGRESS = {
    "type": "object",
    "properties": {
        "total": COUNT, "done": COUNT, "changed": COUNT,
        "began_at": {"type": ["string", "null"], "format": "date-time"},
        "ended_at": {"type": ["string", "null"], "format": "date-time"},
    },
}  # fmt: skip
STATE = {
    "type": "object",
    "properties": {
        "grades": {"type": "object"},
        "rescore": PROGRESS,
        "learned": {
            "type": "object",
            "properties": {
                "learns": {"type": "boolean"},
                "won": COUNT,
                "lost": COUNT,
                "needed": {"type": "object"},
                "enough": {"type": "boolean"},
                "at": {"type": ["string", "null"], "format": "date-time"},
                "figures": {"type": ["object", "null"]},
                "left_out": {"type": "array", "items": {"type": "object"}},
            },
        },
    },
}


@scoring_api.get("/lead-scoring-rules", permission=MANAGES, doc=Doc(gives=RULE, many=True))
def list_rules() -> Answer:
    """All rules in their order."""
    return listed([_json(rule) for rule in rules.all_rules()])


@scoring_api.post("/lead-scoring-rules", permission=MANAGES, doc=Doc(ScoringRuleInput, RULE, status=201))
def create_rule() -> Answer:
    """Make a rule. The open leads are scored by it: at once where they are few, else in the background."""
    rule = rules.create_rule(_checked(loaded(ScoringRuleInput)))
    return single(_json(rule)), 201, {"Location": f"/api/v1/lead-scoring-rules/{rule.id}"}


@scoring_api.get("/lead-scoring-rules/<uuid:scoring_rule_id>", permission=MANAGES, doc=Doc(gives=RULE))
def show_rule(scoring_rule_id: UUID) -> Answer:
    """A rule: what it asks, and what it gives or takes."""
    return single(_json(rules.get_rule(scoring_rule_id)))


@scoring_api.patch("/lead-scoring-rules/<uuid:scoring_rule_id>", permission=MANAGES, doc=Doc(ScoringRuleChange, RULE))
def update_rule(scoring_rule_id: UUID) -> Answer:
    """Change a rule: what is not sent stays."""
    rule = rules.get_rule(scoring_rule_id)
    said = _checked(loaded(ScoringRuleChange))
    return single(_json(rules.update_rule(rule, {key: getattr(rule, key) for key in KEYS} | said)))


@scoring_api.delete("/lead-scoring-rules/<uuid:scoring_rule_id>", permission=MANAGES, doc=Doc(status=204))
def delete_rule(scoring_rule_id: UUID) -> Answer:
    """Delete a rule: what it gave or took is gone from all open leads."""
    rules.delete_rule(rules.get_rule(scoring_rule_id))
    return None


@scoring_api.post("/lead-scoring-rules/rescore", permission=MANAGES, doc=Doc(gives=PROGRESS, status=202))
def rescore() -> Answer:
    """Score all open leads anew. `GET /lead-scoring` tells how far it is."""
    return single(_progress(rescoring.rescore())), 202


@scoring_api.get("/lead-scoring", permission=MANAGES, doc=Doc(gives=STATE))
def show_state() -> Answer:
    """From how many points on each grade is reached, how far scoring is, and what was learned, how well, from what."""
    kept, model, count = scoring(), newest_model(), counted()
    return single({
        "grades": {key: getattr(kept, key) for key in GRADES_FROM},
        "rescore": _progress(kept),
        "learned": {
            "learns": kept.learns, "won": count.won, "lost": count.lost, "enough": count.are_enough,
            "needed": {"in_all": ENOUGH, "of_each": ENOUGH_OF_EACH},
            "at": model.at if model and model.card else None,
            "figures": model.figures if model and model.card else None,
            "left_out": model.left_out if model else [],
        },
    })  # fmt: skip


def _checked(said: dict[str, Any]) -> dict[str, Any]:
    return said | {"condition": checked_condition(LEAD, said["condition"])} if "condition" in said else said


def _json(rule: ScoringRule) -> dict[str, Any]:
    return {"id": str(rule.id)} | {key: getattr(rule, key) for key in KEYS}


def _progress(kept: Scoring) -> dict[str, Any]:
    return {
        "total": kept.rescore_total, "done": kept.rescore_done, "changed": kept.rescore_changed,
        "began_at": kept.rescore_began_at, "ended_at": kept.rescore_ended_at,
    }  # fmt: skip
