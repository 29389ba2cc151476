"""The records of a tenant's own types: one table for all of them, the fields in the custom data."""

from uuid import UUID

from sqlalchemy import Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from core.i18n import _l, _lp
from core.records import fields
from core.records.model import Record, column


class OwnRecord(Record):
    """A record of a type that the tenant made. `type` is the name of that type."""

    __tablename__ = "own_record"
    __table_args__ = (
        Index("own_record_newest", "tenant_id", "type", text("updated_at desc"), text("id desc"),
              postgresql_where=text("deleted_at is null")),
        Index("own_record_status", "tenant_id", "type", "status", text("updated_at desc"), text("id desc")),
    )  # fmt: skip

    type: Mapped[str] = mapped_column(Text(collation="C"))
    name: Mapped[str] = column(fields.Text(_lp("record", "Name"), required=True, search=True))
    status: Mapped[str | None] = column(fields.Text(_l("State")))
    owner_id: Mapped[UUID | None] = column(fields.Member(_l("Owner")))

    def type_name(self) -> str:
        return self.type
