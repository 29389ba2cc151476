"""The figures by name, each with what the question may tell apart."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.sdk import _l
from plugins.leads.services.figures.campaigns import campaigns
from plugins.leads.services.figures.dimensions import DIMENSIONS
from plugins.leads.services.figures.funnel import funnel
from plugins.leads.services.figures.leaderboard import leaderboard
from plugins.leads.services.figures.pool_flow import pool_flow
from plugins.leads.services.figures.questions import Question
from plugins.leads.services.figures.speed import speed
from plugins.leads.services.figures.stages import stages
from plugins.leads.services.figures.tables import Table


@dataclass(frozen=True)
class Figure:
    """`by` are the dimensions that one may choose among, none where the tables have theirs."""

    label: Any
    icon: str
    what: Any
    tables: Callable[[Question], list[Table]]
    by: Sequence[str] = ()


FIGURES: Mapping[str, Figure] = {
    "funnel": Figure(
        _l("Funnel"), "filter", _l("Leads that came in during the period, and how far they got since."),
        funnel, tuple(DIMENSIONS),
    ),
    "stages": Figure(
        _l("Time in stage"), "hourglass", _l("How long leads of the period took from one stage to the next."), stages,
    ),
    "speed": Figure(
        _l("Speed to lead"), "bolt", _l("How soon leads of the period had their first response."), speed,
    ),
    "pools": Figure(
        _l("Pool flow"), "ripple", _l("What went into the pools and out of them during the period."), pool_flow,
    ),
    "leaderboard": Figure(
        _l("Leaderboard"), "trophy", _l("Leads that each seller received during the period."), leaderboard,
    ),
    "campaigns": Figure(
        _l("Sources and campaigns"), "speakerphone", _l("What brought the leads of the period, and what they cost."),
        campaigns,
    ),
}  # fmt: skip
