"""Fields that a module keeps covered on some records, whatever the roles of the acting member leave open: the phone
of a lead that waits in a public pool. They add to the rules of roles, and of two the stricter counts."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core import current
from core.access import field_rules as rules_of_roles
from core.access import permitted
from core.access.adding import CONDITION, MASKED, OPEN
from core.current import FieldAccess
from core.jobs import module_of
from core.records.shape import kept_with_settings

Rules = tuple[tuple[str, FieldAccess], ...]


@dataclass(frozen=True)
class Cover:
    """One field that is masked, but on the records that meet the condition `open_on`, and perhaps on one's own.

    Nobody who holds the permission `unless` finds it covered. `why` is told to whom asks why they cannot read it.
    """

    field: str
    open_on: Mapping[str, Any]
    why: Any
    to_owner: bool = False
    unless: str = ""

    def access(self) -> FieldAccess:
        scope = CONDITION + json.dumps(self.open_on, sort_keys=True, ensure_ascii=False)
        own = (("only:own", OPEN),) if self.to_owner else ()
        return FieldAccess(MASKED, ((scope, OPEN), *own))


Covering = Callable[[str], Sequence[Cover]]
_covering: list[tuple[str, frozenset[str], Covering]] = []


def covers(*type_names: str) -> Callable[[Covering], Covering]:
    """Ask this function which fields of these record types are covered, while its module is on.

    It is asked once for each version of the tenant's settings: what it reads is changed with `raise_schema_version`.
    """

    def decorate(function: Covering) -> Covering:
        _covering.append((module_of(function), frozenset(type_names), function))
        return function

    return decorate


def covers_of(type_name: str) -> Sequence[Cover]:
    """What modules cover on this type for the acting member. The system itself finds nothing covered."""
    context = current.tenant_or_none()
    if context is None or context.member is None:
        return ()
    asked = [(module, ask) for module, names, ask in _covering if type_name in names and module in context.modules]
    if not asked:
        return ()
    key = ("covers", type_name, context.modules)
    made = kept_with_settings(key, lambda: tuple(each for _module, ask in asked for each in ask(type_name)))
    return [each for each in made if not (each.unless and permitted(each.unless))]


def field_rules(type_name: str) -> Rules:
    """The fields of a record type that are not open to the member, each with how far it is. A field that both roles
    and modules speak of stands here more than once."""
    covered = covers_of(type_name)
    ruled = rules_of_roles(type_name)
    return (*ruled, *((each.field, each.access()) for each in covered)) if covered else ruled
