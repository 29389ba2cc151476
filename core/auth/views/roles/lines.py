"""The matrix of a role as it is drawn and as it is posted: a line for each record type, a cell for each action."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import orjson

from core.access import Role
from core.access.adding import granted_on
from core.access.roles import EVERYTHING, LEAD_A_TEAM, READ, WORK
from core.auth.role_grants import ACTIONS, ALL_OTHERS, SCOPE_NAMES, WITHOUT_SCOPE
from core.errors import FieldProblem, Invalid
from core.i18n import _, _l, _lp
from core.records.pages.builder import Builder, read_built
from core.records.types import RecordType, enabled_types, own_types, type_by_name

FIRST = ("customer", "contact")
INHERIT, CHOSEN, CONDITION, OTHERS = "inherit", "chosen", "if", "others"
PRESETS: Mapping[str, tuple[Any, Mapping[str, str]]] = MappingProxyType({
    "nothing": (_lp("scope", "No access"), {}), "look": (_l("Look"), READ), "work": (_l("Work on their own"), WORK),
    "lead": (_l("Lead a team"), LEAD_A_TEAM), "everything": (_l("Everything"), EVERYTHING),
})  # fmt: skip


@dataclass
class Cell:
    """An action on a type. `scope` is as the form has it; `builder` is there where it is a condition."""

    action: str
    name: str
    scope: str
    saved: str
    builder: Builder | None = None
    error: str = ""

    @property
    def options(self) -> Sequence[tuple[str, Any]]:
        names = [(scope, label) for scope, label in SCOPE_NAMES.items()
                 if scope in ("none", "all") or self.action not in WITHOUT_SCOPE]  # fmt: skip
        may_ask = self.action not in WITHOUT_SCOPE and not self.name.startswith(f"s-{OTHERS}-")
        return [*names, (CONDITION, _lp("scope", "If…"))] if may_ask else names

    @property
    def condition_name(self) -> str:
        return "if" + self.name.removeprefix("s")


@dataclass
class Line:
    """A record type, or all others. `covered` is how many of its fields the role does not leave open."""

    name: str
    label: Any
    icon: str
    preset: str
    saved_preset: str
    cells: list[Cell]
    record_type: RecordType | None = None
    covered: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return _key(self.name)

    @property
    def presets(self) -> Iterator[tuple[str, Any, str]]:
        """What can be chosen for the whole line, with what that grants."""
        if self.name != ALL_OTHERS:
            yield INHERIT, _("As all others"), ""
        for key, (label, grants) in PRESETS.items():
            yield key, label, orjson.dumps(dict(grants)).decode()
        yield CHOSEN, _("Chosen here"), ""


def lines_of(
    role: Role, said: Mapping[str, Any], problems: Sequence[FieldProblem] = (), form: Any = None
) -> list[Line]:
    """The matrix as `said` has it, marked where it differs from the role as it is kept.

    With a `form`, conditions are drawn as they were being put together there.
    """
    wrong: dict[str, list[str]] = {}
    for problem in problems:
        wrong.setdefault(".".join(problem.field.split(".")[:3]), []).append(problem.message)
    return [_line(role, said, name, wrong, form) for name in _in_order()]


def _in_order() -> list[str]:
    """All others, whom one deals with, then the types of modules, the workspace's own, and what one does all day."""
    types = {each.name: each for each in enabled_types()}
    own = own_types()

    def place(name: str) -> int:
        if name in FIRST:
            return FIRST.index(name)
        if name in own:
            return len(FIRST) + 1
        return len(FIRST) + (2 if types[name].module == "core" else 0)

    return [ALL_OTHERS, *sorted(types, key=place)]


