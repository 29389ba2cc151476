"""Searching everything at once."""

from flask import request

from core.api.blueprints import Answer, Resource, listed
from core.api.docs import ID, TEXT, Doc, Param, thing
from core.errors import FieldProblem, Invalid
from core.i18n import _, _l
from core.records.search import find_ids
from core.records.types import titles
from core.web.blueprints import any_member

searching = Resource("searching", __name__, title=_l("Search"))

EACH = 10
WANTED = Param("q", "Text to look for.", {"type": "string", "minLength": 1, "maxLength": 200}, required=True)
FOUND = thing(record_type=TEXT, id=ID, title=TEXT, url=TEXT, guessed={"type": "boolean"})


@searching.get("/search", permission=any_member,
               doc=Doc(gives=FOUND, many=True, params=(WANTED,)))  # fmt: skip
def search() -> Answer:
    """Search the records of every type, at most ten of each. `guessed` marks what is only written much like it."""
    typed = request.args.get("q", "").strip()
    if not 0 < len(typed) <= 200:
        raise Invalid([FieldProblem("q", "required", _("Give 1 to %(limit)s characters to look for.", limit=200))])
    found, guessed = find_ids(typed, EACH)
    names = titles({record_type.name: set(ids) for record_type, ids in found})
    return listed([
        {
            "record_type": record_type.name,
            "id": str(each),
            "title": names[record_type.name, each],
            "url": f"/api/v1/{record_type.plural}/{each}",
            "guessed": guessed,
        }
        for record_type, ids in found
        for each in ids
    ])  # fmt: skip
