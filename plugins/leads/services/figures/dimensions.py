"""By what leads are told apart: where they come from, who has them, when they came."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, literal_column, select

from core.sdk import MemberRow, Team, _, _l, _lp, fmt_date, session, tenant_id, titles, type_named
from plugins.leads.models import Lead, Pool
from plugins.leads.services.figures.periods import Period, midnight
from plugins.leads.services.figures.questions import Condition, Question, during, is_, one_of

Named = Mapping[Any, str]


@dataclass(frozen=True)
class Dimension:
    """`field` of the lead holds what leads are told apart by; `expression` is that in SQL, `condition` the leads of one
    value, `names` the values in words, in the order in which they are shown unless by number.

    `fold` says to which value what was counted by the field belongs.
    """

    key: str
    label: Any
    field: str
    expression: Callable[[Question], Any]
    names: Callable[[Question, Sequence[Any]], Named]
    condition: Callable[[Question, Any], Sequence[Condition]]
    fold: Callable[[Question], Mapping[Any, Any]] | None = None
    ordered: bool = False


def _of_field(field: str) -> Callable[[Question, Any], Sequence[Condition]]:
    return lambda question, value: [is_(field, value)]


def _of_choice(field: str) -> Callable[[Question, Sequence[Any]], Named]:
    def names(question: Question, values: Sequence[Any]) -> Named:
        options = {option.value: str(option.label) for option in type_named("lead").all_fields()[field].options}  # type: ignore[attr-defined]
        return {value: options.get(value, str(value)) for value in values if value is not None}

    return names


def _titled(type_name: str) -> Callable[[Question, Sequence[Any]], Named]:
    def names(question: Question, values: Sequence[Any]) -> Named:
        wanted = {value for value in values if value is not None}
        found = titles({type_name: wanted})
        return {value: found.get((type_name, value), _("one you may not see")) for value in wanted}

    return names


# --- pools ---------------------------------------------------------------------------------------------


def pool_names(question: Question, values: Sequence[Any]) -> Named:
    rows = select(Pool.id, Pool.name).where(Pool.tenant_id == tenant_id(), Pool.id.in_([v for v in values if v]))
    return {row.id: row.name for row in session().execute(rows)}


# --- teams ---------------------------------------------------------------------------------------------


def _team_of_each(question: Question) -> Mapping[Any, Any]:
    rows = select(MemberRow.id, MemberRow.team_id).where(MemberRow.tenant_id == tenant_id())
    return {row.id: row.team_id for row in session().execute(rows)}


def _team_names(question: Question, values: Sequence[Any]) -> Named:
    rows = select(Team.id, Team.name).where(Team.tenant_id == tenant_id(), Team.id.in_([v for v in values if v]))
    return {row.id: row.name for row in session().execute(rows)}


def _of_team(question: Question, team_id: Any) -> Sequence[Condition]:
    """The leads of a team's own members; of no team, those of members without one, and those that nobody has."""
    mates = select(MemberRow.id).where(
        MemberRow.tenant_id == tenant_id(), MemberRow.team_id.is_not_distinct_from(team_id)
    )
    theirs = one_of("owner", list(session().scalars(mates)))
    return [theirs if team_id else {"any": [is_("owner", None), theirs]}]


# --- weeks ---------------------------------------------------------------------------------------------


def week_of(moment: Any, period: Period) -> ColumnElement[Any]:
    """In which week of the period it was: 1, 2, …, see `weeks_by_number`. Instants are compared as they are: to ask the
    time zone for the week of each takes five times as long."""
    begins = ", ".join(f"'{midnight(monday).isoformat()}'" for monday, _week in period.weeks())
    return func.width_bucket(moment, literal_column(f"array[{begins}]::timestamptz[]"))


def weeks_by_number(question: Question) -> Mapping[Any, Any]:
    return dict(enumerate((monday for monday, _week in question.period.weeks()), start=1))


def week_names(question: Question, values: Sequence[Any]) -> Named:
    return {monday: fmt_date(monday) for monday, _week in question.period.weeks()}


def week(question: Question, monday: date) -> Period:
    return dict(question.period.weeks())[monday]


DIMENSIONS: Mapping[str, Dimension] = {each.key: each for each in (
    Dimension("source", _l("Source"), "source", lambda question: Lead.source, _of_choice("source"),
              _of_field("source")),
    Dimension("campaign", _l("Campaign"), "campaign", lambda question: Lead.campaign_id, _titled("campaign"),
              _of_field("campaign")),
    Dimension("seller", _l("Seller"), "owner", lambda question: Lead.owner_id, _titled("member"),
              _of_field("owner")),
    Dimension("team", _lp("people", "Team"), "owner", lambda question: Lead.owner_id, _team_names, _of_team,
              fold=_team_of_each),
    Dimension("pool", _lp("leads", "Pool"), "pool", lambda question: Lead.pool_id, pool_names, _of_field("pool")),
    Dimension("grade", _l("Grade"), "grade", lambda question: Lead.grade, _of_choice("grade"), _of_field("grade")),
    Dimension("week", _l("Week"), "created_at", lambda question: week_of(Lead.created_at, question.period), week_names,
              lambda question, monday: during("created_at", week(question, monday)), weeks_by_number, ordered=True),
)}  # fmt: skip


def label_of(value: Any, names: Named) -> str:
    return names.get(value, "—") if value is not None else _("None")
