"""Reading a question out of an address: the page's and the API's alike."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from core.sdk import FieldProblem, Invalid, _
from plugins.leads.services.figures.dimensions import DIMENSIONS
from plugins.leads.services.figures.periods import period_named
from plugins.leads.services.figures.questions import Question

NAMES = ("period", "from", "to", "by", "source", "campaign", "seller", "team", "pool")
USUAL = "this_month"


def read_question(given: Mapping[str, str]) -> Question:
    """Raises Invalid with everything that is wrong, each beside its field."""
    problems: list[FieldProblem] = []

    def read(name: str, make: Callable[[str], Any], message: str) -> Any:
        try:
            return make(raw) if (raw := given.get(name, "").strip()) else None
        except (ValueError, KeyError):
            problems.append(FieldProblem(name, "invalid", message))
            return None

    first, last = (read(name, date.fromisoformat, _("Enter a date like 2026-03-08.")) for name in ("from", "to"))
    ids = {name: read(name, UUID, _("Choose one from the list.")) for name in ("campaign", "seller", "team", "pool")}
    by = read("by", lambda raw: DIMENSIONS[raw].key, _("Choose one from the list."))
    try:
        period = period_named(given.get("period") or USUAL, first, last)
    except Invalid as invalid:
        problems += [each for each in invalid.problems if each.field not in {problem.field for problem in problems}]
    if problems:
        raise Invalid(problems)
    return Question(period, by or "source", given.get("source") or None, **ids)
