"""Changing many records at once from their list: fields with their real controls, and the type's actions."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from core.access import may
from core.errors import FieldProblem, Forbidden, Invalid, NotFound
from core.i18n import _, _n
from core.records.asking import asked, load_asked
from core.records.fields import FieldError, FieldType, MultiChoice, Tags
from core.records.pages.addresses import list_url, next_url
from core.records.pages.blueprint import may_any, records
from core.records.pages.controls import Control, control, members
from core.records.pages.forms import pointed
from core.records.pages.lookups import resolve_links
from core.records.pages.picked import Picked, picked
from core.records.pages.runs import after
from core.records.runs import services
from core.records.runs.changing import Change, grants_of
from core.records.types import RecordAction, RecordType, action_allowed, titles, type_of_plural
from core.web import render

PREFIX = "v-"
"""Before the names of the controls: what else the form carries has names of its own."""


def editable(record_type: RecordType) -> list[FieldType]:
    """The fields that many records may get at once."""
    return [f for f in record_type.form_fields() if _fits(record_type, f)]


def _fits(record_type: RecordType, of: FieldType) -> bool:
    handed_over = of.key == "owner" and "owner" in record_type.builtin
    return (
        of.editable
        and of.importable
        and not (of.computed or of.assigned or of.secret or of.unique)
        and (not handed_over or may("transfer", record_type))
    )


@records.post("/<plural>/bulk/edit", permission=may_any("edit"))
def edit_records(plural: str) -> ResponseReturnValue:
    """Ask for fields and what they are to hold; with `go`, do it."""
    record_type = type_of_plural(plural)
    chosen = picked(record_type)
    fields = _chosen_fields(record_type)
    if "go" not in request.form:
        return _ask_fields(record_type, chosen, fields)
    form, problems, several = resolve_links(fields, request.form, {f.key: PREFIX + f.key for f in fields})
    try:
        if problems:
            raise Invalid(problems)
        change = _change(record_type, fields, form)
        run = services.edit_records(chosen.selection, change)
    except Invalid as invalid:
        return _ask_fields(record_type, chosen, fields, form, invalid.problems, several)
    return after(
        run,
        _n("%(num)s was changed.", "%(num)s were changed.", run.changed),
        _n("%(num)s was left as it is.", "%(num)s were left as they are.", run.refused),
    )


def _chosen_fields(record_type: RecordType) -> list[FieldType]:
    known = {f.key: f for f in editable(record_type)}
    keys = dict.fromkeys([*request.form.getlist("field"), request.form.get("add", "")])
    return [known[key] for key in keys if key in known and key != request.form.get("drop")]


def _how(of: FieldType) -> str:
    """What is to happen to the field: set, empty, add, remove."""
    said = request.form.get(f"how-{of.key}") or ("add" if isinstance(of, MultiChoice) else "set")
    return said if said in dict(hows(of)) else "set"


def hows(of: FieldType) -> list[tuple[str, str]]:
    several = [("add", _("Add")), ("remove", _("Take away")), ("set", _("Replace by"))]
    found = several if isinstance(of, MultiChoice) else [("set", _("Set to"))]
    return found if of.required else [*found, ("empty", _("Empty it"))]


def _change(record_type: RecordType, fields: Sequence[FieldType], form: Any) -> Change:
    """Raises Invalid, naming each field whose value does not fit or is missing."""
    problems: list[FieldProblem] = []
    parts: dict[str, dict[str, Any]] = {"set": {}, "add": {}, "remove": {}}
    for of in fields:
        how = _how(of)
        if how == "empty":
            parts["set"][of.key] = None
            continue
        try:
            value = of.parse(of.from_form(form, PREFIX + of.key))
            if value is None:
                raise FieldError("required", _("Say what it is to be, or choose to empty it."))
            parts[how][of.key] = value
        except FieldError as error:
            problems.append(FieldProblem(of.key, error.code, error.message))
    if not fields:
        problems.append(FieldProblem("add", "required", _("Choose a field.")))
    if problems:
        raise Invalid(problems)
    return Change(record_type, **parts)


def _ask_fields(
    record_type: RecordType, chosen: Picked, fields: Sequence[FieldType], form: Any = None,
    problems: Sequence[FieldProblem] = (), several: Mapping[str, Any] = {},
) -> ResponseReturnValue:  # fmt: skip
    given = request.form if form is None else form
    typed = {f.key: f.from_form(given, PREFIX + f.key) for f in fields}
    errors = {p.field: p.message for p in problems}
    people, names = members(fields), titles(pointed(fields, typed))
    controls: list[tuple[FieldType, list[tuple[str, str]], str, Control]] = []
    for f in fields:
        made = control(
            f, "" if typed[f.key] is None else typed[f.key], name=PREFIX + f.key, error=errors.get(f.key), is_new=True,
            people=people, names=names, text=request.form.get(f"{PREFIX}{f.key}-q", ""),
            candidates=several.get(f.key, ()),
        )  # fmt: skip
        made.required = False
        if isinstance(f, Tags):
            made.help = made.help or _("Several words: put a comma between them.")
        controls.append((f, hows(f), _how(f), made))
    change = Change(record_type, set={f.key: None for f in fields})
    return render(
        "records/runs/edit.html",
        status=422 if problems else 200,
        record_type=record_type,
        controls=controls,
        left=[(f.key, f.label) for f in editable(record_type) if f not in fields],
        add_error=errors.get("add"),
        others=[message for key, message in errors.items() if key not in typed and key != "add"],
        **_frame(record_type, chosen, change.grants),
    )


# --- actions -------------------------------------------------------------------------------------------


def bulk_actions(record_type: RecordType) -> list[RecordAction]:
    """The actions that the member may run on some record of the type."""
    return [action for action in record_type.all_actions() if action_allowed(action, record_type)]


@records.post("/<plural>/bulk/actions/<name>", permission=may_any("view"))
def act_on_records(plural: str, name: str) -> ResponseReturnValue:
    """Ask what the action must be told, and whether it is meant for so many; with `go`, do it."""
    record_type = type_of_plural(plural)
    action = record_type.by_action.get(name)
    if action is None:
        raise NotFound(_("There is no such page."))
    if not action_allowed(action, record_type):
        raise Forbidden(_("Your role does not allow this. Ask an administrator of your workspace."))
    chosen, fields = picked(record_type), asked(action)
    form, problems, several = resolve_links(fields, request.form, {f.key: PREFIX + f.key for f in fields})
    typed = {f.key: _without_nul(f.from_form(form, PREFIX + f.key)) for f in fields}
    if "go" not in request.form:
        return _ask_action(record_type, chosen, action, fields, {})
    try:
        if problems:
            raise Invalid(problems)
        load_asked(action, typed)
    except Invalid as invalid:
        return _ask_action(record_type, chosen, action, fields, typed, invalid.problems, several)
    run = services.act_on_records(chosen.selection, action.name, typed)
    return after(
        run,
        _n("%(num)s is done.", "%(num)s are done.", run.changed),
        _n("%(num)s was left as it is.", "%(num)s were left as they are.", run.refused),
    )


def _without_nul(typed: Any) -> Any:
    """What was typed, as it can be kept until a worker comes."""
    if isinstance(typed, str):
        return typed.replace("\x00", "")
    return [_without_nul(each) for each in typed] if isinstance(typed, list) else typed


def _ask_action(
    record_type: RecordType, chosen: Picked, action: RecordAction, fields: Sequence[FieldType], typed: dict[str, Any],
    problems: Sequence[FieldProblem] = (), several: Mapping[str, Any] = {},
) -> ResponseReturnValue:  # fmt: skip
    errors = {p.field: p.message for p in problems}
    shown = {f.key: f.typed(f.default) if not typed else typed.get(f.key) for f in fields}
    people, names = members(fields), titles(pointed(fields, shown))
    controls = [
        control(
            f, "" if shown[f.key] is None else shown[f.key], name=PREFIX + f.key, error=errors.get(f.key), is_new=True,
            people=people, names=names, text=request.form.get(f"{PREFIX}{f.key}-q", ""),
            candidates=several.get(f.key, ()),
        )
        for f in fields
    ]  # fmt: skip
    return render(
        "records/runs/action.html",
        status=422 if problems else 200,
        record_type=record_type,
        action=action,
        controls=controls,
        others=[message for key, message in errors.items() if key not in shown],
        **_frame(record_type, chosen, grants_of(action)),
    )


def _frame(record_type: RecordType, chosen: Picked, grants: Sequence[str]) -> dict[str, Any]:
    """What the questions before a run share: how many records it is for, and how many of them one may not touch."""
    total, allowed = chosen.selection.total(), chosen.selection.count(grants)
    return {
        "carried": chosen.carried(),
        "total": total,
        "allowed": allowed,
        "left_out": total - allowed,
        "cancel": next_url(list_url(record_type)),
        "next": request.values.get("next", ""),
    }
