"""How far somebody who makes roles, and may not do everything, may go: nobody gives what is not theirs."""

from collections.abc import Iterator, Mapping
from typing import Any

from core import current
from core.access.adding import SCOPES, add_up, granted_on, scope_key
from core.access.permissions import DECLARED, granted, permissions_of
from core.auth.role_grants import ACTIONS, ALL_OTHERS
from core.current import Grants
from core.errors import FieldProblem, Forbidden, Invalid
from core.i18n import _
from core.records.types import enabled_types, find_type


def refuse_beyond_mine(key: str | None, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Raise Invalid, naming each, for what a changed role would newly grant and the acting member does not have."""
    context = current.tenant()
    if context.member is None or "*" in context.grants.permissions:
        return
    if "*" in permissions_of(key, before):
        raise Forbidden(_("This role may do everything, so that only somebody who may as well can change it."))
    mine = context.grants
    problems = [
        *_permissions(key, before, after, mine),
        *_records(before, after, mine),
        *_fields(key, before, after, mine),
    ]
    if problems:
        raise Invalid(problems)


def _permissions(key: str | None, before: Any, after: Any, mine: Grants) -> Iterator[FieldProblem]:
    for name in sorted(permissions_of(key, after) - permissions_of(key, before) - mine.permissions):
        label = DECLARED[name].label if name in DECLARED else _("everything")
        yield FieldProblem(
            f"permissions.{name}", "beyond",
            _("You cannot grant “%(permission)s”, since you do not have it yourself.", permission=label),
        )  # fmt: skip


def _records(before: Any, after: Any, mine: Grants) -> Iterator[FieldProblem]:
    said = {*after.get("records", {}), *before.get("records", {}), *mine.records, *(t.name for t in enabled_types())}
    told = set()
    for name in [ALL_OTHERS, *sorted(said - {ALL_OTHERS})]:
        have = mine.records.get(name, mine.records.get(ALL_OTHERS, {}))
        was, now = granted_on(before, name), granted_on(after, name)
        of_all = name not in after.get("records", {}) and name not in mine.records
        for action in ACTIONS:
            scope = scope_key(now.get(action, "none"))
            if within(scope, {scope_key(was.get(action, "none"))}) or within(scope, have.get(action, frozenset())):
                continue
            if of_all and action in told:
                continue
            if name == ALL_OTHERS:
                told.add(action)
            record_type = find_type(name)
            yield FieldProblem(
                f"records.{name}.{action}", "beyond",
                _("You cannot grant “%(action)s” on %(records)s that far, since you do not have it yourself.",
                  action=ACTIONS[action], records=record_type.plural_label if record_type else _("All others")),
            )  # fmt: skip


def _fields(key: str | None, before: Any, after: Any, mine: Grants) -> Iterator[FieldProblem]:
    """Added to mine, the role opens no field any further than it did."""
    was = add_up([*mine.sources, granted("", key, before)]).fields
    now = add_up([*mine.sources, granted("", key, after)]).fields
    for name, rules in mine.fields.items():
        mine_of, was_of, now_of = dict(rules), dict(was.get(name, ())), dict(now.get(name, ()))
        record_type = find_type(name)
        fields = record_type.all_fields() if record_type else {}
        for field, access in mine_of.items():
            if now_of.get(field) not in (access, was_of.get(field)):
                yield FieldProblem(
                    f"fields.{name}.{field}", "beyond",
                    _("You cannot open “%(field)s” that far, since it is not open to you yourself.",
                      field=fields[field].label if field in fields else field),
                )  # fmt: skip


def within(wanted: str, have: frozenset[str] | set[str]) -> bool:
    """Whether a scope is in one of these: a condition is in the same condition, or in all."""
    if wanted == "none" or wanted in have or "all" in have:
        return True
    return wanted in SCOPES and any(SCOPES.index(wanted) < SCOPES.index(scope) for scope in have & set(SCOPES))
