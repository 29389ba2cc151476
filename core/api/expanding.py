"""`expand=owner,customer`: what a link points at, in the place of its id."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import current, db
from core.access import Member
from core.api.people import member_json
from core.api.shapes import shape_of
from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records.fields import FieldType, MultiLookup
from core.records.guards import guards, look_at
from core.records.types import RecordType, find_type


def links_named(record_type: RecordType, keys: Sequence[str]) -> list[FieldType]:
    """The links of these keys, to one or to several. Raises Invalid for what is no link."""
    fields = record_type.fields()
    found = [fields[key] for key in keys if key in fields and _target(fields[key])]
    if len(found) < len(keys):
        known = ", ".join(key for key, field in fields.items() if _target(field))
        message = _("Only links can be expanded: %(list)s.", list=known)
        raise Invalid([FieldProblem("expand", "unknown_field", message)])
    return found


def expand(links: Sequence[FieldType], data: Sequence[dict[str, Any]]) -> None:
    """Put in place of ids what they stand for: one statement for each type. Of what may not be seen, only the id."""
    wanted: dict[str, set[UUID]] = {}
    for link in links:
        ids = {UUID(each) for one in data for each in _ids(one.get(link.key))}
        wanted.setdefault(_target(link), set()).update(ids)
    found = {target: _fetch(target, ids) for target, ids in wanted.items() if ids}
    for link in links:
        of = found.get(_target(link), {})
        for one in data:
            if shown := [of.get(each, {"id": each}) for each in _ids(one.get(link.key))]:
                one[link.key] = shown if isinstance(link, MultiLookup) else shown[0]


def _target(field: FieldType) -> str:
    return field.target if isinstance(field, MultiLookup) else field.refers_to() or ""


def _ids(value: Any) -> list[str]:
    """The ids in a link's value, be they one or several. A cover that stands for a link has none."""
    return [str(each) for each in (value if isinstance(value, list) else [value] if value else []) if _is_id(each)]


def _is_id(value: Any) -> bool:
    return isinstance(value, UUID) or bool(re.fullmatch(r"[0-9a-f-]{36}", str(value)))


def _fetch(target: str, ids: set[UUID]) -> dict[str, dict[str, Any]]:
    if target == "member":
        rows = db.session().scalars(select(Member).where(Member.tenant_id == current.tenant_id(), Member.id.in_(ids)))
        return {str(row.id): member_json(row) for row in rows}
    record_type = find_type(target)
    if record_type is None:
        return {}  # it was hidden since
    shape = shape_of(record_type)
    if guards(shape.fields.values()):
        look_at(record_type, list(ids))
    visible = record_type.visible(*shape.columns).where(record_type.model.id.in_(ids))
    return {str(row["id"]): row for row in shape.rows(db.session().execute(visible))}
