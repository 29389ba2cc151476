"""One walk over the tree of a formula: every type is checked, and the SQL is written."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Date, Numeric, literal, select, true
from sqlalchemy.orm import aliased

from core import current
from core.access import Member as MemberRow
from core.i18n import _
from core.records.fields import Choice, FieldError, FieldType
from core.records.formulas import functions
from core.records.formulas.errors import FormulaError
from core.records.formulas.functions import DAYS, NUMBERS, add_interval, as_kind, currencies, same_kind
from core.records.formulas.kinds import KINDS, NOTHING, Term, correlated, kind_of, read, text_of
from core.records.formulas.nodes import Call, Chain, Constant, FieldPath, Node, Unary
from core.records.formulas.parser import parse
from core.records.formulas.sql import Sql, sql
from core.records.types import RecordType, find_type

MAX_LINKS = 5
MAX_PARTS = 3_000
MAX_WITHIN = 120
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")


@dataclass
class Spent:
    """How much a formula has come to with all the formulas in it: `depth` now, `parts` in all."""

    depth: int = 0
    parts: int = 0


@dataclass(frozen=True)
class Scope:
    """Where the fields of a formula are read: the fields by key, and the model (or alias, or line) that has them.

    `trail` are the calculated fields that we are inside of, as (record type, key): meeting one again is a loop.
    """

    record_type: str
    fields: Any
    model: Any
    trail: tuple[tuple[str, str], ...] = ()
    spent: Spent = field(default_factory=Spent)

    def entering(self, key: str, label: Any, at: int = 0) -> "Scope":
        """The scope inside of a calculated field. Raises FormulaError where that leads back to itself."""
        here = (self.record_type, key)
        if here in self.trail:
            message = _("This goes round in a circle: “%(label)s” is calculated from itself.", label=label)
            raise FormulaError("loop", message, at)
        return replace(self, trail=(*self.trail, here))

    def of(self, record_type: RecordType, model: Any) -> "Scope":
        return Scope(record_type.name, record_type.all_fields(), model, self.trail, self.spent)


def translate(text: str, scope: Scope) -> Term:
    """The formula as a term. Raises FormulaError."""
    found = Translator(scope).term(parse(text))
    if found.kind in ("list", "link", "empty"):
        message = _("A formula gives a number, a text, a date, an amount or yes and no, and this is %(kind)s.",
                    kind=KINDS[found.kind])  # fmt: skip
        raise FormulaError("wrong_type", message, 0)
    return found


class Translator:
    """The walk itself."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def term(self, node: Node) -> Term:
        spent = self.scope.spent
        spent.depth, spent.parts = spent.depth + 1, spent.parts + 1
        if spent.depth > MAX_WITHIN or spent.parts > MAX_PARTS:
            raise FormulaError("too_large", _("With all the formulas in it, this is too much to work out."), node.at)
        try:
            return self._term(node)
        finally:
            spent.depth -= 1

    def _term(self, node: Node) -> Term:
        if isinstance(node, Constant):
            return constant(node)
        if isinstance(node, FieldPath):
            return self.path(self.scope, node, node.keys)
        if isinstance(node, Call):
            return functions.call(node, [self.term(each) for each in node.arguments])
        if isinstance(node, Unary):
            return self.unary(node)
        assert isinstance(node, Chain)
        return self.chain(node)

    # --- fields ----------------------------------------------------------------------------------------

    def path(self, scope: Scope, node: FieldPath, keys: Sequence[str]) -> Term:
        of: FieldType | None = scope.fields.get(keys[0])
        if of is None:
            raise FormulaError("unknown_field", _("There is no field “%(key)s”.", key=keys[0][:60]), node.at)
        if len(keys) > 1:
            return self.through(scope, of, node, keys[1:])
        if of.computed:
            term: Term = of.term(scope, node.at)  # type: ignore[attr-defined]
            return replace(term, of=of)
        kind = kind_of(of)
        if kind is None:
            raise FormulaError("unreadable", _("“%(label)s” cannot be used in a formula.", label=of.label), node.at)
        return read(of, kind, scope.model)

    def through(self, scope: Scope, link: FieldType, node: FieldPath, keys: Sequence[str]) -> Term:
        """What a linked record has, whoever may see it: a formula comes to the same for everyone."""
        if kind_of(link) != "link":
            message = _("“%(label)s” is no link to a record, so nothing can follow its dot.", label=link.label)
            raise FormulaError("no_link", message, node.at)
        if len(node.keys) > MAX_LINKS:
            message = _("A path leads through at most %(limit)s links.", limit=MAX_LINKS - 1)
            raise FormulaError("too_long", message, node.at)
        target = link.refers_to() or ""
        here = read(link, "link", scope.model).sql
        if target == "member":
            return self.of_member(scope, here, node, keys)
        linked = find_type(target)
        if linked is None:
            message = _("“%(label)s” leads to records that are not there.", label=link.label)
            raise FormulaError("unknown_field", message, node.at)
        there = aliased(linked.model)
        inner = self.path(scope.of(linked, there), node, keys)
        return _looked_up(inner, there, here, scope.model, rows_of(linked, there), there.deleted_at.is_(None))

    @staticmethod
    def of_member(scope: Scope, here: Sql, node: FieldPath, keys: Sequence[str]) -> Term:
        if tuple(keys) not in (("name",), ("email",)):
            raise FormulaError("unknown_field", _("Of a member one can ask for name and email."), node.at)
        there = aliased(MemberRow)
        return _looked_up(Term("text", sql("{}", getattr(there, keys[0]))), there, here, scope.model)

    # --- operators -------------------------------------------------------------------------------------

    def unary(self, node: Unary) -> Term:
        given = self.term(node.operand)
        if node.operator == "not":
            self.need(given, ("yes_no",), node.operand, "not")
            return Term("yes_no", sql("(not {})", as_kind(given, "yes_no")), given.currencies)
        self.need(given, NUMBERS, node.operand, "-")
        kind = "money" if given.kind == "money" else "number"
        value = -given.constant if isinstance(given.constant, Decimal) else NOTHING
        return Term(kind, sql("(- {})", as_kind(given, kind)), given.currencies, constant=value)

    def chain(self, node: Chain) -> Term:
        operator = node.rest[0][0]
        terms = [self.term(each) for each in (node.first, *(each for _sign, each in node.rest))]
        nodes = [node.first, *(each for _sign, each in node.rest)]
        if operator in ("and", "or"):
            for term, each in zip(terms, nodes, strict=True):
                self.need(term, ("yes_no",), each, operator)
            parts = sql(f" {operator} ".join(["{}"] * len(terms)), *(as_kind(term, "yes_no") for term in terms))
            return Term("yes_no", sql("({})", parts), currencies(*terms))
        if operator == "&":
            for term, each in zip(terms, nodes, strict=True):
                self.need(term, functions.PLAIN, each, "&")
            return functions.concat(*terms)
        if operator in COMPARISONS:
            return self.comparison(node, terms, nodes)
        found = terms[0]
        for (sign, right), term in zip(node.rest, terms[1:], strict=True):
            found = self.arithmetic(sign, found, term, node.first, right)
        return found

    def comparison(self, node: Chain, terms: list[Term], nodes: list[Node]) -> Term:
        if len(terms) > 2:
            message = _("Only two values can be compared. Join two comparisons with “and”.")
            raise FormulaError("unexpected", message, nodes[2].at)
        operator, (left, right) = node.rest[0][0], terms
        left, right = meant(left, right, nodes[0].at), meant(right, left, nodes[1].at)
        if "empty" in (left.kind, right.kind) and operator in ("=", "!="):
            of = right if left.kind == "empty" else left
            found = functions.is_empty(of)
            return Term("yes_no", found if operator == "=" else sql("(not {})", found), currencies(of))
        kind = same_kind([left, right], [each.at for each in nodes])
        one, other = as_kind(left, kind), as_kind(right, kind)
        if operator in ("=", "!="):
            if kind == "text":
                one, other = sql("coalesce({}, '')", one), sql("coalesce({}, '')", other)
            word = "is not distinct from" if operator == "=" else "is distinct from"
            return Term("yes_no", sql("({} " + word + " {})", one, other), currencies(left, right))
        return Term("yes_no", sql("({} " + operator + " {})", one, other), currencies(left, right))

    def arithmetic(self, sign: str, left: Term, right: Term, at: Node, right_at: Node) -> Term:
        if sign in ("+", "-") and (left.kind in DAYS or right.kind in DAYS):
            return self.with_days(sign, left, right, at, right_at)
        hint = sign if sign != "+" or "text" not in (left.kind, right.kind) else "+ …"
        self.need(left, NUMBERS, at, hint)
        self.need(right, NUMBERS, right_at, hint)
        kind = "money" if "money" in (left.kind, right.kind) else "number"
        one, other = as_kind(left, "number"), as_kind(right, "number")
        both = currencies(left, right)
        if sign in ("/", "%"):
            if right.constant == 0 and isinstance(right.constant, Decimal):
                raise FormulaError("division_by_zero", _("Nothing can be divided by zero."), right_at.at)
            other = sql("nullif({}, 0)", other)
            if right.kind == "money":
                self.need(left, ("money",), at, _("dividing by an amount"))
                kind = "number"
        if sign == "*" and left.kind == right.kind == "money":
            message = _("Two amounts of money cannot be multiplied. Write number(…) around one of them.")
            raise FormulaError("wrong_type", message, right_at.at)
        if sign == "%":
            return Term(kind, sql("mod({}, {})", one, other), both)
        return Term(kind, sql("({} " + sign + " {})", one, other), both)

    def with_days(self, sign: str, left: Term, right: Term, at: Node, right_at: Node) -> Term:
        """Days later or earlier, or the days between two."""
        if sign == "-" and left.kind == right.kind == "date":
            return Term("number", sql("({} - {})::numeric", left.sql, right.sql))
        if sign == "-" and left.kind in DAYS and right.kind in DAYS:
            one, other = functions.as_moment(left), functions.as_moment(right)
            return Term("number", sql("(extract(epoch from ({}) - ({})) / 86400)", one, other))
        if sign == "+" and right.kind in DAYS:
            left, right, at, right_at = right, left, right_at, at
        self.need(right, ("number",), right_at, sign)
        days = as_kind(right, "number")
        if sign == "-":
            days = sql("(- {})", days)
        if left.kind == "date":
            return add_interval(left, days, "days")
        return add_interval(left, sql("({} * 1440)", days), "minutes")

    @staticmethod
    def need(term: Term, kinds: Sequence[str], node: Node, name: str) -> None:
        if term.kind in (*kinds, "empty"):
            return
        wanted = _(" or ").join(str(KINDS[kind]) for kind in kinds)
        message = _("“%(name)s” needs %(wanted)s here, and this is %(kind)s.",
                    name=name, wanted=wanted, kind=KINDS[term.kind])  # fmt: skip
        if name == "+ …" and term.kind == "text":
            message = _("Texts are joined with &, not with +.")
        raise FormulaError("wrong_type", message, node.at)


