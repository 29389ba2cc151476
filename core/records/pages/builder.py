"""The filter builder: a plain form whose rows are conditions. Each change asks the server for the next step."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import request
from flask.typing import ResponseReturnValue

from core.errors import Invalid
from core.i18n import _
from core.records.conditions import Condition, compile_condition
from core.records.conditions import invalid as invalid_filter
from core.records.fields import Choice, FieldType, MultiChoice, Names
from core.records.fields.operators import PERIODS
from core.records.pages.addresses import list_url
from core.records.pages.blueprint import may_any, records
from core.records.pages.controls import Control, Options, control, members
from core.records.pages.filters import as_text, damaged, joined, parts, pointed_in, read_filter, say
from core.records.pages.lookups import resolve_links
from core.records.types import RecordType, titles, type_of_plural
from core.web import redirect_to, render

MOST_ROWS = 30


@dataclass
class Row:
    """A condition being put together; `kept` is one that the builder cannot show and leaves as it is."""

    number: int
    key: str = ""
    op: str = ""
    value: Any = None
    kept: str = ""
    words: str = ""
    error: str | None = None
    of: FieldType | None = None
    operators: Options = ()
    controls: list[Control] = field(default_factory=list)


@records.get("/<plural>/filter", permission=may_any("view"))
def edit_filter(plural: str) -> ResponseReturnValue:
    record_type = type_of_plural(plural)
    problem = ""
    step = request.args.get("step", "")
    if any(key.startswith(("f", "kept")) and key[-1].isdigit() for key in request.args) or step:
        rows = _rows_of_form(record_type)
    else:
        rows, problem = _rows_of_address(record_type)
    if step.startswith("drop-"):
        rows = [row for row in rows if f"drop-{row.number}" != step]
    if step == "add" or not rows:
        rows.append(Row(0))
    if step == "apply":
        try:
            _check(record_type, rows)
            condition = joined(_word(), _conditions(rows))
            read_filter(record_type, as_text(condition))
            return redirect_to(_list_with(record_type, condition))
        except Invalid as invalid:
            problem = damaged(invalid)
    for number, row in enumerate(rows[:MOST_ROWS]):
        row.number = number
    _complete(record_type, rows)
    return render(
        "records/filter.html", "records/_filter.html", status=422 if problem else 200, record_type=record_type,
        rows=rows, word=_word(), fields=_choosable(record_type), problem=problem,
        action=f"{list_url(record_type)}filter", back=_list_with(record_type, None), full=len(rows) >= MOST_ROWS,
        carried={k: v for k in ("q", "sort", "columns", "on") if (v := request.args.get(k))},
    )  # fmt: skip


def _word() -> str:
    if "match" not in request.args:
        return parts(_loaded())[0]
    return "any" if request.args["match"] == "any" else "all"


def _loaded() -> Condition | None:
    try:
        found = orjson.loads(request.args.get("filter") or "null")
    except orjson.JSONDecodeError:
        return None
    return (
        found
        if isinstance(found, dict) and all(isinstance(part, list) for part in found.values() if "field" not in found)
        else None
    )


def _list_with(record_type: RecordType, condition: Condition | None) -> str:
    given = {key: request.args.get(key) for key in ("q", "sort", "columns")} | {"filter": as_text(condition)}
    query = urlencode({key: value for key, value in given.items() if value})
    page = "board" if request.args.get("on") == "board" else ""
    return f"{list_url(record_type)}{page}" + (f"?{query}" if query else "")


# --- rows ----------------------------------------------------------------------------------------------


def _rows_of_address(record_type: RecordType) -> tuple[list[Row], str]:
    try:
        condition = read_filter(record_type)
    except Invalid as error:
        return [], damaged(error)
    names = titles(pointed_in(record_type, condition))
    return [_row_of(record_type, part, n, names) for n, part in enumerate(parts(condition)[1])], ""


def _row_of(record_type: RecordType, condition: Condition, number: int, names: Names) -> Row:
    if "field" not in condition or "." in condition["field"]:
        return Row(number, kept=as_text(condition), words=say(record_type, condition, names))
    return Row(number, condition["field"], condition["op"], condition.get("value"))


def _rows_of_form(record_type: RecordType) -> list[Row]:
    rows = []
    fields = record_type.fields()
    for number in range(MOST_ROWS):
        if kept := request.args.get(f"kept{number}"):
            rows.append(_kept(record_type, number, kept))
            continue
        if f"f{number}" not in request.args:
            continue
        of = fields.get(request.args[f"f{number}"])
        if of is None or not of.filterable:
            rows.append(Row(number))
            continue
        op = request.args.get(f"o{number}", "")
        op = op if op in of.operators else next(iter(of.operators))
        value, error = _posted(of, op, number)
        rows.append(Row(number, of.key, op, value, error=error))
    return rows


def _kept(record_type: RecordType, number: int, raw: str) -> Row:
    try:
        condition = read_filter(record_type, raw)
    except Invalid:
        return Row(number)
    names = titles(pointed_in(record_type, condition))
    return _row_of(record_type, condition, number, names) if condition else Row(number)


def _posted(of: FieldType, op: str, number: int) -> tuple[Any, str | None]:
    """The operand as JSON, and what is wrong with a lookup's words."""
    name, takes = f"v{number}", of.operators[op].takes
    if takes == "two":
        return [request.args.get(name, ""), request.args.get(f"{name}b", "")], None
    if takes == "list":
        given = [value for raw in request.args.getlist(name) for value in (raw.split(",") if _is_typed(of) else [raw])]
        return [value.strip() for value in given if value.strip()], None
    form, problems, _several = resolve_links([of], request.args, {of.key: name})
    return form.get(name), problems[0].message if problems else None


