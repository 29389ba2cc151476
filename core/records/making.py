"""Record types that a tenant makes without code: made, changed, hidden with all their records, brought back."""

import re
import secrets
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import IntegrityError

from core import access, current, db
from core.access.adding import SCOPES
from core.errors import Conflict, FieldProblem, Invalid, NotFound
from core.i18n import LOCALES, LazyText, _, _l, using_locale
from core.records.custom import add_custom_field, fields_of, free_key
from core.records.own import OwnRecord
from core.records.shape import CustomField, OwnType, raise_schema_version
from core.records.shape_happenings import TypeChanged, TypeMade, TypeRestored, TypeRetired, differences, say
from core.records.types import RECORD_TYPES, find_type, type_by_name
from core.web.static_files import has_icon

MOST_TYPES = 100
MOST_STATES = 30
LABEL = 40
DESCRIPTION = 300
COLORS = ("blue", "cyan", "teal", "green", "amber", "orange", "red", "pink", "purple", "gray")
RESERVED_KEYS = ("id", "version", "name", "status", "owner", "created_at", "updated_at", "created_by")
"""The fields that every type of one's own has."""
RESERVED = (_l("Home"), _l("Settings"), _l("Members"), _l("Member"), _l("Search"), _l("Notifications"), _l("Modules"))
"""What the navigation is made of: a type of the same name would be taken for it."""


def make_type(*, label: str, key: str | None = None, **said: Any) -> OwnType:
    """Make a record type. `said` may hold plural_label, description, icon, color, title_label, states.

    It is called `c_…` in addresses and in the API, after its label. Raises Invalid.
    """
    living = own_types()
    if len(living) >= MOST_TYPES:
        limit = _("A workspace has at most %(limit)s record types of its own. Hide one first.", limit=MOST_TYPES)
        raise Invalid([FieldProblem("label", "too_many", limit)])
    values = check_type({"label": label} | said, ())
    taken = db.session().scalars(select(OwnType.name).where(OwnType.tenant_id == current.tenant_id())).all()
    name = key or _free_name(values["label"], taken)
    if not re.fullmatch(r"c_[a-z0-9][a-z0-9_]{0,47}", name) or name in taken:
        raise Invalid([FieldProblem("key", "taken", _("This key is taken or is not c_ and then a–z, 0–9 and _."))])
    states = checked_states(said.get("states") or (), ())
    first = ["name", *(["status"] if states else []), "owner", "updated_at"]
    made = OwnType(name=name, position=len(taken), states=states, columns=said.get("columns") or first, **values)
    db.session().add(made)
    _save()
    say(TypeMade, made.id, of=made.name, title=made.label)
    return made


def change_type(own: OwnType, **said: Any) -> OwnType:
    """Change label, plural_label, description, icon, color, title_label or columns. Raises Invalid."""
    was = _told(own)
    for name, value in check_type(said, (own.label, own.plural_label)).items():
        setattr(own, name, value)
    if "columns" in said:
        own.columns = _columns(own, said["columns"])
    _save()
    _say_changed(own, was)
    return own


def set_states(own: OwnType, states: Sequence[Mapping[str, Any]]) -> None:
    """Give a type states, or none. Records without a state get the first. Raises Invalid, and Conflict for a state
    that records are in."""
    fields = find_type(own.name).all_fields() if find_type(own.name) else {}  # type: ignore[union-attr]
    checked = checked_states(states, fields)
    kept = {state["value"] for state in checked}
    gone = [state for state in own.states if state["value"] not in kept] if checked else []
    for state in gone:
        if number := _in_state(own, state["value"]):
            message = _("%(number)s records are “%(state)s”. Move them to another state first.",
                        number=number, state=state["label"])  # fmt: skip
            raise Conflict(message, code="in_use")
    if checked:
        stray = or_(OwnRecord.status.is_(None), OwnRecord.status.not_in(kept))
        db.session().execute(
            update(OwnRecord)
            .where(OwnRecord.tenant_id == current.tenant_id(), OwnRecord.type == own.name, stray)
            .values(status=checked[0]["value"], updated_at=OwnRecord.updated_at, version=OwnRecord.version + 1)
            .execution_options(synchronize_session=False)
        )
    if checked and not own.states and "status" not in own.columns:
        own.columns = [own.columns[0], "status", *own.columns[1:]] if own.columns else ["name", "status"]
    was = _told(own)
    own.states = checked
    _save()
    _say_changed(own, was)


