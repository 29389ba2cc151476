"""What a tenant made of its record types: fields of its own, changed built-in fields, forms, and types of its own."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Index, Text, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core import current, db
from core.db import Base, TenantModel, reference
from core.records.fields import FIELD_TYPES, FieldError, FieldType

Kept = TypeVar("Kept")


class CustomField(TenantModel):
    """A field that a tenant gave to a record type. `key` never changes; the label may."""

    __tablename__ = "custom_field"
    __table_args__ = (Index("custom_field_key_uq", "tenant_id", "record_type", "key", unique=True),)

    record_type: Mapped[str]
    key: Mapped[str] = mapped_column(Text(collation="C"))
    label: Mapped[str]
    type: Mapped[str]
    config: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    required: Mapped[bool] = mapped_column(default=False)
    help: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)
    retired_at: Mapped[datetime | None]


class FieldChange(TenantModel):
    """What a tenant changed of a built-in field. What is null stays as the field was declared."""

    __tablename__ = "field_change"
    __table_args__ = (Index("field_change_uq", "tenant_id", "record_type", "key", unique=True),)

    record_type: Mapped[str]
    key: Mapped[str] = mapped_column(Text(collation="C"))
    label: Mapped[str | None]
    help: Mapped[str | None]
    required: Mapped[bool | None]
    retired_at: Mapped[datetime | None]


class FormLayout(TenantModel):
    """How a form is laid out: for everyone, or for those who have a role. See `core.records.layouts`."""

    __tablename__ = "form_layout"
    __table_args__ = (
        Index("form_layout_uq", "tenant_id", "record_type", "role_id", unique=True, postgresql_nulls_not_distinct=True),
    )

    record_type: Mapped[str]
    role_id: Mapped[UUID | None] = reference("role", ondelete="CASCADE")
    layout: Mapped[dict[str, Any]] = mapped_column(JSONB)


class OwnType(TenantModel):
    """A record type that a tenant made. `name` is its key everywhere and never changes; the labels may.

    `states` holds the states in order, as `StateOption`s in JSON; empty for a type without states. `columns` are the
    fields that lists show at first.
    """

    __tablename__ = "own_type"
    __table_args__ = (
        Index("own_type_name_uq", "tenant_id", "name", unique=True),
        Index("own_type_label_uq", "tenant_id", text("lower(label)"), unique=True,
              postgresql_where=text("retired_at is null")),
    )  # fmt: skip

    name: Mapped[str] = mapped_column(Text(collation="C"))
    label: Mapped[str]
    plural_label: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    icon: Mapped[str] = mapped_column(default="box")
    color: Mapped[str] = mapped_column(default="teal")
    title_label: Mapped[str] = mapped_column(default="")
    states: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    columns: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    position: Mapped[int] = mapped_column(default=0)
    retired_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Shape:
    """All of it, read once for each version. `fields` are the tenant's own by record type, without the retired ones;
    `changes` those of built-in fields by type and key; `layouts` by type, then by role (None: everyone's)."""

    fields: Mapping[str, Sequence[FieldType]] = field(default_factory=dict)
    changes: Mapping[str, Mapping[str, FieldChange]] = field(default_factory=dict)
    layouts: Mapping[str, Mapping[UUID | None, Mapping[str, Any]]] = field(default_factory=dict)
    types: Sequence[OwnType] = ()
    made: dict[Any, Any] = field(default_factory=dict)
    """What others made of it, to be kept as long: merged fields, layouts, record types."""


PLAIN = Shape()
"""The shape of a tenant that changed nothing."""


def shape() -> Shape:
    """The shape of the tenant we are in. Outside of any, nothing is changed.

    A transaction that changes it sees its own changes at once; the others when it is committed.
    """
    context = current.tenant_or_none()
    if context is None:
        return PLAIN
    work = db.session_or_none()
    if work is not None and "shape" in work.info:
        work.info["shape"] = work.info["shape"] or _read(context.tenant_id)
        return work.info["shape"]
    return _shape(context.tenant_id, context.schema_version) if context.schema_version else PLAIN


@lru_cache(maxsize=2000)
def _shape(tenant_id: UUID, version: int) -> Shape:
    """A change of anything raises the tenant's version, so this is never stale."""
    return _read(tenant_id)


def _read(tenant_id: UUID) -> Shape:
    return Shape(_fields(tenant_id), _changes(tenant_id), _layouts(tenant_id), _types(tenant_id))


def _fields(tenant_id: UUID) -> Mapping[str, Sequence[FieldType]]:
    rows = select(CustomField).where(CustomField.tenant_id == tenant_id, CustomField.retired_at.is_(None))
    found: dict[str, list[FieldType]] = {}
    for row in db.session().scalars(rows.order_by(CustomField.position, CustomField.id)):
        if row.type in FIELD_TYPES:
            found.setdefault(row.record_type, []).append(as_field(row))
    return found


def _changes(tenant_id: UUID) -> Mapping[str, Mapping[str, FieldChange]]:
    found: dict[str, dict[str, FieldChange]] = {}
    rows: Sequence[Any] = (
        db.session().execute(select(*FieldChange.__table__.columns).where(FieldChange.tenant_id == tenant_id)).all()
    )
    for row in rows:
        found.setdefault(row.record_type, {})[row.key] = row
    return found


def _layouts(tenant_id: UUID) -> Mapping[str, Mapping[UUID | None, Mapping[str, Any]]]:
    found: dict[str, dict[UUID | None, Mapping[str, Any]]] = {}
    for row in db.session().scalars(select(FormLayout).where(FormLayout.tenant_id == tenant_id)):
        found.setdefault(row.record_type, {})[row.role_id] = row.layout
    return found


def _types(tenant_id: UUID) -> Sequence[OwnType]:
    """As plain rows: the session's own objects may be at work, and must stay in it."""
    rows = select(*OwnType.__table__.columns).where(OwnType.tenant_id == tenant_id, OwnType.retired_at.is_(None))
    found: Sequence[Any] = db.session().execute(rows.order_by(OwnType.position, OwnType.id)).all()
    return found


def as_field(row: CustomField) -> FieldType:
    kind = FIELD_TYPES.get(row.type, FIELD_TYPES["text"])  # the plugin that brought the type may be gone
    config = {name: row.config[name] for name in kind.configurable if name in row.config}
    synonyms = row.config.get("synonyms") or ()
    field = kind(row.label, required=row.required, help=row.help, synonyms=synonyms, **config)
    field.bind_custom(row.key, row.id)
    field.record_type = row.record_type
    field.unique, field.match_key = bool(row.config.get("unique")), bool(row.config.get("match_key"))
    field.found = bool(row.config.get("found", kind.found))
    with suppress(FieldError):  # the default may have been an option that is gone
        field.default = field.load(row.config.get("default"))
    return field


def kept_with_settings(key: Any, make: Callable[[], Kept]) -> Kept:
    """What `make` makes of the tenant's settings, made once in each process for each version of them.

    Whoever changes what it is made of calls `raise_schema_version`. What is kept is plain: neither rows nor anything
    else of a session.
    """
    context, work = current.tenant(), db.session_or_none()
    changing = work is not None and "shape" in work.info
    kept = shape().made if changing else _kept(context.tenant_id, context.schema_version)
    if ("settings", key) not in kept:
        kept["settings", key] = make()
    made: Kept = kept["settings", key]
    return made


@lru_cache(maxsize=2000)
def _kept(tenant_id: UUID, version: int) -> dict[Any, Any]:
    return {}


def raise_schema_version() -> None:
    """Make every process read the tenant's shape anew."""
    tenant = Base.metadata.tables["tenant"]
    db.session().flush()
    db.session().info["shape"] = None
    db.session().execute(
        update(tenant).where(tenant.c.id == current.tenant_id()).values(schema_version=tenant.c.schema_version + 1)
    )
