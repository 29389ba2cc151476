"""The forms of records: what they show, what comes back, and what to do when somebody else was faster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from core import current
from core.access import may
from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records import services
from core.records.fields import FieldError, FieldType, Names
from core.records.pages.addresses import list_url, next_url, url_of
from core.records.pages.blueprint import found, may_any, records, templates_of
from core.records.pages.controls import Control, control, members
from core.records.pages.lookups import resolve_links
from core.records.pages.meanwhile import Clash, Meanwhile, meanwhile
from core.records.schemas import Values, from_form
from core.records.types import RecordType, titles, type_of_plural
from core.web import redirect_to, render, toast
from core.web.pages import is_dialog

Typed = dict[str, Any]
BRIEF = 8
"""A dialog shows so many fields at once; the rest unfolds."""


@dataclass
class Entry:
    """A form being filled in: what stands in each control, and what is wrong with it."""

    record_type: RecordType
    record: Any = None
    typed: Typed = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    problems: Sequence[FieldProblem] = ()
    several: Mapping[str, Any] = field(default_factory=dict)
    clashes: Sequence[Clash] = ()
    theirs: Sequence[Clash] = ()

    @cached_property
    def sections(self) -> list[tuple[Any, list[FieldType]]]:
        shown = [(label, [f for f in fields if self._is_shown(f)]) for label, fields in self.record_type.sections()]
        return [(label, fields) for label, fields in shown if fields]

    def _is_shown(self, of: FieldType) -> bool:
        """Handing a record over needs a right of its own, so its field is only there for those who have it."""
        is_handed_over = of.key == "owner" and self.record is not None
        return of.editable and (not is_handed_over or may("transfer", self.record_type, self.record))

    def fields(self) -> list[FieldType]:
        return [f for _label, fields in self.sections for f in fields]

    def controls(self) -> list[tuple[Any, list[Control]]]:
        fields = self.fields()
        people, names = members(fields), titles(pointed(fields, self.typed))
        return [(label, [self._control(f, people, names) for f in fields]) for label, fields in self.sections]

    def _control(self, of: FieldType, people: Any, names: Names) -> Control:
        return control(
            of,
            self.typed.get(of.key, ""),
            error=self.errors.get(of.key),
            people=people,
            names=names,
            text=self.texts.get(of.key, ""),
            candidates=self.several.get(of.key, ()),
            now=of.get(self.record) if self.record is not None else None,
            is_new=self.record is None,
        )

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong by field, in the order of the form."""
        order = {of.key: n for n, of in enumerate(self.fields())}
        return {p.field: p.message for p in sorted(self.problems, key=lambda p: order.get(p.field, -1))}

    def show(self, status: int = 200) -> ResponseReturnValue:
        record_type, record = self.record_type, self.record
        home = url_of(record_type, record.id) if record is not None else list_url(record_type)
        sections, more = self._folded(self.controls())
        return render(
            templates_of(record_type, "form"),
            status=status,
            record_type=record_type,
            record=record,
            title=record_type.title_of(record) if record is not None else "",
            sections=sections,
            more=more,
            more_open=any(c.error or c.value for _label, controls in more for c in controls),
            errors=self.errors,
            labels={f.key: f.label for f in self.fields()},
            action=home,
            cancel=next_url(home),
            next=request.values.get("next", ""),
            version=record.version if record is not None else None,
            opened=current.now().isoformat(),
            clashes=self.clashes,
            theirs=self.theirs,
        )

    def _folded(self, sections: list[tuple[Any, list[Control]]]) -> tuple[Any, Any]:
        """In a dialog for something new: what a list shows first, the rest for those who want it."""
        total = sum(len(controls) for _label, controls in sections)
        if self.record is not None or not is_dialog() or total <= BRIEF:
            return sections, []
        columns = {self.record_type.title, *self.record_type.columns}
        first = [(label, [c for c in cs if c.required or c.name in columns]) for label, cs in sections]
        rest = [(label, [c for c in cs if not (c.required or c.name in columns)]) for label, cs in sections]
        return [s for s in first if s[1]], [s for s in rest if s[1]]


def pointed(fields: Sequence[FieldType], typed: Typed) -> dict[str, set[UUID]]:
    """The records that stand in the controls, by type."""
    wanted: dict[str, set[UUID]] = {}
    for of in fields:
        try:
            to = of.points_at(of.parse(typed.get(of.key)))
        except FieldError:
            continue
        if to:
            wanted.setdefault(to[0], set()).add(to[1])
    return wanted


def shown_of(record: Any, fields: Sequence[FieldType]) -> Typed:
    """What the controls show of a record."""
    return {f.key: f.typed(f.get(record)) for f in fields}


def same(of: FieldType, one: Any, other: Any) -> bool:
    """Whether two contents of a control mean the same value."""
    if one == other:
        return True
    try:
        return bool(of.parse(one) == of.parse(other))
    except FieldError:
        return False


