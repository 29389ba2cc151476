"""Adding up roles: an action granted by two has both scopes, a field is as open as the more generous leaves it."""

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from core.current import FieldAccess, Grants

SCOPES = ("none", "own", "team", "below", "all")
LEVELS = ("hidden", "masked", "read", "open")
HIDDEN, MASKED, READ, OPEN = range(4)
CONDITION = "if:"
"""What a scope begins with that is a condition: the rest of it is the condition, as JSON."""


def add_up(roles: Iterable[tuple[str, Mapping[str, Any]]]) -> Grants:
    """The grants of several roles as one."""
    sources = tuple((name, grants) for name, grants in roles)
    permissions = frozenset(each for _name, grants in sources for each in grants.get("permissions", ()))
    every = [grants for _name, grants in sources]
    fields = {} if "*" in permissions else _fields(every)
    return Grants(_records(every), permissions, MappingProxyType(fields), sources)


def _records(every: Iterable[Mapping[str, Any]]) -> Mapping[str, Mapping[str, frozenset[str]]]:
    """A role that names a type says all of what it grants on it; one that does not grants what it says of "*"."""
    every = list(every)
    named = {name for grants in every for name in grants.get("records", {})}
    records: dict[str, dict[str, frozenset[str]]] = {}
    for name in named | {"*"}:
        mine = records.setdefault(name, {})
        for grants in every:
            for action, scope in granted_on(grants, name).items():
                if (kept := scope_key(scope)) != "none":
                    mine[action] = mine.get(action, frozenset()) | {kept}
    return MappingProxyType(records)


def granted_on(grants: Mapping[str, Any], type_name: str) -> Mapping[str, Any]:
    """Action to scope, as one role grants it on a record type."""
    records = grants.get("records", {})
    found = records.get(type_name, records.get("*", {}))
    return found if isinstance(found, Mapping) else {}


def scope_key(scope: Any) -> str:
    """The scope as text: a condition as its JSON, and what is no scope as none."""
    if isinstance(scope, Mapping):
        return CONDITION + json.dumps(scope.get("if"), sort_keys=True, ensure_ascii=False)
    return scope if scope in SCOPES else "none"


def _fields(every: Iterable[Mapping[str, Any]]) -> dict[str, tuple[tuple[str, FieldAccess], ...]]:
    every = list(every)
    ruled: dict[str, set[str]] = {}
    for grants in every:
        for type_name, rules in grants.get("fields", {}).items():
            ruled.setdefault(type_name, set()).update(rules)
    made = {}
    for type_name, keys in ruled.items():
        seeing = [g for g in every if scope_key(granted_on(g, type_name).get("view", "none")) != "none"]
        found = ((key, access) for key in sorted(keys) if (access := _access(seeing, type_name, key)) is not None)
        made[type_name] = tuple(found)
    return {type_name: rules for type_name, rules in made.items() if rules}


def _access(seeing: Iterable[Mapping[str, Any]], type_name: str, key: str) -> FieldAccess | None:
    """A record is seen by one of the roles at least, so that the field is as open as the strictest leaves it; on the
    records that a more generous one covers, it is as open as that one leaves it."""
    said = [(scope_key(granted_on(g, type_name)["view"]), *rule_of(g, type_name, key)) for g in seeing]
    if not said:
        return None
    floor = min(level for _scope, level, _but in said)
    raised: dict[str, int] = {}
    for scope, level, but in said:
        if level > floor:
            raised[scope] = max(level, raised.get(scope, floor))
        if but:
            raised[f"only:{but}"] = OPEN
    floor = max(floor, raised.pop("all", floor))
    raised = {scope: level for scope, level in raised.items() if level > floor}
    if "only:all" in raised or floor == OPEN:
        return None
    return FieldAccess(floor, tuple(sorted(raised.items())))


def rule_of(grants: Mapping[str, Any], type_name: str, key: str) -> tuple[int, str]:
    """The level at which one role leaves a field, and the scope on which it leaves it open all the same."""
    rule = grants.get("fields", {}).get(type_name, {}).get(key)
    if not isinstance(rule, Mapping) or rule.get("level") not in LEVELS:
        return OPEN, ""
    but = scope_key(rule.get("except", "none"))
    return LEVELS.index(rule["level"]), "" if but == "none" else but