def _told(own: OwnType) -> dict[str, Any]:
    names = ("label", "plural_label", "description", "icon", "color", "title_label", "columns", "states")
    return {name: getattr(own, name) for name in names}


def _say_changed(own: OwnType, was: Mapping[str, Any]) -> None:
    if changed := differences(was, _told(own)):
        say(TypeChanged, own.id, of=own.name, title=own.label, changes=changed)


def add_link(own: OwnType, target: str) -> CustomField:
    """Let records of a type belong to one of another: to a customer, say. It is shown in lists."""
    to = type_by_name(target)
    taken = [*RESERVED_KEYS, *(field.key for field in fields_of(own.name))]
    made = add_custom_field(own.name, label=str(to.label), type="lookup", taken=taken, config={"target": target})
    own.columns = [*own.columns[:1], made.key, *own.columns[1:]]
    _save()
    return made


def retire_type(own: OwnType) -> None:
    """Hide a type everywhere. Its records and fields are kept and come back with it."""
    if own.retired_at is None:
        own.retired_at = current.now()
        raise_schema_version()
        say(TypeRetired, own.id, of=own.name, title=own.label)


def restore_type(own: OwnType) -> None:
    """Bring a hidden type back with all its records. Raises Conflict when another took its name meanwhile."""
    if own.retired_at is None:
        return
    if len(own_types()) >= MOST_TYPES:
        raise Conflict(_("A workspace has at most %(limit)s record types of its own. Hide one first.",
                         limit=MOST_TYPES))  # fmt: skip
    try:
        with db.savepoint():
            own.retired_at = None
    except IntegrityError:
        raise Conflict(_("Another record type is called “%(label)s” by now. Rename that one first.", label=own.label),
                       code="taken") from None  # fmt: skip
    raise_schema_version()
    say(TypeRestored, own.id, of=own.name, title=own.label)


def own_types(*, hidden: bool = False) -> Sequence[OwnType]:
    """The types that the tenant made, in order; the hidden ones in their place."""
    state = OwnType.retired_at.is_not(None) if hidden else OwnType.retired_at.is_(None)
    of_tenant = select(OwnType).where(OwnType.tenant_id == current.tenant_id(), state)  # fmt: skip
    return db.session().scalars(of_tenant.order_by(OwnType.position, OwnType.id)).all()


def find_own_type(name: str) -> OwnType | None:
    of_tenant = select(OwnType).where(OwnType.tenant_id == current.tenant_id(), OwnType.name == name)
    return db.session().scalars(of_tenant).one_or_none()


def get_own_type(name: str, *, hidden: bool = False) -> OwnType:
    """Raises NotFound; also for a type that is hidden, unless those are wanted too."""
    found = find_own_type(name)
    if found is None or (found.retired_at is not None and not hidden):
        raise NotFound(_("There is no such record type."))
    return found


@contextmanager
def afresh() -> Iterator[None]:
    """Work on with the record types and fields as this transaction leaves them, whether or not it is kept."""
    db.flush()
    with current.entering(replace(current.tenant(), schema_version=-1 - secrets.randbelow(2**60))):
        yield


# --- who may do what ------------------------------------------------------------------------------------

CHANGING = ("edit", "delete", "transfer")


def open_roles() -> Sequence[access.Role]:
    """The roles whose rights for a type can be set: all but those that may do everything."""
    of_tenant = select(access.Role).where(access.Role.tenant_id == current.tenant_id()).order_by(access.Role.id)
    return [role for role in db.session().scalars(of_tenant) if "*" not in role.grants.get("permissions", ())]


def access_of(name: str, role: access.Role) -> tuple[str, str]:
    """What a role sees and changes of a type; "" where it is as for other records."""
    said = role.grants.get("records", {}).get(name)
    return (said.get("view", "none"), said.get("edit", "none")) if said is not None else ("", "")


def usual_access(role: access.Role) -> tuple[str, str]:
    usual = role.grants.get("records", {}).get("*", {})
    return usual.get("view", "none"), usual.get("edit", "none")


