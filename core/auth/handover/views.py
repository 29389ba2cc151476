"""The pages of a handover: what there is and who is to get it, what will happen, and what did."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from core import access, current, db
from core.access import Member
from core.access.absences import away_now
from core.auth.forms import errors_of
from core.auth.handover import asked, doing, undoing
from core.auth.handover.holdings import Held, look
from core.auth.handover.plan import TASKS, check
from core.auth.handover.shown import lines_of, names_in, require_seeing, type_names
from core.auth.members import check_ending, get_member
from core.auth.views.people.blueprint import team_options
from core.errors import Conflict, DomainError, Invalid
from core.i18n import _
from core.records.handing_over import owned_types
from core.records.pages.addresses import list_url
from core.records.pages.builder import Builder
from core.records.pages.controls import named
from core.records.pages.runs import PLACES
from core.records.runs.progress import how_far
from core.records.runs.services import cancel_run, rows_of
from core.web import redirect_to, render, toast
from core.web.blueprints import any_member, holding, workspace

handover = workspace("handover", __name__, "", template_folder="../templates")
PLACES["handover"] = PLACES["handover_undo"] = "handover.show_run"
MANAGE = holding(doing.MANAGE)
MOST_NAMES = 1000


@handover.get("/members/<uuid:member_id>/handover", permission=MANAGE)
def ask(member_id: UUID) -> ResponseReturnValue:
    return _form(_member(member_id))


@handover.post("/members/<uuid:member_id>/handover", permission=MANAGE)
def hand_over(member_id: UUID) -> ResponseReturnValue:
    """`step` says what the form wants: a filter for a type, to be shown what will happen, to do it, or to change it."""
    member = _member(member_id)
    step = request.form.get("step", "")
    if step not in ("show", "go"):
        return _form(member)
    try:
        plan = asked.read_plan(request.form)
        if step == "show":
            return _confirm(member, plan)
        run = doing.hand_over(member, plan)
    except Invalid as invalid:
        if set(errors := _beside(errors_of(invalid))) == {"confirmed"}:
            return _confirm(member, plan, errors, status=422)
        return _form(member, errors=errors, status=422)
    except DomainError as error:
        return _form(member, errors={"": error.message}, status=409 if isinstance(error, Conflict) else 403)
    if run.status == "done" and not run.changed:
        toast(_("There was nothing to hand over."), "info")
    elif run.status == "done":
        toast(_("What %(name)s had is handed over.", name=member.name), undo=url_for(".undo_run", run_id=run.id))
    return redirect_to(url_for(".show_run", run_id=run.id))


def _beside(errors: dict[str, str]) -> dict[str, str]:
    """By the names of the form's fields."""
    return {
        f"to-{key.removeprefix('types.')}" if key.startswith("types.") else key: said for key, said in errors.items()
    }


def _member(member_id: UUID) -> Member:
    member = get_member(member_id)
    doing.refuse_invited(member)
    return member


def _form(member: Member, *, errors: dict[str, str] | None = None, status: int = 200) -> ResponseReturnValue:
    typed, preview, people = request.form, look(member), _people(member)
    wanted = typed.get("step", "").removeprefix("only-")
    return render(
        "handover/ask.html", status=status, member=member, preview=preview, people=people, teams=team_options(),
        typed=typed, errors=errors or {}, is_new=request.method == "GET", me=current.member_id(), tasks=TASKS,
        builders={each.name: built for each in owned_types() if (built := _builder(each, typed, wanted))},
        lists={of.name: list_url(of, _owned_by(member)) for each in preview.records if (of := each.record_type)},
        earlier=doing.runs_of(member.id), stay=asked.STAY, as_it_is=asked.AS_IT_IS,
    )  # fmt: skip


def _builder(record_type: Any, typed: Any, wanted: str) -> Builder | None:
    """The filter that chooses some of a type's records: one that was asked for, or is being put together."""
    name = asked.only_name(record_type)
    if any(key.startswith(f"{name}-") for key in typed):
        return Builder.of_form(record_type, typed, name=name).numbered().completed()
    return Builder.of(record_type, None, name=name).completed() if record_type.name == wanted else None


def _owned_by(member: Member) -> dict[str, Any]:
    return {"field": "owner", "op": "is", "value": str(member.id)}


def _people(member: Member) -> list[tuple[str, str]]:
    """Who can take over. Who is away is offered too, and it is said."""
    here = select(Member.id, Member.name, Member.away_until, away_now().label("away")).where(
        Member.tenant_id == current.tenant_id(), Member.status == "active", Member.kind == "person",
        Member.id != member.id,
    )  # fmt: skip
    rows = db.session().execute(here.order_by(Member.name, Member.id).limit(MOST_NAMES))
    return [(str(row.id), named(row.name, row.away_until if row.away else None)) for row in rows]


def _confirm(
    member: Member, plan: Any, errors: dict[str, str] | None = None, *, status: int = 200
) -> ResponseReturnValue:  # fmt: skip
    """What will happen, before it does."""
    check(plan, member)
    if plan.deactivate:
        check_ending(member)
    preview = look(member, plan)
    carried = [(key, value) for key, values in request.form.lists() for value in values
               if key not in ("step", "confirmed", "csrf_token")]  # fmt: skip
    names = {each.id: each.name for each in plan.people.values()}
    lines: list[tuple[Held, list[tuple[str, int]], int]] = [
        (each, [(names[to], count) for to, count in each.to.items()], each.count - sum(each.to.values()))
        for each in (*preview.records, *preview.rest)
    ]
    team = dict(team_options()).get(str(plan.team_id), _("No team")).strip() if plan.move else ""
    return render("handover/confirm.html", status=status, member=member, plan=plan, preview=preview, lines=lines,
                  carried=carried, errors=errors or {}, team=team, tasks=TASKS)  # fmt: skip


# --- what was done -------------------------------------------------------------------------------------


@handover.get("/handovers/<uuid:run_id>", permission=any_member)
def show_run(run_id: UUID) -> ResponseReturnValue:
    run = undoing.find_handover(run_id)
    require_seeing(run)
    names, manages = names_in(run), access.permitted(doing.MANAGE)
    return render(
        "handover/run.html", "handover/_run.html", run=run, names=names, lines=lines_of(run, names), manages=manages,
        whose=names.get(UUID(run.params["member"]), ""), whose_id=run.params["member"],
        by=names.get(run.member_id, "") if run.member_id else "", types=type_names(),
        done=how_far(run) if run.status == "running" else run.done,
        rows=rows_of(run, "refused") if run.refused and manages else (),
    )  # fmt: skip


@handover.post("/handovers/<uuid:run_id>/cancellation", permission=MANAGE)
def cancel(run_id: UUID) -> ResponseReturnValue:
    cancel_run(undoing.find_handover(run_id))
    return redirect_to(url_for(".show_run", run_id=run_id))


@handover.post("/handovers/<uuid:run_id>/undoing", permission=MANAGE)
def undo_run(run_id: UUID) -> ResponseReturnValue:
    try:
        made = undoing.undo_handover(run_id)
    except Conflict as conflict:
        toast(conflict.message, "warning")
        return redirect_to(url_for(".show_run", run_id=run_id))
    return redirect_to(url_for(".show_run", run_id=made.id))
