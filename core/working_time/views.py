"""The page on which administrators say when the workspace works."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from babel.dates import get_day_names
from flask import request, url_for
from flask.typing import ResponseReturnValue

from core import current, i18n
from core.auth import choices
from core.auth.forms import errors_of
from core.errors import Invalid
from core.i18n import _, _l
from core.web import redirect_to, render, toast
from core.web.blueprints import holding, workspace
from core.web.settings_menu import SettingsPage, add_settings_page
from core.working_time import china
from core.working_time.calendars import WorkingCalendar
from core.working_time.keeping import MANAGE, calendar_of, change_working_time, settings_of
from core.working_time.typed import settings_typed, shown

working_time = workspace("working_time", __name__, "settings/working-time", template_folder="templates")
AHEAD = 200
"""Days that are looked through for those that differ from their weekday."""
MOST_SHOWN = 24

add_settings_page(SettingsPage(_l("Working time"), "working_time.show_working_time", "calendar-time",
                               permission=MANAGE, place=30,
                               summary=_l("Working hours, holidays and moved working days.")))  # fmt: skip


@working_time.get("/", permission=holding(MANAGE))
def show_working_time() -> ResponseReturnValue:
    return _page(shown(settings_of(current.tenant())))


@working_time.post("/", permission=holding(MANAGE))
def update_working_time() -> ResponseReturnValue:
    try:
        change_working_time(settings_typed(request.form))
    except Invalid as invalid:
        errors = {{"days": "days_off"}.get(name, name): said for name, said in errors_of(invalid).items()}
        return _page(request.form, errors=errors, status=422)
    toast(_("Saved."))
    return redirect_to(url_for(".show_working_time"))


def _page(typed: Mapping[str, str], *, errors: Mapping[str, str] | None = None, status: int = 200) -> Any:
    names = get_day_names("wide", "stand-alone", locale=i18n.locale())
    return render(
        "working_time/page.html", status=status, typed=typed, errors=errors or {},
        weekdays=[names[day] for day in range(7)], timezones=choices.timezones(),
        coming=_coming(calendar_of(current.tenant())), known_until=china.known_until(), china=china.COUNTRY,
    )  # fmt: skip


def _coming(calendar: WorkingCalendar) -> list[tuple[date, bool, str]]:
    """The next days that are otherwise than their weekday, whether one works on them, and why."""
    today = current.now().astimezone(calendar.zone).date()
    own = {date.fromisoformat(each["day"]): each["name"] for each in settings_of(current.tenant())["days"]}
    chinese = i18n.locale().startswith("zh")
    differ = (
        (day, works, own.get(day) or china.name_of(day, chinese=chinese))
        for day in (today + timedelta(days=n) for n in range(AHEAD))
        if (works := calendar.is_working_day(day)) != bool(calendar.week[day.weekday()])
    )
    return list(differ)[:MOST_SHOWN]
