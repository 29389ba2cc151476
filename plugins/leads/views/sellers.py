"""What each seller can take and has already, edited where it stands."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import marshmallow as ma
from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.sdk import _, _l, fmt_datetime, holding, redirect_to, render, swap, tenant, toast
from plugins.leads.permissions import MANAGE_ROUTING
from plugins.leads.services.routing.schema import SellerInput
from plugins.leads.services.routing.sellers import levels_in_use, seller_now, sellers_now, update_seller
from plugins.leads.services.routing.words import WHY_NOT
from plugins.leads.views.blueprints import leads

MANAGES = holding(MANAGE_ROUTING.name)
WEEKDAYS = (_l("Monday"), _l("Tuesday"), _l("Wednesday"), _l("Thursday"), _l("Friday"), _l("Saturday"), _l("Sunday"))
SPANS = 2
"""So many spans of a day have fields; more may be sent over the API."""


@leads.get("/sellers", permission=MANAGES)
def list_sellers() -> ResponseReturnValue:
    return render("leads/sellers.html", "leads/_sellers.html", sellers=sellers_now(), why_not=WHY_NOT)


@leads.get("/sellers/<uuid:member_id>", permission=MANAGES)
def edit_seller(member_id: UUID) -> ResponseReturnValue:
    seller = seller_now(member_id)
    values = dict(seller.said) | {"skills": "\n".join(seller.said["skills"])}
    if until := values["paused_until"]:
        values["paused_until"] = until.astimezone(_zone()).strftime("%Y-%m-%dT%H:%M")
    return _edit(member_id, values)


@leads.post("/sellers/<uuid:member_id>", permission=MANAGES)
def change_seller(member_id: UUID) -> ResponseReturnValue:
    try:
        values = SellerInput().load(_said())
    except ma.ValidationError as error:
        return _edit(member_id, _typed(), error.normalized_messages())
    except ValueError:
        return _edit(member_id, _typed(), {"paused_until": _("Write a day and a time.")})
    update_seller(member_id, values)
    toast(_("Saved."))
    return redirect_to(url_for(".list_sellers"))


@leads.post("/sellers/<uuid:member_id>/pause", permission=MANAGES)
def pause_seller(member_id: UUID) -> ResponseReturnValue:
    """Stop or go on giving leads to somebody, in one click."""
    update_seller(member_id, {"paused": request.form.get("paused") == "1", "paused_until": None})
    seller = seller_now(member_id)
    return swap("leads/_seller.html", otherwise=url_for(".list_sellers"), seller=seller, why_not=WHY_NOT)


@leads.app_template_filter("seller_hours")
def hours_in_words(hours: Mapping[str, Any]) -> str:
    """The working hours of somebody in one line: days with the same hours together."""
    groups: list[tuple[list[int], str]] = []
    for day in range(7):
        said = _(", ").join(f"{begins}–{ends}" for begins, ends in hours.get(str(day), ()))
        if groups and groups[-1][1] == said:
            groups[-1][0].append(day)
        else:
            groups.append(([day], said))
    lines = []
    for days, said in groups:
        if said:
            first, last = WEEKDAYS[days[0]], WEEKDAYS[days[-1]]
            lines.append(f"{first}{f'–{last}' if len(days) > 1 else ''} {said}")
    return _("; ").join(lines)


def _typed() -> dict[str, Any]:
    """The form as it was sent."""
    form = request.form
    hours = {
        str(day): [[form.get(f"from-{day}-{n}", ""), form.get(f"to-{day}-{n}", "")] for n in range(SPANS)]
        for day in range(7)
    }
    return {
        "capacity": form.get("capacity", ""), "daily_cap": form.get("daily_cap", ""), "weight": form.get("weight", "1"),
        "level": form.get("level", ""), "skills": form.get("skills", ""),
        "territories": [*form.getlist("territories"), _added()], "hours": hours,
        "paused": form.get("paused") == "1", "paused_until": form.get("paused_until", ""),
    }  # fmt: skip


def _added() -> str:
    """A territory that was chosen in the tree and not put into the list by a script."""
    parts = (request.form.get(f"new-{key}", "").strip() for key in ("province", "city", "district"))
    return " ".join(part for part in parts if part)


def _said() -> dict[str, Any]:
    typed = _typed()
    hours = {day: [span for span in spans if any(span)] for day, spans in typed["hours"].items()}
    until = typed["paused_until"]
    moment = datetime.fromisoformat(until).replace(tzinfo=_zone()) if until and typed["paused"] else None
    return {
        "capacity": typed["capacity"] or None, "daily_cap": typed["daily_cap"] or None, "weight": typed["weight"] or 1,
        "level": typed["level"], "skills": [each for line in typed["skills"].splitlines() for each in _parts(line)],
        "territories": [each for each in typed["territories"] if each.strip()],
        "hours": {day: spans for day, spans in hours.items() if spans},
        "paused": typed["paused"], "paused_until": moment.isoformat() if moment else None,
    }  # fmt: skip


def _parts(line: str) -> list[str]:
    return [part.strip() for part in line.replace("，", ",").replace("、", ",").split(",") if part.strip()]


def _zone() -> ZoneInfo:
    return ZoneInfo(tenant().timezone)


def _edit(member_id: UUID, values: Mapping[str, Any], errors: Mapping[str, Any] | None = None) -> ResponseReturnValue:
    said = dict(errors or {})
    if isinstance(said.get("hours"), dict):
        said["hours"] = _("Write times of day as 09:00.")
    return render(
        "leads/seller.html", status=422 if errors else 200, seller=seller_now(member_id), values=values, errors=said,
        weekdays=list(enumerate(WEEKDAYS)), spans=range(SPANS), levels=levels_in_use(),
        zone=tenant().timezone, until=fmt_datetime,
    )  # fmt: skip
