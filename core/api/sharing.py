"""With whom a record is shared, and giving it to another owner."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import fields, validate

from core import db
from core.api import reading
from core.api.blueprints import Answer, Resource, listed, single
from core.api.docs import FLAG, ID, TEXT, Doc, maybe, thing
from core.api.records import allowed, check_version, etag
from core.api.schemas import record_schema
from core.api.shapes import shape_of
from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records import collaborators, sharing
from core.records.collaborators import Shared
from core.records.sharing import LEVELS
from core.records.transferring import transfer_record
from core.web.blueprints import any_member

shares = Resource("shares", __name__)

DAY = {"type": "string", "format": "date"}
LEVEL = {"type": "string", "enum": list(LEVELS)}
SHARE = thing(id=ID, member=maybe(ID), team=maybe(ID), name=TEXT, level=LEVEL,
              until=maybe(DAY), by=maybe(TEXT), has_effect=FLAG)  # fmt: skip


class ShareWith(ma.Schema):
    """`until` is the last day, in the workspace's time zone. Who has it shared already gets the new level and day."""

    members = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=sharing.MOST))
    teams = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=sharing.MOST))
    level = fields.String(load_default="view", validate=validate.OneOf(LEVELS))
    until = fields.Date(load_default=None, allow_none=True)


class GiveTo(ma.Schema):
    """`tasks` has the open tasks of the present owner about the record go along; `keep` leaves the record shared with
    the present owner."""

    owner = fields.UUID(required=True)
    tasks = fields.Boolean(load_default=False)
    keep = fields.String(load_default=None, allow_none=True, validate=validate.OneOf([*LEVELS, None]))


@shares.get("/<plural:plural>/<uuid:record_id>/shares", permission=any_member, doc=Doc(gives=SHARE, many=True))
def list_shares(plural: str, record_id: UUID) -> Answer:
    """List with whom a record is shared."""
    record_type = allowed("view", plural)
    record = record_type.get(record_id)
    return listed(_all(record_type, record.id))


@shares.post("/<plural:plural>/<uuid:record_id>/shares", permission=any_member, doc=Doc(ShareWith, SHARE, many=True))
def create_shares(plural: str, record_id: UUID) -> Answer:
    """Share a record with members and teams. Answers with all with whom it is shared then."""
    record_type = allowed("view", plural)
    wish = reading.loaded(ShareWith)
    record = record_type.get(record_id)
    with naming_whom(wish):
        whom = sharing.find_whom(wish["members"], wish["teams"])
        sharing.share_record(record_type, record, whom, level=wish["level"], until=wish["until"])
    db.flush()
    return listed(_all(record_type, record.id))


@contextmanager
def naming_whom(wish: Mapping[str, Any]) -> Iterator[None]:
    """The services speak of the one field of the form, where the API has one for members and one for teams."""
    try:
        yield
    except Invalid as invalid:
        named = "teams" if wish.get("teams") and not wish.get("members") else "members"
        raise Invalid([FieldProblem(named if each.field == "whom" else each.field, each.code, each.message)
                       for each in invalid.problems]) from None  # fmt: skip


@shares.delete("/<plural:plural>/<uuid:record_id>/shares/<uuid:share_id>", permission=any_member, doc=Doc(status=204))
def delete_share(plural: str, record_id: UUID, share_id: UUID) -> Answer:
    """Take a share back."""
    record_type = allowed("view", plural)
    sharing.take_back_share(record_type, record_type.get(record_id), share_id)
    return None


@shares.post("/<plural:plural>/<uuid:record_id>/transfer", permission=any_member, doc=Doc(GiveTo, record_schema))
def transfer(plural: str, record_id: UUID) -> Answer:
    """Give a record to another owner. The answer is the record as it is then, whether or not one may still see it."""
    record_type = allowed("transfer", plural)
    wish = reading.loaded(GiveTo)
    record = record_type.get(record_id, lock=True)
    check_version(record)
    if "owner" not in record_type.builtin:
        raise Invalid([FieldProblem("owner", "unknown_field", _("There is no such field."))])
    transfer_record(record_type, record, wish["owner"], tasks=wish["tasks"], keep=wish["keep"] or "")
    db.flush()
    return single(shape_of(record_type).dump(record)), 200, etag(record)


def _all(record_type: Any, record_id: UUID) -> list[dict[str, Any]]:
    shared = collaborators.shares_of(record_type, record_id)
    return [_shown(each) for each in collaborators.with_blind(record_type, shared)]


def _shown(share: Shared) -> dict[str, Any]:
    whom = {"member": None, "team": None} | {"team" if share.whom.is_team else "member": str(share.whom.id)}
    last = share.last_day
    return {"id": str(share.id), **whom, "name": share.whom.name, "level": share.level,
            "until": last.isoformat() if last else None, "by": share.by, "has_effect": not share.blind}  # fmt: skip