def _is_typed(of: FieldType) -> bool:
    """Whether several values are typed with commas between; others are ticked."""
    return not isinstance(of, (Choice, MultiChoice)) or of.widget == "text"


def _conditions(rows: Sequence[Row]) -> list[Condition]:
    found: list[Condition] = []
    for row in rows:
        if row.kept:
            found.append(orjson.loads(row.kept))
        elif row.key:
            found.append({"field": row.key, "op": row.op} | ({"value": row.value} if row.value is not None else {}))
    return found


def _check(record_type: RecordType, rows: Sequence[Row]) -> None:
    """Find out what is wrong with each condition by itself, to say it there. Raises Invalid when something is."""
    fields = record_type.fields()
    for row in rows:
        if row.kept or not row.key or row.error:
            continue
        takes = fields[row.key].operators[row.op].takes
        if takes != "none" and (not row.value or (isinstance(row.value, list) and "" in row.value)):
            row.error = _("Say what to compare with.")
            continue
        try:
            compile_condition(record_type, _conditions([row])[0])
        except Invalid as invalid:
            row.error = damaged(invalid)
    if any(row.error for row in rows):
        raise invalid_filter("incomplete", _("Please check what is marked."))


# --- what each row shows -------------------------------------------------------------------------------


def _choosable(record_type: RecordType) -> Options:
    return [(f.key, f.label) for f in record_type.fields().values() if f.filterable]


def _complete(record_type: RecordType, rows: Sequence[Row]) -> None:
    fields = record_type.fields()
    for row in rows:
        row.of = fields.get(row.key)
    chosen = [row.of for row in rows if row.of]
    people = [("me", _("Me")), *members(chosen)] if any(f.widget == "member" for f in chosen) else ()
    names = titles(_pointed_of(record_type, rows))
    for row in rows:
        if row.of:
            row.operators = [(name, op.label) for name, op in row.of.operators.items()]
            row.controls = _controls(row, row.of, people, names)


def _pointed_of(record_type: RecordType, rows: Sequence[Row]) -> Any:
    plain = [{"field": row.key, "op": row.op, "value": row.value} for row in rows if row.of]
    return pointed_in(record_type, {"all": plain})


def _controls(row: Row, of: FieldType, people: Options, names: Names) -> list[Control]:
    name, takes = f"v{row.number}", of.operators[row.op].takes
    if takes == "none":
        return []
    if takes == "period":
        return [_plain(row, name, "select", row.value or "", [(key, label) for key, label in PERIODS.items()])]
    if takes == "text":
        return [_plain(row, name, "text", row.value or "")]
    if takes == "two":
        pair = row.value if isinstance(row.value, list) and len(row.value) == 2 else ["", ""]
        return [_value(row, of, people, names, pair[0], name), _value(row, of, people, names, pair[1], f"{name}b")]
    if takes == "list":
        values = [str(v) for v in row.value] if isinstance(row.value, list) else []
        if isinstance(of, (Choice, MultiChoice)) and of.widget != "text":
            return [_plain(row, name, "checkboxes", values, [(o.value, o.label) for o in of.options])]
        if of.widget == "member":
            made = _plain(row, name, "select", values, people)
            made.extra = {"multiple": True}
            return [made]
        made = _plain(row, name, "text", ", ".join(values))
        made.help = _("Several, with commas between.")
        return [made]
    return [_value(row, of, people, names, row.value, name)]


def _value(row: Row, of: FieldType, people: Options, names: Names, raw: Any, name: str) -> Control:
    if of.widget == "switch":
        words = {"True": "yes", "False": "no"}
        return _plain(row, name, "select", words.get(str(raw), raw or ""), [("yes", _("Yes")), ("no", _("No"))])
    if of.widget == "money":
        typed = raw.get("amount", "") if isinstance(raw, dict) else raw
        made = _plain(row, name, "text", typed or "")
        made.extra = {"inputmode": "decimal"}
        return made
    typed = raw if raw is not None else ""
    if of.widget == "any_record" and isinstance(raw, dict):
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
