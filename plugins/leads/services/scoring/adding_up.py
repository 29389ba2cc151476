"""The statement that adds up what the rules give, for however many leads.

Each condition is a CASE, each behaviour an aggregate over what the lead did, halved by its age; the whole is one
UPDATE that leaves alone every row in which nothing changes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Double,
    Integer,
    Subquery,
    Text,
    Update,
    Uuid,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH

from core.sdk import FollowUp, now, tenant_id, type_named
from plugins.leads.models import OPEN, Lead, Signal, Touch
from plugins.leads.services.scoring.judging import Judged, as_rows
from plugins.leads.services.scoring.standing import Rule, Rules

MOST = 100
DAY = 86400.0
OF_LEAD: Any = literal_column("leads_lead.id", Uuid())
Which = Callable[[Any], ColumnElement[bool]]
"""Given the column of the lead's id, which leads."""


@dataclass(frozen=True)
class Given:
    """What one rule gives a lead: points, for how many happenings, and when the last of them was."""

    rule: Rule
    points: Any
    times: Any
    last: Any


def adding_up(rules: Rules, which: Which, judged: Sequence[Judged] = (), *, some: bool = False) -> Update:
    """Set the scores of the open leads of `which`; with `judged`, of those, what was learned as well.

    What `some` leads did is looked up lead by lead, whatever the planner believes of tables that an import is filling.
    The statement can return `told.was_high`, whether the intent was high before.
    """
    lead: Any = Lead.__table__
    told: Any = _told(rules, which, some).cte("told").prefix_with("materialized")
    values: dict[str, Any] = {
        "score": told.c.score,
        "grade": _grade(told.c.score, rules),
        "is_high_intent": or_(told.c.marked, told.c.score >= rules.high_from) if rules.rules else false(),
        "score_reasons": told.c.reasons,
    }
    wanted = [lead.c.tenant_id == tenant_id(), lead.c.id == told.c.id]
    if judged:
        learned = as_rows(judged)
        values |= {"learned_score": learned.c.score, "learned_reasons": learned.c.reasons}
        wanted.append(learned.c.id == told.c.id)
    differs = or_(*(lead.c[name].is_distinct_from(value) for name, value in values.items()))
    return update(lead).values(updated_at=lead.c.updated_at, **values).where(*wanted, differs)


def _told(rules: Rules, which: Which, some: bool) -> Any:
    """A row for each lead: its score, its reasons, whether a rule marks it."""
    lead: Any = Lead
    done = [rule for rule in rules.rules if rule.kind == "behaviour"]
    happened = _happened(done, which, some) if done else None
    given = [_given(rule, happened) for rule in rules.rules]
    parts = [each.points.label(f"p{n}") for n, each in enumerate(given)]
    parts += [each.times.label(f"t{n}") for n, each in enumerate(given) if each.times is not None]
    parts += [each.last.label(f"l{n}") for n, each in enumerate(given) if each.last is not None]
    of = select(lead.id, lead.is_high_intent.label("was_high"), *parts)
    if happened is not None:
        of = of.outerjoin(happened, true() if some else happened.c.lead_id == lead.id)
    open_ones = (lead.tenant_id == tenant_id(), lead.deleted_at.is_(None), lead.status.in_(OPEN), which(lead.id))
    each = of.where(*open_ones).offset(0).subquery("each")  # the offset keeps each rule from being asked twice
    points = [each.c[f"p{n}"] for n in range(len(given))]
    total: Any = func.greatest(0, func.least(MOST, sum(points[1:], points[0]))) if points else literal(0)
    marks = [each.c[f"p{n}"] != 0 for n, one in enumerate(given) if one.rule.marks]
    return select(
        each.c.id,
        each.c.was_high,
        cast(total, Integer).label("score"),
        (or_(*marks) if marks else false()).label("marked"),
        _reasons(given, each).label("reasons"),
    )


