"""Values that are kept as JSON: lists, objects, whatever is more than a text, a number or an instant."""

from typing import Any, ClassVar

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from core.i18n import _l
from core.records.fields.base import FieldType
from core.records.fields.operators import EMPTY, NOT_EMPTY, Operator

LIST_OPERATORS = {
    "has_any": Operator(_l("has any of"), "list", lambda c, v: or_(*(c.contains([one]) for one in v))),
    "has_all": Operator(_l("has all of"), "list", lambda c, v: and_(*(c.contains([one]) for one in v))),
    "empty": EMPTY,
    "not_empty": NOT_EMPTY,
}


class InJson(FieldType):
    """A column of JSONB, or a member of the custom data, whose GIN index finds what it contains. It has no place in
    the side index, so nothing is sorted by it."""

    slot = ""
    sortable = False
    operators = {"empty": EMPTY, "not_empty": NOT_EMPTY}
    aggregates: ClassVar[tuple[str, ...]] = ("count",)

    def column_type(self) -> TypeEngine[Any]:
        return JSONB(none_as_null=True)

    def get(self, record: Any) -> Any:
        return super().get(record) if self.custom_id else self.load(getattr(record, self.attr))

    def set(self, record: Any, value: Any) -> None:
        if self.custom_id:
            super().set(record, value)
        else:
            setattr(record, self.attr, None if value is None else self.store(value))

    def load(self, stored: Any) -> Any:
        return stored

    def expression(self, model: Any) -> Any:
        return CustomMember(model.custom, self.key) if self.custom_id else super().expression(model)


class CustomMember:
    """A member of the custom data, as operators use a column."""

    def __init__(self, column: Any, key: str) -> None:
        self.column, self.key = column, key

    def contains(self, values: list[str]) -> ColumnElement[bool]:
        return self.column.contains({self.key: values})

    def is_(self, _none: None) -> ColumnElement[bool]:
        return self.column[self.key].is_(None)

    def is_not(self, _none: None) -> ColumnElement[bool]:
        return self.column[self.key].is_not(None)
