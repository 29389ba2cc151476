"""What bringing a template in would change, and doing just that.

Nothing that is only here is taken away. What cannot be done is a conflict: it is shown, and left as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from core import db
from core.errors import Conflict, Invalid
from core.i18n import _
from core.records import making
from core.records.custom import OfferedTypes, add_custom_field, change_custom_field, fields_of
from core.records.designs.writing import layout_of, shared_views
from core.records.field_config import checked_config
from core.records.fields import FIELD_TYPES, FieldError
from core.records.laying_out import checked_layout, save_layout
from core.records.shape import CustomField, OwnType, raise_schema_version
from core.records.types import RecordType, find_type, type_by_name
from core.records.views.models import View
from core.records.views.services import save_view
from core.records.views.setup import Setup, as_columns
from core.web.static_files import has_icon

Kind = Literal["new", "changed", "back", "conflict"]
TYPES, LOOKS, FIELDS, STATES, LAYOUT, VIEWS = range(6)
"""In which order things are done: fields may point at types that come with the same template."""


@dataclass(frozen=True)
class Difference:
    """One thing that the template would change. `do` is missing where it cannot."""

    kind: Kind
    what: str
    old: str = ""
    new: str = ""
    do: Callable[[], Any] | None = None
    turn: int = LOOKS


@dataclass
class TypeDifferences:
    key: str
    label: str
    icon: str
    color: str
    differences: list[Difference] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """What becomes of the type as a whole: `new`, `back`, `conflict`, `changed` or `same`."""
        first = self.differences[0] if self.differences else None
        if first and first.turn == TYPES:
            return first.kind
        return "changed" if first else "same"


@dataclass
class Comparison:
    types: list[TypeDifferences]

    def of(self, *kinds: Kind) -> int:
        return sum(each.kind in kinds for type_ in self.types for each in type_.differences)

    @property
    def is_done(self) -> bool:
        """Whether there is nothing that bringing it in would change."""
        return not self.of("new", "changed", "back")


def compare(design: Mapping[str, Any]) -> Comparison:
    """How this workspace differs from what a template says."""
    described = design["types"]
    known = {each["key"] for each in described}
    return Comparison([_of_type(each, known) for each in described])


def apply(design: Mapping[str, Any]) -> Comparison:
    """Bring a template in. Answers what was done, and what could not be. Raises Invalid, and then nothing is done."""
    found = compare(design)
    steps = [each for type_ in found.types for each in type_.differences if each.do]
    with db.savepoint():
        for turn in range(TYPES, VIEWS + 1):
            with making.afresh():
                for step in steps:
                    if step.turn == turn and step.do:
                        step.do()
    if steps:
        raise_schema_version()
    return found


def _of_type(said: Mapping[str, Any], known: set[str]) -> TypeDifferences:
    key = said["key"]
    if not key.startswith("c_"):
        return _of_ready_type(said, known)
    own = making.find_own_type(key)
    look = (
        said["icon"] if has_icon(said["icon"]) else "box",
        said["color"] if said["color"] in making.COLORS else "gray",
    )
    made = TypeDifferences(key, said["label"], *look)
    looks = {"label": said["label"], "plural_label": said.get("plural") or said["label"], "icon": said["icon"],
             "description": said["description"], "color": said["color"], "title_label": said["title"]}  # fmt: skip
    try:
        making.check_type(looks, (own.label, own.plural_label) if own else ())
        states = making.checked_states(said["states"], ())
    except Invalid as invalid:
        made.differences = [Difference("conflict", made.label, new=invalid.message, turn=TYPES)]
        return made
    if own is None:
        add = _new_type(key, looks, said)
        made.differences.append(Difference("new", made.label, do=add, turn=TYPES))
        if states:
            way = " → ".join(state["label"] for state in states)
            made.differences.append(Difference("new", _("States"), new=way, turn=STATES))
    else:
        made.differences += _looks(own, looks)
    made.differences += _fields(said, known)
    if own is not None:
        made.differences += _states(own, states) + _columns(own, said)
    elif any(state["requires"] for state in states):
        set_states = _later(lambda of: making.set_states(of, states), key)
        made.differences.append(
            Difference("new", _("What states require"), new=_needs(states), do=set_states, turn=STATES)
        )
    made.differences += [*_layout(key, said), *_views(key, said)]
    return made


def _new_type(key: str, looks: Mapping[str, Any], said: Mapping[str, Any]) -> Callable[[], Any]:
    states = [{**state, "requires": []} for state in said["states"]]
    columns = {"columns": said["columns"]} if said.get("columns") else {}
    return lambda: making.make_type(key=key, states=states, **columns, **looks)


def _later(do: Callable[[OwnType], Any], key: str) -> Callable[[], Any]:
    """Do something with a type that is only made by an earlier step."""
    return lambda: do(making.get_own_type(key))


def _of_ready_type(said: Mapping[str, Any], known: set[str]) -> TypeDifferences:
    record_type = find_type(said["key"])
    if record_type is None or not record_type.customisable:
        made = TypeDifferences(said["key"], said["key"], "puzzle-off", "gray")
        message = _("This workspace has no such record type. A module may be switched off.")
        made.differences = [Difference("conflict", said["key"], new=message, turn=TYPES)]
        return made
    made = TypeDifferences(record_type.name, str(record_type.label), record_type.icon, record_type.color)
    made.differences = [*_fields(said, known), *_layout(record_type.name, said), *_views(record_type.name, said)]
    return made


# --- the type itself ------------------------------------------------------------------------------------


def _looks(own: OwnType, looks: Mapping[str, Any]) -> list[Difference]:
    words = {"label": _("Name of one"), "plural_label": _("Name of many"), "description": _("Description"),
             "icon": _("Icon"), "color": _("Colour"), "title_label": _("Title field")}  # fmt: skip
    found = []
    if own.retired_at is not None:
        found.append(Difference("back", own.label, do=lambda: making.restore_type(own), turn=TYPES))
    for name, new in looks.items():
        old = getattr(own, name)
        if making.clean(new) != old:
            found.append(Difference("changed", words[name], old, making.clean(new), _changing(own, {name: new})))
    return found


def _changing(own: OwnType, said: Mapping[str, Any]) -> Callable[[], Any]:
    return lambda: making.change_type(own, **said)


def _columns(own: OwnType, said: Mapping[str, Any]) -> list[Difference]:
    if "columns" not in said or list(said["columns"]) == list(own.columns):
        return []

    def change() -> None:
        known = find_type(own.name)
        making.change_type(own, columns=[key for key in said["columns"] if known and known.field(key)])

    wanted = [key for key in said["columns"] if _will_be(own.name, key, said)]
    if wanted == list(own.columns):
        return []
    return [Difference("changed", _("Columns of the list"), ", ".join(own.columns), ", ".join(wanted), change, LAYOUT)]


def _will_be(name: str, key: str, said: Mapping[str, Any]) -> bool:
    record_type = find_type(name)
    return key in {field["key"] for field in said["fields"]} or bool(record_type and record_type.field(key))


def _states(own: OwnType, states: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """The template's states come first, in its order; those that are only here stay behind them."""
    here = {state["value"]: state for state in own.states}
    wanted = [dict(state) for state in states]
    values = {state["value"] for state in wanted}
    merged = [*wanted, *(state for value, state in here.items() if value not in values)] if wanted else own.states
    if merged == list(own.states):
        return []
    for state in merged:
        state["to"] = None if state.get("to") is None else state["to"]
    do = _later(lambda of: making.set_states(of, merged), own.name)
    found: list[Difference] = []
    for state in wanted:
        before = here.get(state["value"])
        if before == state:
            continue
        what = _("State “%(state)s”", state=state["label"])
        old, new = (_said_of(before, own.states) if before else "", _said_of(state, wanted))
        found.append(Difference("changed" if before else "new", what, old, new, turn=STATES))
    if not found:
        order = [" → ".join(each["label"] for each in some) for some in (own.states, merged)]
        return [Difference("changed", _("Order of states"), order[0], order[1], do, STATES)]
    first = found[0]
    return [Difference(first.kind, first.what, first.old, first.new, do, STATES), *found[1:]]


