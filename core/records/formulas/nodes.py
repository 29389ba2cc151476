"""The tree of a formula. `at` is the place in the text where a part begins, `depth` how deep the tree below it is."""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True)
class Node:
    at: int
    depth: int = field(default=1, kw_only=True)


@dataclass(frozen=True)
class Constant(Node):
    """A number, a text, true, false or, as None, `empty`."""

    value: Decimal | str | bool | None


@dataclass(frozen=True)
class FieldPath(Node):
    """A field, or one behind links: `amount`, `customer.industry`."""

    keys: tuple[str, ...]


@dataclass(frozen=True)
class Call(Node):
    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Unary(Node):
    """`-` or `not`."""

    operator: str
    operand: Node


@dataclass(frozen=True)
class Chain(Node):
    """Operators of one rank after each other, from the left: a - b + c. Flat, however long it is."""

    first: Node
    rest: tuple[tuple[str, Node], ...]
