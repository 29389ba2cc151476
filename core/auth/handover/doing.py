"""The handover: one run that gives everything to others, as the plan says, and can be taken back as one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import current, db
from core.access import Member, RecordShare, Team, require_permission
from core.activities.models import Task
from core.activities.notifications import notify
from core.activities.types import TASK
from core.auth.handover.belongings import BELONGINGS, COLLABORATIONS, DEPUTIES, SHARES, TEAMS
from core.auth.handover.events import HandedOver
from core.auth.handover.holdings import look, refuse_blind
from core.auth.handover.plan import TASKS, Plan, check
from core.auth.members import check_ending, deactivate_member, get_member, move_member
from core.auth.people_events import TeamHeadChanged
from core.errors import Conflict
from core.events import emit
from core.host.asking import ask, tell
from core.host.manifest import Holding
from core.i18n import _, _l
from core.records.handing_over import Terms, count_by_owner, give, owned_types, spread
from core.records.happenings import RecordShared
from core.records.runs.changing import in_chunks
from core.records.runs.doing import does
from core.records.runs.models import Run
from core.records.runs.progress import Progress
from core.records.runs.services import AT_ONCE, start_run
from core.records.sharing import about_many, arm_next
from core.records.types import find_type

MANAGE = "tenant.manage_members"
KIND = "handover"


def hand_over(member: Member, plan: Plan) -> Run:
    """Hand over what a member has: at once where it is little, else in a worker. Raises Invalid, and Conflict while
    another handover of theirs is being done."""
    require_permission(MANAGE)
    get_member(member.id, lock=True)
    refuse_invited(member)
    if _running(member.id):
        raise Conflict(_("What %(name)s has is being handed over already.", name=member.name))
    check(plan, member)
    if plan.deactivate:
        check_ending(member)
    preview = look(member, plan)
    if not plan.confirmed:
        refuse_blind(preview)
    scopes = current.tenant().scopes
    run = Run(kind=KIND, record_type="member", total=preview.moving, member_id=current.member_id(),
              params={"member": str(member.id), "plan": plan.kept(), "count": preview.moving}
              | ({"scopes": sorted(scopes)} if scopes is not None else {}))  # fmt: skip
    db.session().add(run)
    db.flush()
    start_run(run, at_once=preview.moving <= AT_ONCE)
    return run


def refuse_invited(member: Member) -> None:
    if member.status == "invited":
        raise Conflict(_("Whoever has not joined yet has nothing to hand over."))


def runs_of(member_id: UUID, limit: int = 20) -> list[Run]:
    """The handovers of what a member had, newest first."""
    found = select(Run).where(
        Run.tenant_id == current.tenant_id(), Run.kind == KIND, Run.params["member"].astext == str(member_id)
    )
    return list(db.session().scalars(found.order_by(Run.created_at.desc(), Run.id.desc()).limit(limit)))


def _running(member_id: UUID) -> bool:
    under_way = select(Run.id).where(
        Run.tenant_id == current.tenant_id(), Run.kind.in_((KIND, "handover_undo")), Run.status == "running",
        Run.params["member"].astext == str(member_id),
    )  # fmt: skip
    return db.session().scalar(under_way.limit(1)) is not None


# --- the run -------------------------------------------------------------------------------------------


@dataclass
class Given:
    """How much each one got, by kind: records by their type, the rest by its name."""

    counts: dict[str, dict[UUID, int]] = field(default_factory=dict)

    def add(self, name: str, counts: Mapping[UUID, int]) -> None:
        if counts := {to: count for to, count in counts.items() if count}:
            self.counts[name] = dict(counts)

    @property
    def total(self) -> int:
        return sum(count for each in self.counts.values() for count in each.values())

    def by_person(self) -> dict[UUID, int]:
        totals: dict[UUID, int] = defaultdict(int)
        for each in self.counts.values():
            for to, count in each.items():
                totals[to] += count
        return totals

    def kept(self) -> dict[str, dict[str, int]]:
        return {name: {str(to): count for to, count in each.items()} for name, each in self.counts.items()}


@does(KIND)
def carry_out(run: Run, progress: Progress) -> None:
    """Everything is looked up anew: who takes over may have left meanwhile, and what there is may be more or less."""
    plan = Plan.read(run.params["plan"])
    member = _held(UUID(run.params["member"]))
    check(plan, member)
    given = Given()
    _give_rest(run, plan, member, given)
    _give_records(plan, member, given, progress)
    before = member.team_id
    if plan.move:
        move_member(member, plan.team_id)
    ended = plan.deactivate and member.status == "active"
    if plan.deactivate:
        deactivate_member(member)
    moved = plan.move and before != plan.team_id
    run.params = run.params | {"given": given.kept(), "ended": ended, "team_before": str(before) if before else None}
    progress.changed = given.total + ended + moved
    if progress.changed:
        _tell(run, plan, member, given, ended)


def _held(member_id: UUID) -> Member:
    """The member, held until we commit, so that no other handover of theirs goes on meanwhile."""
    found = select(Member).where(Member.tenant_id == current.tenant_id(), Member.id == member_id)
    held = found.with_for_update(key_share=True).execution_options(populate_existing=True)
    return db.session().scalars(held).one()


def _give_records(plan: Plan, member: Member, given: Given, progress: Progress) -> None:
    terms = Terms(member, plan.restart_clocks, plan.keep)
    new: dict[UUID, UUID] = {}
    for record_type in owned_types():
        to = plan.part_of(record_type).to
        if to and record_type.name != TASKS:
            owners = spread(record_type, member.id, to, plan.which_of(record_type))
            moved = give(record_type, owners, terms, progress)
            given.add(record_type.name, count_by_owner(moved))
            new |= moved
    owners = _tasks_along(plan, member, new) if plan.tasks_along else _tasks(plan, member)
    given.add(TASKS, count_by_owner(give(TASK, owners, Terms(member, plan.restart_clocks), progress)))


def _tasks(plan: Plan, member: Member) -> dict[UUID, UUID]:
    to = plan.part_of(TASK).to
    return spread(TASK, member.id, to, plan.which_of(TASK)) if to else {}


def _tasks_along(plan: Plan, member: Member, new: Mapping[UUID, UUID]) -> dict[UUID, UUID]:
    """Tasks about records that have changed hands go to whoever has those now, the others as everything does."""
    owners = spread(TASK, member.id, plan.to or (member.id,), plan.which_of(TASK))
    for ids in in_chunks(list(owners)):
        tasks = select(Task.id, Task.about_id, Task.customer_id).where(
            Task.tenant_id == current.tenant_id(), Task.id.in_(ids)
        )
        for task in db.session().execute(tasks):
            owners[task.id] = new.get(task.about_id) or new.get(task.customer_id) or owners[task.id]
    return {task_id: to for task_id, to in owners.items() if to != member.id}


# --- what is not records -------------------------------------------------------------------------------


def _give_rest(run: Run, plan: Plan, member: Member, given: Given) -> None:
    heir = plan.people[plan.heir] if plan.heir else None
    if heir is None:
        return
    for each in BELONGINGS:
        moved = each.move(run, member, heir)
        given.add(each.name, {heir.id: len(moved)})
        say_moved(each.name, moved, member, heir)
    asked = [each for each in ask("member_holdings", member=member) if isinstance(each, Holding) and not each.ends]
    tell("member_handing_over", member=member, to=heir, restart_clocks=plan.restart_clocks, run_id=run.id)
    given.add("modules", {heir.id: sum(each.count for each in asked)})
    db.session().expire_all()


def say_moved(name: str, ids: list[UUID], before: Member, now: Member) -> None:
    """Events and notes of what has another head, deputy or collaborator."""
    if name == TEAMS.name:
        _say_heads(ids, before, now)
    elif name == DEPUTIES.name:
        text = _l("%(deputy)s stands in for you now, in the place of %(member)s.")
        notify(ids, text, url="settings/profile", icon="beach", personal=True, deputy=now.name, member=before.name)
    elif name == COLLABORATIONS.name:
        for some in in_chunks(ids):
            _say_shared(some, now)
    elif name == SHARES.name and ids:
        for each in (before, now):
            arm_next(each.id)


def _say_heads(ids: Iterable[UUID], before: Member, now: Member) -> None:
    led = select(Team.id, Team.name).where(Team.tenant_id == current.tenant_id(), Team.id.in_(list(ids)))
    emit(*(
        TeamHeadChanged(record_type="team", record_id=row.id, team=row.name, member=now.name,
                        changes={"head": [before.name, now.name]})
        for row in db.session().execute(led)
    ))  # fmt: skip


def _say_shared(ids: list[UUID], now: Member) -> None:
    found = select(RecordShare).where(RecordShare.tenant_id == current.tenant_id(), RecordShare.id.in_(ids))
    by_type: dict[str, list[RecordShare]] = defaultdict(list)
    for share in db.session().scalars(found):
        by_type[share.record_type].append(share)
    for name, shares in by_type.items():
        if record_type := find_type(name):
            known = about_many(record_type, [each.record_id for each in shares])
            emit(*(
                RecordShared(**known[each.record_id], share_id=each.id, whom=now.name, level=each.level,
                             member_id=now.id, is_new=False)
                for each in shares if each.record_id in known
            ))  # fmt: skip


# --- telling -------------------------------------------------------------------------------------------


def _tell(run: Run, plan: Plan, member: Member, given: Given, ended: bool) -> None:
    """Each of those who take over is told once, and the one who had it while they are still here."""
    got = given.by_person()
    names = _(", ").join(plan.people[each].name for each in got)
    emit(HandedOver(record_type="member", record_id=member.id, member=member.name, to=names, count=given.total,
                    run=str(run.id), counts=given.kept(), restart_clocks=plan.restart_clocks,
                    deactivated=ended))  # fmt: skip
    acting = current.tenant().member
    said: dict[str, Any] = {"who": acting.name if acting else "Guanxi", "member": member.name}
    for each, count in got.items():
        if each != current.member_id():
            notify([each], _l("%(who)s handed over to you what %(member)s had (%(count)s)."), icon="transfer",
                   url=f"handovers/{run.id}", count=count, **said)  # fmt: skip
    if got and not ended and member.id != current.member_id():
        notify([member.id], _l("%(who)s handed over what you had to %(to)s (%(count)s)."), icon="transfer",
               url=f"handovers/{run.id}", personal=True, to=names, count=given.total, **said)  # fmt: skip
