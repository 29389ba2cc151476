"""What is to be handed over, and to whom: as a form or a program says it, and as the run keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import current, db
from core.access import Member
from core.auth.members import team_to_give
from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records.collaborators import Whom, without_right
from core.records.conditions import Condition, as_kept, compile_condition
from core.records.handing_over import Which, owned_types
from core.records.sharing import LEVELS
from core.records.types import RecordType

MOST = 50
"""Among so many at most it is spread."""
TASKS = "task"


@dataclass(frozen=True)
class Part:
    """What becomes of the records of one type, where that is not what becomes of all. `stay` leaves them."""

    to: tuple[UUID, ...] = ()
    stay: bool = False
    condition: Condition | None = None
    ids: tuple[UUID, ...] | None = None


@dataclass(frozen=True)
class Plan:
    """`to` takes over, in turn where there are several; `types` says otherwise for some record types.

    Open tasks go with the records that they are about, unless `types` speaks of them. The first of `to` also gets what
    are not records (teams that are led, shares, views, …), unless `rest` is off. `keep` leaves the records shared with
    who had them; `move` puts the member into `team_id`, `deactivate` ends their access. `confirmed` says that it may be
    given to people whose roles do not let them see it.
    """

    to: tuple[UUID, ...] = ()
    types: Mapping[str, Part] = field(default_factory=dict)
    rest: bool = True
    keep: str = ""
    restart_clocks: bool = True
    move: bool = False
    team_id: UUID | None = None
    deactivate: bool = False
    confirmed: bool = False

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Plan":
        types = {
            name: Part(
                _ids(each["to"]), each["stay"], each["filter"], None if each["ids"] is None else _ids(each["ids"])
            )
            for name, each in kept["types"].items()
        }
        team_id = UUID(kept["team"]) if kept["team"] else None
        plain = {key: kept[key] for key in ("rest", "keep", "restart_clocks", "move", "deactivate", "confirmed")}
        return cls(_ids(kept["to"]), types, team_id=team_id, **plain)

    def kept(self) -> dict[str, Any]:
        known = {each.name: each for each in owned_types()}
        return {
            "to": _texts(self.to), "rest": self.rest, "keep": self.keep, "restart_clocks": self.restart_clocks,
            "move": self.move, "team": str(self.team_id) if self.team_id else None, "deactivate": self.deactivate,
            "confirmed": self.confirmed,
            "types": {
                name: {"to": _texts(part.to), "stay": part.stay, "filter": as_kept(known[name], part.condition),
                       "ids": None if part.ids is None else _texts(part.ids)}
                for name, part in self.types.items()
            },
        }  # fmt: skip

    def part_of(self, record_type: RecordType) -> Part:
        """What becomes of this type: who gets it is said, or nobody does."""
        part = self.types.get(record_type.name, Part())
        return Part(() if part.stay else part.to or self.to, part.stay, part.condition, part.ids)

    def which_of(self, record_type: RecordType) -> Which:
        part = self.part_of(record_type)
        return Which(part.condition, part.ids)

    @property
    def tasks_along(self) -> bool:
        """Whether tasks go with the records that they are about."""
        part = self.types.get(TASKS, Part())
        return not part.stay and not part.to

    @property
    def heir(self) -> UUID | None:
        """Who gets what are not records."""
        return self.to[0] if self.rest and self.to else None

    @cached_property
    def people(self) -> dict[UUID, Member]:
        """Those who take over, as far as they are there."""
        ids = {*self.to, *(each for part in self.types.values() for each in part.to)}
        found = select(Member).where(Member.tenant_id == current.tenant_id(), Member.id.in_(ids))
        return {member.id: member for member in db.session().scalars(found)} if ids else {}


# --- what cannot be ------------------------------------------------------------------------------------


def check(plan: Plan, member: Member) -> None:
    """Raise Invalid for nobody to take over, for somebody who cannot, and for conditions that do not fit."""
    problems = _wrong_people(plan, member, plan.to, "to") if plan.to else []
    known = {each.name: each for each in owned_types()}
    for name, part in plan.types.items():
        if name not in known:
            problems.append(FieldProblem(f"types.{name}", "unknown_field", _("There is no such record type.")))
            continue
        problems += _wrong_people(plan, member, part.to, f"types.{name}")
        if part.condition:
            try:
                compile_condition(known[name], part.condition)
            except Invalid as invalid:
                problems += [FieldProblem(f"types.{name}", each.code, each.message) for each in invalid.problems]
    if not plan.to and not any(part.to for part in plan.types.values()):
        problems.append(FieldProblem("to", "required", _("Choose who takes over.")))
    if plan.keep and plan.keep not in LEVELS:
        problems.append(FieldProblem("keep", "not_an_option", _("Choose one of the list.")))
    if plan.keep and plan.deactivate:
        problems.append(FieldProblem("keep", "leaves", _("Whoever leaves cannot go on as a collaborator.")))
    if problems:
        raise Invalid(problems)
    if plan.move:
        team_to_give(plan.team_id)


def _wrong_people(plan: Plan, member: Member, ids: tuple[UUID, ...], where: str) -> list[FieldProblem]:
    if len(ids) > MOST:
        return [FieldProblem(where, "too_many", _("Choose at most %(limit)s people.", limit=MOST))]
    problems = []
    for each in ids:
        to = plan.people.get(each)
        if to is None:
            problems.append(FieldProblem(where, "unknown_reference", _("Choose one from the list.")))
        elif to.id == member.id:
            text = _("%(name)s has it already. Choose somebody else.", name=to.name)
            problems.append(FieldProblem(where, "oneself", text))
        elif to.status != "active" or to.kind != "person":
            text = _("%(name)s has no access to the workspace at present. Choose somebody else.", name=to.name)
            problems.append(FieldProblem(where, "inactive", text))
    return problems


def blind(plan: Plan, record_type: RecordType) -> list[str]:
    """The names of those who would get records of a type that their roles do not let them see."""
    whom = [Whom(each, plan.people[each].name) for each in plan.part_of(record_type).to if each in plan.people]
    return [name for _id, name in without_right(record_type, "view", whom)] if whom else []


def _ids(texts: Any) -> tuple[UUID, ...]:
    return tuple(UUID(each) for each in texts)


def _texts(ids: tuple[UUID, ...]) -> list[str]:
    return [str(each) for each in ids]
