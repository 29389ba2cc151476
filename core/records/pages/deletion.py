"""Deleting records, one or many, and taking it back."""

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from core import current, db
from core.errors import DomainError, NotFound
from core.events import EventRow
from core.i18n import _, _n
from core.records import services
from core.records.pages.addresses import list_url, next_url, url_of
from core.records.pages.blueprint import found, may_any, records
from core.records.pages.picked import picked_ids
from core.records.types import type_of_plural
from core.web import redirect_to, toast


@records.post("/<plural>/<uuid:record_id>/deletion", permission=may_any("delete"))
def delete_record(plural: str, record_id: UUID) -> ResponseReturnValue:
    record_type, record = found(plural, record_id, "delete")
    title = record_type.title_of(record)[:100]
    services.delete_record(record_type, record)
    toast(_("“%(title)s” was deleted.", title=title), undo=f"{url_of(record_type, record_id)}/restoration")
    return redirect_to(next_url(list_url(record_type)))


@records.post("/<plural>/<uuid:record_id>/restoration", permission=may_any("delete"))
def restore_record(plural: str, record_id: UUID) -> ResponseReturnValue:
    record_type = type_of_plural(plural)
    record = services.restore_record(record_type, record_id)
    toast(_("“%(title)s” is back.", title=record_type.title_of(record)[:100]))
    return redirect_to(url_of(record_type, record_id))


@records.post("/<plural>/bulk/deletion", permission=may_any("delete"))
def delete_records(plural: str) -> ResponseReturnValue:
    """Delete what was ticked; what the member may not delete stays, and is counted."""
    record_type = type_of_plural(plural)
    first, done, refused = db.new_id(), 0, 0
    for record_id in picked_ids():
        try:
            with db.savepoint():
                services.delete_record(record_type, record_type.get(record_id, action="delete"))
            done += 1
        except DomainError:
            refused += 1
    undo = f"{list_url(record_type)}bulk/restoration?since={first}&until={db.new_id()}"
    if done:
        toast(_n("%(num)s was deleted.", "%(num)s were deleted.", done), undo=undo)
    if refused:
        toast(_n("%(num)s may not be deleted by you.", "%(num)s may not be deleted by you.", refused), "warning")
    return redirect_to(next_url(list_url(record_type)))


@records.post("/<plural>/bulk/restoration", permission=may_any("delete"))
def restore_records(plural: str) -> ResponseReturnValue:
    """Bring back what the member deleted between two ids of events."""
    record_type = type_of_plural(plural)
    since, until = (request.args.get(name, type=UUID) for name in ("since", "until"))
    if since is None or until is None:
        raise NotFound(_("There is no such page."))
    deleted = select(EventRow.record_id).where(
        EventRow.tenant_id == current.tenant_id(),
        EventRow.id.between(since, until),
        EventRow.actor_id == current.member_id(),
        EventRow.name == f"{record_type.name}.deleted",
    )
    ids = db.session().scalars(deleted.limit(500)).all()
    for record_id in ids:
        services.restore_record(record_type, record_id)
    toast(_n("%(num)s is back.", "%(num)s are back.", len(ids)))
    return redirect_to(list_url(record_type))
