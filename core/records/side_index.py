"""The side index of a tenant's own fields: what filters, sorts and look-ups ask instead of the records' JSON."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Double, Index, Text, Uuid, delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from core import current, db
from core.db import TenantModel, new_id
from core.records.fields import FieldType


class CustomValue(TenantModel):
    """The side index: one row for each custom value, typed, so that filters and sorts have an index.

    The truth is the record's own `custom`; this is written in the same transaction.
    """

    __tablename__ = "custom_value"
    __table_args__ = (
        Index("custom_value_record_uq", "tenant_id", "record_id", "field_id", unique=True),
        Index(
            "custom_value_s",
            "tenant_id",
            "field_id",
            "s",
            "record_id",
            postgresql_where=text("s is not null"),
        ),
        Index(
            "custom_value_n",
            "tenant_id",
            "field_id",
            "n",
            "record_id",
            postgresql_where=text("n is not null"),
        ),
        Index(
            "custom_value_t",
            "tenant_id",
            "field_id",
            "t",
            "record_id",
            postgresql_where=text("t is not null"),
        ),
        Index("custom_value_u", "tenant_id", "field_id", "u", unique=True, postgresql_where=text("u is not null")),
    )

    record_id: Mapped[UUID] = mapped_column(Uuid)
    field_id: Mapped[UUID] = mapped_column(Uuid)
    s: Mapped[str | None] = mapped_column(Text(collation="C"))
    n: Mapped[float | None] = mapped_column(Double)
    t: Mapped[datetime | None]
    u: Mapped[str | None] = mapped_column(Text(collation="C"))
    """The value of a living record, of a field that no two records may have the same in."""


SLOTS = ("s", "n", "t", "u")


def index_values(record_id: UUID, values: Mapping[FieldType, Any]) -> None:
    """Write changed custom values of a record to the side index."""
    rows = [side_row(record_id, field, value) for field, value in values.items() if field.slot]
    gone = [row["field_id"] for row in rows if row["s"] is row["n"] is row["t"] is None]
    if gone:
        db.session().execute(
            delete(CustomValue).where(CustomValue.record_id == record_id, CustomValue.field_id.in_(gone))
        )
    if kept := [row for row in rows if row["field_id"] not in gone]:
        new = insert(CustomValue)
        db.session().execute(
            new.on_conflict_do_update(
                index_elements=["tenant_id", "record_id", "field_id"],
                set_={slot: new.excluded[slot] for slot in SLOTS},
            ),
            kept,
        )


def side_row(record_id: UUID, field: FieldType, value: Any) -> dict[str, Any]:
    slots: dict[str, Any] = dict.fromkeys(SLOTS)
    if value is not None and field.slot:
        slots[field.slot] = field.indexed(value)
        slots["u"] = field.unique_text(value)
    return {"tenant_id": current.tenant_id(), "id": new_id(), "record_id": record_id,
            "field_id": field.custom_id, **slots}  # fmt: skip
