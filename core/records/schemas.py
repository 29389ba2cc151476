"""From what was typed or sent to the values of a record type, with every fault named at once."""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial as bound
from typing import Any

import marshmallow as ma

from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records.fields import FieldError, FieldType
from core.records.types import RecordType

Values = dict[str, Any]

SYSTEM = ("id", "version")
"""What every record has besides its fields, and nobody sets."""


class Parsed(ma.fields.Field[Any]):
    """A field type as a field of marshmallow."""

    def __init__(self, field: FieldType, parse: Callable[[Any], Any], *, required: bool) -> None:
        super().__init__(required=required, allow_none=True)
        self.field, self.parse = field, parse

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_rest: Any) -> Any:
        return self.parse(value)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_rest: Any) -> Any:
        return self.field.dump(value)


class Asked(Parsed):
    """What an action must be told, of a field type of ours: `owner = Asked(Member(_l("New owner")), required=True)`."""

    def __init__(self, field: FieldType, *, required: bool | None = None) -> None:
        super().__init__(field, field.parse, required=field.required if required is None else required)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> Any:
        try:
            found = super()._deserialize(value, attr, data, **rest)
        except FieldError as error:
            raise ma.ValidationError(error.message) from None
        if found is None and self.required:
            raise ma.ValidationError(_("Fill in “%(field)s”.", field=self.field.label))
        return found


def from_json(record_type: RecordType, payload: Any, *, partial: bool = False) -> Values:
    """The values in a JSON object. Raises Invalid for wrong types, unknown and missing fields, all together."""
    if not isinstance(payload, Mapping):
        raise Invalid([FieldProblem("", "not_an_object", _("Send a JSON object."))])
    fields = record_type.fields()
    problems: list[FieldProblem] = []
    values: Values = {}
    for key, raw in payload.items():
        field = fields.get(key)
        if field is None and key not in SYSTEM:
            problems.append(FieldProblem(key[:100], "unknown_field", _("There is no such field.")))
        elif field is None or not field.editable:
            problems.append(FieldProblem(key, "read_only", _("This field is set by the system.")))
        else:
            _take(values, problems, field, bound(field.parse_json, raw))
    return _whole(record_type.fields().values(), values, problems, partial)


def from_form(
    record_type: RecordType, form: Any, *, fields: list[FieldType] | None = None, partial: bool = False
) -> Values:
    """The values in a posted form. Raises Invalid with all faults together."""
    shown = [f for f in (fields or record_type.form_fields()) if f.editable]
    problems: list[FieldProblem] = []
    values: Values = {}
    for field in shown:
        _take(values, problems, field, bound(_typed, field, form))
    return _whole(shown, values, problems, partial)


def writable(record_type: RecordType, keys: Iterable[str], *, needed: Collection[str] = ()) -> list[FieldType]:
    """Those of the fields that the member may write. Raises Invalid where one that is `needed` is not among them."""
    fields = record_type.fields()
    found = [fields[key] for key in keys if key in fields and fields[key].editable]
    if absent := set(needed) - {each.key for each in found}:
        message = _("Your role does not let you change this field here.")
        raise Invalid([FieldProblem(key, "not_allowed", message) for key in sorted(absent)])
    return found


def _typed(field: FieldType, form: Any) -> Any:
    return field.parse(field.from_form(form, field.key))


def _take(values: Values, problems: list[FieldProblem], field: FieldType, parse: Callable[[], Any]) -> None:
    try:
        values[field.key] = parse()
    except FieldError as error:
        problems.append(FieldProblem(field.key, error.code, error.message))


def _whole(fields: Any, values: Values, problems: list[FieldProblem], partial: bool) -> Values:
    faulty = {p.field for p in problems}
    for field in fields:
        absent = field.key not in values
        if not field.required or field.key in faulty or not field.editable:
            continue
        if absent and (partial or field.default is not None):
            continue
        if values.get(field.key) is None:
            if field.default is not None:
                values[field.key] = field.default
            else:
                problems.append(FieldProblem(field.key, "required", _("Fill in “%(field)s”.", field=field.label)))
    if problems:
        raise Invalid(problems)
    return values
