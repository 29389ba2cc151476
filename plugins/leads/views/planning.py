"""Ready times for what comes next, and what the composer of a lead holds."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from core.sdk import FOLLOW_UP, FieldProblem, Invalid, _, from_form, now, working_calendar, writable

SAID = ("channel", "summary", "happened_at", "next_step", "next_at")
TEN = time(10)
HOURS = {"2h": 2}
DAYS = {"1d": 1, "3d": 3, "7d": 7}


def ready_times() -> Sequence[tuple[str, str]]:
    """The times that are one tap away; the days are working days, at ten o'clock of the workspace's time."""
    return (
        ("2h", _("In 2 hours")), ("1d", _("Tomorrow 10:00")), ("3d", _("In 3 days")), ("7d", _("In a week")),
        ("at", _("On a day")), ("", _("No plan")),
    )  # fmt: skip


def time_of(chosen: str) -> datetime | None:
    """When that is. A day on which nobody works stands for the next one that is worked."""
    if chosen in HOURS:
        return now() + timedelta(hours=HOURS[chosen])
    if chosen not in DAYS:
        return None
    calendar = working_calendar()
    day = now().astimezone(calendar.zone).date() + timedelta(days=DAYS[chosen])
    while not calendar.is_working_day(day):
        day += timedelta(days=1)
    return datetime.combine(day, TEN, calendar.zone)


def said(form: Mapping[str, Any]) -> dict[str, Any]:
    """The follow-up that was typed, with its next plan. Raises Invalid."""
    values = from_form(FOLLOW_UP, form, fields=writable(FOLLOW_UP, SAID, needed=("channel", "summary")))
    chosen = form.get("next_in", "")
    if chosen != "at":
        values["next_at"] = time_of(chosen)
    elif not values.get("next_at"):
        raise Invalid([FieldProblem("next_at", "required", _("Choose the day and the time."))])
    if form.get("happened", "at") != "at":
        values["happened_at"] = None
    if values.get("next_at") and not values.get("next_step"):
        values["next_step"] = _("Follow up")
    return {key: value for key, value in values.items() if value is not None}