def set_access(own: OwnType, role: access.Role, sees: str, changes: str) -> None:
    """Say what a role sees and changes of a type: a scope, or "" for what it may with other records.

    Whoever sees nothing makes nothing either; nobody changes more than is seen. Raises Invalid, Forbidden.
    """
    access.require_permission("tenant.manage_members")
    records = {key: rights for key, rights in role.grants.get("records", {}).items() if key != own.name}
    if sees:
        changes = changes or "none"
        if sees not in SCOPES or changes not in SCOPES:
            raise Invalid(
                [FieldProblem("sees", "not_an_option", _("Choose one of: %(list)s.", list=", ".join(SCOPES)))]
            )
        changes = min(sees, changes, key=SCOPES.index)
        usual = records.get("*", {})
        rights = {**usual, "view": sees, **dict.fromkeys(CHANGING, changes)}
        rights |= {action: _at_most(usual.get(action, "none"), changes) for action in ("delete", "transfer")}
        rights["create"] = "none" if sees == "none" or changes == "none" else "all"
        rights |= {action: _at_most(usual.get(action, "none"), sees) for action in ("export", "share")}
        rights["import"] = usual.get("import", "none") if rights["create"] == "all" else "none"
        records[own.name] = rights
    if records != role.grants.get("records", {}):
        role.grants = {**role.grants, "records": records}


def _at_most(scope: str, most: str) -> str:
    return min(scope, most, key=SCOPES.index)


# --- checking -------------------------------------------------------------------------------------------


def checked_states(
    states: Sequence[Mapping[str, Any]], fields: Mapping[str, Any] | Sequence[str]
) -> list[dict[str, Any]]:
    """States as they are kept; new ones get their label as value. Raises Invalid, naming each fault."""
    if len(states) > MOST_STATES:
        limit = _("A record type has at most %(limit)s states.", limit=MOST_STATES)
        raise Invalid([FieldProblem("states", "too_many", limit)])
    problems: list[FieldProblem] = []
    checked: list[dict[str, Any]] = []
    for n, state in enumerate(states):
        label = clean(str(state.get("label", "")))
        if problem := _label_problem(f"states.{n}.label", label):
            problems.append(problem)
        elif label.casefold() in {each["label"].casefold() for each in checked}:
            problems.append(FieldProblem(f"states.{n}.label", "duplicate", _("Two states are called the same.")))
        if (color := state.get("color") or "gray") not in COLORS:
            problems.append(_no_color(f"states.{n}.color"))
        value = str(state.get("value") or label)
        to = state.get("to")
        checked.append({"value": value, "label": label, "color": color, "to": None if to is None else list(to),
                        "requires": list(state.get("requires") or ())})  # fmt: skip
    values = [state["value"] for state in checked]
    for n, state in enumerate(checked):
        if values.count(state["value"]) > 1 and not problems:
            problems.append(FieldProblem(f"states.{n}.value", "duplicate", _("Two states have the same value.")))
        if unknown := [each for each in state["to"] or () if each not in values]:
            message = _("There is no state “%(state)s”.", state=str(unknown[0])[:60])
            problems.append(FieldProblem(f"states.{n}.to", "unknown_state", message))
        if state["to"] is not None:
            state["to"] = [each for each in values if each in state["to"] and each != state["value"]]
            if len(state["to"]) == len(values) - 1:
                state["to"] = None
        if unknown := [each for each in state["requires"] if fields and each not in fields]:
            message = _("There is no field “%(key)s”.", key=str(unknown[0])[:60])
            problems.append(FieldProblem(f"states.{n}.requires", "unknown_field", message))
    if problems:
        raise Invalid(problems)
    return checked


