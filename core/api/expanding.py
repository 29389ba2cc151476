"""`expand=owner,customer`: what a link points at, in the place of its id."""

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
from core.records.fields import FieldType
from core.records.types import RECORD_TYPES, RecordType


def links_named(record_type: RecordType, keys: Sequence[str]) -> list[FieldType]:
    """The links of these keys. Raises Invalid for what is no link."""
    fields = record_type.fields()
    found = [fields[key] for key in keys if key in fields and fields[key].refers_to()]
    if len(found) < len(keys):
        known = ", ".join(key for key, field in fields.items() if field.refers_to())
        message = _("Only links can be expanded: %(list)s.", list=known)
        raise Invalid([FieldProblem("expand", "unknown_field", message)])
    return found


def expand(links: Sequence[FieldType], data: Sequence[dict[str, Any]]) -> None:
    """Put in place of ids what they stand for: one statement for each type. Of what may not be seen, only the id."""
    wanted: dict[str, set[UUID]] = {}
    for link in links:
        ids = {UUID(str(each[link.key])) for each in data if each.get(link.key)}
        wanted.setdefault(link.refers_to() or "", set()).update(ids)
    found = {target: _fetch(target, ids) for target, ids in wanted.items() if ids}
    for link in links:
        target = link.refers_to() or ""
        for each in data:
            if row_id := each.get(link.key):
                each[link.key] = found[target].get(str(row_id), {"id": row_id})


def _fetch(target: str, ids: set[UUID]) -> dict[str, dict[str, Any]]:
    if target == "member":
        rows = db.session().scalars(select(Member).where(Member.tenant_id == current.tenant_id(), Member.id.in_(ids)))
        return {str(row.id): member_json(row) for row in rows}
    record_type = RECORD_TYPES[target]
    shape = shape_of(record_type)
    visible = record_type.visible(*shape.columns).where(record_type.model.id.in_(ids))
    return {str(row["id"]): row for row in shape.rows(db.session().execute(visible))}
