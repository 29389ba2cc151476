"""Making the search columns of all records anew, when what they are found by has changed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, cast, func, literal, select, update
from sqlalchemy import column as name_of
from sqlalchemy.dialects.postgresql import TSVECTOR

from core import current, db
from core.jobs import job
from core.records.model import made_columns
from core.records.types import RecordType, find_type

CHUNK = 1_000


@job("slow")
def find_again(record_type: str) -> None:
    """Some records at a time, deleted ones too. Records that are written meanwhile do it themselves."""
    found = find_type(record_type)
    if found is not None and found.model.searched:
        make_anew(found)


def make_anew(record_type: RecordType, *, missing: bool = False) -> int:
    """Make the search columns anew: of all records, or of those `missing` them, which were written past the models or
    before there were such columns. Returns of how many."""
    done, last = 0, None
    while rows := _some(record_type, last, missing):
        _write(record_type, rows)
        done, last = done + len(rows), rows[-1].id
    return done


def _some(record_type: RecordType, last: UUID | None, missing: bool) -> Sequence[Any]:
    model: Any = record_type.model
    columns = [getattr(model, attr) for attr in dict.fromkeys(("id", "custom", *model.searched))]
    rows = select(*columns).where(model.tenant_id == current.tenant_id(), record_type.rows())
    if missing:
        title = getattr(model, model.searched[0])
        rows = rows.where(model.match_name == "", title != "")
    rows = rows.order_by(model.id).limit(CHUNK).with_for_update()
    return db.session().execute(rows.where(model.id > last) if last else rows).all()


def _write(record_type: RecordType, rows: Sequence[Any]) -> None:
    model = record_type.model
    table: Any = model.__table__
    made = [made_columns(row, model, record_type.name) for row in rows]
    lists: list[Any] = [literal([row.id for row in rows], ARRAY(Uuid))]
    lists += [literal([each[name] for each in made], ARRAY(Text)) for name in made[0]]
    names = [name_of("id", Uuid), *(name_of(name, Text) for name in made[0])]
    given = func.unnest(*lists).table_valued(*names, name="given").render_derived()
    values = {name: cast(given.c[name], TSVECTOR) if name == "search_grams" else given.c[name] for name in made[0]}
    mine = (table.c.tenant_id == current.tenant_id()) & (table.c.id == given.c.id)
    kept = {"updated_at": table.c.updated_at}  # nobody changed them
    db.session().execute(update(table).where(mine).values(values | kept))
