"""What calculated fields come to for whole records: read together, for all records at hand in one statement.

Lists select the fields as columns of the same statement; this is for records that were loaded as they are. The values
are kept with the session until something is written, since any write may change them.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import ORMExecuteState, Session

from core import current, db
from core.db import TenantSession
from core.records.fields import FieldType
from core.records.types import RecordType, find_type

AT_ONCE = 500
"""So many records of the session are read with the one that is asked for."""


def compute(record_type: RecordType, fields: Sequence[FieldType], records: Iterable[Any]) -> None:
    """Read the calculated ones among these fields for these records, in one statement."""
    computed = [of for of in fields if of.computed]
    ids = [record.id for record in records]
    if not computed or not ids:
        return
    db.session().flush()  # before the values are kept, since it forgets them
    model = record_type.model
    columns = [column for of in computed for column in of.columns(model)]
    found = select(model.id, *columns).where(model.tenant_id == current.tenant_id(), model.id.in_(ids))
    rows = {row.id: row for row in db.session().execute(found)}
    held = _held()
    for record_id in ids:
        for of in computed:
            held[record_type.name, of.key, record_id] = rows.get(record_id)


def computed_row(record_type: str, key: str, record: Any) -> Any:
    """The row that holds a calculated field of a whole record, None for a record that is not saved yet.

    Asked for one, it reads all calculated fields of all records of the type that the session has.
    """
    session = db.session()
    if session.new or session.dirty or session.deleted:
        session.flush()
    held = _held()
    if (record_type, key, record.id) in held:
        return held[record_type, key, record.id]
    of_type = find_type(record_type)
    if of_type is None or not inspect(record).persistent:
        return None
    fields = [of for of in of_type.all_fields().values() if of.computed]
    beside = [
        each for each in session.identity_map.values()
        if isinstance(each, of_type.model) and (record_type, key, each.id) not in held
    ]  # fmt: skip
    compute(of_type, fields, [record, *(each for each in beside[:AT_ONCE] if each is not record)])
    return _held().get((record_type, key, record.id))


def _held() -> dict[tuple[str, str, UUID], Any]:
    found: dict[tuple[str, str, UUID], Any] = db.session().info.setdefault("computed", {})
    return found


@event.listens_for(TenantSession, "after_flush")
def _forget(session: Session, _context: Any) -> None:
    session.info.pop("computed", None)


@event.listens_for(TenantSession, "do_orm_execute")
def _forget_when_written(state: ORMExecuteState) -> None:
    if not state.is_select:
        state.session.info.pop("computed", None)
