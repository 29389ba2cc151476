"""What happens to how leads are scored."""

from dataclasses import dataclass

from core.sdk import Event, _l


@dataclass(frozen=True, kw_only=True)
class LeadTurnedHot(Event):
    """A lead that was there already shows a high intent by what it is or does now."""

    name = "leads.lead_turned_hot"
    label = _l("Lead shows a high intent")
    text = _l("“{title}” shows a high intent, with a score of {score}")
    icon = "flame"

    title: str
    score: int


@dataclass(frozen=True, kw_only=True)
class ScoringRuleCreated(Event):
    name = "leads.scoring_rule_created"
    label = _l("Scoring rule made")
    text = _l("made the scoring rule “{title}”")
    icon = "gauge"
    audited = True

    title: str


@dataclass(frozen=True, kw_only=True)
class ScoringRuleChanged(Event):
    name = "leads.scoring_rule_changed"
    label = _l("Scoring rule changed")
    text = _l("changed the scoring rule “{title}”")
    icon = "gauge"
    audited = True

    title: str


@dataclass(frozen=True, kw_only=True)
class ScoringRuleDeleted(Event):
    name = "leads.scoring_rule_deleted"
    label = _l("Scoring rule deleted")
    text = _l("deleted the scoring rule “{title}”")
    icon = "gauge"
    audited = True

    title: str


@dataclass(frozen=True, kw_only=True)
class ScoringChanged(Event):
    """From how many points on a grade is reached, or what the learned score may look at."""

    name = "leads.scoring_changed"
    label = _l("Scoring of leads changed")
    text = _l("changed how leads are scored")
    icon = "gauge"
    audited = True
