"""A list of rules that is only tried: as it is kept, with some switched on or off, or as somebody sends it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from core.sdk import FieldProblem, Invalid, _, new_id
from plugins.leads.services.routing.checking import check_rules
from plugins.leads.services.routing.editing import check_rule
from plugins.leads.services.routing.rules import Rule, all_rules, pool_modes


def with_switches(rules: Sequence[Rule], on: Collection[UUID]) -> list[Rule]:
    return [replace(rule, active=rule.is_default or rule.id in on) for rule in rules]


def drafted(sent: Sequence[Mapping[str, Any]]) -> list[Rule]:
    """The rules in the order in which they are sent. One with the id of a rule that is kept is that rule, but for what
    is said of it; without a default among them, the one that is kept stands last. Raises Invalid.
    """
    kept = {rule.id: rule for rule in all_rules()}
    made = [_drafted(place, each, kept) for place, each in enumerate(sent)]
    if not any(rule.is_default for rule in made):
        made += [rule for rule in kept.values() if rule.is_default]
    modes = pool_modes(rule.params.get("pool") for rule in made)
    rules = [replace(rule, pool_mode=modes.get(str(rule.params.get("pool")))) for rule in made]
    check_rules(rules)
    return rules


def _drafted(place: int, sent: Mapping[str, Any], kept: Mapping[UUID, Rule]) -> Rule:
    of = kept.get(sent["id"]) if "id" in sent else None
    if "id" in sent and of is None:
        raise Invalid([FieldProblem(f"rules.{place}.id", "unknown_reference", _("There is no such rule."))])
    if of is None and "strategy" not in sent:
        raise Invalid([FieldProblem(f"rules.{place}.strategy", "required", _("Say who gets them."))])
    base = {"name": of.name, "strategy": of.strategy, "condition": of.condition, "params": of.params,
            "active": of.active} if of else {}  # fmt: skip
    try:
        said = check_rule({**base, **{key: value for key, value in sent.items() if key not in ("id", "default")}})
    except Invalid as invalid:
        problems = [FieldProblem(f"rules.{place}.{each.field}", each.code, each.message) for each in invalid.problems]
        raise Invalid(problems) from None
    is_default = of.is_default if of else bool(sent.get("default"))
    name = said["name"] or _("Rule %(number)s", number=place + 1)
    return Rule(of.id if of else new_id(), name, said["strategy"], said["condition"], said["params"], is_default,
                said["active"] or is_default, of.version if of else 1)  # fmt: skip
