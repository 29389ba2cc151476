"""Records over the API: list, create, show, change, delete and restore, for every record type alike."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import request, url_for

from core import access, current, db
from core.access.decisions import token_allows
from core.access.use import note_use
from core.api import reading
from core.api.blueprints import Answer, Resource, listed, single
from core.api.docs import AFTER, FLAG, LIMIT, Doc, Param
from core.api.expanding import expand, links_named
from core.api.schemas import create_schema, record_schema, update_schema
from core.api.shapes import Shape, shape_of
from core.errors import FieldProblem, Forbidden, Invalid, NotFound, Stale
from core.i18n import _
from core.records.duplicates.merging import kept_for
from core.records.guards import closed_on
from core.records.query import Listing
from core.records.schemas import Values, from_json
from core.records.services import create_record, delete_record, restore_record, update_record
from core.records.types import RecordType, titles, type_of_plural
from core.web.blueprints import any_member

records = Resource("records", __name__)

EXPAND = Param("expand", "Links, by comma, to be answered as objects in place of ids.")
FIELDS = Param("fields", "Fields, by comma, to be answered; all unless told.")
LIST_PARAMS = (
    Param(
        "filter",
        'A condition in JSON, such as `{"field": "name", "op": "contains", "value": "acme"}`; joined by '
        "`all` and `any`, through links (`customer.industry`), over related records (`contacts.count()`).",
    ),
    Param("q", "Text to look for in the searchable fields.", {"type": "string", "maxLength": 200}),
    Param("sort", "Up to three fields by comma, each with “-” before it for descending."),
    LIMIT,
    AFTER,
    FIELDS,
    EXPAND,
    Param("total", "Whether to count all that match.", FLAG),
)
COUNTED = 100_000


@records.get("/<plural:plural>", permission=any_member, doc=Doc(gives=record_schema, many=True, params=LIST_PARAMS))
def list_records(plural: str) -> Answer:
    """List records."""
    record_type = allowed("view", plural)
    shape, links = asked_shape(record_type)
    listing = Listing(
        record_type,
        condition=_filter(),
        search=_text("q"),
        sort=request.args.get("sort", "").strip(),
        limit=reading.limit(),
        after=request.args.get("after") or None,
    )
    page = listing.page(columns=shape.columns)
    note_use("listed", len(page.records))
    data = shape.rows(page.records)
    expand(links, data)
    return listed(data, next=page.next, **_total(listing))


@records.post("/<plural:plural>", permission=any_member, doc=Doc(create_schema, record_schema, status=201, also=(200,)))
def create(plural: str) -> Answer:
    """Create a record.

    200 in place of 201 says that it was there already, and what was sent went to it.
    """
    record_type, began = allowed("create", plural), current.now()
    record = create_record(record_type, from_json(record_type, reading.json_object()))
    db.flush()
    address = url_for("api_records.show", plural=plural, record_id=record.id)
    status = 201 if record.created_at >= began else 200
    return single(shape_of(record_type).dump(record)), status, {"Location": address, **etag(record)}


@records.get("/<plural:plural>/<uuid:record_id>", permission=any_member,
             doc=Doc(gives=record_schema, params=(FIELDS, EXPAND)))  # fmt: skip
def show(plural: str, record_id: UUID) -> Answer:
    """Show a record. Of one that was merged into another, the problem says `merged_into` which."""
    record_type = allowed("view", plural)
    shape, links = asked_shape(record_type)
    try:
        record = record_type.get(record_id)
    except NotFound as missing:
        if (into := kept_for(record_id)) is not None and titles({record_type.name: {into}}):
            missing.more = {"merged_into": str(into)}
        raise
    note_use("opened")
    data = shape.dump(record)
    expand(links, [data])
    return single(data), 200, etag(record)


@records.patch("/<plural:plural>/<uuid:record_id>", permission=any_member, doc=Doc(update_schema, record_schema))
def update(plural: str, record_id: UUID) -> Answer:
    """Change fields of a record."""
    record_type = allowed("edit", plural)
    sent = reading.json_object()
    record = record_type.get(record_id, lock=True)
    check_version(record)
    change(record_type, record, sent)
    return single(shape_of(record_type).dump(record)), 200, etag(record)


@records.delete("/<plural:plural>/<uuid:record_id>", permission=any_member, doc=Doc(status=204))
def delete(plural: str, record_id: UUID) -> Answer:
    """Delete a record; it can be restored."""
    record_type = allowed("delete", plural)
    record = record_type.get(record_id, lock=True)
    check_version(record)
    delete_record(record_type, record)
    db.flush()
    return None


@records.post("/<plural:plural>/<uuid:record_id>/restore", permission=any_member, doc=Doc(gives=record_schema))
def restore(plural: str, record_id: UUID) -> Answer:
    """Bring a deleted record back."""
    record_type = allowed("delete", plural)
    record = db.get(record_type.model, record_id)
    if record is None or not access.may("delete", record_type, record):
        raise NotFound(_("There is no such record, or you may not see it."))
    record = restore_record(record_type, record_id)
    db.flush()
    return single(shape_of(record_type).dump(record)), 200, etag(record)


# --- what these share with bulk and actions --------------------------------------------------------------


def allowed(action: str, plural: str) -> RecordType:
    """The record type of this plural. Raises NotFound where it is off, Forbidden where the caller may never do this."""
    record_type = type_of_plural(plural)
    context = current.tenant()
    if not token_allows(action, record_type.name, context):
        kind = "read" if action == "view" else "write"
        message = _("This token lacks the scope “%(scope)s”.", scope=f"{record_type.name}:{kind}")
        raise Forbidden(message, code="insufficient_scope")
    access.require(action, record_type)
    return record_type


def change(record_type: RecordType, record: Any, sent: Mapping[str, Any]) -> None:
    """Change what was sent; what only the system sets may be sent back as it is."""
    update_record(record_type, record, _without_unchanged(record_type, record, sent))
    db.flush()


def _without_unchanged(record_type: RecordType, record: Any, sent: Mapping[str, Any]) -> Values:
    fields, now = record_type.fields(), shape_of(record_type).dump(record)
    if sent.get("version", record.version) != record.version:
        raise stale()
    fixed = {key for key in now if key not in fields or not fields[key].editable} | closed_on(fields.values(), record)
    rest = {key: value for key, value in sent.items() if key not in fixed or value != now[key]}
    return from_json(record_type, rest, partial=True)


def check_version(record: Any) -> None:
    """Raise Stale when `If-Match` names another version than the record's."""
    tags = request.if_match
    if "If-Match" in request.headers and not tags.star_tag and str(record.version) not in tags.as_set(True):
        raise stale()


