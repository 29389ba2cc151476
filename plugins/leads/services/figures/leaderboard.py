"""Who received leads, and what became of them: open to everyone, unless the workspace says otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Float, cast, distinct, func

from core.sdk import _l, _lp, acting_member, acting_member_id, compile_condition, permitted, session, titles, type_named
from plugins.leads.asked import happened
from plugins.leads.models import Lead, Movement
from plugins.leads.permissions import OVERSEE
from plugins.leads.services.figures.counting import chosen
from plugins.leads.services.figures.openness import openness
from plugins.leads.services.figures.questions import Condition, Question, all_of, filled, is_, members_of, moved
from plugins.leads.services.figures.tables import Cell, Column, Row, Table, share

COLUMNS = (
    Column("received", _l("Received")),
    Column("followed", _l("Followed up")),
    Column("followed_share", _l("of received"), "share"),
    Column("median", _l("Half of them answered within"), "minutes"),
    Column("converted", _lp("leads", "Converted")),
    Column("conversion", _l("Conversion"), "share"),
)


def leaderboard(question: Question) -> list[Table]:
    """The best first: who converted most, then who converted the larger share."""
    found, mine = _numbers(question, everyone=True), _numbers(question, everyone=False)
    shown = _shown(found)
    names = titles({"member": set(shown)})
    rows = [_row(question, seller, found[seller], mine.get(seller), names[("member", seller)]) for seller in shown]
    rows.sort(key=lambda row: (-(row.cells["converted"].value or 0), -(row.cells["conversion"].value or 0), row.label))
    return [Table("leaderboard", _l("Leaderboard"), _l("Seller"), COLUMNS, rows)]


def _shown(found: Mapping[UUID, Any]) -> list[UUID]:
    how = "all" if permitted(OVERSEE.name) or acting_member_id() is None else openness()
    if how == "all":
        return list(found)
    me = acting_member()
    mates = {me.id, *(members_of(me.team_id) if how == "team" and me.team_id else ())}
    return [seller for seller in found if seller in mates]


def _measures(seller: UUID | None) -> dict[str, Sequence[Condition]]:
    """A lead that went on to another seller was received by both, and converted by the one who has it."""
    return {
        "received": (),
        "followed": (filled("last_follow_up_at"),),
        "converted": (is_("status", "converted"), *([is_("owner", seller)] if seller else [])),
    }


def _numbers(question: Question, *, everyone: bool) -> dict[UUID, Any]:
    """By seller: of everyone's leads, or of those that the member may see."""
    period, lead_type, seller = question.period, type_named("lead"), Movement.to_id
    columns = []
    for key, conditions in _measures(None).items():
        condition = all_of(conditions)
        met = [compile_condition(lead_type, condition, whole=everyone)] if condition else []
        met += [Lead.owner_id == seller] if key == "converted" else []
        many: Any = func.count(distinct(Lead.id))
        columns.append((many.filter(*met) if met else many).label(key))
    took = cast(func.extract("epoch", Lead.responded_at - Lead.assigned_at), Float) / 60
    middle: Any = func.percentile_cont(0.5).within_group(took)
    columns.append(middle.filter(Lead.owner_id == seller).label("middle"))
    found = chosen(seller.label("seller"), *columns, where=question.narrowing(), everyone=everyone)
    found = found.where(
        Movement.tenant_id == Lead.tenant_id, Movement.record_id == Lead.id, Movement.record_type == lead_type.name,
        happened("received"), Movement.at >= period.since, Movement.at < period.until,
    )  # fmt: skip
    return {row.seller: row for row in session().execute(found.group_by(seller))}


def _row(question: Question, seller: UUID, numbers: Any, mine: Any, name: str) -> Row:
    """A number leads to its leads where they are all ones that the member may see: it must not promise others."""
    received = moved("received", question.period, by=seller)
    cells = {}
    for key, conditions in _measures(seller).items():
        number = getattr(numbers, key)
        cell = Cell(number, all_of([received, *question.narrowing(), *conditions]))
        seen = mine is not None and getattr(mine, key) == number
        cells[key] = cell if seen else replace(cell, condition=None)
    cells["followed_share"] = share(cells["followed"], cells["received"])
    cells["conversion"] = share(cells["converted"], cells["received"])
    return Row(str(seller), name, cells | {"median": Cell(numbers.middle)})
