"""The filter builder in the form of a rule: put in, read back, and said in words on the list of the rules.

A page draws it with `{% from "records/builder.html" import condition_field %}{{ condition_field(builder) }}`.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from uuid import UUID

from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records.conditions import Condition, compile_condition
from core.records.kept_conditions import checked_condition, fault_of_condition
from core.records.pages.builder import Builder, Group, read_built
from core.records.pages.filters import pointed_in, say
from core.records.types import RecordType, titles


def condition_builder(
    record_type: RecordType, condition: Condition | None, *, name: str = "condition", form: Any = None
) -> Builder:
    """The builder for a condition that is kept: as it is, or as a `form` that was sent has it, which counts more.

    One that asks of fields which the acting member may not see is told of, and stays as it is.
    """
    if form is not None and _is_in(form, name):
        builder = Builder.of_form(record_type, form, name=name).numbered()
        if step := form.get(f"{name}-step", ""):
            return builder.step("" if step == "show" else step).completed()
        with suppress(Invalid):  # it is said beside the row
            builder.check()
        return builder.completed()
    if condition and not _is_readable(record_type, condition) and not fault_of_condition(record_type, condition):
        hidden = _("It asks of fields that you may not see, and stays as it is.")
        return Builder(record_type, Group(), name, hidden, locked=True)
    return Builder.of(record_type, condition, name=name).completed()


def is_building(form: Any, *, name: str = "condition") -> bool:
    """Whether the form was sent to go on building, without scripts, and is to be shown again."""
    return bool(form.get(f"{name}-step"))


def condition_from_form(
    record_type: RecordType, form: Any, *, name: str = "condition", kept: Condition | None = None
) -> Condition | None:
    """The condition of a form, as it may be kept; the `kept` one where the form did not show it.

    Raises Invalid, whose problem stands beside the field `name`; the rows say more.
    """
    if not _is_in(form, name) and name not in form:
        return kept
    try:
        condition = read_built(record_type, form, name)
    except Invalid as invalid:
        raise Invalid([FieldProblem(name, each.code, each.message) for each in invalid.problems]) from None
    return checked_condition(record_type, condition, name=name)


def conditions_in_words(record_type: RecordType, conditions: Iterable[Condition | None]) -> list[str]:
    """What each of these asks, for a list of rules; empty for one that asks nothing."""
    some = list(conditions)
    wanted: dict[str, set[UUID]] = {}
    for each in some:
        if each and _is_readable(record_type, each):
            for of, ids in pointed_in(record_type, each).items():
                wanted.setdefault(of, set()).update(ids)
    names = titles(wanted)
    return [_words(record_type, each, names) if each else "" for each in some]


def _words(record_type: RecordType, condition: Condition, names: Any) -> str:
    if _is_readable(record_type, condition):
        return say(record_type, condition, names)
    return fault_of_condition(record_type, condition) or _("a condition on fields that you may not see")


def _is_readable(record_type: RecordType, condition: Condition) -> bool:
    try:
        compile_condition(record_type, condition)
    except Invalid:
        return False
    return True


def _is_in(form: Any, name: str) -> bool:
    return any(key.startswith(f"{name}-") for key in form)


__all__ = ["condition_builder", "condition_from_form", "conditions_in_words", "is_building"]
