"""What is wrong with a list of rules: refused before it is kept, or said beside a rule that was overtaken."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from core.sdk import (
    FieldProblem,
    Invalid,
    MemberRow,
    RoleRow,
    Team,
    _,
    fault_of_condition,
    session,
    tenant_id,
    type_named,
)
from plugins.leads.services.routing.implying import implies
from plugins.leads.services.routing.rules import Rule, all_rules
from plugins.leads.services.routing.strategies import TAKES_ALL


def check_rules(rules: Sequence[Rule]) -> None:
    """Raises Invalid for rules that leave no default, that go round in a circle, or of which one is never reached.

    They come in their order, those that are switched off among them, which are left alone.
    """
    defaults = [rule for rule in rules if rule.is_default]
    if len(defaults) != 1 or not defaults[0].active or rules[-1] is not defaults[0]:
        text = _("A list of rules ends with its default, which is switched on and takes the rest.")
        raise _refused("no_default", text)
    if defaults[0].condition is not None:
        raise _refused("no_default", _("The default takes whatever is left, so it has no condition."), "condition")
    active = [rule for rule in rules if rule.active]
    for rule in active:
        if rule.strategy == "pool" and rule.pool_mode == "automatic":
            text = _("“%(rule)s” would go round in a circle: its pool hands out by these rules itself.", rule=rule.name)
            raise _refused("loop", text, "pool")
    for place, rule in enumerate(active):
        if before := next((each for each in active[:place] if shadows(each, rule)), None):
            text = _("“%(rule)s” is never reached: “%(before)s” stands before it and takes all that it would get.",
                     rule=rule.name, before=before.name)  # fmt: skip
            raise _refused("shadowed", text)


def shadows(before: Rule, rule: Rule) -> bool:
    """Whether a rule leaves nothing to one behind it.

    A rule that finds nobody lets the next have a try: so it must meet all that the other meets, and ask everyone
    whom the other asks, in a way in which nobody is left out who could take it.
    """
    if not implies(rule.condition, before.condition):
        return False
    if before.strategy == "pool":
        return True
    if rule.strategy == "pool" or (rule.params.get("past_caps") and not before.params.get("past_caps")):
        return False
    if before.strategy in TAKES_ALL:
        return _asks_all_of(before, rule) and not _leaves_out(before)
    same = {key: value for key, value in before.params.items() if key != "then"}
    return before.strategy == rule.strategy and same == {k: v for k, v in rule.params.items() if k != "then"}


def _leaves_out(rule: Rule) -> bool:
    """Whether the shares of a rule may leave somebody without any."""
    return rule.strategy == "weighted" and any(not share for share in (rule.params.get("weights") or {}).values())


def _asks_all_of(before: Rule, rule: Rule) -> bool:
    """Whether everyone whom `rule` asks is asked by `before` as well."""
    members = before.ids("members")
    if rule.strategy == "person":
        return rule.id_of("member") in members and not _narrows(before, but="members")
    if members and not (rule.ids("members") and rule.ids("members") <= members):
        return False
    if not members and rule.ids("members"):
        return False  # whoever is named is asked even without the right to receive leads
    for key in ("teams", "roles"):
        asked = before.ids(key)
        if asked and not (rule.ids(key) and rule.ids(key) <= asked):
            return False
    return not before.params.get("level") or before.params["level"] == rule.params.get("level")


def _narrows(rule: Rule, *, but: str) -> bool:
    return any(rule.params.get(key) for key in ("members", "teams", "roles", "level") if key != but)


def faults_of(rules: Sequence[Rule]) -> dict[UUID, str]:
    """What cannot be followed any more, by rule: who left, what was deleted or retired since it was written."""
    people = _there(MemberRow, {each for rule in rules for each in _people_named(rule)}, MemberRow.status == "active")
    teams = _there(Team, {each for rule in rules for each in rule.ids("teams")})
    roles = _there(RoleRow, {each for rule in rules for each in rule.ids("roles")})
    found = {rule.id: _fault(rule, people, teams, roles) for rule in rules}
    return {rule_id: fault for rule_id, fault in found.items() if fault}


def _fault(rule: Rule, people: Mapping[UUID, str], teams: Mapping[UUID, str], roles: Mapping[UUID, str]) -> str | None:
    if rule.condition is not None and (fault := fault_of_condition(type_named("lead"), rule.condition)):
        return fault
    if rule.strategy == "pool":
        if rule.pool_mode is None:
            return _("Its pool is gone.")
        return _("Its pool hands out by these rules itself.") if rule.pool_mode == "automatic" else None
    named = _people_named(rule)
    if named and not named & people.keys():
        return _("Nobody whom it names works here any more.")
    if rule.ids("teams") and not rule.ids("teams") & teams.keys():
        return _("The team that it names is gone.")
    if rule.ids("roles") and not rule.ids("roles") & roles.keys():
        return _("The role that it names is gone.")
    return None


def _people_named(rule: Rule) -> frozenset[UUID]:
    if rule.strategy == "person":
        return frozenset({one} if (one := rule.id_of("member")) else ())
    return rule.ids("members") if rule.strategy not in ("pool", "same_company") else frozenset()


def _there(model: type, ids: Iterable[UUID], *more: object) -> dict[UUID, str]:
    wanted = list(ids)
    if not wanted:
        return {}
    found = select(model.id, model.name).where(model.tenant_id == tenant_id(), model.id.in_(wanted), *more)  # type: ignore[attr-defined, arg-type]
    return {row.id: row.name for row in session().execute(found)}


def rules_that_name_pool(pool_id: UUID) -> list[str]:
    """The rules in force that send leads to this pool. It cannot be one that hands out by the rules itself."""
    active = (rule for rule in all_rules() if rule.active and rule.strategy == "pool")
    return [rule.name for rule in active if rule.id_of("pool") == pool_id]


def _refused(code: str, text: str, field: str = "") -> Invalid:
    return Invalid([FieldProblem(field, code, text)])
