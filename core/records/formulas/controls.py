"""What asks an administrator for the settings of calculated fields: a formula, a relation, a field, a condition."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from markupsafe import Markup

from core import current
from core.i18n import _
from core.records.fields import NO_NAMES, FieldError, FieldType, LongText, Names, Text
from core.records.fields.operators import PERIODS
from core.records.formulas.functions import FUNCTIONS
from core.records.formulas.kinds import KINDS, kind_of
from core.records.formulas.parser import MAX_LENGTH
from core.records.formulas.rollups import Relation, relations
from core.records.types import RecordType, find_type
from core.web.static_files import icon

Groups = Sequence[tuple[str, str, Sequence[tuple[str, Any]]]]
"""Options of a list in groups: the name of the relation, its label, the options."""


class Asking(FieldType):
    """A setting of a field of `record_type`, which is known only where it is drawn."""

    widget = "own"
    wide = True
    filterable = False

    @property
    def of_type(self) -> RecordType | None:
        return find_type(self.record_type) if self.record_type else None

    def ways(self) -> list[Relation]:
        return list(relations(self.of_type)) if self.of_type else []


class FormulaText(Asking, LongText):
    """The text of a formula. It is checked while one types, and everything it may use is named below it."""

    widget = "own"
    limit = MAX_LENGTH

    def control_html(self, name: str, typed: Any, attributes: Markup, names: Names = NO_NAMES) -> Markup:
        area = Markup(
            '<textarea class="gx-input gx-formula-text" name="{}" rows="3" spellcheck="false" autocapitalize="none"'
            "{}{}>{}</textarea>"
        )
        if self.of_type is None:
            return area.format(name, attributes, "", typed or "")
        url = f"/w/{current.tenant().slug}/settings/formulas/{self.of_type.plural}"
        checks = Markup(
            ' hx-post="{}" hx-trigger="input changed delay:400ms, load" hx-include="closest form"'
            ' hx-target="next .gx-formula-result" hx-swap="innerHTML" hx-push-url="false"'
        ).format(url)
        result = Markup('<div class="gx-formula-result" role="status"></div>')
        return area.format(name, attributes, checks, typed or "") + result + self._help()

    def _help(self) -> Markup:
        assert self.of_type is not None
        fields = Markup("").join(_defined(key, what) for key, what in readable(self.of_type))
        verbs = Markup("").join(_defined(each.example, each.says) for each in FUNCTIONS.values())
        part = Markup('<details class="gx-more"><summary>{}{}</summary><dl>{}</dl></details>')
        return Markup('<div class="gx-formula-help">{}{}</div>').format(
            part.format(icon("chevron-right"), _("Fields"), fields),
            part.format(icon("chevron-right"), _("Functions"), verbs),
        )


def readable(record_type: RecordType) -> Iterator[tuple[str, str]]:
    """The fields that a formula may use, each with what it is."""
    for key, of in record_type.all_fields().items():
        kind = "number" if of.computed else kind_of(of)
        if kind is None:
            continue
        target = find_type(of.refers_to() or "") if kind == "link" else None
        if target is not None:
            yield f"{key}.{target.title_field.key}", f"{of.label} › {target.title_field.label}"
        elif kind == "link":
            yield f"{key}.name", str(of.label)
        else:
            yield key, f"{of.label}: {type(of).title if of.computed else KINDS[kind]}"


def _defined(term: str, what: Any) -> Markup:
    return Markup("<dt><code>{}</code></dt><dd>{}</dd>").format(term, what)


class RelationText(Asking, Text):
    """A relation, chosen from a list."""

    widget = "own"

    def control_html(self, name: str, typed: Any, attributes: Markup, names: Names = NO_NAMES) -> Markup:
        options = [(each.name, each.label) for each in self.ways()]
        if typed and typed not in dict(options):
            options.append((typed, typed))
        drawn = _options(options, typed)
        head = Markup(
            '<select class="gx-input gx-select" name="{}" data-relation{}><option value="">{}</option>{}</select>'
        )
        return head.format(name, attributes, _("Choose…"), drawn)


class RelatedFieldText(Asking, Text):
    """A field of the related records, chosen from a list."""

    widget = "own"

    def control_html(self, name: str, typed: Any, attributes: Markup, names: Names = NO_NAMES) -> Markup:
        groups = [(each.name, each.label, [(key, of.label) for key, of in fields_of(each).items() if _can_be_read(of)])
                  for each in self.ways()]  # fmt: skip
        head = Markup(
            '<select class="gx-input gx-select" name="{}" data-related{}><option value=""></option>{}</select>'
        )
        return head.format(name, attributes, _grouped(groups, typed))


def fields_of(way: Relation) -> Mapping[str, FieldType]:
    """The fields of the related records, or the columns of the lines."""
    if way.record_type is not None:
        return way.record_type.all_fields()
    columns: Mapping[str, FieldType] = way.link.by_key  # type: ignore[attr-defined]
    return columns


def _can_be_read(of: FieldType) -> bool:
    return of.computed or kind_of(of) not in (None, "link", "list")


class ConditionText(Asking, LongText):
    """A condition: some comparisons that all have to hold. What is more than that is written in JSON."""

    widget = "own"
    limit = 5_000
    ROWS = 3

    def from_form(self, form: Any, name: str) -> Any:
        if form.get(name):
            return form.get(name)
        tests = []
        for n in range(self.ROWS):
            key, op, raw = (form.get(f"{name}-{n}-{part}") or "" for part in ("field", "op", "value"))
            if key:
                tests.append({"field": key, "op": op} | self._value(op, raw.strip()))
        return {"all": tests} if tests else None

    @staticmethod
    def _value(op: str, raw: str) -> dict[str, Any]:
        if op in ("empty", "not_empty"):
            return {}
        if op in ("in", "not_in", "between", "has_any", "has_all"):
            return {"value": [part.strip() for part in raw.replace("，", ",").split(",") if part.strip()]}
        return {"value": raw}

    def parse(self, raw: Any) -> Any:
        if isinstance(raw, Mapping):
            return dict(raw) or None
        return super().parse(raw)

    def parse_text(self, text: str) -> Any:
        try:
            found = orjson.loads(super().parse_text(text))
        except orjson.JSONDecodeError:
            found = None
        if not isinstance(found, dict):
            raise FieldError("not_a_condition", _("Enter a condition in JSON, as a filter of the API."))
        return found

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        return orjson.dumps(value).decode() if isinstance(value, Mapping) else str(value or "")

    def typed(self, value: Any) -> Any:
        return value or ""

    def control_html(self, name: str, typed: Any, attributes: Markup, names: Names = NO_NAMES) -> Markup:
        tests = simple_tests(typed)
        if tests is None or len(tests) > self.ROWS:
            area = Markup('<textarea class="gx-input gx-formula-text" name="{}" rows="3"{}>{}</textarea>')
            return area.format(name, attributes, self.text(typed))
        filterable = [(way, {key: of for key, of in fields_of(way).items() if of.filterable}) for way in self.ways()]
        groups = [(way.name, way.label, [(k, of.label) for k, of in fields.items()]) for way, fields in filterable]
        operators = {name: op.label for _way, fields in filterable for of in fields.values()
                     for name, op in of.operators.items()}  # fmt: skip
        rows = Markup("").join(
            self._row(name, n, tests[n] if n < len(tests) else {}, groups, list(operators.items()), attributes)
            for n in range(self.ROWS)
        )
        periods = Markup("").join(Markup('<option value="{}">{}</option>').format(*each) for each in PERIODS.items())
        return Markup('<div class="gx-condition-rows" role="group" aria-label="{}">{}'
            '<datalist id="{}-periods">{}</datalist></div>').format(
            self.label, rows, name, periods)  # fmt: skip

    @staticmethod
    def _row(name: str, n: int, test: Mapping[str, Any], groups: Groups, operators: Any, attributes: Markup) -> Markup:
        value = test.get("value", "")
        shown = ", ".join(map(str, value)) if isinstance(value, list) else _plain(value)
        return Markup(
            '<div class="gx-condition-row">'
            '<select class="gx-input gx-select" name="{0}-{1}-field" aria-label="{2}" data-related{3}>'
            '<option value=""></option>{4}</select>'
            '<select class="gx-input gx-select" name="{0}-{1}-op" aria-label="{5}">{6}</select>'
            '<input class="gx-input" name="{0}-{1}-value" aria-label="{7}" value="{8}" list="{0}-periods"'
            ' autocomplete="off"></div>'
        ).format(name, n, _("Field"), attributes if n == 0 else "", _grouped(groups, test.get("field", "")),
                 _("Comparison"), _options(operators, test.get("op", "is")), _("Value"), shown)  # fmt: skip


def simple_tests(condition: Any) -> list[Mapping[str, Any]] | None:
    """The comparisons of a condition that is nothing but comparisons which all have to hold."""
    if not condition:
        return []
    if not isinstance(condition, Mapping):
        return None
    tests = [condition] if "field" in condition else condition.get("all")
    if not isinstance(tests, list) or not all(isinstance(each, Mapping) and "field" in each for each in tests):
        return None
    return tests


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(str(part) for part in value.values())
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _options(options: Sequence[tuple[str, Any]], chosen: Any) -> Markup:
    one = Markup('<option value="{}"{}>{}</option>')
    return Markup("").join(
        one.format(value, Markup(" selected") if value == chosen else "", label) for value, label in options
    )


def _grouped(groups: Groups, chosen: Any) -> Markup:
    group = Markup('<optgroup label="{}" data-of="{}">{}</optgroup>')
    return Markup("").join(group.format(label, name, _options(some, chosen)) for name, label, some in groups)
