"""What an administrator does to the fields of a record type: settings, changes of built-in ones, retiring."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from core import current, db
from core.errors import Conflict, FieldProblem, Invalid, NotFound
from core.i18n import _, _l
from core.records import custom
from core.records.custom import CustomField, OfferedTypes
from core.records.fields import FIELD_TYPES, FieldError, FieldType, State, Tags, YesNo
from core.records.laying_out import must_be_fillable
from core.records.schemas import SYSTEM
from core.records.shape import FieldChange, as_field, raise_schema_version
from core.records.shape_happenings import FieldChanged, FieldRestored, FieldRetired, differences, say
from core.records.types import RecordType, find_type
from core.records.usage import FieldUse, where_used

MAX_HELP = 500
MOST_FIELDS = 500


class InUse(Conflict):
    """A field cannot be retired just so: something uses it. `uses` says what."""

    code = "in_use"

    def __init__(self, label: str, uses: list[FieldUse]) -> None:
        where = _("; ").join(dict.fromkeys(f"{use.kind}: {use.title}" for use in uses[:10]))
        super().__init__(_("“%(field)s” is used. %(where)s", field=label, where=where))
        self.uses = uses
        self.more = {"uses": [{"kind": use.kind, "title": use.title, "url": use.url} for use in uses]}


@dataclass(frozen=True)
class Administered:
    """A field as its administrator sees it: also when it is retired, also what may be done with it."""

    key: str
    of: FieldType
    row: CustomField | None = None
    is_retired: bool = False
    is_fixed: bool = False
    """Whether it can be neither retired nor made optional: no record is without it."""
    uses: list[FieldUse] = field(default_factory=list)


def settings_of(kind: type[FieldType]) -> dict[str, FieldType]:
    """All that may be set of a tenant's own field of a type, besides name, help and whether it is required."""
    if kind.computed:
        return dict(kind.settings())
    also = Tags(
        _l("Also called in files"), help=_l("Other headers that imports take for this field, with commas between.")
    )
    made = {**kind.settings(), **telling_settings(kind), "synonyms": also}
    for name, asked in made.items():
        asked.bind(name)
    return made


UNIQUE = frozenset({"text", "phone", "email", "url", "integer", "barcode", "identity"})
"""Types of which no two records may be made to have the same value."""
MATCHING = UNIQUE - {"integer"}
FOUND = UNIQUE - {"identity"} | {"auto_number"}


def telling_settings(kind: type[FieldType]) -> dict[str, FieldType]:
    """What may be set of a type by whose values records are told from one another."""
    made: dict[str, FieldType] = {}
    if kind.type_name in UNIQUE:
        help = _l("Who enters what another record has is told so, and cannot save it. Deleted records do not count.")
        made["unique"] = YesNo(_l("No two records may have the same"), help=help)
    if kind.type_name in MATCHING:
        help = _l("Two records with the same are suggested as one, and whoever types it is warned.")
        made["match_key"] = YesNo(_l("Tells duplicates"), help=help)
    if kind.type_name in FOUND:
        made["found"] = YesNo(_l("Found by search"), default=kind.found)
    return made


