"""Taking a handover back: all of it is whose it was, but for what has gone on to somebody else since."""

from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy import select

from core import current, db
from core.access import Member, require_permission
from core.auth.handover.belongings import BELONGINGS
from core.auth.handover.doing import KIND, MANAGE, say_moved
from core.auth.handover.events import HandoverUndone
from core.auth.handover.plan import Plan
from core.auth.members import get_member, move_member, reactivate_member
from core.errors import Conflict, DomainError, NotFound
from core.events import EventRow, emit
from core.host.asking import tell
from core.i18n import _
from core.records.runs.doing import does
from core.records.runs.models import Run
from core.records.runs.progress import Progress
from core.records.runs.services import AT_ONCE, start_run
from core.records.runs.undoing import undo_run
from core.records.sharing import end_shares_of_run
from core.records.types import RecordType, enabled_types, titles


def find_handover(run_id: UUID, *, lock: bool = False) -> Run:
    """Raises NotFound."""
    run = db.get(Run, run_id, lock=lock)
    if run is None or run.kind not in (KIND, "handover_undo"):
        raise NotFound(_("There is no such page."))
    return run


def undo_handover(run_id: UUID) -> Run:
    """Take a handover back, as a run of its own. Raises Conflict when that was done already or is too late."""
    require_permission(MANAGE)
    run = find_handover(run_id, lock=True)
    if not run.can_be_undone:
        raise Conflict(_("This can no longer be undone."))
    scopes = current.tenant().scopes
    made = Run(kind="handover_undo", record_type="member", total=run.changed, member_id=current.member_id(),
               params={"member": run.params["member"], "of": str(run.id)}
               | ({"scopes": sorted(scopes)} if scopes is not None else {}))  # fmt: skip
    db.session().add(made)
    db.flush()
    run.undone_by = made.id
    start_run(made, at_once=run.changed <= AT_ONCE)
    return made


@does("handover_undo")
def take_back(run: Run, progress: Progress) -> None:
    done = find_handover(UUID(run.params["of"]))
    plan, member = Plan.read(done.params["plan"]), get_member(UUID(done.params["member"]), lock=True)
    count = _access_back(done, plan, member, progress)
    end_shares_of_run(done.id)
    for record_type in _touched(done.id):
        count += _records_back(record_type, done, run, progress)
    if plan.heir:
        count += _rest_back(done, member, plan, progress)
    progress.changed = count
    emit(HandoverUndone(record_type="member", record_id=member.id, member=member.name, count=count, run=str(done.id)))


def _access_back(done: Run, plan: Plan, member: Member, progress: Progress) -> int:
    """The access that it ended, and the team that it changed; what may not be is told, and the rest goes on."""
    before = UUID(done.params["team_before"]) if done.params["team_before"] else None
    count = 0
    if plan.move and member.team_id == plan.team_id != before:
        count += _could(lambda: move_member(member, before), member, progress)
    if done.params["ended"] and member.status == "deactivated":
        count += _could(lambda: reactivate_member(member), member, progress)
    return count


def _could(verb: Callable[[], None], member: Member, progress: Progress) -> bool:
    try:
        with db.savepoint():
            verb()
            db.flush()
    except DomainError as error:
        progress.refuse(None, member.name, error.message)
        return False
    return True


def _touched(run_id: UUID) -> Sequence[RecordType]:
    names = select(EventRow.record_type).where(
        EventRow.tenant_id == current.tenant_id(), EventRow.run_id == run_id, EventRow.changes.is_not(None)
    )
    known = {each.name: each for each in enabled_types()}
    return [known[name] for name in sorted(db.session().scalars(names.distinct())) if name in known]


def _records_back(record_type: RecordType, done: Run, run: Run, progress: Progress) -> int:
    start = progress.done
    undone = undo_run(done.id, record_type=record_type, undo_id=run.id, together=True,
                      tell=lambda number: progress.told(start + number))  # fmt: skip
    names = titles({record_type.name: {record_id for record_id, _why in undone.kept}})
    for record_id, why in undone.kept:
        title = names.get((record_type.name, record_id), "")
        progress.refuse(record_id, title, why, data={"type": record_type.name})
    return undone.restored


def _rest_back(done: Run, member: Member, plan: Plan, progress: Progress) -> int:
    heir, count = plan.people.get(plan.heir) if plan.heir else None, 0
    if heir is None:
        return 0
    for each in BELONGINGS:
        given, lost = each.give_back(done.id, member)
        count += len(given) + each.restore(done.id)
        say_moved(each.name, given, heir, member)
        if lost:
            progress.refuse(None, str(each.label), _("Somebody else has it meanwhile (%(count)s).", count=lost))
    tell("member_handing_back", member=member, to=heir, run_id=done.id)
    db.session().expire_all()
    return count
