"""Actions of records over the API: the same that the pages show as buttons."""

from typing import Any
from uuid import UUID

from core import db
from core.api import reading
from core.api.blueprints import Answer, Resource, listed, single
from core.api.docs import TEXT, Doc, maybe, thing
from core.api.records import allowed, check_version, etag
from core.api.schemas import json_schema_of, record_schema
from core.api.shapes import shape_of
from core.errors import Conflict, Forbidden, NotFound
from core.i18n import _
from core.records.types import RecordAction, RecordType, action_allowed
from core.web.blueprints import any_member

actions = Resource("actions", __name__)

ACTION = thing(name=TEXT, label=TEXT, confirm=maybe(TEXT), takes={"type": "object"})


@actions.get("/<plural:plural>/<uuid:record_id>/actions", permission=any_member, doc=Doc(gives=ACTION, many=True))
def list_actions(plural: str, record_id: UUID) -> Answer:
    """List the actions that make sense for a record now and that the caller may run."""
    record_type = allowed("view", plural)
    return listed([_described(action) for action in record_type.actions_for(record_type.get(record_id))])


@actions.post("/<plural:plural>/<uuid:record_id>/actions/<action>", permission=any_member,
              doc=Doc(takes={"type": "object"}, gives=record_schema, optional_body=True))  # fmt: skip
def run_action(plural: str, record_id: UUID, action: str) -> Answer:
    """Run an action on a record."""
    record_type = allowed("view", plural)
    found = record_type.by_action.get(action)
    if found is None:
        raise NotFound(_("There is no such action."))
    sent = reading.json_object(optional=True)
    record = record_type.get_for(found, record_id)
    check_version(record)
    _require(found, record_type, record)
    found.run(record, **reading.load(found.schema, sent))
    db.flush()
    if found.of_any and not record_type.is_visible(record):
        return single({"id": record.id})
    return single(shape_of(record_type).dump(record)), 200, etag(record)


def _require(action: RecordAction, record_type: RecordType, record: Any) -> None:
    if not action_allowed(action, record_type, record):
        raise Forbidden(_("Your role does not allow this. Ask an administrator of your workspace."))
    if not action.shown(record):
        raise Conflict(_("This cannot be done to the record as it is now."), code="not_now")


def _described(action: RecordAction) -> dict[str, Any]:
    return {
        "name": action.name,
        "label": str(action.label),
        "confirm": str(action.confirm) or None,
        "takes": json_schema_of(action.schema),
    }