# --- something new -------------------------------------------------------------------------------------


@records.get("/<plural>/new", permission=may_any("create"))
def new_record(plural: str) -> ResponseReturnValue:
    entry = Entry(type_of_plural(plural))
    entry.typed = {f.key: _at_first(entry.record_type, f) for f in entry.fields()}
    return entry.show()


def _at_first(record_type: RecordType, of: FieldType) -> Any:
    """What the address asks for, else the default."""
    if of.key in request.args:
        return of.from_form(request.args, of.key)
    default = of.default
    column = record_type.model.__table__.c.get(of.attr)
    if default is None and column is not None and column.default is not None and column.default.is_callable:
        default = column.default.arg(None)
    if of.key == "owner" and default is None and not record_type.ownerless_is_open:
        default = current.member_id()
    return of.typed(default)


@records.post("/<plural>/", permission=may_any("create"))
def create_record(plural: str) -> ResponseReturnValue:
    entry = Entry(type_of_plural(plural))
    record_type, fields = entry.record_type, entry.fields()
    form, problems = _take(entry, fields)
    try:
        values = _values(record_type, form, fields, problems)
        record = services.create_record(record_type, values)
    except Invalid as invalid:
        entry.problems = invalid.problems
        return entry.show(422)
    toast(_("“%(title)s” was created.", title=record_type.title_of(record)))
    return redirect_to(next_url(url_of(record_type, record.id)))


def _take(entry: Entry, fields: Sequence[FieldType]) -> tuple[Any, list[FieldProblem]]:
    """What was posted, kept for showing it again, with the links that could be told from their words."""
    form, problems, entry.several = resolve_links(fields, request.form)
    entry.typed = {f.key: f.from_form(form, f.key) for f in fields}
    entry.texts = {f.key: request.form.get(f"{f.key}-q", "") for f in fields}
    return form, problems


def _values(record_type: RecordType, form: Any, fields: Sequence[FieldType], problems: list[FieldProblem]) -> Values:
    """Raises Invalid with what is wrong with words and values together."""
    unclear = {p.field for p in problems}
    try:
        values = from_form(record_type, form, fields=[f for f in fields if f.key not in unclear]) if fields else {}
    except Invalid as invalid:
        raise Invalid([*problems, *invalid.problems]) from None
    if problems:
        raise Invalid(problems)
    return values


# --- something that is there ---------------------------------------------------------------------------


@records.get("/<plural>/<uuid:record_id>/edit", permission=may_any("edit"))
def edit_record(plural: str, record_id: UUID) -> ResponseReturnValue:
    entry = Entry(*found(plural, record_id, "edit"))
    entry.typed = shown_of(entry.record, entry.fields())
    return entry.show()


@records.post("/<plural>/<uuid:record_id>", permission=may_any("edit"))
def update_record(plural: str, record_id: UUID) -> ResponseReturnValue:
    """Only what was touched is written: whoever corrects a phone number does not answer for the rest."""
    entry = Entry(*found(plural, record_id, "edit"))
    record_type, record, fields = entry.record_type, entry.record, entry.fields()
    form, problems = _take(entry, fields)
    if request.form.get("version", type=int) != record.version:
        happened = meanwhile(record_type, record, request.form.get("opened", ""))
        if _meets(entry, fields, happened):
            return entry.show(422)
    shown = shown_of(record, fields)
    theirs = {f.key for f in fields if request.form.get(f"choice-{f.key}") == "theirs"}
    touched = [f for f in fields if f.key not in theirs and _is_touched(f, entry.typed[f.key], shown[f.key])]
    try:
        values = _values(record_type, form, touched, [p for p in problems if p.field not in theirs])
        services.update_record(record_type, record, values, version=record.version)
    except Invalid as invalid:
        entry.problems = invalid.problems
        return entry.show(422)
    toast(_("“%(title)s” was saved.", title=record_type.title_of(record)) if touched else _("Nothing was changed."))
    return redirect_to(next_url(url_of(record_type, record.id)))


def _is_touched(of: FieldType, typed: Any, shown: Any) -> bool:
    return not same(of, typed, shown) or (of.required and same(of, typed, ""))


def _meets(entry: Entry, fields: Sequence[FieldType], happened: Mapping[str, Meanwhile]) -> bool:
    """Whether somebody changed a field of this form since it was opened; if so the form says what to decide."""
    clashes, theirs = [], []
    for of in fields:
        if (change := happened.get(of.key)) is None:
            continue
        present = of.typed(of.get(entry.record))
        mine = entry.typed[of.key]
        if same(of, mine, change.before) or same(of, mine, present):
            entry.typed[of.key] = present
            entry.texts.pop(of.key, None)
            theirs.append(Clash(of, change))
        else:
            clashes.append(Clash(of, change))
    entry.clashes, entry.theirs = clashes, theirs
    return bool(clashes or theirs)
