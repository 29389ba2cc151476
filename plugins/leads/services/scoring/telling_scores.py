"""What people see of scores: the reasons of one lead, and how the open leads are spread."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, func, select

from core.sdk import Choice, _, session, tenant_id, type_named
from plugins.leads.models import OPEN, Lead, ScoringRule
from plugins.leads.services.scoring.naming import SIGNALS

LOOKED_AT = 10_000
ARRIVED = {"arrived.weekday": "weekday", "arrived.hour": "hour"}


@dataclass(frozen=True)
class Reason:
    """A rule that gives a lead points, under its present name."""

    name: str
    points: int
    times: int | None
    last: datetime | None


@dataclass(frozen=True)
class Learned:
    """A trait that moves a lead's chance: what it is called, what it is here, and which way it moves it how far."""

    label: str
    value: str
    raises: bool
    strength: int


def reasons_of(lead: Lead) -> list[Reason]:
    """Why a lead has its points, what counts most first. Rules that are gone by now say so."""
    told = [each for each in lead.score_reasons or [] if isinstance(each, dict) and "rule" in each]
    ids = [UUID(each["rule"]) for each in told]
    if not ids:
        return []
    rows = select(ScoringRule.id, ScoringRule.name).where(ScoringRule.tenant_id == tenant_id(), ScoringRule.id.in_(ids))
    names = {str(row.id): row.name for row in session().execute(rows)}
    found = [
        Reason(
            names.get(each["rule"]) or _("A rule that is gone"), each["points"], each.get("times"),
            datetime.fromisoformat(each["last"]) if each.get("last") else None,
        )
        for each in told
    ]  # fmt: skip
    return sorted(found, key=lambda each: (-abs(each.points), each.name))


def learned_of(lead: Lead) -> list[Learned]:
    """Why its chance is what it is, without what the member may not see of a lead."""
    told = [each for each in lead.learned_reasons or [] if isinstance(each, dict) and "trait" in each]
    found = []
    for each in told:
        label = trait_label(each["trait"])
        if label:
            value = _value(each["trait"], each.get("value"))
            found.append(Learned(label, value, each["effect"] > 0, min(3, 1 + int(abs(each["effect"]) // 0.7))))
    return found


def trait_label(key: str) -> str:
    """What a trait is called; empty for a field that the member may not see, or that is gone."""
    if key.startswith("signal."):
        return str(SIGNALS.get(key.removeprefix("signal."), key))
    if key in ARRIVED:
        return _("Day of the week it came") if key == "arrived.weekday" else _("Time of day it came")
    field = type_named("lead").fields().get(key)
    return str(field.label) if field else ""


def _value(key: str, value: Any) -> str:
    if value is None:
        return _("not filled in")
    if key.startswith("signal."):
        return _("%(count)s times", count=int(value))
    if key == "arrived.hour":
        return _("%(first)s to %(last)s o'clock", first=value, last=int(value) + 3)
    if key == "arrived.weekday":
        return [_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday")][
            int(value) - 1
        ]
    if key == "email":
        return _("a free mailbox") if value == "free" else _("a company's mailbox")
    field = type_named("lead").fields()[key]
    if field.widget == "textarea" or field.type_name in ("long_text", "rich_text"):
        return _("%(count)s characters", count=int(value))
    if field.refers_to() or key == "phone":
        return ""
    if field.type_name == "yes_no":
        return _("Yes") if value == "yes" else _("No")
    if isinstance(field, Choice) and value in field.by_value:
        return str(field.by_value[value].label)
    return f"{value:g}" if isinstance(value, float) else str(value)


def spread() -> Mapping[str, int]:
    """How many open leads have each grade, and how many a high intent."""
    open_ones = (Lead.tenant_id == tenant_id(), Lead.deleted_at.is_(None), Lead.status.in_(OPEN))
    hot = func.count().filter(Lead.is_high_intent.is_(True))
    rows = select(func.coalesce(Lead.grade, ""), func.count(), hot).where(*open_ones).group_by(Lead.grade)
    found: dict[str, int] = {"hot": 0}
    for grade, leads, high in session().execute(rows):
        found[grade] = leads
        found["hot"] += high
    return found


def how_often() -> Mapping[str, int]:
    """For how many of the open leads that changed last each rule counts, by its id."""
    newest = (
        select(Lead.score_reasons)
        .where(Lead.tenant_id == tenant_id(), Lead.deleted_at.is_(None), Lead.status.in_(OPEN))
        .order_by(Lead.updated_at.desc(), Lead.id.desc())
        .limit(LOOKED_AT)
        .subquery("newest")
    )
    each = select(func.jsonb_array_elements(newest.c.score_reasons).label("said")).subquery("each")
    rule: Any = cast(each.c.said.op("->>")("rule"), Text)
    return {row[0]: row[1] for row in session().execute(select(rule, func.count()).group_by(rule))}
