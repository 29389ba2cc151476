"""Many records in one request: a bad item spoils only itself."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from core import db
from core.api import reading
from core.api.blueprints import Answer, Resource, listed
from core.api.docs import ID, TEXT, Doc, JsonSchema, many, maybe, thing
from core.api.problems import PROBLEM, describe, problem_of
from core.api.records import allowed, change, stale
from core.api.schemas import create_schema, record_schema, update_schema
from core.api.shapes import shape_of
from core.errors import DomainError, FieldProblem, Invalid
from core.i18n import _
from core.records.making_many import create_records
from core.records.schemas import from_json
from core.records.services import create_record, delete_record
from core.records.types import Made, RecordType
from core.web.blueprints import any_member

bulk_changes = Resource("bulk_changes", __name__)

MOST = 1000
GRANTS = {"create": "create", "update": "edit", "delete": "delete"}

Done = tuple[int, Any]


def takes(record_type: RecordType) -> JsonSchema:
    named: JsonSchema = {**thing(id=ID), "properties": {"id": ID, "version": {"type": "integer"}}}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "create": many(create_schema(record_type)),
            "update": many({"allOf": [thing(id=ID), update_schema(record_type)]}),
            "delete": many({"anyOf": [ID, named]}),
        },
    }


def gives(record_type: RecordType) -> JsonSchema:
    return {
        "type": "object",
        "required": ["operation", "index", "status"],
        "properties": {
            "operation": {"type": "string", "enum": list(GRANTS)},
            "index": {"type": "integer", "description": "Where the item stands in the list that was sent."},
            "status": {"type": "integer"},
            "id": maybe(TEXT),
            "data": record_schema(record_type),
            "problem": PROBLEM,
        },
    }


@bulk_changes.post("/<plural:plural>/bulk", permission=any_member, doc=Doc(takes, gives, many=True))
def bulk(plural: str) -> Answer:
    """Create, update and delete up to 1,000 records."""
    asked = _asked(reading.json_object())
    types = {operation: allowed(GRANTS[operation], plural) for operation in asked}
    return listed([
        {"operation": operation, "index": index, **result}
        for operation, items in asked.items()
        for index, result in enumerate(_each(operation, types[operation], items))
    ])  # fmt: skip


def _asked(sent: Mapping[str, Any]) -> dict[str, list[Any]]:
    problems = [FieldProblem(k[:100], "unknown_field", _("There is no such field.")) for k in sent if k not in GRANTS]
    lists = {operation: sent.get(operation, []) for operation in GRANTS}
    for operation, items in lists.items():
        if not isinstance(items, list):
            problems.append(FieldProblem(operation, "not_a_list", _("Send a list.")))
    if problems:
        raise Invalid(problems)
    if not 0 < sum(map(len, lists.values())) <= MOST:
        raise Invalid([FieldProblem("", "out_of_range", _("Send 1 to %(most)s items.", most=MOST))])
    return {operation: items for operation, items in lists.items() if items}


def _each(operation: str, record_type: RecordType, items: Sequence[Any]) -> Iterable[dict[str, Any]]:
    if operation == "create" and record_type.create_many and len(items) > 1:
        return _create_together(record_type, items)
    return [_one(DOERS[operation], record_type, item) for item in items]


def _create_together(record_type: RecordType, items: Sequence[Any]) -> Iterable[dict[str, Any]]:
    """Through the type's own service for many: 200 says of an item that it went to a record which was there."""
    read = [_read(record_type, item) for item in items]
    good = [n for n, each in enumerate(read) if not isinstance(each, DomainError)]
    made = dict(zip(good, create_records(record_type, [read[n] for n in good]), strict=True))
    db.flush()
    ids = {each.id for each in made.values() if each.id}
    found = db.session().scalars(record_type.existing().where(record_type.model.id.in_(ids)),
                                  execution_options={"populate_existing": True})  # fmt: skip
    records = {record.id: record for record in found}
    for n, item in enumerate(items):
        each = made.get(n) or Made(problem=read[n])
        if each.id is None:
            assert each.problem is not None
            problem = problem_of(*describe(each.problem))
            yield {"status": problem["status"], "id": _said_id(item), "problem": problem}
        else:
            data = shape_of(record_type).dump(records[each.id])
            yield {"status": 201 if each.is_new else 200, "id": str(each.id), "data": data}


def _read(record_type: RecordType, item: Any) -> Any:
    try:
        return from_json(record_type, item)
    except DomainError as problem:
        return problem


def _one(do: Callable[[RecordType, Any], Done], record_type: RecordType, item: Any) -> dict[str, Any]:
    """The result of one item. What fails is undone alone; a fault of ours undoes everything."""
    try:
        with db.savepoint():
            status, record = do(record_type, item)
    except Exception as error:
        problem = problem_of(*describe(error))
        if problem["status"] >= 500:
            raise
        return {"status": problem["status"], "id": _said_id(item), "problem": problem}
    done = {"status": status, "id": str(record.id)}
    return done if status == 204 else {**done, "data": shape_of(record_type).dump(record)}


def _create(record_type: RecordType, item: Any) -> Done:
    record = create_record(record_type, from_json(record_type, item))
    db.flush()
    return 201, record


def _update(record_type: RecordType, item: Any) -> Done:
    if not isinstance(item, dict):
        raise Invalid([FieldProblem("", "not_an_object", _("Send a JSON object."))])
    record = record_type.get(_id(item), lock=True)
    change(record_type, record, {key: value for key, value in item.items() if key != "id"})
    return 200, record


def _delete(record_type: RecordType, item: Any) -> Done:
    named = item if isinstance(item, dict) else {"id": item}
    record = record_type.get(_id(named), lock=True)
    if named.get("version", record.version) != record.version:
        raise stale()
    delete_record(record_type, record)
    db.flush()
    return 204, record


def _id(item: Mapping[str, Any]) -> UUID:
    try:
        return UUID(str(item["id"]))
    except (KeyError, ValueError):
        raise Invalid([FieldProblem("id", "not_an_id", _("Give an id."))]) from None


def _said_id(item: Any) -> str | None:
    given = item.get("id") if isinstance(item, dict) else item
    return given if isinstance(given, str) else None


DOERS: dict[str, Callable[[RecordType, Any], Done]] = {"create": _create, "update": _update, "delete": _delete}
