"""A tenant's own fields: how they are made and changed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import current, db
from core.errors import FieldProblem, Invalid, NotFound
from core.i18n import _
from core.jobs import module_of
from core.records.fields import FIELD_TYPES, FieldError, FieldType
from core.records.finding_again import find_again
from core.records.shape import CustomField, as_field, raise_schema_version
from core.records.shape_happenings import FieldAdded, FieldChanged, FieldRestored, FieldRetired, differences, say
from core.records.text import pinyin_of
from core.records.uniqueness import guard_all, let_all

CUSTOM_TYPES = ("text", "long_text", "email", "phone", "url", "integer", "decimal", "percent", "money", "date",
                "datetime", "time", "duration", "month", "choice", "multi_choice", "cascade", "tags", "yes_no", 
                "rating", "rich_text", "member", "lookup", "multi_lookup", "address", "geo_point", "barcode", "color",
                "json", "file", "image", "signature", "auto_number", "secret", "identity", "lines")  # fmt: skip

CALCULATED_TYPES = ("formula", "rollup")
"""Their values are worked out and never written."""


class OfferedTypes:
    """The types that a tenant's own field may have: ours, and those of the modules that it has switched on."""

    def __iter__(self) -> Iterator[str]:
        context = current.tenant_or_none()
        modules = context.modules if context else frozenset()
        brought = [name for name, kind in FIELD_TYPES.items() if module_of(kind) in modules]
        return iter([*CUSTOM_TYPES, *CALCULATED_TYPES, *brought])

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
    label = checked_label(label)
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
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,49}", made.key) or _is_taken(made.key, taken):
        raise Invalid([FieldProblem("key", "taken", _("This key is taken or is not made of a–z, 0–9 and _."))])
    _check_place(made)
    db.session().add(made)
    raise_schema_version()
    FIELD_TYPES[type].added(made.id)
    say(FieldAdded, made.id, of=record_type, title=made.label)
    return made


RESERVED = frozenset(
    {"id", "version", "type", "tenant_id", "custom", "deleted_at", "csrf_token", "opened", "next", "step"}
)
"""What forms and the API say of a record besides its fields."""


def _is_taken(key: str, taken: Sequence[str]) -> bool:
    """Whether a field of this key would be taken for another. The control of an amount has a second one beside it."""
    beside = key.removesuffix("_currency") if key.endswith("_currency") else f"{key}_currency"
    return key in RESERVED or key in taken or beside in taken


UNSEEN = re.compile("[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""What nobody can see and what turns the direction of the text around it."""


def checked_label(typed: str) -> str:
    label = " ".join(UNSEEN.sub("", " ".join(typed.split())).split())
    if not label:
        raise Invalid([FieldProblem("label", "required", _("Give the field a name."))])
    if len(label) > 100:
        raise Invalid([FieldProblem("label", "too_long", _("Use at most %(limit)s characters.", limit=100))])
    return label


def _check_options(type: str, config: Mapping[str, Any]) -> None:
    if "options" in FIELD_TYPES[type].configurable and not config.get("options"):
        raise Invalid([FieldProblem("options", "required", _("Name at least one option, one on each line."))])


def _check_place(row: CustomField) -> None:
    """Raise Invalid for a calculated field that cannot be worked out from the other fields."""
    try:
        as_field(row).check_place()
    except FieldError as error:
        setting = next(iter(FIELD_TYPES[row.type].configurable), "type")
        raise Invalid([FieldProblem(setting, error.code, error.message)]) from None


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
    while _is_taken(key, taken):
        n += 1
        key = f"{stem}_{n}"
    return key


def retire_custom_field(field: CustomField) -> None:
    """Hide a field everywhere. Its values stay in the records and come back with it."""
    field.retired_at = current.now()
    raise_schema_version()
    say(FieldRetired, field.id, of=field.record_type, title=field.label)


def change_custom_field(field: CustomField, *, config: Mapping[str, Any] | None = None, retired: bool | None = None,
                        **changes: Any) -> None:  # fmt: skip
    """Change the label, help, `required`, position or options of a field, or bring a retired one back.

    Raises Invalid for an empty label and for a choice without options.
    """
    if "label" in changes:
        changes["label"] = checked_label(changes["label"])
    with db.savepoint():
        _change(field, config, retired, changes)


def _change(
    field: CustomField, config: Mapping[str, Any] | None, retired: bool | None, changes: dict[str, Any]
) -> None:
    before, was, was_retired = as_field(field), _told(field), field.retired_at is not None
    if config is not None:
        _check_options(field.type, config)
        _check_place(CustomField(record_type=field.record_type, key=field.key, type=field.type, label=field.label,
                                 config=dict(config), required=False, help=""))  # fmt: skip
        field.config = dict(config)
    if retired is not None and retired != (field.retired_at is not None):
        field.retired_at = current.now() if retired else None
        if not retired and field.type in FIELD_TYPES:
            FIELD_TYPES[field.type].added(field.id)
    for name in {"label", "help", "required", "position"} & set(changes):
        setattr(field, name, changes[name])
    raise_schema_version()
    _follow(field, before, came_back=was_retired and retired is False)
    if was_retired != (field.retired_at is not None):
        kind = FieldRestored if was_retired else FieldRetired
        say(kind, field.id, of=field.record_type, title=field.label)
    if changed := differences(was, _told(field)):
        say(FieldChanged, field.id, of=field.record_type, title=field.label, changes=changed)


def _told(field: CustomField) -> dict[str, Any]:
    return {"label": field.label, "help": field.help, "required": field.required, "config": dict(field.config)}


def _follow(field: CustomField, before: FieldType, *, came_back: bool) -> None:
    """See to what the records hold besides the value itself: what they are found by, what is theirs alone."""
    after = as_field(field)
    if field.retired_at is not None or field.type not in FIELD_TYPES:
        return
    if after.unique and (came_back or not before.unique):
        guard_all(after)
    elif before.unique and not after.unique:
        let_all(after)
    if after.found != before.found or (after.found and came_back):
        find_again.later(record_type=field.record_type)
