"""Which fields the scoring rules ask of: an administrator sees them before one is retired."""

from core.sdk import FieldUse, RecordType, _, fields_of_condition, tenant
from plugins.leads.services.scoring.rules import all_rules


def scoring_uses(record_type: RecordType) -> list[FieldUse]:
    """Nobody asks but of leads; a path through a link names the link."""
    if record_type.name != "lead":
        return []
    page = f"/w/{tenant().slug}/leads/settings/scoring"
    return [
        FieldUse(key.partition(".")[0], _("Scoring rule"), rule.name, f"{page}/{rule.id}")
        for rule in all_rules()
        for key in sorted(fields_of_condition(rule.condition or {}))
    ]
