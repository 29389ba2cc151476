"""What the conditions of a form come to for what has been typed so far: hidden, required and locked fields.

They hold wherever a person changes a record: in the form, beside a field, on a board, in a calendar, of many records
at once, with a sheet. Programs and imports are held to what a field itself says of being required, and to no layout.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, false, literal, not_, select

from core import current, db
from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records.conditions import compile_condition, which_hold
from core.records.fields import FieldType
from core.records.guards import closed_on
from core.records.laying_out import fields_in
from core.records.layouts import Condition, Layout
from core.records.typed import TypedRecord
from core.records.types import RecordType

MOST_ROUNDS = 6
"""A field that hides another may hide, by that, a third. Chains longer than this stop where they are."""


@dataclass(frozen=True)
class FormRules:
    hidden: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    locked: frozenset[str] = frozenset()

    @property
    def kept(self) -> frozenset[str]:
        """The fields that this form does not write, whatever was posted."""
        return self.hidden | self.locked


def rules_of(record_type: RecordType, layout: Layout, values: Mapping[str, Any], record: Any = None) -> FormRules:
    """The rules for these typed values, of `record` or of one to be made.

    What is hidden or locked counts as it was before, as it will not be written. All conditions are asked in one
    statement; only where the answers change what counts are they asked again.
    """
    asked = _conditions(layout)
    shut = FormRules(
        locked=closed_on((p.field for p in layout.placed()), record) if record is not None else frozenset()
    )
    if not asked:
        return shut
    rules, seen = shut, set[FormRules]()
    for _round in range(MOST_ROUNDS):
        counted = {key: value for key, value in values.items() if key not in rules.kept}
        typed = TypedRecord(record_type, counted, record)
        met = which_hold(record_type, typed, [condition for _key, _what, condition in asked])
        found = _sorted(asked, met, shut.locked)
        if found == rules or found in seen or not (found.kept ^ rules.kept) & values.keys():
            return found
        seen.add(found)
        rules = found
    return rules


def _conditions(layout: Layout) -> list[tuple[str, str, Condition]]:
    return [
        (placed.key, what, condition)
        for placed in layout.placed()
        for what in ("visible", "required", "read_only")
        if (condition := getattr(placed, what)) is not None
    ]


def _sorted(asked: list[tuple[str, str, Condition]], met: list[bool], shut: frozenset[str]) -> FormRules:
    def told(what: str, holds: bool) -> frozenset[str]:
        return frozenset(
            key for (key, w, _c), met_now in zip(asked, met, strict=True) if w == what and met_now is holds
        )

    return FormRules(told("visible", False), told("required", True), told("read_only", True) | shut)


# --- where there is no whole form ----------------------------------------------------------------------


def check_edit(record_type: RecordType, record: Any, values: Mapping[str, Any]) -> None:
    """Raise Invalid for values that the acting member's form would not write, and for fields that they make required
    and that are empty."""
    layout = record_type.layout()
    if not _conditions(layout):
        return
    fields, held_by = record_type.fields(), record_type.all_fields()
    rules = rules_of(record_type, layout, values, record)
    problems = [FieldProblem(key, "read_only", _refusal(fields[key])) for key in values if key in rules.kept]
    due = {key for key in rules.required - rules.kept if fields[key].editable}
    if new := due - values.keys():
        new -= rules_of(record_type, layout, {}, record).required
    for key in fields:
        held = values[key] if key in values else held_by[key].get(record) if key in new else ...
        if key in due and held is None:
            problems.append(FieldProblem(key, "required", _("Fill in “%(field)s”.", field=fields[key].label)))
    if problems:
        raise Invalid(problems)


def _refusal(of: FieldType) -> str:
    return _("The form does not let “%(field)s” be changed as things stand.", field=of.label)


def asks_about(record_type: RecordType, keys: Collection[str]) -> bool:
    """Whether a condition of the form is about any of these fields: then a change of it is a matter of each record."""
    return any(fields_in(condition) & set(keys) for _key, _what, condition in _conditions(record_type.layout()))


def is_conditional(record_type: RecordType, keys: Collection[str]) -> bool:
    """Whether the form has anything to say about a change of these fields."""
    return any(key in keys for key, _what, _c in _conditions(record_type.layout())) or asks_about(record_type, keys)


def refused_edits(
    record_type: RecordType, ids: Sequence[UUID], keys: Collection[str], emptied: Collection[str]
) -> dict[UUID, str]:
    """The records of which the form would not write these fields, each with the reason, by one statement.

    Only for fields that no condition is about; `emptied` are those of which nothing is to be left.
    """
    asked = [
        (key, what, condition)
        for key, what, condition in _conditions(record_type.layout())
        if key in keys and (what != "required" or key in emptied)
    ]
    if not asked:
        return {}
    fields, model = record_type.fields(), record_type.model
    met = []
    for n, (_key, what, condition) in enumerate(asked):
        try:
            holds = compile_condition(record_type, condition, whole=True)
        except Invalid:  # a field of it is gone: it is not met
            holds = false()
        met.append((not_(holds) if what == "visible" else holds).label(f"c{n}"))
    mine = (model.tenant_id == current.tenant_id()) & (model.id == any_(literal(list(ids), ARRAY(Uuid))))
    refused: dict[UUID, str] = {}
    for row in db.session().execute(select(model.id, *met).where(mine)):
        for (key, what, _c), stands in zip(asked, row[1:], strict=True):
            if stands:
                needed = _("Fill in “%(field)s”.", field=fields[key].label)
                refused.setdefault(row[0], needed if what == "required" else _refusal(fields[key]))
    return refused
