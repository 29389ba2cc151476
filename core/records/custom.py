"""A tenant's own fields: their definitions, and the side index of their values."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Double, Index, Text, Uuid, delete, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from core import current, db
from core.db import Base, TenantModel, new_id
from core.errors import FieldProblem, Invalid, NotFound
from core.i18n import _
from core.jobs import module_of
from core.records.fields import FIELD_TYPES, FieldType
from core.records.text import pinyin_of


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
    )

    record_id: Mapped[UUID] = mapped_column(Uuid)
    field_id: Mapped[UUID] = mapped_column(Uuid)
    s: Mapped[str | None] = mapped_column(Text(collation="C"))
    n: Mapped[float | None] = mapped_column(Double)
    t: Mapped[datetime | None]


def custom_fields(record_type: str) -> Sequence[FieldType]:
    """The tenant's own fields of a record type, in order, without the retired ones."""
    context = current.tenant()
    if not context.schema_version:
        return ()
    return _all_custom(context.tenant_id, context.schema_version).get(record_type, ())


@lru_cache(maxsize=2000)
def _all_custom(tenant_id: UUID, version: int) -> Mapping[str, Sequence[FieldType]]:
    """All custom fields of a tenant; a change of any raises the tenant's version, so this is never stale."""
    rows = db.session().scalars(
        select(CustomField)
        .where(CustomField.tenant_id == tenant_id, CustomField.retired_at.is_(None))
        .order_by(CustomField.position, CustomField.id)
    )
    found: dict[str, list[FieldType]] = {}
    for row in rows:
        if row.type in FIELD_TYPES:
            found.setdefault(row.record_type, []).append(as_field(row))
    return found


def as_field(row: CustomField) -> FieldType:
    kind = FIELD_TYPES.get(row.type, FIELD_TYPES["text"])  # the plugin that brought the type may be gone
    config = {name: row.config[name] for name in kind.configurable if name in row.config}
    field = kind(row.label, required=row.required, help=row.help, **config)
    field.bind_custom(row.key, row.id)
    return field


CUSTOM_TYPES = ("text", "long_text", "email", "phone", "url", "integer", "decimal", "percent", "money", "date",
                "datetime", "choice", "multi_choice", "tags", "yes_no", "member")  # fmt: skip


class OfferedTypes:
    """The types that a tenant's own field may have: ours, and those of the modules that it has switched on."""

    def __iter__(self) -> Iterator[str]:
        context = current.tenant_or_none()
        modules = context.modules if context else frozenset()
        return iter([*CUSTOM_TYPES, *(name for name, kind in FIELD_TYPES.items() if module_of(kind) in modules)])

    def __contains__(self, name: object) -> bool:
        return name in list(self)


def add_custom_field(
    record_type: str,
    *,
    label: str,
    type: str,
    taken: Sequence[str],
    key: str | None = None,
    config: Mapping[str, Any] | None = None,
    required: bool = False,
    help: str = "",
) -> CustomField:
    """Give a record type of this tenant a field. `taken` are the keys it already has.

    Raises Invalid when the label is empty, the type unknown, the key taken, or a choice has no options.
    """
    label = _label(label)
    if type not in FIELD_TYPES:
        raise Invalid([FieldProblem("type", "unknown_type", _("Choose a type of field."))])
    _check_options(type, config or {})
    made = CustomField(
        record_type=record_type,
        key=key or free_key(label, taken),
        label=label,
        type=type,
        config=dict(config or {}),
        required=required,
        help=help,
        position=len(taken),
    )
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,49}", made.key) or made.key in taken:
        raise Invalid([FieldProblem("key", "taken", _("This key is taken or is not made of a–z, 0–9 and _."))])
    db.session().add(made)
    raise_schema_version()
    return made


def _label(typed: str) -> str:
    label = " ".join(typed.replace("\x00", "").split())
    if not label:
        raise Invalid([FieldProblem("label", "required", _("Give the field a name."))])
    if len(label) > 100:
        raise Invalid([FieldProblem("label", "too_long", _("Use at most %(limit)s characters.", limit=100))])
    return label


def _check_options(type: str, config: Mapping[str, Any]) -> None:
    if "options" in FIELD_TYPES[type].configurable and not config.get("options"):
        raise Invalid([FieldProblem("options", "required", _("Name at least one option, one on each line."))])


