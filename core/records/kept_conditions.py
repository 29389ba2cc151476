"""Conditions that are written down once and hold for all: those of rules, of a module or of the core.

They are asked `whole` (`compile_condition(…, whole=True)`): what comes out does not depend on who happens to act. So
whoever writes one may ask only of what they may see, and may not say “me”.
"""

from collections.abc import Mapping
from typing import Any

from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records.conditions import Condition, as_kept, compile_condition
from core.records.laying_out import fields_in as fields_of_condition
from core.records.types import RecordType


def checked_condition(record_type: RecordType, raw: Any, *, name: str = "condition") -> Condition | None:
    """A condition that somebody sends to be kept, as it may be kept; None where it says nothing.

    Raises Invalid, whose problem stands beside the field `name`.
    """
    if raw is None or raw == {} or not _is_asking(raw):
        return None
    try:
        compile_condition(record_type, raw)
    except Invalid as invalid:
        raise Invalid([FieldProblem(name, each.code, each.message) for each in invalid.problems]) from None
    if _says_me(raw):
        raise Invalid([FieldProblem(name, "not_me", _("A rule holds for everyone: name somebody in place of “me”."))])
    return as_kept(record_type, raw)


def fault_of_condition(record_type: RecordType, condition: Condition | None) -> str | None:
    """What does not fit any more of a condition that was kept: a field that is retired, say. None where all is well."""
    if condition is None:
        return None
    try:
        compile_condition(record_type, condition, whole=True)
    except Invalid as invalid:
        return invalid.problems[0].message if invalid.problems else invalid.message
    return None


STEADY = frozenset({
    "text", "long_text", "phone", "email", "url", "choice", "multi_choice", "tags", "state", "integer", "decimal",
    "percent", "rating", "money", "yes_no", "address",
})  # fmt: skip


def is_steady(record_type: RecordType, condition: Condition | None) -> bool:
    """Whether the condition is the same SQL today and tomorrow and whoever acts, so that it may be kept: it asks of
    nothing but plain fields of the record itself."""
    if condition is None:
        return True
    fields = record_type.all_fields()
    asked = [fields.get(key) for key in _keys_asked(condition)]
    return all(of is not None and of.type_name in STEADY and not of.computed for of in asked)


def _keys_asked(part: Any) -> list[str]:
    if isinstance(part, list):
        return [key for each in part for key in _keys_asked(each)]
    if not isinstance(part, Mapping):
        return []
    return [str(part["field"])] if "field" in part else _keys_asked(list(part.values()))


def _is_asking(part: Any) -> bool:
    """Empty groups ask nothing. What is no condition at all is left to the compiler, which says so."""
    if not isinstance(part, Mapping) or len(part) != 1:
        return True
    ((word, inner),) = part.items()
    if word in ("all", "any") and isinstance(inner, list):
        return any(_is_asking(each) for each in inner)
    return _is_asking(inner) if word == "not" else True


def _says_me(part: Any) -> bool:
    if isinstance(part, Mapping):
        value = part.get("value")
        return value == "me" or (isinstance(value, list) and "me" in value) or any(map(_says_me, part.values()))
    return isinstance(part, list) and any(map(_says_me, part))


__all__ = ["checked_condition", "fault_of_condition", "fields_of_condition"]