def _said_of(state: Mapping[str, Any], states: Sequence[Mapping[str, Any]]) -> str:
    labels = {each["value"]: each["label"] for each in states}
    follows = _("any") if state.get("to") is None else ", ".join(labels.get(v, v) for v in state["to"]) or "—"
    needs = f" ({', '.join(state['requires'])})" if state.get("requires") else ""
    return f"{state['label']} · {state['color']} · → {follows}{needs}"


def _needs(states: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(f"{each['label']}: {', '.join(each['requires'])}" for each in states if each["requires"])


# --- its fields -----------------------------------------------------------------------------------------


def _fields(said: Mapping[str, Any], known: set[str]) -> list[Difference]:
    rows = {row.key: row for row in fields_of(said["key"])}
    record_type = find_type(said["key"])
    built_in = set(record_type.builtin) if record_type else set(making.RESERVED_KEYS)
    found: list[Difference] = []
    for each in said["fields"]:
        what = _("Field “%(field)s”", field=each["label"])
        row = rows.get(each["key"])
        try:
            config = _config(each, known)
            if each["key"] in built_in or each["key"] in making.RESERVED_KEYS:
                raise Conflict(_("A ready field has this key."))
            if row is not None and row.type != each["type"]:
                message = _("Here it is of the type “%(type)s”, and a type cannot be changed this way.",
                            type=_type_title(row.type))  # fmt: skip
                raise Conflict(message)
        except (Conflict, FieldError) as problem:
            found.append(Difference("conflict", what, new=problem.message, turn=FIELDS))
            continue
        if row is None:
            found.append(Difference("new", what, "", _type_title(each["type"]), _new_field(said["key"], each, config),
                                    FIELDS))  # fmt: skip
        else:
            found += _changes(row, each, config, what)
    return found


def _config(each: Mapping[str, Any], known: set[str]) -> dict[str, Any]:
    """The field's settings as they are kept. Raises Conflict, FieldError."""
    if each["type"] not in OfferedTypes():
        raise Conflict(_("There is no field type “%(type)s” here. A module may be switched off.",
                         type=each["type"][:60]))  # fmt: skip
    kind, config = FIELD_TYPES[each["type"]], each["config"]
    target = config.get("target")
    if isinstance(target, str) and "target" in kind.configurable:
        if target != "member" and target not in known and find_type(target) is None:
            raise Conflict(_("It points at “%(type)s”, which is not here.", type=target[:60]))
        if find_type(target) is None:
            return dict(config)  # it comes with the same template
    return checked_config(each["type"], config)


def _new_field(type_name: str, each: Mapping[str, Any], config: Mapping[str, Any]) -> Callable[[], Any]:
    def add() -> None:
        taken = [row.key for row in fields_of(type_name)]
        add_custom_field(type_name, label=each["label"], type=each["type"], taken=taken, key=each["key"],
                         config=config, required=each["required"], help=each["help"])  # fmt: skip

    return add


def _changes(row: CustomField, each: Mapping[str, Any], config: Mapping[str, Any], what: str) -> list[Difference]:
    found = []
    if row.retired_at is not None:
        found.append(Difference("back", what, do=lambda: change_custom_field(row, retired=False), turn=FIELDS))
    pairs: list[tuple[str, str, Any, Any]] = [
        ("label", _("Name"), row.label, each["label"]),
        ("help", _("Help text"), row.help, each["help"]),
        ("required", _("Required"), row.required, each["required"]),
        ("config", _("Settings"), dict(row.config), dict(config)),
    ]
    for name, word, old, new in pairs:
        if old != new:
            change = _change_of(row, {name: new})
            found.append(Difference("changed", f"{what}: {word}", _shown(old), _shown(new), change, FIELDS))
    return found


def _change_of(row: CustomField, said: dict[str, Any]) -> Callable[[], Any]:
    return lambda: change_custom_field(row, **said)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_shown(each)}" for key, each in value.items())
    if isinstance(value, list):
        return " / ".join(str(each.get("label", each)) if isinstance(each, Mapping) else str(each) for each in value)
    return "" if value is None else str(value)