def clean(typed: str) -> str:
    """A label on one line, without characters that cannot be seen or turn the writing around."""
    seen = "".join(" " if c.isspace() else c for c in typed if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join(seen.split())


def check_type(said: Mapping[str, Any], present: Sequence[str]) -> dict[str, Any]:
    """The texts and looks of a type, checked. `present` are the labels that it has and may keep. Raises Invalid."""
    problems: list[FieldProblem] = []
    values: dict[str, Any] = {}
    if "label" in said:
        values["label"] = label = clean(said["label"])
        if problem := _label_problem("label", label) or _taken("label", label, present):
            problems.append(problem)
    if "plural_label" in said or not present:
        plural = clean(said.get("plural_label") or "") or values.get("label", "")
        values["plural_label"] = plural
        if plural and len(plural) > LABEL:
            problems.append(_too_long("plural_label", LABEL))
        elif plural and plural != values.get("label") and (problem := _taken("plural_label", plural, present)):
            problems.append(problem)
    for name, limit in (("title_label", LABEL), ("description", DESCRIPTION)):
        if name in said:
            values[name] = clean(said[name] or "")
            if len(values[name]) > limit:
                problems.append(_too_long(name, limit))
    if "icon" in said:
        values["icon"] = said["icon"]
        if not has_icon(str(said["icon"])):
            problems.append(FieldProblem("icon", "unknown_icon", _("Choose an icon.")))
    if "color" in said:
        values["color"] = said["color"]
        if said["color"] not in COLORS:
            problems.append(_no_color("color"))
    if problems:
        raise Invalid(problems)
    return values


def _label_problem(field: str, label: str) -> FieldProblem | None:
    if not label:
        return FieldProblem(field, "required", _("Give it a name."))
    if not any(c.isalnum() for c in label):
        return FieldProblem(field, "no_letters", _("A name needs at least one letter or digit."))
    return _too_long(field, LABEL) if len(label) > LABEL else None


def _too_long(field: str, limit: int) -> FieldProblem:
    return FieldProblem(field, "too_long", _("Use at most %(limit)s characters.", limit=limit))


def _no_color(field: str) -> FieldProblem:
    return FieldProblem(field, "not_an_option", _("Choose one of: %(list)s.", list=", ".join(COLORS)))


def _taken(field: str, label: str, present: Sequence[str]) -> FieldProblem | None:
    wanted = label.casefold()
    if wanted in {each.casefold() for each in present}:
        return None
    if wanted in {each.casefold() for own in own_types() for each in (own.label, own.plural_label)}:
        return FieldProblem(field, "taken", _("There is a record type of this name already."))
    ready = [text for each in RECORD_TYPES.values() for text in (each.label, each.plural_label)]
    if wanted in _in_all_languages([*ready, *RESERVED]):
        message = _("Guanxi has something called “%(label)s” already. Choose another name.", label=label)
        return FieldProblem(field, "reserved", message)
    return None


def _in_all_languages(texts: Sequence[LazyText | str]) -> set[str]:
    found: set[str] = set()
    for tag in LOCALES:
        with using_locale(tag):
            found |= {str(text).casefold() for text in texts}
    return found


def _free_name(label: str, taken: Sequence[str]) -> str:
    name = free_key(label, taken)
    return name if not name.startswith("c_field") or "field" in label.casefold() else free_key("type", taken)


def _columns(own: OwnType, keys: Sequence[str]) -> list[str]:
    record_type = find_type(own.name)
    known = record_type.all_fields() if record_type else {}
    if unknown := [key for key in keys if key not in known]:
        message = _("There is no field “%(key)s”.", key=str(unknown[0])[:60])
        raise Invalid([FieldProblem("columns", "unknown_field", message)])
    if len(keys) > 20:
        raise Invalid([FieldProblem("columns", "too_many", _("Choose at most %(limit)s columns.", limit=20))])
    return list(dict.fromkeys(["name", *keys])) if "name" not in keys else list(dict.fromkeys(keys))


def _in_state(own: OwnType, value: str) -> int:
    """How many records are in a state, deleted ones left out."""
    return db.session().scalar(
        select(func.count()).where(
            OwnRecord.tenant_id == current.tenant_id(), OwnRecord.type == own.name, OwnRecord.status == value,
            OwnRecord.deleted_at.is_(None),
        )
    ) or 0  # fmt: skip


def numbers_of(names: Sequence[str]) -> dict[str, int]:
    """How many records each of these types has, in one statement."""
    counted = (
        select(OwnRecord.type, func.count())
        .where(OwnRecord.tenant_id == current.tenant_id(), OwnRecord.type.in_(names), OwnRecord.deleted_at.is_(None))
        .group_by(OwnRecord.type)
    )
    return {row[0]: row[1] for row in db.session().execute(counted)} if names else {}


def _save() -> None:
    """Raises Invalid when somebody else took the name in the same moment."""
    try:
        with db.savepoint():
            db.flush()
    except IntegrityError:
        taken = _("There is a record type of this name already.")
        raise Invalid([FieldProblem("label", "taken", taken)]) from None
    raise_schema_version()
