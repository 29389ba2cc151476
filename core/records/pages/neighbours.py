"""The record before and the record after this one, in the list that one came from."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from core import current, db
from core.errors import Invalid
from core.i18n import _
from core.records.fields.base import columns_of
from core.records.following import follow, followers_of, unfollow
from core.records.pages.addresses import next_url, url_of
from core.records.pages.blueprint import found, may_any, records
from core.records.pages.shown import Shown
from core.records.query import Listing, Order
from core.web import redirect_to, render, toast


@dataclass(frozen=True)
class Neighbour:
    url: str
    title: str


@records.get("/<plural>/<uuid:record_id>/neighbours", permission=may_any("view"))
def show_neighbours(plural: str, record_id: UUID) -> ResponseReturnValue:
    """Asked for once the page is there, with the address of the list that one came from, or `alone` without one.

    Whether the member follows the record is told with it.
    """
    record_type, _record = found(plural, record_id)
    is_alone = "alone" in request.args
    shown = Shown.of(plural)
    before = after = None
    if not shown.error and not is_alone:
        try:
            at = _place_of(shown, record_id)
            before, after = _beside(shown, before=at), _beside(shown, after=at)
        except Invalid:
            pass  # the list was sorted by a field that is gone: then there is no before and after
    return render(
        "records/_neighbours.html", before=before, after=after, is_alone=is_alone,
        url=url_of(record_type, record_id), follows=current.member_id() in followers_of(record_id),
    )  # fmt: skip


@records.post("/<plural>/<uuid:record_id>/following", permission=may_any("view"))
def change_following(plural: str, record_id: UUID) -> ResponseReturnValue:
    """Follow a record, or with `follow=no` stop to."""
    record_type, record = found(plural, record_id)
    me, title = current.member().id, record_type.title_of(record)
    if request.form.get("follow") == "no":
        unfollow(record_id, me)
        toast(_("You no longer follow “%(title)s”.", title=title))
    else:
        follow(record_type.name, record_id, [me])
        toast(_("You follow “%(title)s” and are told of its changes.", title=title))
    return redirect_to(next_url(url_of(record_type, record_id)))


def _place_of(shown: Shown, record_id: UUID) -> str:
    """Where the record stands in the order of the list, whether or not the list shows it."""
    record_type = shown.record_type
    order = Order.of(record_type, shown.order or record_type.sort)
    here = record_type.visible(record_type.model.id).where(record_type.model.id == record_id)
    return order.cursor(db.session().execute(order.apply(here, None, False)).one())


def _beside(shown: Shown, **at: Any) -> Neighbour | None:
    record_type = shown.record_type
    columns = columns_of(record_type.model, [record_type.title_field], "id")
    page = Listing(record_type, shown.condition, shown.q, shown.order, limit=1, **at).page(columns=columns)
    if not page.records:
        return None
    (row,) = page.records
    return Neighbour(url_of(record_type, row.id), record_type.title_of(row)[:140])