def _line(role: Role, said: Mapping[str, Any], name: str, wrong: Mapping[str, list[str]], form: Any) -> Line:
    record_type = None if name == ALL_OTHERS else type_by_name(name)
    now, saved = granted_on(said, name), granted_on(role.grants, name)
    cells = [_cell(action, f"s-{_key(name)}-{action}", now, saved, record_type) for action in ACTIONS]
    for cell in cells:
        cell.error = " ".join(wrong.get(f"records.{name}.{cell.action}", ()))
        if cell.builder is not None and form is not None and f"{cell.condition_name}-match" in form:
            cell.builder = _half_built(cell.builder.record_type, form, cell.condition_name)
    return Line(
        name, _("All others") if record_type is None else record_type.plural_label,
        "asterisk" if record_type is None else record_type.icon, preset_of(said, name), preset_of(role.grants, name),
        cells, record_type, covered=len(role.grants.get("fields", {}).get(name, ())),
        errors=wrong.get(f"records.{name}", []),
    )  # fmt: skip


def _cell(
    action: str, name: str, now: Mapping[str, Any], saved: Mapping[str, Any], record_type: RecordType | None
) -> Cell:
    scope = now.get(action, "none")
    cell = Cell(action, name, _word(scope), _word(saved.get(action, "none")))
    if cell.scope == CONDITION and record_type is not None:
        cell.builder = Builder.of(record_type, scope.get("if") or None, name=cell.condition_name).completed()
    return cell


def _half_built(record_type: RecordType, form: Any, name: str) -> Builder:
    builder = Builder.of_form(record_type, form, name=name).numbered()
    with suppress(Invalid):  # it is said beside the row
        builder.check()
    return builder.completed()


def _word(scope: Any) -> str:
    return CONDITION if isinstance(scope, Mapping) else str(scope)


def preset_of(grants: Mapping[str, Any], name: str) -> str:
    """Which of the presets the role has for a type."""
    records = grants.get("records", {})
    if name != ALL_OTHERS and name not in records:
        return INHERIT
    said = {action: scope for action, scope in records.get(name, {}).items() if scope != "none"}
    return next((key for key, (_label, each) in PRESETS.items() if each == said), CHOSEN)


# --- from a form ---------------------------------------------------------------------------------------


def read_lines(role: Role, form: Any) -> tuple[dict[str, Any], list[FieldProblem]]:
    """The records of grants as they were posted, and what is wrong with the conditions among them.

    Lines that were not posted stay. Whoever chooses a preset means it, though without scripts the cells beside it still
    say what was before; and who changes a cell means that, though the preset still says so.
    """
    shown = [name for name in (ALL_OTHERS, *(t.name for t in enabled_types())) if f"p-{_key(name)}" in form]
    records = {name: said for name, said in role.grants.get("records", {}).items() if name not in shown}
    problems: list[FieldProblem] = []
    for name in shown:
        cells = _posted(name, form)
        preset = form[f"p-{_key(name)}"]
        before = preset_of(role.grants, name)
        as_it_was = cells == _words(granted_on(role.grants, name))
        if preset == INHERIT and name != ALL_OTHERS:
            if preset != before or as_it_was or cells == _posted(ALL_OTHERS, form):
                continue
        elif preset in PRESETS and (preset != before or as_it_was):
            records[name] = dict(PRESETS[preset][1])
            continue
        records[name] = _with_conditions(name, cells, form, problems)
    return records, problems


def _posted(name: str, form: Any) -> dict[str, str]:
    return {action: form.get(f"s-{_key(name)}-{action}", "none") for action in ACTIONS}


def _key(name: str) -> str:
    return OTHERS if name == ALL_OTHERS else name


def _words(said: Mapping[str, Any]) -> dict[str, str]:
    return {action: _word(said.get(action, "none")) for action in ACTIONS}


def _with_conditions(name: str, cells: Mapping[str, str], form: Any, problems: list[FieldProblem]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for action, scope in cells.items():
        if scope == CONDITION and name != ALL_OTHERS:
            made[action] = {"if": _condition(name, action, form, problems)}
        elif scope != "none":
            made[action] = scope
    return made


def _condition(name: str, action: str, form: Any, problems: list[FieldProblem]) -> Any:
    at = f"records.{name}.{action}"
    try:
        found = read_built(type_by_name(name), form, f"if-{name}-{action}")
    except Invalid as invalid:
        problems.append(FieldProblem(at, "condition", " ".join(p.message for p in invalid.problems)))
        return None
    if found is None:
        problems.append(FieldProblem(at, "condition", _("Say below which records are meant.")))
    return found
