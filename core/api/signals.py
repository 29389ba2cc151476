"""What other systems tell: events of websites, mailings and the like, about a record or about an address."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import marshmallow as ma
import orjson
from marshmallow import fields, validate
from sqlalchemy.dialects.postgresql import insert

from core import access, current, db
from core.api import reading
from core.api.blueprints import Answer, Resource, listed
from core.api.docs import FLAG, TEXT, Doc, Flag, thing
from core.api.idempotency import KEPT, IdempotencyKey
from core.errors import FieldProblem, Forbidden, Invalid, NotFound
from core.events import emit
from core.i18n import _, _l
from core.records.fields import Email, FieldError, Phone
from core.records.signals import UNKNOWN, SignalReceived
from core.records.types import find_type
from core.web.blueprints import to

signals = Resource("signals", __name__, title=_l("Events"))

AT_ONCE = 100
LARGEST = 4096
AHEAD = timedelta(minutes=10)
"""How far a sender's clock may be ahead of ours."""
ALL_SENDERS = uuid5(NAMESPACE_URL, "guanxi:signals")
"""An id is one thing whoever sends it: a signal that comes by two tokens counts once."""
GIVEN = thing(id=TEXT, taken=FLAG)


class AboutInput(ma.Schema):
    """Whom or what it is about: a record, or somebody's address or number."""

    type = fields.String(validate=validate.Length(1, 100))
    id = fields.UUID()
    email = fields.String(validate=validate.Length(3, 254))
    phone = fields.String(validate=validate.Length(3, 40))

    @ma.validates_schema
    def says_whom(self, values: dict[str, Any], **_rest: Any) -> None:
        record, person = {"type", "id"} & set(values), {"email", "phone"} & set(values)
        if bool(record) == bool(person) or len(record) == 1:
            raise ma.ValidationError(_("Name a record by type and id, or a person by email or phone."))


class SignalInput(ma.Schema):
    id = fields.String(required=True, validate=[validate.Length(1, 200), validate.Regexp(r"^[!-~]+$")])
    name = fields.String(required=True, validate=validate.Regexp(re.compile(r"^[a-z][a-z0-9_.]{1,59}$", re.ASCII)))
    about = fields.Nested(AboutInput, required=True)
    at = fields.AwareDateTime(default_timezone=None)
    data = fields.Dict(keys=fields.String(), load_default=dict)
    capture = Flag(load_default=False)

    @ma.validates("data")
    def is_small(self, data: dict[str, Any], **_rest: Any) -> None:
        if len(orjson.dumps(data)) > LARGEST:
            raise ma.ValidationError(_("Send at most %(most)s bytes.", most=LARGEST))

    @ma.validates("at")
    def is_past(self, at: Any, **_rest: Any) -> None:
        if at > current.now() + AHEAD:
            raise ma.ValidationError(_("This has not happened yet."))


class SignalsInput(ma.Schema):
    events = fields.List(fields.Nested(SignalInput), required=True, validate=validate.Length(1, AT_ONCE))


@signals.post("/events", permission=to("create", "customer"), doc=Doc(SignalsInput, GIVEN, many=True, status=202))
def create_events() -> Answer:
    """Tell what happened elsewhere, up to 100 at once. Each `id` counts once within 24 hours, whoever sends it.

    Modules that are on do with it what they do: leads get the points of their behaviour, and with `capture` whoever
    is not known becomes a lead.
    """
    _require_writing()
    said = reading.loaded(SignalsInput)["events"]
    made, problems = [], []
    for number, each in enumerate(said):
        try:
            made.append(_event_of(each))
        except Invalid as invalid:
            problems += [FieldProblem(f"events.{number}.{p.field}", p.code, p.message) for p in invalid.problems]
    if problems:
        raise Invalid(problems)
    new = _not_taken_before([each["id"] for each in said])
    firsts = {each["id"]: event for each, event in zip(reversed(said), reversed(made), strict=True)}
    emit(*(event for name, event in firsts.items() if name in new))
    return listed([{"id": name, "taken": name in new} for name in firsts]), 202


def _require_writing() -> None:
    scopes = current.tenant().scopes
    if scopes is not None and not {"*", "write"} & scopes:
        raise Forbidden(_("This token lacks the scope “%(scope)s”.", scope="write"), code="insufficient_scope")


def _event_of(said: dict[str, Any]) -> SignalReceived:
    about = said["about"]
    more: dict[str, Any] = {
        "signal": said["name"], "said": said["data"], "capture": said["capture"],
        "since": reading.instant(min(said.get("at") or current.now(), current.now())),
    }  # fmt: skip
    if "id" in about:
        return SignalReceived(**_of_record(about["type"], about["id"]), **more)
    reach: dict[str, Any] = {key: _kept(key, of, about[key]) for key, of in REACH.items() if key in about}
    return SignalReceived(record_type=UNKNOWN, record_id=uuid5(current.tenant_id(), said["id"]), **reach, **more)


REACH = {"email": Email(_l("E-mail")), "phone": Phone(_l("Phone"))}


def _kept(key: str, of: Any, text: str) -> str:
    """As records keep it, so that it can be compared with theirs."""
    try:
        value = of.parse(text)
    except FieldError as error:
        raise Invalid([FieldProblem(f"about.{key}", error.code, error.message)]) from None
    if value is None:
        raise Invalid([FieldProblem(f"about.{key}", "required", _("Fill this in."))])
    return str(value)


def _of_record(type_name: str, record_id: UUID) -> dict[str, Any]:
    record_type = find_type(type_name)
    if record_type is None:
        raise Invalid([FieldProblem("about.type", "unknown", _("There is no such record type."))])
    try:
        record = record_type.get(record_id)
    except NotFound as missing:
        raise Invalid([FieldProblem("about.id", "unknown_reference", missing.message)]) from None
    access.require("view", record_type, record)
    return {"record_type": type_name, "record_id": record_id, "customer_id": record_type.customer_of(record)}


def _not_taken_before(ids: Sequence[str]) -> set[str]:
    """Those of the ids that nobody sent in the last 24 hours; from now on they are taken."""
    now = current.now()
    row = insert(IdempotencyKey).values([
        {"tenant_id": current.tenant_id(), "id": db.new_id(), "token_id": ALL_SENDERS, "key": name, "fingerprint": "",
         "headers": {}, "body": "", "created_at": now}
        for name in sorted(set(ids))
    ])  # fmt: skip
    taken = row.on_conflict_do_update(
        index_elements=["tenant_id", "token_id", "key"], set_={"created_at": row.excluded.created_at},
        where=IdempotencyKey.created_at < now - KEPT,
    ).returning(IdempotencyKey.key)  # fmt: skip
    return set(db.session().scalars(taken))
