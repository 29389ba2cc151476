"""The filter builder: a plain form whose rows are conditions, in groups. Each change asks the server for the next step.

It is a page and a dialog of lists, and a part of other forms: `Builder.of(record_type, condition, name="…")`, drawn by
`filter_builder` of `records/builder.html`, and read back by `read_built`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import request
from flask.typing import ResponseReturnValue

from core.access.decisions import scopes_for
from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records.conditions import Condition, compile_condition
from core.records.conditions import invalid as invalid_filter
from core.records.fields import Choice, FieldType, MultiChoice, Names
from core.records.fields.operators import COUNTED_PERIODS, PERIODS, split_period
from core.records.pages.addresses import list_url
from core.records.pages.blueprint import may_any, records
from core.records.pages.controls import Control, Options, control, members
from core.records.pages.filters import as_text, damaged, path, pointed_in, read_filter, say
from core.records.pages.lookups import resolve_links
from core.records.types import RecordType, find_type, titles, type_of_plural
from core.web import redirect_to, render

MOST_NODES = 60
MOST_LEVELS = 4
CARRIED = ("q", "view", "sort", "columns", "group", "by", "date", "sum", "density", "totals", "lanes", "on", "kind")
"""What the page of a list hands through, so that it is still there when the filter has been chosen."""
WORDS = ("all", "any", "none")


@dataclass
class Row:
    """A condition being put together; `kept` is one that the builder cannot show and leaves as it is."""

    key: str = ""
    op: str = ""
    value: Any = None
    kept: str = ""
    words: str = ""
    error: str | None = None
    of: FieldType | None = None
    operators: Options = ()
    controls: list[Control] = field(default_factory=list)
    number: int = 0
    parent: int | None = None


@dataclass
class Group:
    """Conditions of which all, any or none are to be met. The outermost has no number."""

    word: str = "all"
    parts: "list[Row | Group]" = field(default_factory=list)
    number: int | None = None
    parent: int | None = None
    level: int = 1

    @property
    def may_nest(self) -> bool:
        return self.level < MOST_LEVELS

    def rows(self) -> Iterator[Row]:
        for part in self.parts:
            yield from part.rows() if isinstance(part, Group) else [part]

    def groups(self) -> "Iterator[Group]":
        yield self
        for part in self.parts:
            if isinstance(part, Group):
                yield from part.groups()

    def condition(self) -> Condition | None:
        """What it amounts to so far; rows without a field are nothing."""
        found: list[Any] = []
        for part in self.parts:
            inner = part.condition() if isinstance(part, Group) else condition_of(part)
            if inner is not None:
                found.append(inner)
        if not found:
            return None
        return {"not": {"any": found}} if self.word == "none" else {self.word: found}


def condition_of(row: Row) -> Condition | None:
    if row.kept:
        return orjson.loads(row.kept)
    if not row.key:
        return None
    return {"field": row.key, "op": row.op} | ({"value": row.value} if row.value is not None else {})


@dataclass
class Builder:
    """A filter being put together. `name` sets the fields of several builders, or of a form around it, apart.

    A `locked` one is told of by its `problem`, and not shown.
    """

    record_type: RecordType
    root: Group
    name: str = ""
    problem: str = ""
    locked: bool = False

    @classmethod
    def of(cls, record_type: RecordType, condition: Condition | None, *, name: str = "") -> "Builder":
        """With a condition that is there already. One that does not fit any more is left out, and said."""
        try:
            if condition:
                compile_condition(record_type, condition)
        except Invalid as invalid:
            return cls(record_type, Group(), name, damaged(invalid)).numbered()
        names = titles(pointed_in(record_type, condition))
        return cls(record_type, _root_of(record_type, condition, names), name).numbered()

    @classmethod
    def of_form(cls, record_type: RecordType, form: Any, *, name: str = "") -> "Builder":
        """As a form holds it."""
        return cls(record_type, _root_of_form(record_type, form, f"{name}-" if name else ""), name)

    # --- what templates ask ----------------------------------------------------------------------------

    @property
    def prefix(self) -> str:
        return f"{self.name}-" if self.name else ""

    @property
    def id(self) -> str:
        return f"filter-{self.name or self.record_type.plural}"

    @property
    def action(self) -> str:
        part = f"/part?{urlencode({'name': self.name})}" if self.name else ""
        return f"{list_url(self.record_type)}filter{part}"

    @property
    def fields(self) -> Options:
        return choosable(self.record_type)

    @property
    def text(self) -> str:
        """The condition as the hidden field holds it."""
        return as_text(self.root.condition())

    @property
    def is_full(self) -> bool:
        return len(list(self.root.rows())) + len(list(self.root.groups())) > MOST_NODES

    # --- steps -----------------------------------------------------------------------------------------

    def step(self, step: str) -> "Builder":
        """Add to a group, or take something away: `add`, `add-3`, `group`, `group-3`, `drop-2`."""
        word, _dash, raw = step.partition("-")
        number = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 4 else None
        if word == "drop":
            for group in list(self.root.groups()):
                group.parts = [part for part in group.parts if part.number != number or number is None]
        target = next((g for g in self.root.groups() if g.number == number), None)
        if target is not None and word == "add":
            target.parts.append(Row(number=-1))
        elif target is not None and word == "group" and target.may_nest:
            word = "any" if target.word == "all" else "all"
            target.parts.append(Group(word, [Row(number=-1)], number=-1))
        return self.numbered()

    def numbered(self) -> "Builder":
        """Number everything from the top, as it is drawn."""
        if not self.root.parts:
            self.root.parts.append(Row())
        count = 0

        def number(group: Group, level: int) -> None:
            nonlocal count
            group.level = level
            for part in group.parts:
                part.number, part.parent = count, group.number
                count += 1
                if isinstance(part, Group):
                    number(part, level + 1)

        number(self.root, 1)
        return self

    def check(self) -> Condition | None:
        """The condition, known to fit. What is wrong with each row is said there. Raises Invalid."""
        for row in self.root.rows():
            if not row.kept and row.key and not row.error:
                row.error = _fault(self.record_type, row)
        if any(row.error for row in self.root.rows()):
            raise invalid_filter("incomplete", _("Please check what is marked."))
        condition = self.root.condition()
        if condition:
            compile_condition(self.record_type, condition)
        return condition

    def completed(self) -> "Builder":
        """With the operators and controls of each row."""
        rows = [row for row in self.root.rows() if row.key]
        for row in rows:
            row.of = path(self.record_type, row.key)[1]
        chosen = [row.of for row in rows if row.of]
        people = [("me", _("Me")), *members(chosen)] if any(f.widget == "member" for f in chosen) else ()
        plain = [{"field": row.key, "op": row.op, "value": row.value} for row in rows]
        names = titles(pointed_in(self.record_type, {"all": plain}))
        for row in rows:
            assert row.of is not None
            row.operators = [
                (n, op.label) for n, op in row.of.operators.items() if n == row.op or _is_offered(row.of, n)
            ]
            row.controls = _controls(row, row.of, people, names, f"{self.prefix}v{row.number}")
        return self


def read_built(record_type: RecordType, form: Any, name: str) -> Condition | None:
    """The condition that a builder inside another form holds. Raises Invalid for one that is not finished.

    The rows count where there are any; else the hidden field, as scripts may have set it.
    """
    if any(key.startswith(f"{name}-") for key in form):
        return Builder.of_form(record_type, form, name=name).numbered().check()
    return read_filter(record_type, form.get(name, ""))


# --- pages ---------------------------------------------------------------------------------------------


@records.get("/<plural>/filter", permission=may_any("view"))
def edit_filter(plural: str) -> ResponseReturnValue:
    record_type, step = type_of_plural(plural), request.args.get("step", "")
    builder = _asked(record_type, step)
    if step == "apply":
        try:
            return redirect_to(_list_with(record_type, builder.check()))
        except Invalid as invalid:
            builder.problem = damaged(invalid)
    builder.step("" if step in ("apply", "show") else step).completed()
    return render(
        "records/filter.html", "records/_filter.html", status=422 if builder.problem else 200, record_type=record_type,
        builder=builder, back=_list_with(record_type, None),
        carried={key: value for key in CARRIED if (value := request.args.get(key))},
    )  # fmt: skip


@records.get("/<plural>/filter/part", permission=may_any("view"))
def edit_filter_part(plural: str) -> ResponseReturnValue:
    """The builder inside another form, after a step."""
    record_type, name = type_of_plural(plural), request.args.get("name", "")[:60]
    if not name.replace("-", "").replace("_", "").isalnum():
        raise Invalid([FieldProblem("name", "invalid", _("Name the field that holds the filter."))])
    builder = Builder.of_form(record_type, request.args, name=name)
    builder.step(request.args.get(f"{name}-step", "")).completed()
    return render("records/filter_part.html", "records/filter_part.html", builder=builder)


def _asked(record_type: RecordType, step: str) -> Builder:
    if step or any(key.startswith(("f", "kept", "g")) and key[-1].isdigit() for key in request.args):
        return Builder.of_form(record_type, request.args)
    try:
        return Builder.of(record_type, read_filter(record_type))
    except Invalid as invalid:
        return Builder(record_type, Group(), problem=damaged(invalid)).numbered()


def _list_with(record_type: RecordType, condition: Condition | None) -> str:
    given = {key: request.args.get(key) for key in CARRIED if key not in ("on", "kind")}
    filtered = {"filter": as_text(condition)} if condition or request.args.get("view") else {}
    query = urlencode({key: value for key, value in given.items() if value} | filtered)
    page = on if (on := request.args.get("on", "")) in ("board", "calendar", "split") else ""
    return f"{list_url(record_type)}{page}" + (f"?{query}" if query else "")


# --- from a condition ----------------------------------------------------------------------------------


def _root_of(record_type: RecordType, condition: Condition | None, names: Names) -> Group:
    if condition is None:
        return Group()
    made = _part_of(record_type, condition, names, 1)
    return made if isinstance(made, Group) else Group("all", [made])


def _part_of(record_type: RecordType, condition: Condition, names: Names, level: int) -> Row | Group:
    """A group or a row; what is nested deeper than the builder shows, or looks through two links, is kept as it is."""
    if "field" in condition:
        only_asked = condition["field"] in record_type.only_asked
        if condition["field"].count(".") <= 1 and not condition["field"].endswith(")") and not only_asked:
            return Row(condition["field"], condition["op"], condition.get("value"))
    elif level <= MOST_LEVELS:
        if "not" in condition:
            inner = condition["not"]
            parts = inner.get("any", [inner])
            return Group("none", [_part_of(record_type, each, names, level + 1) for each in parts])
        word = "any" if "any" in condition else "all"
        return Group(word, [_part_of(record_type, each, names, level + 1) for each in condition[word]])
    return Row(kept=as_text(condition), words=say(record_type, condition, names))


# --- from a form ---------------------------------------------------------------------------------------


def _root_of_form(record_type: RecordType, form: Any, prefix: str) -> Group:
    word = form.get(f"{prefix}match", "all")
    root = Group(word if word in WORDS else "all")
    groups: dict[int | None, Group] = {None: root}
    for number in range(MOST_NODES + 1):
        part: Row | Group
        if word := form.get(f"{prefix}g{number}"):
            part = groups[number] = Group(word if word in WORDS else "all")
        elif kept := form.get(f"{prefix}kept{number}"):
            part = _kept(record_type, kept)
        elif f"{prefix}f{number}" in form:
            part = _row_of_form(record_type, form, prefix, number)
        else:
            continue
        raw = form.get(f"{prefix}p{number}", "")
        parent = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 4 else None
        part.number = number
        around = groups[parent if parent in groups and parent != number else None]
        if isinstance(part, Group):
            part.level = around.level + 1
        around.parts.append(part)
    for each in list(root.groups()):
        each.parts = [part for part in each.parts if not isinstance(part, Group) or part.parts]
    return root


def _kept(record_type: RecordType, raw: str) -> Row:
    try:
        condition = read_filter(record_type, raw)
    except Invalid:
        return Row()
    if condition is None:
        return Row()
    return Row(kept=as_text(condition), words=say(record_type, condition, titles(pointed_in(record_type, condition))))


def _row_of_form(record_type: RecordType, form: Any, prefix: str, number: int) -> Row:
    key = form.get(f"{prefix}f{number}", "")
    of = _behind(record_type, key)
    if of is None:
        return Row()
    op = form.get(f"{prefix}o{number}", "")
    op = op if op in of.operators else next(iter(of.operators))
    value, error = _posted(of, op, form, f"{prefix}v{number}")
    return Row(key, op, value, error=error)


def _behind(record_type: RecordType, key: str) -> FieldType | None:
    """The field that a row names, if it may be filtered by: of the type itself, or of one that it links to."""
    head, _dot, rest = key.partition(".")
    of = record_type.fields().get(head)
    if of is None or not of.filterable or "." in rest:
        return None
    if not rest:
        return of
    target = find_type(of.refers_to() or "")
    found = target.fields().get(rest) if target else None
    return found if found is not None and found.filterable else None


def _posted(of: FieldType, op: str, form: Any, name: str) -> tuple[Any, str | None]:
    """The operand as JSON, and what is wrong with a lookup's words."""
    takes = of.operators[op].takes
    if takes == "two":
        return [form.get(name, ""), form.get(f"{name}b", "")], None
    if takes == "list":
        given = [value for raw in form.getlist(name) for value in (raw.split(",") if _is_typed(of) else [raw])]
        return [value.strip() for value in given if value.strip()], None
    if takes == "period":
        days = form.get(f"{name}n", "").strip() or "14"
        return form.get(name, "").replace("{n}", days[:5]) or "today", None
    linked, problems, _several = resolve_links([of], form, {of.key: name})
    return linked.get(name), problems[0].message if problems else None


