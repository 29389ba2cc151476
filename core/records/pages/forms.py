"""The forms of records: what they show, what comes back, and what to do when somebody else was faster."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from core import current
from core.access import may
from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records import services
from core.records.covers import field_rules
from core.records.fields import FieldError, FieldType, Names, State
from core.records.form_rules import FormRules, rules_of
from core.records.laying_out import CONDITIONS, fields_in
from core.records.layouts import Layout, Placed
from core.records.pages.addresses import list_url, next_url, url_of
from core.records.pages.blueprint import found, may_any, records, templates_of
from core.records.pages.controls import Control, control, members
from core.records.pages.drawing import Cell, Sheet
from core.records.pages.duplicates import alike_on, alike_url, unseen_alike
from core.records.pages.lookups import resolve_links
from core.records.pages.meanwhile import Clash, Meanwhile, meanwhile
from core.records.pages.uploads import take_uploads
from core.records.schemas import Values, from_form
from core.records.told import is_open, is_there, is_told
from core.records.types import RecordType, names_for, titles, type_of_plural
from core.web import redirect_to, render, toast
from core.web.pages import is_dialog

Typed = dict[str, Any]
BRIEF = 8
"""A dialog shows so many fields at once; the rest unfolds."""


@dataclass
class Drawn:
    """A section of a form with its controls."""

    label: Any
    columns: int
    cells: list[Cell]

    @property
    def html(self) -> Markup:
        return Markup("").join(cell.html for cell in self.cells)

    def only(self, wanted: Callable[[Cell], bool]) -> "Drawn":
        return replace(self, cells=[cell for cell in self.cells if wanted(cell)])


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
    alike: Sequence[Any] = ()

    @cached_property
    def layout(self) -> Layout:
        """The acting member's form, of fields that this form may have."""
        shown = (
            replace(section, fields=tuple(placed for placed in section.fields if self._is_shown(placed.field)))
            for section in self.record_type.layout().sections
        )
        return Layout(tuple(section for section in shown if section.fields))

    @cached_property
    def rules(self) -> FormRules:
        """What is hidden, required and locked by what stands in the controls. Ask when `typed` is complete."""
        return rules_of(self.record_type, self.layout, self._parsed(), self.record)

    @cached_property
    def asked_about(self) -> set[str]:
        """The fields on which others of this form depend."""
        asked = (getattr(placed, what) for placed in self.layout.placed() for what in CONDITIONS)
        return {key for condition in asked if condition for key in fields_in(condition)}

    def _parsed(self) -> Values:
        """What can be read of what was typed; the rest counts as empty."""
        if not self.asked_about:
            return {}
        values: Values = {}
        for of in self.fields():
            try:
                values[of.key] = of.parse(self.typed.get(of.key))
            except FieldError:
                values[of.key] = None
        return values

    def _is_shown(self, of: FieldType) -> bool:
        """Handing a record over needs a right of its own, so its field is only there for those who have it."""
        is_handed_over = of.key == "owner" and self.record is not None
        return of.editable and (not is_handed_over or may("transfer", self.record_type, self.record))

    def fields(self) -> list[FieldType]:
        return [placed.field for placed in self.layout.placed()]

    def open_fields(self) -> list[FieldType]:
        """The fields that this form writes, as things stand: neither hidden nor locked."""
        return [of for of in self.fields() if of.key not in self.rules.kept]

    @cached_property
    def closed(self) -> dict[str, FieldType]:
        """The fields of this record that the member's roles let them see and not write, though others may."""
        if self.record is None or not field_rules(self.record_type.name):
            return {}
        written = {key for key, of in self.record_type.all_fields().items() if of.editable}
        fields = self.record_type.form_fields()
        return {of.key: of for of in fields if of.key in written and not is_open(of, self.record)}

    def drawn(self) -> list[Drawn]:
        fields, sheet = self.fields(), Sheet(self.record_type)
        told = [of for of in self.closed.values() if is_there(of, self.record)]
        people, names, errors = members(fields), titles(pointed(fields, self.typed)), self.errors
        their_names = names_for(told, [self.record]) if told else {}
        made = []
        for section in self.record_type.layout().sections:
            cells = [
                self._told(sheet, each, their_names)
                if each.key in self.closed
                else self._cell(sheet, each, people, names, errors.get(each.key))
                for each in section.fields
                if (is_there(each.field, self.record) if each.key in self.closed else self._is_shown(each.field))
            ]
            made += [Drawn(section.label, section.columns, cells)] if cells else []
        return made

    def _told(self, sheet: Sheet, placed: Placed, names: Names) -> Cell:
        """What the record holds, where a control would stand if the member might write it."""
        of = placed.field
        if not is_told(of, self.record):
            here, anywhere = _("Covered for your role on this record."), _("Covered for your role.")
            why = here if of.editable else anywhere
        elif of.editable:
            why = _("Your role lets you change this on other records, not on this one.")
        else:
            why = _("Your role lets you see this, not change it.")
        html = of.page_html(of.get(self.record), names)
        return Cell(placed.key, sheet.told(of.label, html, why, wide=placed.wide), False, True)

    def _cell(self, sheet: Sheet, placed: Placed, people: Any, names: Names, error: str | None) -> Cell:
        """A control out of the sheet where nothing but its value tells it from others, else one drawn for itself."""
        of, key, rules = placed.field, placed.key, self.rules
        typed = self.typed.get(key, "")
        looks: tuple[bool, ...] = (self.record is None, placed.wide)
        if placed.is_conditional:
            looks = *looks, key in rules.hidden, key in rules.required, key in rules.locked
        html, text = None, self.texts.get(key, "")
        if error is None and not self.several.get(key):
            make = partial(self._control, placed, people, names)
            html = sheet.plain(of, typed, text, names, looks, make)
        if html is None:
            html = sheet.drawn(self._control(placed, people, names, typed, error))
        return Cell(key, html, of.required or key in rules.required, bool(typed or error))

    def _control(self, placed: Placed, people: Any, names: Names, typed: Any, error: str | None = None) -> Control:
        of, rules = placed.field, self.rules
        made = control(
            of,
            typed,
            error=error,
            people=people,
            names=names,
            text=self.texts.get(of.key, ""),
            candidates=self.several.get(of.key, ()),
            now=of.get(self.record) if self.record is not None and isinstance(of, State) else None,
            is_new=self.record is None,
        )
        made.wide, made.is_conditional = placed.wide, placed.is_conditional
        if made.is_conditional:
            made.required = of.required or of.key in rules.required
            made.hidden, made.locked = of.key in rules.hidden, of.key in rules.locked
        return made

    def has(self, of: FieldType) -> bool:
        """Whether something stands in a control."""
        try:
            return of.parse(self.typed.get(of.key)) is not None
        except FieldError:
            return True

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong by field, in the order of the form."""
        order = {of.key: n for n, of in enumerate(self.fields())}
        return {p.field: p.message for p in sorted(self.problems, key=lambda p: order.get(p.field, -1))}

    def show(self, status: int = 200) -> ResponseReturnValue:
        record_type, record = self.record_type, self.record
        home = url_of(record_type, record.id) if record is not None else list_url(record_type)
        sections, more = self._folded(self.drawn())
        return render(
            templates_of(record_type, "form"),
            status=status,
            record_type=record_type,
            record=record,
            title=record_type.title_of(record) if record is not None else "",
            sections=sections,
            more=more,
            more_open=any(cell.is_filled for section in more for cell in section.cells),
            rules_url=rules_url(record_type, record) if self.asked_about else "",
            rules_on=" ".join(sorted(self.asked_about)),
            errors=self.errors,
            labels={f.key: f.label for f in self.fields()},
            action=home,
            cancel=next_url(home),
            next=request.values.get("next", ""),
            version=record.version if record is not None else None,
            opened=current.now().isoformat(),
            clashes=self.clashes,
            theirs=self.theirs,
            alike=self.alike,
            alike_url=alike_url(record_type, record),
            alike_on=alike_on(record_type),
            is_new=record is None,
        )

    def _folded(self, sections: list[Drawn]) -> tuple[list[Drawn], list[Drawn]]:
        """In a dialog for something new: what a list shows first, the rest for those who want it."""
        total = sum(len(section.cells) for section in sections)
        if self.record is not None or not is_dialog() or total <= BRIEF:
            return sections, []
        columns = {self.record_type.title, *self.record_type.columns}
        first = [section.only(lambda c: c.required or c.name in columns) for section in sections]
        rest = [section.only(lambda c: not (c.required or c.name in columns)) for section in sections]
        return [s for s in first if s.cells], [s for s in rest if s.cells]


def pointed(fields: Sequence[FieldType], typed: Typed) -> dict[str, set[UUID]]:
    """The records that stand in the controls, by type."""
    wanted: dict[str, set[UUID]] = {}
    for of in fields:
        if not of.points:
            continue
        try:
            pointed_at = of.all_pointed(of.parse(typed.get(of.key)))
        except FieldError:
            continue
        for target, record_id in pointed_at:
            wanted.setdefault(target, set()).add(record_id)
    return wanted


def shown_of(record: Any, fields: Sequence[FieldType]) -> Typed:
    """What the controls show of a record."""
    held = record.custom or {}
    plain = {f.key: f.typed(f.load(held.get(f.key))) for f in fields if f.custom_id and type(f).get is FieldType.get}
    return {f.key: plain[f.key] if f.key in plain else f.typed(f.get(record)) for f in fields}


def same(of: FieldType, one: Any, other: Any) -> bool:
    """Whether two contents of a control mean the same value."""
    if one == other:
        return True
    try:
        return bool(of.parse(one) == of.parse(other))
    except FieldError:
        return False


# --- while one types -----------------------------------------------------------------------------------


def rules_url(record_type: RecordType, record: Any = None) -> str:
    return f"{list_url(record_type)}{record.id}/rules" if record is not None else f"{list_url(record_type)}rules"


@records.post("/<plural>/rules", permission=may_any("create"))
def show_rules(plural: str) -> ResponseReturnValue:
    """What is hidden, required and locked by what has been typed into the form so far."""
    return _rules(Entry(type_of_plural(plural)))


@records.post("/<plural>/<uuid:record_id>/rules", permission=may_any("edit"))
def show_rules_of(plural: str, record_id: UUID) -> ResponseReturnValue:
    return _rules(Entry(*found(plural, record_id, "edit")))


def _rules(entry: Entry) -> ResponseReturnValue:
    _take(entry)
    rules = entry.rules
    return {
        placed.key: {
            "hidden": placed.key in rules.hidden,
            "required": placed.field.required or placed.key in rules.required,
            "locked": placed.key in rules.locked,
        }
        for placed in entry.layout.placed()
        if placed.is_conditional
    }


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
    if of.key == "owner" and default is None:
        default = _first_owner(record_type)
    return of.typed(default)


def _first_owner(record_type: RecordType) -> UUID | None:
    if record_type.first_owner:
        return record_type.first_owner()
    return None if record_type.ownerless_is_open else current.member_id()


@records.post("/<plural>/", permission=may_any("create"))
def create_record(plural: str) -> ResponseReturnValue:
    entry = Entry(type_of_plural(plural))
    record_type = entry.record_type
    form, problems = _take(entry)
    if request.form.get("step") == "show":
        return entry.show()
    try:
        values = _as_they_were(entry) | _values(entry, form, entry.open_fields(), problems)
        if alike := unseen_alike(record_type, values):
            entry.alike = alike
            return entry.show(422)
        record = services.create_record(record_type, values)
    except Invalid as invalid:
        entry.problems = invalid.problems
        return entry.show(422)
    return show_made(record_type, record)


def show_made(record_type: RecordType, record: Any) -> ResponseReturnValue:
    """Go on to a record that was just made, or to the list where it is no longer one's own to see, and say so."""
    title = record_type.title_of(record)
    if record_type.is_visible(record):
        toast(_("“%(title)s” was created.", title=title))
        return redirect_to(next_url(url_of(record_type, record.id)))
    owner_id = getattr(record, "owner_id", None)
    owner = titles({"member": {owner_id}}).get(("member", owner_id)) if owner_id else None
    toast(
        _("“%(title)s” was created and given to %(owner)s.", title=title, owner=owner)
        if owner
        else _("“%(title)s” was created, and is not among those that you may see.", title=title)
    )
    return redirect_to(next_url(list_url(record_type)))