COLORS = ("blue", "green", "orange", "purple", "teal", "red", "cyan", "pink", "amber", "gray")


def options_of(lines: str, present: Sequence[Mapping[str, Any]] = ()) -> list[dict[str, Any]]:
    """The options that are named one on each line.

    An option keeps its value when its line is moved, and when its line is written anew in its old place.
    """
    named = (" ".join(line.split())[:100] for line in lines.replace("\x00", "").splitlines())
    labels = list(dict.fromkeys(label for label in named if label))
    by_label = {option["label"]: option for option in present}
    taken = {option["value"] for option in present}
    made: list[dict[str, Any]] = []
    for n, label in enumerate(labels[:200]):
        renamed = present[n] if n < len(present) and present[n]["label"] not in labels else None
        if option := by_label.get(label) or renamed:
            made.append({**option, "label": label})
            continue
        value = label if label not in taken else f"{label} {n + 1}"
        taken.add(value)
        made.append({"value": value, "label": label, "color": COLORS[n % len(COLORS)]})
    return made


def fields_of(record_type: str) -> Sequence[CustomField]:
    """The tenant's own fields of a record type as they are kept, in order, the retired ones too."""
    rows = select(CustomField).where(
        CustomField.tenant_id == current.tenant_id(), CustomField.record_type == record_type
    )
    return db.session().scalars(rows.order_by(CustomField.position, CustomField.id)).all()


def get_custom_field(record_type: str, field_id: UUID) -> CustomField:
    """Raises NotFound."""
    found = db.get(CustomField, field_id)
    if found is None or found.record_type != record_type:
        raise NotFound(_("There is no such field."))
    return found


def move_custom_field(field: CustomField, by: int) -> None:
    """Show a field one place earlier (-1) or later (1). At the end of the row nothing changes."""
    row = [each for each in fields_of(field.record_type) if each.retired_at is None]
    at = row.index(field)
    row.insert(max(0, at + by), row.pop(at))
    for position, each in enumerate(row):
        each.position = position
    raise_schema_version()


def free_key(label: str, taken: Sequence[str]) -> str:
    """A stable key made from a label, in pinyin where it is Chinese."""
    latin = (pinyin_of(label).partition(" ")[2] or label).lower()
    stem = "c_" + (re.sub(r"[^a-z0-9]+", "_", latin).strip("_")[:40] or "field")
    key, n = stem, 1
    while key in taken:
        n += 1
        key = f"{stem}_{n}"
    return key


def retire_custom_field(field: CustomField) -> None:
    """Hide a field everywhere. Its values stay in the records and come back with it."""
    field.retired_at = current.now()
    raise_schema_version()


def change_custom_field(field: CustomField, *, config: Mapping[str, Any] | None = None, retired: bool | None = None,
                        **changes: Any) -> None:  # fmt: skip
    """Change the label, help, `required`, position or options of a field, or bring a retired one back.

    Raises Invalid for an empty label and for a choice without options.
    """
    if "label" in changes:
        changes["label"] = _label(changes["label"])
    if config is not None:
        _check_options(field.type, config)
        field.config = dict(config)
    if retired is not None and retired != (field.retired_at is not None):
        field.retired_at = current.now() if retired else None
    for name in {"label", "help", "required", "position"} & set(changes):
        setattr(field, name, changes[name])
    raise_schema_version()


def raise_schema_version() -> None:
    """Make every process read the tenant's fields anew."""
    tenant = Base.metadata.tables["tenant"]
    db.session().flush()
    db.session().execute(
        update(tenant).where(tenant.c.id == current.tenant_id()).values(schema_version=tenant.c.schema_version + 1)
    )


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
                set_={"s": new.excluded.s, "n": new.excluded.n, "t": new.excluded.t},
            ),
            kept,
        )


def side_row(record_id: UUID, field: FieldType, value: Any) -> dict[str, Any]:
    slots: dict[str, Any] = {"s": None, "n": None, "t": None}
    if value is not None and field.slot:
        slots[field.slot] = field.indexed(value)
    return {"tenant_id": current.tenant_id(), "id": new_id(), "record_id": record_id,
            "field_id": field.custom_id, **slots}  # fmt: skip
