"""From the text of a formula to its tree: operator precedence, one function for each rank's worth of words."""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from core.i18n import _
from core.records.formulas.errors import FormulaError
from core.records.formulas.nodes import Call, Chain, Constant, FieldPath, Node, Unary
from core.records.formulas.tokens import Token, tokens

MAX_LENGTH = 2_000
MAX_DEPTH = 50
MAX_ARGUMENTS = 50
RANKS = (("or",), ("and",), ("=", "!=", "<", "<=", ">", ">="), ("&",), ("+", "-"), ("*", "/", "%"))
"""The operators from the loosest to the closest."""
NOT_BEFORE = 2
"""`not` stands before what is closer than `and`: not a = b is not (a = b)."""
CONSTANTS = {"true": True, "false": False, "empty": None}


def parse(text: str) -> Node:
    """Raises FormulaError, saying where and why."""
    if len(text) > MAX_LENGTH:
        raise FormulaError("too_long", _("A formula has at most %(limit)s characters.", limit=MAX_LENGTH), MAX_LENGTH)
    return _parsed(text)


@lru_cache(maxsize=2_000)
def _parsed(text: str) -> Node:
    return Parser(list(tokens(text))).whole()


class Parser:
    """One formula. `nesting` is how deep we are inside of brackets and signs."""

    def __init__(self, words: Sequence[Token]) -> None:
        self.words, self.next, self.nesting = words, 0, 0

    def whole(self) -> Node:
        if self.word.kind == "end":
            raise FormulaError("empty", _("Write a formula, such as price * amount."), 0)
        found = self.expression()
        if self.word.kind != "end":
            raise self.unexpected()
        return found

    @property
    def word(self) -> Token:
        return self.words[self.next]

    def take(self) -> Token:
        self.next += 1
        return self.words[self.next - 1]

    def follows(self, *signs: str) -> bool:
        return self.word.kind in ("sign", "name") and self.word.text.lower() in signs

    def expect(self, sign: str) -> None:
        if not self.follows(sign):
            raise FormulaError("missing_sign", _("“%(sign)s” is missing here.", sign=sign), self.word.at)
        self.take()

    def unexpected(self) -> FormulaError:
        if self.word.kind == "end":
            return FormulaError("unfinished", _("The formula ends too early."), self.word.at)
        return FormulaError("unexpected", _("“%(text)s” does not fit here.", text=self.word.text[:40]), self.word.at)

    def expression(self, rank: int = 0) -> Node:
        """What follows, as far as it is joined by operators of this rank or a closer one."""
        if rank == len(RANKS):
            return self.operand()
        if rank == NOT_BEFORE and self.follows("not") and not self.is_call():
            return self.sign("not", rank)
        first, rest = self.expression(rank + 1), []
        while self.follows(*RANKS[rank]):
            rest.append((self.take().text.lower(), self.expression(rank + 1)))
        if not rest:
            return first
        return Chain(first.at, first, tuple(rest), depth=self.above(first, *(node for _sign, node in rest)))

    def operand(self) -> Node:
        word = self.word
        if self.follows("-", "+"):
            return self.sign(word.text, len(RANKS))
        if self.follows("("):
            return self.inside()
        if word.kind == "number":
            return self.number()
        if word.kind == "text":
            return Constant(word.at, self.take().text)
        if word.kind != "name":
            raise self.unexpected()
        if self.is_call():
            return self.call()
        name = self.take().text
        if name.lower() in CONSTANTS:
            return Constant(word.at, CONSTANTS[name.lower()])
        if name.lower() in ("and", "or", "not"):
            self.next -= 1
            raise self.unexpected()
        return FieldPath(word.at, tuple(name.split(".")))

    def is_call(self) -> bool:
        after = self.words[min(self.next + 1, len(self.words) - 1)]
        return self.word.kind == "name" and after.text == "(" and after.kind == "sign"

    def number(self) -> Constant:
        word = self.take()
        if len(word.text) > 15:
            raise FormulaError("too_large", _("A number has at most %(limit)s digits.", limit=15), word.at)
        return Constant(word.at, Decimal(word.text))

    def sign(self, operator: str, rank: int) -> Node:
        at = self.take().at
        self.deeper(at)
        operand = self.expression(rank)
        self.nesting -= 1
        return operand if operator == "+" else Unary(at, operator, operand, depth=self.above(operand))

    def inside(self) -> Node:
        self.deeper(self.take().at)
        found = self.expression()
        self.expect(")")
        self.nesting -= 1
        return found

    def call(self) -> Node:
        name = self.take()
        self.deeper(self.take().at)
        given: list[Node] = []
        while not self.follows(")"):
            if given:
                self.expect(",")
            given.append(self.expression())
            if len(given) > MAX_ARGUMENTS:
                message = _("A function takes at most %(limit)s values.", limit=MAX_ARGUMENTS)
                raise FormulaError("too_many_arguments", message, given[-1].at)
        self.take()
        self.nesting -= 1
        return Call(name.at, name.text.lower(), tuple(given), depth=self.above(*given))

    def deeper(self, at: int) -> None:
        self.nesting += 1
        if self.nesting > MAX_DEPTH:
            raise self.too_deep(at)

    def above(self, *nodes: Node) -> int:
        depth = 1 + max((node.depth for node in nodes), default=0)
        if depth > MAX_DEPTH:
            raise self.too_deep(nodes[0].at)
        return depth

    @staticmethod
    def too_deep(at: int) -> FormulaError:
        return FormulaError("too_deep", _("A formula is nested at most %(limit)s levels deep.", limit=MAX_DEPTH), at)