def _given(rule: Rule, happened: Any) -> Given:
    met = type_named("lead").meets(rule.condition) if rule.condition else None
    if rule.kind == "profile" or happened is None:
        return Given(rule, literal(0) if met is None else case((met, rule.points), else_=0), None, None)
    key = rule.id.hex
    points: Any = rule.points * func.coalesce(happened.c[f"w{key}"], 0.0)
    if rule.cap is not None:
        points = func.least(points, float(rule.cap)) if rule.points > 0 else func.greatest(points, -float(rule.cap))
    points = cast(func.round(points), Integer)
    return Given(
        rule, points if met is None else case((met, points), else_=0), happened.c[f"n{key}"], happened.c[f"l{key}"]
    )


def _reasons(given: Sequence[Given], each: Subquery) -> Any:
    """`[{"rule": id, "points": 12, "times": 3, "last": …}]` of what gives points; the names are the rules' own."""
    said = []
    for n, one in enumerate(given):
        of: list[Any] = ["rule", literal(str(one.rule.id), Text), "points", each.c[f"p{n}"]]
        if one.times is not None:
            of += ["times", each.c[f"t{n}"], "last", each.c[f"l{n}"]]
        said.append(case((each.c[f"p{n}"] != 0, func.jsonb_build_object(*of)), else_=null()))
    if not said:
        return cast(literal("[]"), JSONB)
    return func.jsonb_path_query_array(func.jsonb_build_array(*said), cast("$[*] ? (@ != null)", JSONPATH))


def _grade(score: Any, rules: Rules) -> Any:
    if not rules.rules:
        return cast(null(), Text)
    return case((score >= rules.a_from, "A"), (score >= rules.b_from, "B"), (score >= rules.c_from, "C"), else_="D")


# --- behaviour -----------------------------------------------------------------------------------------


def _happened(rules: Sequence[Rule], which: Which, some: bool) -> Any:
    """What each lead did, by rule: its worth after so much time, how often, and when last."""
    wanted = {rule.signal for rule in rules}
    sources = union_all(*_sources(wanted, (lambda of: of == OF_LEAD) if some else which)).subquery("done")
    moment = bindparam("moment", now(), DateTime(timezone=True))
    age = func.greatest(func.extract("epoch", moment - sources.c.at), 0.0) / DAY
    found: list[Any] = []
    for rule in rules:
        mine, key = sources.c.name == rule.signal, rule.id.hex
        worth: Any = func.power(0.5, age / float(rule.half_life_days)) if rule.half_life_days else literal(1.0)
        total: Any = func.sum(cast(worth, Double)).filter(mine)
        times: Any = func.count().filter(mine)
        if rule.signal == "came_again":  # the oldest touch is how it came first, and the oldest is worth the least
            total, times = total - func.min(cast(worth, Double)).filter(mine), times - 1
        found += [total.label(f"w{key}"), func.greatest(times, 0).label(f"n{key}")]
        found.append(func.max(sources.c.at).filter(mine).label(f"l{key}"))
    did = select(sources.c.lead_id, *found).group_by(sources.c.lead_id)
    return did.lateral("happened") if some else did.subquery("happened")


def _sources(wanted: set[str | None], which: Which) -> list[Any]:
    """Where it stands what leads did: signals, touches, follow-ups; those that some rule asks of."""
    signal, touch, follow_up = Signal.__table__.c, Touch.__table__.c, FollowUp.__table__.c
    of_us = (follow_up.tenant_id == tenant_id(), follow_up.about_type == "lead", follow_up.deleted_at.is_(None))
    found: list[Any] = [
        select(signal.lead_id, signal.name, signal.at).where(
            signal.tenant_id == tenant_id(), which(signal.lead_id), signal.name.in_(sorted(map(str, wanted)))
        )
    ]
    if "came_again" in wanted:
        of = select(touch.lead_id, literal("came_again", Text), touch.at)
        found.append(of.where(touch.tenant_id == tenant_id(), which(touch.lead_id)))
    if "met" in wanted:
        of = select(follow_up.about_id, literal("met", Text), follow_up.happened_at)
        found.append(of.where(*of_us, which(follow_up.about_id), follow_up.channel.in_(("meeting", "visit"))))
    if "followed_up" in wanted:
        of = select(follow_up.about_id, literal("followed_up", Text), follow_up.happened_at)
        found.append(of.where(*of_us, which(follow_up.about_id), follow_up.channel != "note"))
    return found
