"""Going through the rules with one lead after the other: who gets it, and why they and not the others.

Pure arithmetic over what was read before, so that a simulation does exactly what routing does.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from core.sdk import _
from plugins.leads.services.routing.facts import Facts
from plugins.leads.services.routing.people import Candidate, Turns
from plugins.leads.services.routing.rates import days_of
from plugins.leads.services.routing.rules import Rule
from plugins.leads.services.routing.strategies import Choice, Rates, Slot, choose
from plugins.leads.services.routing.words import WHY_NOT

MOST_NAMED = 8
"""So many of those who could not take a lead are named for each reason; the others are counted."""


@dataclass(frozen=True)
class Decision:
    """Who gets a lead, and why. Without an owner it waits in its pool, or in `pool_id`, for the `reason`.

    `how` is the strategy that chose, or `nobody`. `why` is what an explanation needs later: the `rules` that were
    looked at with what came of each, who was `asked`, who could `not` take it and why, and the `figures` that decided.
    """

    lead_id: UUID
    owner_id: UUID | None
    owner_name: str = ""
    how: str = "turn"
    rule_id: UUID | None = None
    pool_id: UUID | None = None
    reason: str = ""
    why: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Desk:
    """Everything that decisions are made of. Loads and turns go on as leads are given out.

    `broken` are the rules, by their place, that cannot be followed any more, and why.
    """

    rules: Sequence[Rule]
    people: Mapping[UUID, Candidate]
    turns: dict[UUID, Turns]
    broken: dict[int, str]
    rates: Mapping[int, Rates] = field(default_factory=dict)
    companies: dict[str, UUID] = field(default_factory=dict)
    not_to: Collection[UUID] = ()

    def __post_init__(self) -> None:
        self._asked: dict[int, list[Candidate]] = {}
        self._slots: dict[int, tuple[list[Slot], dict[str, Any]]] = {}
        for place, rule in enumerate(self.rules):
            if place not in self.broken and (fault := self._fault(rule)):
                self.broken[place] = fault

    def decide(self, lead: Facts, at: datetime) -> Decision:
        """The first rule that the lead meets and that finds somebody."""
        looked: list[list[Any]] = []
        missed: dict[str, Any] = {}
        for place, rule in enumerate(self.rules):
            if place in self.broken:
                looked.append([str(rule.id), rule.version, "broken"])
            elif place not in lead.met:
                looked.append([str(rule.id), rule.version, "not_met"])
            elif rule.strategy == "pool":
                looked.append([str(rule.id), rule.version, "took"])
                reason = _("The rule “%(rule)s” sends it here.", rule=rule.name)
                return Decision(lead.id, None, how="pool", rule_id=rule.id, pool_id=rule.id_of("pool"), reason=reason,
                                why={"rules": looked})  # fmt: skip
            else:
                choice, missed = self._ask(place, rule, lead, at)
                if choice:
                    looked.append([str(rule.id), rule.version, "took"])
                    return self._given(lead, rule, choice, looked, missed)
                looked.append([str(rule.id), rule.version, "nobody", missed])
        return Decision(lead.id, None, how="nobody", reason=why_nobody(missed), why={"rules": looked, **missed})

    def next_moment(self) -> None:
        """Time has passed: who can take something is to be asked anew."""
        self._slots.clear()

    # --- whom a rule asks ----------------------------------------------------------------------------

    def _ask(self, place: int, rule: Rule, lead: Facts, at: datetime) -> tuple[Choice | None, dict[str, Any]]:
        if rule.strategy == "same_company":
            return self._who_has_company(rule, lead, at)
        if place not in self._slots:
            self._slots[place] = self._able(rule, self._asked_by(place, rule), at)
        slots, missed = self._slots[place]
        if not slots:
            return None, missed
        if rule.strategy == "person":
            return Choice(slots[0], {}), missed
        turns = self.turns.setdefault(rule.id, Turns())
        choice = choose(rule, lead, slots, turns, self.rates.get(days_of(rule), {}))
        return choice, missed if choice else {**missed, "unfit": len(slots)}

    def _asked_by(self, place: int, rule: Rule) -> list[Candidate]:
        """Whom the rule asks at all, before anything else is looked at."""
        if place not in self._asked:
            self._asked[place] = list(people_of(rule, self.people.values()))
        return self._asked[place]

    def _able(self, rule: Rule, asked: Iterable[Candidate], at: datetime) -> tuple[list[Slot], dict[str, Any]]:
        """Those of them who can take something now, or whose deputies can; and the others by the reason."""
        slots, missed = [], Missed()
        past_caps = bool(rule.params.get("past_caps"))
        for each in asked:
            missed.asked += 1
            why = self._why_not(each, at, past_caps)
            if why is None:
                slots.append(Slot(each, each))
                continue
            deputy = self.people.get(each.deputy_id) if why == "away" and each.deputy_id else None
            if deputy and deputy.receives and self._why_not(deputy, at, past_caps) is None:
                slots.append(Slot(each, deputy))
            else:
                missed.add(why, each)
        return slots, missed.told()

    def _why_not(self, each: Candidate, at: datetime, past_caps: bool) -> str | None:
        return "had_it" if each.id in self.not_to else each.why_not(at, past_caps=past_caps)

    def _who_has_company(self, rule: Rule, lead: Facts, at: datetime) -> tuple[Choice | None, dict[str, Any]]:
        key = next((key for key in lead.company_keys if key in self.companies), None)
        owner = self.people.get(self.companies[key]) if key else None
        if owner is None:
            return None, {"asked": 0}
        slots, missed = self._able(rule, [owner], at)
        return (Choice(slots[0], {"company": key}) if slots else None), missed

    # --- what comes of it ----------------------------------------------------------------------------

    def _given(
        self, lead: Facts, rule: Rule, choice: Choice, looked: list[list[Any]], missed: Mapping[str, Any]
    ) -> Decision:
        owner = choice.slot.taker
        figures = dict(choice.figures)
        if rule.strategy == "load" or owner.capacity is not None:  # else nobody counted
            figures["open"] = owner.open
        if owner.daily_cap is not None:
            figures["today"] = owner.today
        if choice.slot.of is not owner:
            figures["for"] = str(choice.slot.of.id)
        owner.open += 1
        owner.today += 1
        if owner.why_full():
            self._slots.clear()
        for key in lead.company_keys:
            self.companies[key] = owner.id
        why = {"rules": looked, "figures": figures, **missed}
        return Decision(lead.id, owner.id, owner.name, how=rule.strategy, rule_id=rule.id, why=why)

    def _fault(self, rule: Rule) -> str | None:
        if rule.strategy == "pool" and rule.pool_mode is None:
            return _("Its pool is gone.")
        if rule.strategy == "pool" and rule.pool_mode == "automatic":
            return _("Its pool hands out by these rules itself.")
        named = rule.ids("members") or ({one} if (one := rule.id_of("member")) else set())
        if rule.strategy != "same_company" and named and not any(each in self.people for each in named):
            return _("Nobody whom it names works here any more.")
        return None


@dataclass
class Missed:
    """Those who could not take a lead, by the reason."""

    asked: int = 0
    by_reason: dict[str, list[Candidate]] = field(default_factory=dict)

    def add(self, why: str, each: Candidate) -> None:
        self.by_reason.setdefault(why, []).append(each)

    def told(self) -> dict[str, Any]:
        return {"asked": self.asked} | ({"not": {
            why: {"count": len(some), "who": [str(each.id) for each in some[:MOST_NAMED]]}
            for why, some in self.by_reason.items()
        }} if self.by_reason else {})  # fmt: skip


def people_of(rule: Rule, people: Iterable[Candidate]) -> Iterable[Candidate]:
    """Whom a rule asks: who receives leads, or whom it names, of its teams with those below, roles and level."""
    if rule.strategy == "person":
        return [each for each in people if each.id == rule.id_of("member")]
    members, teams, roles = rule.ids("members"), rule.ids("teams"), rule.ids("roles")
    level = str(rule.params.get("level") or "").strip().casefold()
    return [
        each
        for each in people
        if (each.id in members if members else each.receives)
        and (not teams or any(f"/{team.hex}/" in each.team_path for team in teams))
        and (not roles or roles & each.roles)
        and (not level or (each.level or "").strip().casefold() == level)
    ]


def why_nobody(missed: Mapping[str, Any]) -> str:
    """In a few words, for the pool and for the managers."""
    if not missed.get("asked"):
        return _("Nobody receives leads in turn.")
    said = [f"{each['count']} {WHY_NOT[why]}" for why, each in missed.get("not", {}).items()]
    if missed.get("unfit"):
        said.append(_("%(count)s without the right skill or territory", count=missed["unfit"]))
    return _("Nobody could take it: %(reasons)s.", reasons=_(", ").join(said))


__all__ = ["Decision", "Desk", "people_of", "why_nobody"]
