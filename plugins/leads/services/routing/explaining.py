"""Why somebody was given a lead: what routing looked at when it decided, as the open log keeps it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk import MemberRow, session, tenant_id
from plugins.leads.models import Lead, Movement, RoutingRule


@dataclass(frozen=True)
class Looked:
    """A rule that was looked at: `came` is not_met, broken, nobody or took."""

    rule_id: UUID
    name: str
    strategy: str
    came: str
    has_changed: bool
    missed: Mapping[str, Any]


@dataclass(frozen=True)
class Explained:
    """The last time that somebody decided who has a lead. `how` names the way; `missed` who could not take it."""

    at: datetime
    how: str
    owner_id: UUID | None
    actor_id: UUID | None
    rule_id: UUID | None
    reason: str | None
    rules: list[Looked]
    figures: Mapping[str, Any]
    asked: int | None
    missed: Mapping[str, Any]
    names: Mapping[UUID, str] = field(default_factory=dict)

    def name(self, member_id: Any) -> str:
        return self.names.get(UUID(str(member_id)), "") if member_id else ""


def explain_assignment(lead: Lead) -> Explained | None:
    """The last decision on who has it, or None where nothing was decided yet."""
    decided = (
        select(Movement)
        .where(Movement.tenant_id == tenant_id(), Movement.record_type == "lead", Movement.record_id == lead.id)
        .where(Movement.kind.in_(("captured", "assigned", "claimed", "returned")))
        .order_by(Movement.at.desc(), Movement.id.desc())
        .limit(1)
    )
    row = session().scalar(decided)
    if row is None:
        return None
    why = row.why or {}
    rules = _rules(why.get("rules") or [])
    wanted = {row.to_id, row.actor_id, *_people_in(why)}
    return Explained(
        row.at, row.how or row.kind, row.to_id, row.actor_id, row.rule_id, row.reason, rules,
        why.get("figures") or {}, why.get("asked"), why.get("not") or {}, _names(each for each in wanted if each),
    )  # fmt: skip


def _rules(looked: Iterable[Any]) -> list[Looked]:
    said = list(looked)
    if not said:
        return []
    ids = [UUID(each[0]) for each in said]
    kept = {row.id: row for row in session().scalars(
        select(RoutingRule).where(RoutingRule.tenant_id == tenant_id(), RoutingRule.id.in_(ids)))}  # fmt: skip
    found = []
    for rule_id, (_id, version, came, *more) in zip(ids, said, strict=True):
        rule = kept.get(rule_id)
        found.append(Looked(rule_id, rule.title if rule else "", rule.strategy if rule else "", came,
                            rule is None or rule.version != version, more[0] if more else {}))  # fmt: skip
    return found


def _people_in(why: Mapping[str, Any]) -> set[UUID]:
    missed = [why, *(each[3] for each in why.get("rules") or [] if len(each) > 3)]
    ids = {one for each in missed for reason in (each.get("not") or {}).values() for one in reason["who"]}
    if deputised := (why.get("figures") or {}).get("for"):
        ids.add(deputised)
    return {UUID(each) for each in ids}


def _names(ids: Iterable[UUID]) -> dict[UUID, str]:
    wanted = list(ids)
    if not wanted:
        return {}
    named = select(MemberRow.id, MemberRow.name).where(MemberRow.tenant_id == tenant_id(), MemberRow.id.in_(wanted))
    return {row.id: row.name for row in session().execute(named)}
