"""Making and changing the rules by which leads are given out. What would not work is refused, with the reason."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from core.sdk import (
    FieldProblem,
    Invalid,
    MemberRow,
    NotFound,
    _,
    checked_condition,
    emit,
    new_id,
    raise_schema_version,
    session,
    tenant_id,
    type_named,
)
from plugins.leads.events import RoutingRuleChanged, RoutingRuleCreated, RoutingRuleDeleted, RoutingRulesOrdered
from plugins.leads.models import Lead, Rotation, RoutingRule
from plugins.leads.services.routing.checking import check_rules
from plugins.leads.services.routing.facts import comparable_fields
from plugins.leads.services.routing.rules import Rule, plain, pool_modes, rows_in_order
from plugins.leads.services.routing.schema import used_by

KEPT = ("name", "condition", "strategy", "params", "active")


def create_rule(values: Mapping[str, Any]) -> RoutingRule:
    """A rule, the last before the default. Raises Invalid."""
    said = _checked({"active": True, "params": {}, "condition": None} | dict(values))
    rows = _locked()
    rule = RoutingRule(tenant_id=tenant_id(), id=new_id(), position=len(rows), is_default=False, **said)
    check_rules(_as_they_would_be([*rows[:-1], rule, rows[-1]]))
    session().add(rule)
    _done(RoutingRuleCreated, rule, {key: [None, said[key]] for key in KEPT})
    return rule


def update_rule(rule: RoutingRule, values: Mapping[str, Any]) -> None:
    """Change what is said of a rule; what is not said stays. Raises Invalid."""
    before = {key: getattr(rule, key) for key in KEPT}
    said = _checked(before | dict(values), before)
    if rule.is_default and said["condition"] is not None:
        text = _("The default takes whatever is left, so it has no condition.")
        raise Invalid([FieldProblem("condition", "no_default", text)])
    if rule.is_default and not said["active"]:
        raise Invalid([FieldProblem("active", "no_default", _("The default cannot be switched off."))])
    rows = _locked()
    now_there = _as_they_would_be(rows, {rule.id: said})
    if said["active"]:
        check_rules(now_there)
    changes = {key: [before[key], said[key]] for key in KEPT if before[key] != said[key]}
    if not changes:
        return
    for key in changes:
        setattr(rule, key, said[key])
    rule.version += 1
    rule.told_at = None
    _done(RoutingRuleChanged, rule, changes)


def delete_rule(rule: RoutingRule) -> None:
    """Leads that it gave out keep it in their log. Raises Invalid for the default."""
    if rule.is_default:
        raise Invalid([FieldProblem("", "no_default", _("The default cannot be deleted: change what it does."))])
    _let_go(rule.id)
    gone = {key: [getattr(rule, key), None] for key in KEPT}
    session().delete(rule)
    _done(RoutingRuleDeleted, rule, gone)


def order_rules(ids: Sequence[UUID]) -> None:
    """Put the rules into this order; the default stays the last. Raises Invalid for a list with others than these."""
    rows = _locked()
    by_id = {row.id: row for row in rows if not row.is_default}
    wanted = [each for each in ids if each in by_id]
    if len(set(ids)) != len(ids) or set(wanted) != set(by_id) or set(ids) - {row.id for row in rows}:
        raise Invalid([FieldProblem("rules", "incomplete", _("Name each rule once: the list has changed meanwhile."))])
    ordered = [*(by_id[each] for each in wanted), rows[-1]]
    if ordered == rows:
        return
    check_rules(_as_they_would_be(ordered))
    before = [row.title for row in rows[:-1]]
    for place, row in enumerate(ordered[:-1]):
        row.position = place
    after = [row.title for row in ordered[:-1]]
    raise_schema_version()
    emit(RoutingRulesOrdered(record_type="leads_routing_rule", record_id=ordered[0].id, title=" → ".join(after),
                             changes={"order": [before, after]}))  # fmt: skip


def switch_rules(on: Collection[UUID]) -> None:
    """Switch these rules on and all others off, but for the default. Raises Invalid."""
    rows = _locked()
    wanted = {row.id: row.is_default or row.id in on for row in rows}
    check_rules([replace(rule, active=wanted[rule.id]) for rule in as_rules(rows)])
    for row in rows:
        if row.active != wanted[row.id]:
            row.active = wanted[row.id]
            row.version += 1
            _done(RoutingRuleChanged, row, {"active": [not row.active, row.active]})


def move_rule(rule: RoutingRule, place: int) -> None:
    """Put one rule at this place, from 0, among those that are not the default."""
    others = [row.id for row in rows_in_order() if row.id != rule.id and not row.is_default]
    order_rules([*others[: max(0, place)], rule.id, *others[max(0, place) :]])


def find_rule(rule_id: UUID) -> RoutingRule:
    """Raises NotFound."""
    found = session().scalar(select(RoutingRule).where(RoutingRule.tenant_id == tenant_id(), RoutingRule.id == rule_id))
    if found is None:
        raise NotFound(_("There is no such rule."))
    return found


# --- before it is kept -----------------------------------------------------------------------------------


def _locked() -> list[RoutingRule]:
    """All rules: whoever changes any of them at the same time waits."""
    rows_in_order()
    mine = select(RoutingRule.id).where(RoutingRule.tenant_id == tenant_id()).with_for_update()
    session().execute(mine.order_by(RoutingRule.id))
    return rows_in_order()


def as_rules(rows: Sequence[RoutingRule]) -> list[Rule]:
    """Kept rules as routing sees them."""
    return _as_they_would_be(rows)


def _as_they_would_be(rows: Sequence[RoutingRule], said: Mapping[UUID, Mapping[str, Any]] = {}) -> list[Rule]:
    named = {(said.get(row.id) or {"params": row.params})["params"].get("pool") for row in rows} - {None}
    modes = pool_modes(named)
    made = []
    for row in rows:
        rule = plain(row, modes)
        if row.id in said:
            what = said[row.id]
            rule = replace(
                rule, name=what["name"] or rule.name, pool_mode=modes.get(str(what["params"].get("pool"))),
                **{key: what[key] for key in KEPT if key != "name"},
            )  # fmt: skip
        made.append(rule)
    return made


def _checked(values: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The values of one rule, each right by itself. Raises Invalid. What stays as it was is not asked again."""
    said = {key: values[key] for key in KEPT}
    if before is None or said["condition"] != before["condition"]:
        said["condition"] = checked_condition(type_named("lead"), said["condition"])
    said["params"] = {key: value for key, value in said["params"].items() if key in used_by(said["strategy"])}
    if before is None or said["params"] != before["params"] or said["strategy"] != before["strategy"]:
        _check_params(said["strategy"], said["params"])
    return said


