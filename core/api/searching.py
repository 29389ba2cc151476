"""Searching everything at once."""

from typing import Any

from flask import request

from core.access.decisions import scopes_for
from core.api.blueprints import Answer, Resource, listed
from core.api.docs import ID, TEXT, Doc, Param, thing
from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records.query import Listing
from core.records.types import RecordType, enabled_types
from core.web.blueprints import any_member

searching = Resource("searching", __name__)

EACH = 10
FOUND = thing(record_type=TEXT, id=ID, title=TEXT, url=TEXT)


@searching.get("/search", permission=any_member,
               doc=Doc(gives=FOUND, many=True, params=(Param("q", "Text to look for."),)))  # fmt: skip
def search() -> Answer:
    """Search the records of every type, at most ten of each."""
    typed = request.args.get("q", "").strip()
    if not 0 < len(typed) <= 200:
        raise Invalid([FieldProblem("q", "required", _("Give 1 to %(limit)s characters to look for.", limit=200))])
    return listed([found for each in enabled_types() if each.model.searched for found in _found(each, typed)])


def _found(record_type: RecordType, typed: str) -> list[dict[str, Any]]:
    if not scopes_for("view", record_type.name):
        return []
    model = record_type.model
    columns = (model.id, *(getattr(model, attr) for attr in record_type.title_field.attrs()))
    rows = Listing(record_type, search=typed, limit=EACH).page(columns=columns).records
    return [
        {
            "record_type": record_type.name,
            "id": str(row.id),
            "title": record_type.title_of(row),
            "url": f"/api/v1/{record_type.plural}/{row.id}",
        }
        for row in rows
    ]