def stale() -> Stale:
    return Stale(_("Someone changed this record since you opened it. Look at it again, then save."))


def etag(record: Any) -> dict[str, str]:
    return {"ETag": f'"{record.version}"'}


def asked_shape(record_type: RecordType) -> tuple[Shape, list[Any]]:
    """The shape that `fields` and `expand` ask for, with the links to expand."""
    only, expanded = reading.names("fields"), reading.names("expand")
    links = links_named(record_type, expanded)
    return shape_of(record_type, [*only, *expanded] if only else ()), links


def _filter() -> Any:
    given = request.args.get("filter", "").strip()
    if not given:
        return None
    try:
        condition = reading.parse_json(given)
    except reading.NotJson as error:
        raise Invalid([FieldProblem("filter", error.code, error.message)]) from None
    return condition or [condition]  # an empty one is no filter, and no condition either


def _text(name: str) -> str:
    given = request.args.get(name, "")
    if len(given) > 200:
        raise Invalid([FieldProblem(name, "too_long", _("Use at most %(limit)s characters.", limit=200))])
    return given


def _total(listing: Listing) -> dict[str, Any]:
    """The exact number of matches up to a hundred thousand; beyond it, that, and that there are more."""
    if not reading.flag("total"):
        return {}
    total = listing.count(most=COUNTED)
    return {"total": total} if total <= COUNTED else {"total": COUNTED, "total_is_minimum": True}
