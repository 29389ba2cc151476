"""The scoring rules that hold now, kept in each process until somebody changes them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk import get, kept_with_settings, new_id, raise_schema_version, session, tenant_id
from plugins.leads.models import Scoring, ScoringRule

GRADES_FROM = {"a_from": 75, "b_from": 50, "c_from": 25, "high_from": 80}


@dataclass(frozen=True)
class Rule:
    """A scoring rule as statements are made of it."""

    id: UUID
    kind: str
    condition: Any
    signal: str | None
    points: int
    cap: int | None
    half_life_days: int | None
    marks: bool


@dataclass(frozen=True)
class Rules:
    """The active rules in their order, and from how many points on each grade is reached, and the intent high."""

    rules: tuple[Rule, ...]
    a_from: int
    b_from: int
    c_from: int
    high_from: int


def rules_now() -> Rules:
    return kept_with_settings("leads.scoring", _load)


def _load() -> Rules:
    rows = session().scalars(
        select(ScoringRule)
        .where(ScoringRule.tenant_id == tenant_id(), ScoringRule.active)
        .order_by(ScoringRule.position, ScoringRule.id)
    )
    rules = tuple(Rule(r.id, r.kind, r.condition, r.signal, r.points, r.cap, r.half_life_days, r.marks) for r in rows)
    kept = get(Scoring, tenant_id())
    return Rules(rules, **({key: getattr(kept, key) for key in GRADES_FROM} if kept else GRADES_FROM))


def scoring(*, lock: bool = False) -> Scoring:
    """How the tenant's leads are scored; made when it is first asked for."""
    found = get(Scoring, tenant_id(), lock=lock)
    if found is None:
        found = Scoring(id=tenant_id(), columns={}, learns=True, **GRADES_FROM,
                        rescore_run=0, rescore_total=0, rescore_done=0, rescore_changed=0)  # fmt: skip
        session().add(found)
        session().flush()
    return found


def forget_rules() -> None:
    """Have every process read them anew."""
    raise_schema_version()


def new_rule(**values: Any) -> ScoringRule:
    """A rule with nothing left open."""
    ready: dict[str, Any] = {"id": new_id(), "condition": None, "signal": None, "cap": None, "half_life_days": None,
                             "marks": False, "active": True}  # fmt: skip
    return ScoringRule(**ready | values)
