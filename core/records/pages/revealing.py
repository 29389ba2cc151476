"""Showing a covered value on the record's page, for a moment, to those who may open it."""

from uuid import UUID

from flask import make_response
from flask.typing import ResponseReturnValue

from core.errors import NotFound
from core.i18n import _
from core.records.pages.addresses import url_of
from core.records.pages.blueprint import found, records
from core.records.pages.details import fact, short_title
from core.records.permissions import REVEAL_VALUES
from core.records.revealing import reveal_value
from core.records.told import is_there
from core.web import render
from core.web.blueprints import holding


@records.post("/<plural>/<uuid:record_id>/fields/<key>/revelation", permission=holding(REVEAL_VALUES.name))
def reveal_field(plural: str, record_id: UUID, key: str) -> ResponseReturnValue:
    """The value in the open, in the place of its cover; it is covered again after half a minute."""
    record_type, record = found(plural, record_id)
    of = record_type.field(key)
    if of is None or not is_there(of, record):
        raise NotFound(_("There is no such field."))
    shown = make_response(render(
        "records/revealed.html", "records/_revealed.html",
        fact=fact(record_type, record, of, {}, may_edit=False),
        value=reveal_value(record_type, record, key),
        cover_url=f"{url_of(record_type, record_id)}/fields/{key}?cancel",
        title=short_title(record_type, record), record_type=record_type, url=url_of(record_type, record_id),
    ))  # fmt: skip
    shown.headers["Cache-Control"] = "no-store"
    return shown
