"""What is said about an import besides its columns: how rows find their records, and what is done then."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import FieldProblem, Invalid
from core.i18n import _, _l
from core.records.imports.targets import makeable_links, match_keys
from core.records.types import RecordType
from core.tabular import DateOrder

MODES = {
    "create": _l("Create new records, leave existing ones alone"),
    "both": _l("Create new records and update existing ones"),
    "update": _l("Update existing records, create none"),
}
EMPTY = {"leave": _l("keep what the record has"), "clear": _l("empty the field of the record")}
BAD_CELLS = {
    "leave": _l("bring the row in without that cell, and tell me"),
    "refuse": _l("refuse the whole row"),
}
DATE_ORDERS: dict[DateOrder, Any] = {
    "ymd": _l("Year, month, day"),
    "dmy": _l("Day, month, year"),
    "mdy": _l("Month, day, year"),
}
MOST_KEYS = 3


def first_choices(record_type: RecordType, mapping: Sequence[str | None]) -> dict[str, Any]:
    """What holds until somebody says otherwise: nothing that exists is changed, no rule is kept from its work."""
    return {
        "mode": "create", "match": usual_match(record_type, mapping), "empty": "leave", "bad_cells": "leave",
        "rules": True, "create_links": [f.key for f in makeable_links(record_type)], "dates": {},
    }  # fmt: skip


def usual_match(record_type: RecordType, mapping: Sequence[str | None]) -> list[str]:
    """Phone and e-mail where there are columns for them, and the title: but people at companies may be namesakes.

    Nothing for a type that recognises by itself what it has.
    """
    if record_type.create_many:
        return []
    telling = [t.key for t in match_keys(record_type) if t.field.match_key and t.key in mapping]
    title = record_type.title_field.key
    by_title = title in mapping and not (record_type.through and telling)
    return [*telling, *([title] if by_title else [])][:MOST_KEYS]


def checked_choices(record_type: RecordType, mapping: Sequence[str | None], said: Mapping[str, Any]) -> dict[str, Any]:
    """The choices as they are kept. Raises Invalid for what is none, naming each fault."""
    problems: list[FieldProblem] = []
    for name, options in (("mode", MODES), ("empty", EMPTY), ("bad_cells", BAD_CELLS)):
        if name in said and said[name] not in options:
            problems.append(_none_of(name, options))
    problems += _faults_of_match(record_type, mapping, said)
    links = {f.key for f in makeable_links(record_type)}
    if "create_links" in said and not set(said["create_links"]) <= links:
        problems.append(_none_of("create_links", links or ["—"]))
    for at, order in said.get("dates", {}).items():
        if order not in DATE_ORDERS or not str(at).isdigit():
            problems.append(_none_of("dates", DATE_ORDERS))
    if problems:
        raise Invalid(problems)
    return dict(said)


def _faults_of_match(
    record_type: RecordType, mapping: Sequence[str | None], said: Mapping[str, Any]
) -> list[FieldProblem]:
    match = said.get("match")
    if match is None:
        return []
    keys = {t.key: t for t in match_keys(record_type)}
    if len(match) > MOST_KEYS or not set(match) <= set(keys):
        return [_none_of("match", keys)]
    if unmapped := [keys[key].label for key in match if key not in mapping]:
        named = _(", ").join(unmapped)
        message = _("Choose the column for %(list)s, or recognise rows by something else.", list=named)
        return [FieldProblem("match", "unmapped", message)]
    if not match and said.get("mode", "create") != "create":
        message = _("Say by what rows find the records that exist already.")
        return [FieldProblem("match", "required", message)]
    return []


def _none_of(name: str, options: Any) -> FieldProblem:
    return FieldProblem(name, "not_an_option", _("Choose one of: %(list)s.", list=", ".join(map(str, options))))
