"""SQL written as text with expressions set into it, flat however deep the formula was.

The text comes from our own sources only; whatever a person typed is a bound parameter.
"""

from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import NullType, TypeEngine


class Sql(ColumnElement[Any]):
    """`words` and `parts` by turns: word, part, word, part, word."""

    inherit_cache = True
    _traverse_internals = [
        ("words", InternalTraversal.dp_string_list),
        ("parts", InternalTraversal.dp_clauseelement_list),
        ("type", InternalTraversal.dp_type),
    ]

    def __init__(self, words: list[str], parts: list[Any], type: TypeEngine[Any] | None = None) -> None:
        self.words, self.parts, self.type = words, parts, type or NullType()

    @property
    def _from_objects(self) -> list[Any]:
        return list(chain.from_iterable(part._from_objects for part in self.parts))

    def self_group(self, against: Any = None) -> "Sql":
        return self

    def typed(self, type: TypeEngine[Any]) -> "Sql":
        return Sql(self.words, self.parts, type)


@compiles(Sql)
def _compile(element: Sql, compiler: Any, **options: Any) -> str:
    options = {"literal_binds": True} if options.get("literal_binds") else {}
    written = [element.words[0]]
    for part, word in zip(element.parts, element.words[1:], strict=True):
        written += (compiler.process(part, **options), word)
    return "".join(written)


def sql(template: str, *given: Any) -> Sql:
    """The template with what is given in the place of each `{}`."""
    words, parts = [""], []
    pieces = template.split("{}")
    words[0] = pieces[0]
    for each, piece in zip(given, pieces[1:], strict=True):
        if isinstance(each, Sql):
            words[-1] += each.words[0]
            words += each.words[1:]
            parts += each.parts
        else:
            words.append("")
            parts.append(each.__clause_element__() if hasattr(each, "__clause_element__") else each)
        words[-1] += piece
    return Sql(words, parts)


def joined(between: str, given: list[Any]) -> Sql:
    return sql(between.join(["{}"] * len(given)), *given)


def within(value: Any, low: str, high: str) -> Sql:
    """The value, empty where it is not between these two. It is written, and worked out, only once."""
    return sql(f"nullif(nullif(least(greatest({{}}, {low}), {high}), {high}), {low})", value)


def whole(value: Any, limit: int) -> Sql:
    """A number as an integer, empty where it is further from zero than the limit."""
    return sql("trunc({})::int", within(value, str(-limit - 1), str(limit + 1)))
