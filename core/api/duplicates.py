"""Records that are there twice, over the API: the pairs found, what is like one record, merging and undoing it."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import request

from core.api import reading
from core.api.blueprints import Answer, Resource, listed, single
from core.api.docs import AFTER, FLAG, ID, INSTANT, LIMIT, TEXT, Doc, JsonSchema, many, maybe, thing
from core.api.records import allowed
from core.api.schemas import update_schema
from core.errors import FieldProblem, Invalid, NotFound
from core.i18n import _, _l
from core.records.duplicates.keys import is_matched
from core.records.duplicates.matching import look_alikes
from core.records.duplicates.merging import MOST, merge_records
from core.records.duplicates.models import Merge
from core.records.duplicates.queue import open_pairs
from core.records.duplicates.unmerging import gone_of, merges_of, undo_merge
from core.records.schemas import from_json
from core.records.types import RecordType
from core.web.blueprints import any_member

duplicates = Resource("duplicates", __name__, title=_l("Merges"))

PAIR = thing(id=ID, one=ID, other=ID, score={"type": "integer"}, reasons=many(TEXT), found_at=INSTANT)
ALIKE = thing(id=maybe(ID), title=maybe(TEXT), owner=maybe(TEXT), reasons=many(TEXT), visible=FLAG)
MERGE = thing(id=ID, record_type=TEXT, kept=ID, gone=many(ID), at=INSTANT, undone_at=maybe(INSTANT))


def takes(record_type: RecordType) -> JsonSchema:
    gone = {**many(ID), "minItems": 1, "maxItems": MOST - 1}
    return {
        "type": "object",
        "required": ["gone"],
        "additionalProperties": False,
        "properties": {"gone": gone, "values": update_schema(record_type)},
    }


class Asked(ma.Schema):
    gone = ma.fields.List(ma.fields.UUID(), required=True, validate=ma.validate.Length(min=1, max=MOST - 1))
    values = ma.fields.Dict(keys=ma.fields.String(), load_default=dict)


@duplicates.get("/<plural:plural>/duplicates", permission=any_member,
                doc=Doc(gives=PAIR, many=True, params=(LIMIT, AFTER)))  # fmt: skip
def list_duplicates(plural: str) -> Answer:
    """List pairs of records that may be one, those that share the most first."""
    record_type = _matched("view", plural)
    pairs, further = open_pairs(record_type, limit=reading.limit(), after=request.args.get("after") or None)
    data = [
        {
            "id": str(p.row.id), "one": str(p.one.id), "other": str(p.other.id), "score": p.row.score,
            "reasons": p.row.reasons, "found_at": reading.instant(p.row.found_at),
        }
        for p in pairs
    ]  # fmt: skip
    return listed(data, next=further)


@duplicates.get("/<plural:plural>/<uuid:record_id>/duplicates", permission=any_member, doc=Doc(gives=ALIKE, many=True))
def list_look_alikes(plural: str, record_id: UUID) -> Answer:
    """List what is like a record. Of one that the caller may not see, only that it is there, and whose it is."""
    record_type = _matched("view", plural)
    record = record_type.get(record_id)
    values = {key: field.get(record) for key, field in record_type.all_fields().items()}
    return listed([
        {"id": str(each.id) if each.is_seen else None, "title": each.title or None, "owner": each.owner or None,
         "reasons": list(each.reasons), "visible": each.is_seen}
        for each in look_alikes(record_type, values, besides=record.id)
    ])  # fmt: skip


@duplicates.post("/<plural:plural>/<uuid:record_id>/merge", permission=any_member, doc=Doc(takes, MERGE))
def merge(plural: str, record_id: UUID) -> Answer:
    """Merge others into this record. `values` are what it shall have; else it keeps its own and fills its gaps."""
    record_type = _matched("edit", plural)
    asked = reading.load(Asked, reading.json_object())
    made = merge_records(record_type, record_id, asked["gone"], from_json(record_type, asked["values"], partial=True))
    return single(_shown(made))


@duplicates.get("/<plural:plural>/<uuid:record_id>/merges", permission=any_member, doc=Doc(gives=MERGE, many=True))
def list_merges(plural: str, record_id: UUID) -> Answer:
    """List the merges of which a record came out, the latest first."""
    record_type = _matched("view", plural)
    return listed([_shown(each.merge) for each in merges_of(record_type, record_type.get(record_id).id)])


@duplicates.post("/merges/<uuid:merge_id>/undo", permission=any_member, doc=Doc(gives=MERGE))
def undo(merge_id: UUID) -> Answer:
    """Undo a merge: each record has its own again."""
    if reading.json_object(optional=True):
        raise Invalid([FieldProblem("", "unknown_field", _("There is no such field."))])
    return single(_shown(undo_merge(merge_id)))


def _matched(action: str, plural: str) -> RecordType:
    record_type = allowed(action, plural)
    if not is_matched(record_type):
        raise NotFound(_("There is no such page."))
    return record_type


def _shown(merge: Merge) -> dict[str, Any]:
    return {
        "id": str(merge.id), "record_type": merge.record_type, "kept": str(merge.kept_id),
        "gone": [str(each.gone_id) for each in gone_of(merge)], "at": reading.instant(merge.at),
        "undone_at": reading.instant(merge.undone_at),
    }  # fmt: skip