def _type_title(name: str) -> str:
    kind = FIELD_TYPES.get(name)
    return str(kind.title) if kind else name


# --- its form -------------------------------------------------------------------------------------------


def _layout(name: str, said: Mapping[str, Any]) -> list[Difference]:
    wanted = said.get("layout")
    if not wanted:
        return []
    kept, record_type = layout_of(name), find_type(name)
    if not isinstance(wanted.get("sections"), list):
        problem = _("The form is not written as a template has it.")
        return [Difference("conflict", _("Form"), new=problem, turn=LAYOUT)]
    if kept and (kept.layout == wanted or (record_type and _fitting(record_type, wanted) == kept.layout)):
        return []
    old, new = (_outline(kept.layout) if kept else "", _outline(wanted))
    put = _putting(name, wanted)
    return [Difference("changed" if kept else "new", _("Form"), old, new, put, LAYOUT)]


def _fitting(record_type: RecordType, layout: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return checked_layout(record_type, layout)
    except Invalid:
        return layout


def _putting(name: str, layout: Mapping[str, Any]) -> Callable[[], Any]:
    return lambda: save_layout(type_by_name(name), layout)


def _outline(layout: Mapping[str, Any]) -> str:
    sections = layout.get("sections") or ()
    named = [(each.get("label") or "—", each.get("fields") or ()) for each in sections if isinstance(each, Mapping)]
    return " · ".join(f"{label} ({len(fields)})" for label, fields in named)


# --- its views ------------------------------------------------------------------------------------------


def _views(name: str, said: Mapping[str, Any]) -> list[Difference]:
    here = {view.name: view for view in shared_views(name)}
    found: list[Difference] = []
    for each in said["views"]:
        wanted = _setup(each)
        view, what = here.get(each["name"]), _("View “%(view)s”", view=each["name"])
        if view is None:
            found.append(Difference("new", what, "", _looks_of(wanted), _keeping(name, each["name"], wanted), VIEWS))
        elif Setup.of(view).dump() != wanted.dump():
            old, new = _looks_of(Setup.of(view)), _looks_of(wanted)
            found.append(Difference("changed", what, old, new, _keeping(name, each["name"], wanted, view), VIEWS))
    return found


def _setup(each: Mapping[str, Any]) -> Setup:
    given = {key: value for key, value in each.items() if key != "name"}
    return Setup(**given | {"columns": as_columns(each["columns"]), "lanes": tuple(each["lanes"])})


def _keeping(name: str, title: str, wanted: Setup, view: View | None = None) -> Callable[[], Any]:
    """Keep a view as far as it fits the fields that are here."""

    def keep() -> None:
        record_type = type_by_name(name)
        setup, _lost = wanted.mended(record_type)
        if view is None:
            save_view(record_type, name=title, setup=setup, shared="all")
        else:
            for key, value in setup.checked(record_type).dump().items():
                setattr(view, key, value)

    return keep


def _looks_of(setup: Setup) -> str:
    columns = ", ".join(column.key for column in setup.columns)
    parts = (setup.kind, columns, setup.sort, setup.group_by or setup.lanes_by or setup.dates_by)
    return " · ".join(part for part in parts if part)
