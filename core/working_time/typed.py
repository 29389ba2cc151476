"""What is typed into the page of working time, as the settings that are kept, and back."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from core.errors import FieldProblem, Invalid
from core.i18n import _

SPANS = ("a", "b")
"""Two spans a day can be typed: before and after a break."""
LINE = re.compile(r"(\d{4}-\d\d-\d\d)(?:\s*(?:\.\.|–|—|~|-|至)\s*(\d{4}-\d\d-\d\d))?[\s,，:：]*(.*)")
LONGEST = 60
"""Days that one line may name."""


def settings_typed(form: Mapping[str, str]) -> dict[str, Any]:
    """Raises Invalid for lines that name no day; the rest is checked where it is kept."""
    problems: list[FieldProblem] = []
    days = [day for name, works in (("days_off", False), ("days_worked", True))
            for day in _days(form.get(name, ""), works, name, problems)]  # fmt: skip
    if problems:
        raise Invalid(problems)
    return {
        "timezone": form.get("timezone", ""),
        "holidays": form.get("holidays", ""),
        "week": [_spans(form, day) for day in range(7)],
        "days": days,
    }


def shown(settings: Mapping[str, Any]) -> dict[str, str]:
    """What stands in the controls."""
    said = {"timezone": settings["timezone"], "holidays": settings["holidays"]}
    for day, spans in enumerate(settings["week"]):
        for which, (opens, closes) in zip(SPANS, spans, strict=False):
            said |= {f"{which}_from_{day}": opens, f"{which}_to_{day}": "00:00" if closes == "24:00" else closes}
    for name, works in (("days_off", False), ("days_worked", True)):
        lines = (f"{each['day']} {each['name']}".strip() for each in settings["days"] if each["works"] is works)
        said[name] = "\n".join(lines)
    return said


def _spans(form: Mapping[str, str], day: int) -> list[list[str]]:
    typed = ((form.get(f"{which}_from_{day}", ""), form.get(f"{which}_to_{day}", "")) for which in SPANS)
    return [[opens or "00:00", "24:00" if closes in ("", "00:00") else closes] for opens, closes in typed
            if opens or closes]  # fmt: skip


def _days(text: str, works: bool, name: str, problems: list[FieldProblem]) -> list[dict[str, Any]]:
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        try:
            found += _days_of(line, works)
        except ValueError:
            message = _("“%(line)s” names no day. Write 2027-05-04, or 2027-05-04..2027-05-06.", line=line[:60])
            problems.append(FieldProblem(name, "invalid", message))
            break
    return found


def _days_of(line: str, works: bool) -> list[dict[str, Any]]:
    match = LINE.fullmatch(line)
    if match is None:
        raise ValueError(line)
    first = date.fromisoformat(match[1])
    last = date.fromisoformat(match[2]) if match[2] else first
    if not 0 <= (last - first).days < LONGEST:
        raise ValueError(line)
    return [
        {"day": (first + timedelta(days=n)).isoformat(), "works": works, "name": match[3].strip()}
        for n in range((last - first).days + 1)
    ]