def checked_config(kind: type[FieldType], given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as they are kept, of what was typed or sent. Raises Invalid, each fault by its setting."""
    problems, config = [], {}
    for name, asked in settings_of(kind).items():
        try:
            value = asked.parse(given.get(name))
            if value is None and asked.required:
                raise FieldError("required", _("Fill in “%(field)s”.", field=asked.label))
        except FieldError as error:
            problems.append(FieldProblem(name, error.code, error.message))
            continue
        if value is not None:
            config[name] = asked.dump(value)
    if "target" in config and "target" in kind.configurable and find_type(config["target"]) is None:
        problems.append(FieldProblem("target", "unknown_type", _("Choose one from the list.")))
    if not problems:
        try:
            config = kind.check_settings(config)
        except FieldError as error:
            problems.append(FieldProblem(next(iter(kind.settings()), "type"), error.code, error.message))
    if problems:
        raise Invalid(problems)
    return config


def with_default(row: CustomField, config: Mapping[str, Any], typed: Any) -> dict[str, Any]:
    """The settings with a default value, which must fit them. Raises Invalid."""
    plain = {name: value for name, value in config.items() if name != "default"}
    of = as_field(CustomField(record_type=row.record_type, key=row.key, label=row.label, type=row.type, config=plain,
                              required=False, help="", id=row.id))  # fmt: skip
    if of.secret or not of.importable:  # nobody shares a secret or a file with all records
        return plain
    try:
        value = of.parse(typed)
    except FieldError as error:
        raise Invalid([FieldProblem("default", error.code, error.message)]) from None
    return plain if value is None else plain | {"default": of.dump(value)}


def add_field(
    record_type: RecordType,
    *,
    label: str,
    type: str,
    config: Mapping[str, Any],
    required: bool = False,
    help: str = "",
    key: str | None = None,
) -> CustomField:
    """Give a record type a field. Its key is told from the label and never changes. Raises Invalid."""
    if type not in OfferedTypes():
        raise Invalid([FieldProblem("type", "unknown_type", _("Choose a type of field."))])
    taken = keys_of(record_type)
    if len(taken) >= MOST_FIELDS:
        message = _("A record type has at most %(limit)s fields. Retire some first.", limit=MOST_FIELDS)
        raise Invalid([FieldProblem("label", "too_many", message)])
    checked = checked_config(FIELD_TYPES[type], config)
    return custom.add_custom_field(
        record_type.name, label=label, type=type, taken=taken, key=key, config=checked, required=required,
        help=_help(help),
    )  # fmt: skip


def keys_of(record_type: RecordType) -> list[str]:
    """All keys that are taken: of built-in fields, of what every record has, and of the retired."""
    return [*record_type.builtin, *SYSTEM, *(row.key for row in custom.fields_of(record_type.name))]


def _help(typed: str) -> str:
    text = " ".join(typed.replace("\x00", "").split())
    if len(text) > MAX_HELP:
        raise Invalid([FieldProblem("help", "too_long", _("Use at most %(limit)s characters.", limit=MAX_HELP))])
    return text


# --- all fields as one sees them in the settings -------------------------------------------------------


def administered(record_type: RecordType, uses: Mapping[str, list[FieldUse]] | None = None) -> list[Administered]:
    """The fields that people fill in or that are calculated: built in, then one's own, retired ones too."""
    changed, shown = _changes(record_type), record_type.all_fields()
    found = []
    for key, declared in record_type.builtin.items():
        if not declared.editable:
            continue
        retired = key in changed and changed[key].retired_at is not None
        of = shown.get(key, declared)
        found.append(Administered(key, of, None, retired, not may_retire(record_type, key), (uses or {}).get(key, [])))
    for row in custom.fields_of(record_type.name):
        found.append(Administered(row.key, as_field(row), row, row.retired_at is not None,
                                  False, (uses or {}).get(row.key, [])))  # fmt: skip
    return found


def the_field(record_type: RecordType, key: str) -> Administered:
    """Raises NotFound."""
    found = next((each for each in administered(record_type) if each.key == key), None)
    if found is None:
        raise NotFound(_("There is no such field."))
    return found


def may_retire(record_type: RecordType, key: str) -> bool:
    """Not what every record needs: title, owner, state, the link that decides who sees it, what may not be empty."""
    of = record_type.builtin.get(key)
    if of is None:
        return True
    kept = {record_type.title, "owner", record_type.through}
    if record_type.customer_attr:
        kept.add(record_type.customer_attr.removesuffix("_id"))
    return of.editable and key not in kept and not isinstance(of, State) and not must_be_fillable(record_type, of)


def _changes(record_type: RecordType) -> dict[str, FieldChange]:
    rows = select(FieldChange).where(
        FieldChange.tenant_id == current.tenant_id(), FieldChange.record_type == record_type.name
    )
    return {row.key: row for row in db.session().scalars(rows)}


def change_field(
    record_type: RecordType,
    key: str,
    *,
    label: str | None = None,
    help: str | None = None,
    required: bool | None = None,
) -> None:
    """Call a field, built in or not, differently; explain it; ask for it. Raises Invalid, NotFound."""
    each = the_field(record_type, key)
    if help is not None:
        help = _help(help)
    if each.row is not None:
        said: dict[str, Any] = {"label": label, "help": help, "required": required}
        custom.change_custom_field(each.row, **{name: value for name, value in said.items() if value is not None})
        return
    declared, change = record_type.builtin[key], _change_of(record_type, key)
    was = _told(change)
    if label is not None:
        label = custom.checked_label(label)
        change.label = None if label == str(declared.label) else label
    if help is not None:
        change.help = None if help == str(declared.help) else help
    if required is not None:
        change.required = True if required and not declared.required else None
    raise_schema_version()
    if changed := differences(was, _told(change)):
        title = str(change.label or declared.label)
        say(FieldChanged, change.id, of=record_type.name, title=title, changes=changed)


def _told(change: FieldChange) -> dict[str, Any]:
    return {"label": change.label, "help": change.help, "required": change.required}


def _change_of(record_type: RecordType, key: str) -> FieldChange:
    change = _changes(record_type).get(key)
    if change is None:
        change = FieldChange(record_type=record_type.name, key=key)
        db.session().add(change)
    return change


def retire_field(record_type: RecordType, key: str, *, although_used: bool = False) -> None:
    """Hide a field everywhere. Its values stay and come back with it. Raises InUse, Conflict, NotFound."""
    each = the_field(record_type, key)
    if each.is_fixed:
        raise Conflict(_("“%(field)s” cannot be retired: no record is without it.", field=each.of.label), code="fixed")
    if not although_used and (uses := where_used(record_type, key)):
        raise InUse(str(each.of.label), uses)
    if each.row is not None:
        custom.retire_custom_field(each.row)
    else:
        change = _change_of(record_type, key)
        change.retired_at = current.now()
        raise_schema_version()
        say(FieldRetired, change.id, of=record_type.name, title=str(each.of.label))


def restore_field(record_type: RecordType, key: str) -> None:
    """Bring a retired field back, with all its values. Raises NotFound."""
    each = the_field(record_type, key)
    if each.row is not None:
        custom.change_custom_field(each.row, retired=False)
    else:
        change = _change_of(record_type, key)
        change.retired_at = None
        raise_schema_version()
        say(FieldRestored, change.id, of=record_type.name, title=str(each.of.label))