def _is_typed(of: FieldType) -> bool:
    """Whether several values are typed with commas between; others are ticked."""
    chosen = isinstance(of, (Choice, MultiChoice)) or of.choices() is not None
    return (not chosen or of.widget == "text") and of.widget != "member"


def _fault(record_type: RecordType, row: Row) -> str | None:
    of = path(record_type, row.key)[1]
    takes = of.operators[row.op].takes
    if takes != "none" and (not row.value or (isinstance(row.value, list) and "" in row.value)):
        return _("Say what to compare with.")
    try:
        compile_condition(record_type, condition_of(row) or {})
    except Invalid as invalid:
        return damaged(invalid)
    return None


# --- what each row shows -------------------------------------------------------------------------------


def choosable(record_type: RecordType) -> Options:
    """The fields of the type, then those of the types that it links to, by link."""
    own = [(f.key, f.label) for f in record_type.fields().values() if f.filterable]
    found: list[tuple[Any, Any]] = [(record_type.label, own)]
    for link in record_type.fields().values():
        target = find_type(link.refers_to() or "") if link.filterable else None
        if target is None or not scopes_for("view", target.name):
            continue
        theirs = [(f"{link.key}.{f.key}", f.label) for f in target.fields().values() if f.filterable]
        found.append((f"{link.label} ›", theirs))
    return found if len(found) > 1 else own


