"""What a member has, by kind, with how much of it there is: looked at before it is handed over."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Text, func, literal, select, union_all

from core import current, db
from core.access import Member
from core.auth.handover.belongings import BELONGINGS
from core.auth.handover.plan import TASKS, Plan, blind
from core.auth.models import ApiToken
from core.errors import FieldProblem, Invalid
from core.host.asking import ask
from core.host.manifest import Holding
from core.i18n import _, _l
from core.records.handing_over import counting, may_hand_over, owned_types, theirs
from core.records.imports.models import Import
from core.records.runs.models import Run
from core.records.types import RecordType, type_by_name

NAMED = 3
"""So many records of each type are named."""


@dataclass(frozen=True)
class Held:
    """One kind of thing that a member has. Of records `allowed` may be handed over by whoever asks; `to` says how many
    each of those who take over gets; `blind` are the names of those of them whose roles do not let them see any."""

    name: str
    label: Any
    icon: str
    count: int
    allowed: int
    record_type: RecordType | None = None
    examples: tuple[tuple[UUID, str], ...] = ()
    url: str = ""
    to: dict[UUID, int] = field(default_factory=dict)
    blind: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preview:
    """`records` are by type, open tasks last; `rest` is what one of those who take over gets; `ends` is not given to
    anybody, since it ends with the access."""

    records: tuple[Held, ...]
    rest: tuple[Held, ...]
    ends: tuple[Held, ...]

    @property
    def total(self) -> int:
        """How much there is to hand over."""
        return sum(each.count for each in (*self.records, *self.rest))

    @property
    def moving(self) -> int:
        """How much of it changes hands."""
        return sum(sum(each.to.values()) for each in (*self.records, *self.rest))

    @property
    def blind(self) -> list[Held]:
        return [each for each in self.records if each.blind and each.to]


def look(member: Member, plan: Plan | None = None) -> Preview:
    """What the member has; with a plan, what becomes of it."""
    types = sorted(owned_types(), key=lambda each: each.name == TASKS)
    counts = _counts(member.id, types, plan)
    examples = _examples(member.id, [each for each in types if counts[each.name][0]])
    records = []
    for each in types:
        count, allowed = counts[each.name]
        if count:
            made = Held(each.name, each.plural_label, each.icon, count, allowed if may_hand_over(each) else 0, each,
                        examples.get(each.name, ()))  # fmt: skip
            records.append(_shared_out(made, plan) if plan else made)
    asked = [holding for holding in ask("member_holdings", member=member) if isinstance(holding, Holding)]
    rest = [Held(each.name, each.label, each.icon, counts[each.name][0], counts[each.name][0]) for each in BELONGINGS]
    rest += [_of_plugin(each) for each in asked if not each.ends]
    heir = plan.heir if plan else None
    rest = [replace(each, to={heir: each.allowed} if heir else {}) for each in rest if each.count]
    ends = [Held(name, label, icon, counts[name][0], 0) for name, label, icon in ENDS]
    ends += [_of_plugin(each) for each in asked if each.ends]
    return Preview(tuple(records), tuple(rest), tuple(each for each in ends if each.count))


def refuse_blind(preview: Preview) -> None:
    """Raise Invalid where somebody would get what their roles do not let them see, by name."""
    if preview.blind:
        said = [
            _("The roles of %(names)s do not let them see %(records)s.", names=_(", ").join(each.blind),
              records=each.record_type.plural_noun if each.record_type else each.label)
            for each in preview.blind
        ]  # fmt: skip
        raise Invalid([FieldProblem("confirmed", "cannot_see", " ".join(said))])


ENDS = (
    ("tokens", _l("API tokens"), "key"),
    ("runs", _l("Bulk work and imports under way"), "stack-2"),
)


def _counts(member_id: UUID, types: Sequence[RecordType], plan: Plan | None) -> dict[str, tuple[int, int]]:
    """How many there are of each kind, and how many of them may be handed over: in one statement."""
    tenant = current.tenant_id()
    parts = []
    for each in types:
        which = plan.which_of(each) if plan else None
        chosen = counting(each, member_id, mine=True, **({"which": which} if which else {}))
        parts.append(_part(each.name, counting(each, member_id), chosen))
    parts += [_part(each.name, count := each.counting(member_id), count) for each in BELONGINGS]
    tokens = select(func.count()).where(
        ApiToken.tenant_id == tenant, ApiToken.member_id == member_id, ApiToken.revoked_at.is_(None)
    )
    running = [
        select(func.count()).where(each.tenant_id == tenant, each.member_id == member_id, each.status == "running")
        for each in (Run, Import)
    ]
    parts.append(_part("tokens", count := tokens.scalar_subquery(), count))
    parts.append(_part("runs", count := sum(each.scalar_subquery() for each in running), count))
    return {row[0]: (row[1], row[2]) for row in db.session().execute(union_all(*parts))}


def _part(name: str, count: Any, allowed: Any) -> Any:
    return select(literal(name, Text), count, allowed)


def _examples(member_id: UUID, types: Sequence[RecordType]) -> dict[str, tuple[tuple[UUID, str], ...]]:
    """Some records of each type by name, of those that whoever asks may see."""
    parts = []
    for each in types:
        title = each.title_field.expression(each.model)
        newest = theirs(each, member_id, literal(each.name, Text), each.model.id, title)
        seen = newest.where(each.visible(each.model.id).whereclause)  # type: ignore[arg-type]
        parts.append(seen.order_by(each.model.id.desc()).limit(NAMED).subquery().select())
    found: dict[str, tuple[tuple[UUID, str], ...]] = {}
    for name, record_id, title in db.session().execute(union_all(*parts)) if parts else ():
        found[name] = (*found.get(name, ()), (record_id, title or type_by_name(name).label))
    return found


def _shared_out(held: Held, plan: Plan) -> Held:
    """How many each one gets: in turn, so that the first may have one more. Tasks that go with their records are told
    as if they were spread, since whose the records become is known only once they are."""
    assert held.record_type is not None
    to = plan.part_of(held.record_type).to
    if not to or not held.allowed:
        return held
    each, more = divmod(held.allowed, len(to))
    shares = {member_id: each + (place < more) for place, member_id in enumerate(to)}
    return replace(held, to={m: n for m, n in shares.items() if n}, blind=tuple(blind(plan, held.record_type)))


def _of_plugin(holding: Holding) -> Held:
    return Held("", holding.label, holding.icon, holding.count, holding.count, url=holding.url)
