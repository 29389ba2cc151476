"""Which fields of leads the rules ask of, for whoever wants to hide or change one."""

from collections.abc import Iterator

from core.sdk import FieldUse, RecordType, _, fields_of_condition, tenant
from plugins.leads.services.routing.facts import skill_fields, territory_field
from plugins.leads.services.routing.rules import Rule, all_rules


def routing_uses(record_type: RecordType) -> list[FieldUse]:
    if record_type.name != "lead":
        return []
    return [
        FieldUse(key, _("Routing rule"), rule.name, f"/w/{tenant().slug}/leads/routing/{rule.id}")
        for rule in all_rules()
        for key in sorted(set(_keys(rule)))
    ]


def _keys(rule: Rule) -> Iterator[str]:
    yield from fields_of_condition(rule.condition or {})
    if rule.strategy == "skill":
        yield from skill_fields(rule)
    if rule.strategy == "territory":
        yield territory_field(rule)
