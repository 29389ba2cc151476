"""With whom a record is shared: the list, the form, taking a share back; and sharing many records at once."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from core import current, db
from core.access import Member, Team
from core.errors import FieldProblem, Invalid
from core.i18n import _, _lp, _n
from core.records import collaborators, sharing
from core.records.collaborators import Whom
from core.records.pages.addresses import list_url, next_url, url_of
from core.records.pages.blueprint import found, may_any, records
from core.records.pages.details import short_title
from core.records.pages.picked import Picked, picked
from core.records.pages.runs import after
from core.records.runs.sharing import count_shareable, share_records
from core.records.types import RecordType, type_of_plural
from core.web import redirect_to, render, toast

MANY = 500
"""So many members and teams can be chosen from."""


@records.get("/<plural>/<uuid:record_id>/shares", permission=may_any("view"))
def list_shares(plural: str, record_id: UUID) -> ResponseReturnValue:
    record_type, record = found(plural, record_id)
    return _page(record_type, record, MultiDict())


@records.post("/<plural>/<uuid:record_id>/shares", permission=may_any("view"))
def create_share(plural: str, record_id: UUID) -> ResponseReturnValue:
    """Share it, or change how it is shared already."""
    record_type, record = found(plural, record_id)
    try:
        whom, level, until = _asked()
        changed = sharing.share_record(record_type, record, whom, level=level, until=until)
    except Invalid as invalid:
        return _page(record_type, record, request.form, invalid)
    names = _(", ").join(each.name for each in whom)
    toast(_("Shared with %(names)s.", names=names) if changed else _("It is shared so already."))
    for message in collaborators.warnings(record_type, whom, level):
        toast(message, "warning")
    return redirect_to(next_url(url_of(record_type, record_id)))


@records.post("/<plural>/<uuid:record_id>/shares/<uuid:share_id>/ending", permission=may_any("view"))
def end_share(plural: str, record_id: UUID, share_id: UUID) -> ResponseReturnValue:
    record_type, record = found(plural, record_id)
    sharing.take_back_share(record_type, record, share_id)
    toast(_("It is no longer shared so."))
    still = record_type.is_visible(record)
    return redirect_to(next_url(url_of(record_type, record_id)) if still else list_url(record_type))


@records.post("/<plural>/bulk/shares", permission=may_any("view"))
def share_many(plural: str) -> ResponseReturnValue:
    """Ask whom the records are to be shared with; with `go`, share them."""
    record_type = type_of_plural(plural)
    chosen = picked(record_type)
    if "go" not in request.form:
        return _ask(record_type, chosen)
    try:
        whom, level, until = _asked()
        run = share_records(chosen.selection, whom, level=level, until=until)
    except Invalid as invalid:
        return _ask(record_type, chosen, invalid)
    for message in collaborators.warnings(record_type, whom, level):
        toast(message, "warning")
    return after(
        run,
        _n("%(num)s was shared.", "%(num)s were shared.", run.changed),
        _n("%(num)s could not be shared.", "%(num)s could not be shared.", run.refused),
    )


def _page(
    record_type: RecordType, record: Any, typed: Any, invalid: Invalid | None = None
) -> ResponseReturnValue:  # fmt: skip
    shared = collaborators.with_blind(record_type, collaborators.shares_of(record_type, record.id))
    may_share = sharing.may_share(record_type, record)
    return render(
        "records/shares.html",
        status=422 if invalid else 200,
        record_type=record_type,
        title=short_title(record_type, record),
        url=url_of(record_type, record.id),
        shared=shared,
        may_share=may_share,
        me=current.member_id(),
        next=request.values.get("next", ""),
        **_choice(typed, invalid, may_edit=may_share and sharing.access.may("edit", record_type, record),
                  but={getattr(record, "owner_id", None), *(each.whom.id for each in shared)}),
    )  # fmt: skip


def _ask(record_type: RecordType, chosen: Picked, invalid: Invalid | None = None) -> ResponseReturnValue:
    total, allowed = chosen.selection.total(), count_shareable(chosen.selection)
    return render(
        "records/runs/share.html",
        status=422 if invalid else 200,
        record_type=record_type,
        carried=chosen.carried(),
        total=total,
        allowed=allowed,
        left_out=total - allowed,
        cancel=next_url(list_url(record_type)),
        next=request.values.get("next", ""),
        **_choice(request.form, invalid),
    )


def _choice(
    typed: Any, invalid: Invalid | None, *, may_edit: bool = True, but: set[UUID | None] = frozenset()  # type: ignore[assignment]
) -> dict[str, Any]:  # fmt: skip
    """What the form offers, and what was typed into it."""
    tenant = current.tenant_id()
    people = select(Member.id, Member.name).where(
        Member.tenant_id == tenant, Member.status == "active", Member.id != current.member_id()
    )
    teams = select(Team.id, Team.name).where(Team.tenant_id == tenant)
    offered = [
        *((f"team:{row.id}", _("%(team)s (team)", team=row.name))
          for row in db.session().execute(teams.order_by(Team.path).limit(MANY)) if row.id not in but),
        *((f"member:{row.id}", row.name)
          for row in db.session().execute(people.order_by(Member.name).limit(MANY)) if row.id not in but),
    ]  # fmt: skip
    levels = [("view", _lp("action", "View")), ("edit", _("View and edit"))]
    return {
        "offered": offered,
        "levels": levels if may_edit else levels[:1],
        "typed": {"whom": typed.getlist("whom"), "level": typed.get("level", "view"), "until": typed.get("until", "")},
        "errors": {each.field: each.message for each in invalid.problems} if invalid else {},
        "today": collaborators.today().isoformat(),
    }


def _asked() -> tuple[list[Whom], str, date | None]:
    """Whom, how and until when a form says. Raises Invalid."""
    problems, ids = [], {"member": [], "team": []}  # type: ignore[var-annotated]
    for each in request.form.getlist("whom")[: sharing.MOST + 1]:
        kind, _colon, raw = each.partition(":")
        try:
            ids[kind].append(UUID(raw))
        except (KeyError, ValueError):
            problems.append(FieldProblem("whom", "unknown_reference", _("Choose one from the list.")))
    raw, until = request.form.get("until", "").strip(), None
    try:
        until = date.fromisoformat(raw) if raw else None
    except ValueError:
        problems.append(FieldProblem("until", "not_a_date", _("This is not a date.")))
    if problems:
        raise Invalid(problems)
    return sharing.find_whom(ids["member"], ids["team"]), request.form.get("level", "view"), until