def constant(node: Constant) -> Term:
    value = node.value
    if isinstance(value, bool):
        return Term("yes_no", sql("true" if value else "false"), constant=value)
    if isinstance(value, Decimal):
        return Term("number", sql("{}", literal(value, Numeric)), constant=value)
    return Term("empty", sql("null")) if value is None else Term("text", sql("{}", text_of(value)), constant=value)


def meant(term: Term, beside: Term, at: int) -> Term:
    """A written text beside a choice is one of its options, beside a date a date."""
    if not isinstance(term.constant, str) or not term.constant:
        return term
    if isinstance(beside.of, Choice):
        try:
            return replace(term, sql=sql("{}", text_of(beside.of.parse_text(term.constant))))
        except FieldError as error:
            raise FormulaError("not_an_option", error.message, at) from None
    if beside.kind == "date":
        try:
            return Term("date", sql("{}", literal(date.fromisoformat(term.constant), Date)))
        except ValueError:
            message = _("Write a day like '2026-03-08', or date(2026, 3, 8).")
            raise FormulaError("not_a_date", message, at) from None
    return term


def rows_of(record_type: RecordType, model: Any) -> ColumnElement[bool]:
    """What tells the rows of a type from others in the same table, by an alias of the model."""
    return model.type == record_type.name if record_type.is_own else true()


def _looked_up(inner: Term, there: Any, here: Sql, model: Any, *more: ColumnElement[bool]) -> Term:
    def looked(value: Sql) -> Sql:
        found = select(value).where(there.tenant_id == current.tenant_id(), there.id == here, *more)
        return sql("{}", correlated(found, model).scalar_subquery())

    return replace(inner, sql=looked(inner.sql), currencies=tuple(looked(each) for each in inner.currencies),
                   constant=NOTHING)  # fmt: skip
