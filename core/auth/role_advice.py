"""What a role says that hardly anybody means, and what would be right."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.access.adding import LEVELS, OPEN, SCOPES, granted_on, rule_of
from core.auth.role_grants import ACTIONS, ALL_OTHERS, WITHOUT_SCOPE, scopes_of
from core.auth.role_limits import within
from core.i18n import _
from core.records.types import enabled_types, find_type


@dataclass(frozen=True)
class Advice:
    """`field` is named as faults of grants are; `widen` is the scope of viewing that would put it right."""

    field: str
    code: str
    message: str
    widen: str | None = None


def advice_on(grants: Mapping[str, Any]) -> list[Advice]:
    """Everything odd about a role's grants."""
    return [*_wider_than_view(grants), *_required_but_closed(grants)]


def _wider_than_view(grants: Mapping[str, Any]) -> Iterator[Advice]:
    for name in grants.get("records", {}):
        record_type = find_type(name)
        if name != ALL_OTHERS and record_type is None:
            continue
        scopes = scopes_of(grants, name)
        wider = [a for a in ACTIONS if a not in WITHOUT_SCOPE and not _is_seen(scopes[a], scopes["view"])]
        if wider:
            yield Advice(
                f"records.{name}.{wider[0]}", "wider_than_view",
                _("%(records)s: %(actions)s goes further than what may be seen. What one cannot see, one cannot do "
                  "anything to.", records=record_type.plural_label if record_type else _("All others"),
                  actions=", ".join(str(ACTIONS[action]) for action in wider)),
                _widest([scopes[action] for action in ("view", *wider)]),
            )  # fmt: skip


def _is_seen(scope: str, view: str) -> bool:
    """Whether one may hope that what is in a scope is seen. Conditions are not compared with other scopes."""
    if within(scope, {view}):
        return True
    return view != "none" and scope != "all" and (scope not in SCOPES or view not in SCOPES)


def _widest(scopes: list[str]) -> str:
    """The scope that holds them all; all records where one is a condition."""
    return max(scopes, key=SCOPES.index) if set(scopes) <= set(SCOPES) else "all"


def widened(grants: Mapping[str, Any]) -> dict[str, Any]:
    """The grants with what may be seen as wide as what may be done."""
    records = {name: dict(actions) for name, actions in grants.get("records", {}).items()}
    for advice in _wider_than_view(grants):
        records[advice.field.split(".")[1]]["view"] = advice.widen
    return {**grants, "records": records}


def _required_but_closed(grants: Mapping[str, Any]) -> Iterator[Advice]:
    """On a record that is being made, a rule that leaves out one's own does not count."""
    for record_type in enabled_types():
        if granted_on(grants, record_type.name).get("create", "none") == "none":
            continue
        for key in grants.get("fields", {}).get(record_type.name, {}):
            field = record_type.all_fields().get(key)
            level, but = rule_of(grants, record_type.name, key)
            if field is None or level == OPEN or but or not field.required or field.default is not None:
                continue
            if field.editable and not field.computed and not field.assigned:
                yield Advice(
                    f"fields.{record_type.name}.{key}", "required_" + LEVELS[level],
                    _("“%(field)s” must be filled in, but this role, which may create %(records)s, cannot do so: such "
                      "records will be without it. Give the field a default, or leave out the role's own records.",
                      field=field.label, records=record_type.plural_noun),
                )  # fmt: skip
