"""The base of every record's table, and the column that carries a field."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Text, Uuid, event, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from core import current
from core.db import TenantModel
from core.records.fields import AnyRecord, FieldType
from core.records.likeness import text_columns
from core.records.shape import shape


def column(field: FieldType, **options: Any) -> Any:
    """A model's column that carries a field; links bring their composite foreign key."""
    info: dict[str, Any] = {"field": field}
    if target := getattr(field, "table", None) or field.refers_to():
        info |= {"references": target, "ondelete": getattr(field, "ondelete", None)}
    options.setdefault("nullable", not field.required)
    if field.default is not None:
        options.setdefault("default", field.default)
    return mapped_column(field.column_type(), info=info, **options)


class Record(TenantModel):
    """A row that people see: dated, versioned, searchable, with custom fields, deleted without being lost."""

    __abstract__ = True

    created_at: Mapped[datetime] = mapped_column(default=current.now, sort_order=90)
    updated_at: Mapped[datetime] = mapped_column(default=current.now, onupdate=current.now, sort_order=91)
    created_by_id: Mapped[UUID | None] = mapped_column(Uuid, default=current.member_id, sort_order=92)
    deleted_at: Mapped[datetime | None] = mapped_column(sort_order=93)
    version: Mapped[int] = mapped_column(default=1, sort_order=94)
    custom: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, sort_order=95)
    search_norm: Mapped[str] = mapped_column(Text(collation="C"), default="", deferred=True, sort_order=96)
    search_pinyin: Mapped[str] = mapped_column(Text(collation="C"), default="", deferred=True, sort_order=97)
    search_text: Mapped[str] = mapped_column(default="", deferred=True, sort_order=98)
    search_grams: Mapped[str] = mapped_column(TSVECTOR, default="", deferred=True, sort_order=99)
    match_name: Mapped[str] = mapped_column(
        Text(collation="C"), default="", server_default="", deferred=True, sort_order=100
    )
    match_sound: Mapped[str] = mapped_column(
        Text(collation="C"), default="", server_default="", deferred=True, sort_order=101
    )

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.__table__.c.version} if hasattr(cls, "__table__") else {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__table__" not in cls.__dict__:
            return
        table, name = cls.__table__, cls.__tablename__
        live = text("deleted_at is null")
        Index(
            f"{name}_updated",
            table.c.tenant_id,
            table.c.updated_at.desc(),
            table.c.id.desc(),
            postgresql_where=live,
        )
        Index(f"{name}_norm", table.c.tenant_id, table.c.search_norm)
        Index(
            f"{name}_pinyin",
            table.c.tenant_id,
            table.c.search_pinyin,
            postgresql_where=text("search_pinyin <> ''"),
        )
        Index(f"{name}_grams", table.c.tenant_id, table.c.search_grams, postgresql_using="gin")
        Index(f"{name}_custom", table.c.tenant_id, table.c.custom, postgresql_using="gin",
              postgresql_ops={"custom": "jsonb_path_ops"}, postgresql_where=text("custom <> '{}'"))  # fmt: skip
        if "owner_id" in table.c:
            Index(
                f"{name}_owner",
                table.c.tenant_id,
                table.c.owner_id,
                table.c.updated_at.desc(),
                table.c.id.desc(),
            )
        cls.searched = tuple(c.name for c in table.columns if c.info.get("field") and c.info["field"].search)
        cls.matched = bool(cls.searched) and not any(isinstance(c.info.get("field"), AnyRecord) for c in table.columns)
        if cls.matched:
            sounding = text("match_sound <> ''")
            Index(f"{name}_match", table.c.tenant_id, table.c.match_sound, postgresql_where=sounding)

    searched: tuple[str, ...] = ()
    """The attributes whose text finds the record, the title first."""
    of_type: str = ""
    """The record type whose table this is."""

    def type_name(self) -> str:
        return self.of_type

    @classmethod
    def derived(cls, record: Any) -> dict[str, str]:
        """Further columns made of what `searched` names, of a record or a draft of one, each time that is written."""
        return {}

    matched: bool = False
    """Whether two of them may be one: not of what was said or is to be done about some record."""


@event.listens_for(Record, "before_insert", propagate=True)
@event.listens_for(Record, "before_update", propagate=True)
def _fill_search_columns(_mapper: Any, _connection: Any, record: Record) -> None:
    if not record.searched:
        return
    for name, value in made_columns(record, type(record), record.type_name()).items():
        if record.__dict__.get(name) != value:
            setattr(record, name, value)


def made_columns(record: Any, model: type[Record], type_name: str) -> dict[str, str]:
    """All columns of a record, or of a draft of one, that are made of its searched texts."""
    return text_columns(searched_texts(record, model, type_name)) | model.derived(record)


def searched_texts(record: Any, model: type[Record], type_name: str) -> list[str | None]:
    """The texts that find a record, or a draft of one, the title first: of its columns, then of the tenant's own
    fields that are found by their text."""
    own = record.custom or {} if (fields := found_fields(type_name)) else {}
    return [*(getattr(record, attr) for attr in model.searched), *(_as_text(own.get(f.key)) for f in fields)]


def _as_text(stored: Any) -> str | None:
    return None if stored is None else str(stored)


def found_fields(type_name: str) -> list[FieldType]:
    """The tenant's own fields of a record type whose text finds the record."""
    return [f for f in shape().fields.get(type_name, ()) if f.found]


def is_searched(model: type[Record], field: FieldType) -> bool:
    """Whether a change of the field changes what the record is found by."""
    return field.found if field.custom_id else field.attr in model.searched