def _take(entry: Entry) -> tuple[Any, list[FieldProblem]]:
    """What was posted, kept for showing it again, with the links that could be told from their words.

    What the form hides or locks is not asked about; a locked field shows what it had.
    """
    fields = entry.fields()
    form, problems, entry.several = resolve_links(fields, request.form)
    form, refused = take_uploads(fields, form, request.files)
    problems = [*problems, *refused]
    entry.typed = {f.key: f.from_form(form, f.key) for f in fields}
    entry.texts = {f.key: request.form.get(f"{f.key}-q", "") for f in fields}
    for of in fields:
        if of.key in entry.rules.locked:
            entry.typed[of.key] = _before(entry, of)
            entry.texts.pop(of.key)
    return form, [p for p in problems if p.field not in entry.rules.kept]


def _before(entry: Entry, of: FieldType) -> Any:
    return of.typed(of.get(entry.record)) if entry.record is not None else _at_first(entry.record_type, of)


def _as_they_were(entry: Entry) -> Values:
    """The values that a new record has in locked fields: those with which the form begins."""
    values: Values = {}
    for of in entry.fields():
        if of.key in entry.rules.locked and (value := of.parse(entry.typed[of.key])) is not None:
            values[of.key] = value
    return values


def _values(entry: Entry, form: Any, fields: Sequence[FieldType], problems: list[FieldProblem]) -> Values:
    """Raises Invalid with what is wrong with words and values together."""
    unclear = {p.field for p in problems}
    clear, values = [f for f in fields if f.key not in unclear], Values()
    try:
        values = from_form(entry.record_type, form, fields=clear) if clear else {}
    except Invalid as invalid:
        problems = [*problems, *invalid.problems]
    told = {p.field for p in problems}
    for of in entry.open_fields():
        if of.key in entry.rules.required and of.key not in told and not entry.has(of):
            problems.append(FieldProblem(of.key, "required", _("Fill in “%(field)s”.", field=of.label)))
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
    record_type, record = entry.record_type, entry.record
    form, problems = _take(entry)
    fields = entry.open_fields()
    if request.form.get("step") == "show":
        return entry.show()
    if request.form.get("version", type=int) != record.version:
        happened = meanwhile(record_type, record, request.form.get("opened", ""))
        if _meets(entry, fields, happened):
            return entry.show(422)
    shown = shown_of(record, fields)
    theirs = {f.key for f in fields if request.form.get(f"choice-{f.key}") == "theirs"}
    touched = [f for f in fields if f.key not in theirs and _is_touched(f, entry.typed[f.key], shown[f.key])]
    try:
        values = _values(entry, form, touched, [p for p in problems if p.field not in theirs])
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