def check_rule(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a rule that is only tried. Raises Invalid."""
    return _checked({"name": "", "active": True, "params": {}, "condition": None} | dict(values))


def _check_params(strategy: str, params: Mapping[str, Any]) -> None:
    problems = []
    if strategy == "pool" and str(params.get("pool")) not in pool_modes({params.get("pool")} - {None}):
        problems.append(FieldProblem("pool", "unknown_reference", _("Choose the pool in which they wait.")))
    if strategy == "person" and not _work_here([params.get("member")]):
        problems.append(FieldProblem("member", "unknown_reference", _("Choose someone who works here.")))
    if params.get("members") and not _work_here(params["members"]):
        problems.append(FieldProblem("members", "unknown_reference", _("Choose people who work here.")))
    keys = {of.key for of in comparable_fields()}
    for name in ("field", "fields"):
        asked = params.get(name) or []
        if set([asked] if isinstance(asked, str) else asked) - keys:
            problems.append(FieldProblem(name, "unknown_field", _("Choose fields that hold words or a place.")))
    if problems:
        raise Invalid(problems)


def _work_here(ids: Sequence[Any]) -> bool:
    """Whether all of them do; who has left since a rule was made is no fault of whoever changes it."""
    wanted = {str(each) for each in ids if each}
    if not wanted:
        return False
    there = select(MemberRow.id).where(
        MemberRow.tenant_id == tenant_id(), MemberRow.id.in_(wanted), MemberRow.status == "active"
    )
    return bool(session().scalars(there).first())


def _let_go(rule_id: UUID) -> None:
    """What points at a rule that is deleted: the leads that it gave out, and its turns."""
    theirs = update(Lead).where(Lead.tenant_id == tenant_id(), Lead.routing_rule_id == rule_id)
    session().execute(theirs.values(routing_rule_id=None, updated_at=Lead.updated_at))
    session().execute(delete(Rotation).where(Rotation.tenant_id == tenant_id(), Rotation.id == rule_id))


def _done(kind: Any, rule: RoutingRule, changes: Mapping[str, Any]) -> None:
    session().flush()
    raise_schema_version()
    emit(kind(record_type="leads_routing_rule", record_id=rule.id, title=rule.title, changes=changes))