def _is_offered(of: FieldType, op: str) -> bool:
    """Ids of records are not for typing: several of them cannot be named here."""
    return not (of.operators[op].takes == "list" and of.widget in ("lookup", "any_record"))


def _controls(row: Row, of: FieldType, people: Options, names: Names, name: str) -> list[Control]:
    takes = of.operators[row.op].takes
    if takes == "none":
        return []
    if takes == "period":
        return _period(row, name)
    if takes == "text":
        return [_plain(row, name, "text", row.value or "")]
    if takes == "two":
        pair = row.value if isinstance(row.value, list) and len(row.value) == 2 else ["", ""]
        return [_value(row, of, people, names, pair[0], name), _value(row, of, people, names, pair[1], f"{name}b")]
    if takes == "list":
        values = [str(v) for v in row.value] if isinstance(row.value, list) else []
        if isinstance(of, (Choice, MultiChoice)) and of.widget != "text":
            return [_plain(row, name, "checkboxes", values, [(o.value, o.label) for o in of.options])]
        if (offered := of.choices()) is not None:
            return [_plain(row, name, "checkboxes", values, offered)]
        if of.widget == "member":
            made = _plain(row, name, "select", values, people)
            made.extra = {"multiple": True}
            return [made]
        made = _plain(row, name, "text", ", ".join(values))
        made.help = _("Several, with commas between.")
        return [made]
    return [_value(row, of, people, names, row.value, name)]


def _period(row: Row, name: str) -> list[Control]:
    """A period, and beside one that counts days, how many."""
    value = str(row.value or "")
    counted = split_period(value)
    exactly = value if value in PERIODS else counted[0] if counted else value
    made = _plain(row, name, "select", exactly, [*PERIODS.items(), *COUNTED_PERIODS.items()])
    made.extra = {"data-asks": True}
    if not counted or value in PERIODS:
        return [made]
    days = _plain(row, f"{name}n", "number", counted[1])
    days.label, days.extra = _("Days"), {"min": 1, "max": 3660}
    return [made, days]


def _value(row: Row, of: FieldType, people: Options, names: Names, raw: Any, name: str) -> Control:
    if of.widget == "switch":
        words = {"True": "yes", "False": "no"}
        return _plain(row, name, "select", words.get(str(raw), raw or ""), [("yes", _("Yes")), ("no", _("No"))])
    if of.widget == "money":
        typed = raw.get("amount", "") if isinstance(raw, Mapping) else raw
        made = _plain(row, name, "text", typed or "")
        made.extra = {"inputmode": "decimal"}
        return made
    typed = raw if raw is not None else ""
    if of.widget == "any_record" and isinstance(raw, Mapping):
        typed = f"{raw.get('type')}:{raw.get('id')}"
    if of.widget == "datetime" and isinstance(raw, str) and raw:
        typed = _local(of, raw)
    made = control(of, typed, name=name, people=people, names=names, error=row.error)
    made.label, made.required, made.help = _("Value"), False, ""
    if made.kind in ("textarea", "checkboxes"):
        made.kind = "select" if made.options else "text"
    return made


def _local(of: FieldType, raw: str) -> str:
    try:
        return of.typed(of.parse(raw))
    except ValueError:
        return raw


def _plain(row: Row, name: str, kind: str, value: Any, options: Options = ()) -> Control:
    return Control(name, _("Value"), kind, value, error=row.error, options=options)


__all__ = ["Builder", "Group", "Row", "choosable", "read_built"]
