"""The functions of the language: what each takes, what it gives, and its SQL."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Date, DateTime, literal

from core import current
from core.i18n import LazyText, _, _l
from core.records.formulas.errors import FormulaError
from core.records.formulas.kinds import KINDS, LONGEST, POSTGRES, Term, day, moment, number_in, text_of
from core.records.formulas.nodes import Call
from core.records.formulas.sql import Sql, joined, sql, whole

NUMBERS = ("number", "money")
DAYS = ("date", "instant")
ANY = tuple(KINDS)
PLAIN = ("number", "money", "text", "date", "instant", "yes_no")
UNITS = ("days", "weeks", "months", "years", "hours", "minutes")


@dataclass(frozen=True)
class Function:
    """`takes` are the kinds of its values in order, the last for all further ones; `least` of them must be there.
    `example` is how it is written, `says` what it does."""

    example: str
    says: LazyText
    build: Callable[..., Term]
    takes: tuple[tuple[str, ...], ...] = ()
    least: int = 0
    most: int | None = None


def call(node: Call, given: Sequence[Term]) -> Term:
    """Raises FormulaError for an unknown function, and for values that it does not take."""
    function = FUNCTIONS.get(node.name)
    if function is None:
        raise FormulaError("unknown_function", _("There is no function “%(name)s”.", name=node.name[:40]), node.at)
    most = len(function.takes) if function.most is None else function.most
    if not function.least <= len(given) <= most:
        message = _("“%(name)s” is written like this: %(example)s.", name=node.name, example=function.example)
        raise FormulaError("wrong_arguments", message, node.at)
    for n, term in enumerate(given):
        takes = function.takes[min(n, len(function.takes) - 1)]
        if term.kind not in (*takes, "empty"):
            wanted = _(" or ").join(str(KINDS[kind]) for kind in takes)
            message = _("“%(name)s” needs %(wanted)s here, and this is %(kind)s.",
                        name=node.name, wanted=wanted, kind=KINDS[term.kind])  # fmt: skip
            raise FormulaError("wrong_type", message, node.arguments[n].at)
    return function.build(node, *given)


# --- what several share --------------------------------------------------------------------------------


def currencies(*terms: Term) -> tuple[Sql, ...]:
    return tuple(each for term in terms for each in term.currencies)


def as_kind(term: Term, kind: str) -> Sql:
    return sql(f"null::{POSTGRES[kind]}") if term.kind == "empty" else term.sql


def same_kind(terms: Sequence[Term], ats: Sequence[int]) -> str:
    """The kind of what may be any of these. A number beside an amount of money is an amount."""
    kinds = [term.kind for term in terms if term.kind != "empty"]
    found = "money" if "money" in kinds and set(kinds) <= set(NUMBERS) else kinds[0] if kinds else "text"
    for term, at in zip(terms, ats, strict=True):
        if term.kind not in (found, "empty") and not (found == "money" and term.kind == "number"):
            message = _("This is %(kind)s, and the others are %(other)s.", kind=KINDS[term.kind], other=KINDS[found])
            raise FormulaError("wrong_type", message, at)
        if found in ("list", "link"):
            raise FormulaError("wrong_type", _("A list or a link cannot stand here."), at)
    return found


def zone() -> ZoneInfo:
    """Whose midnight it is: the workspace's, so that a formula comes to the same for everyone."""
    return ZoneInfo(current.tenant().timezone)


def local(term: Term) -> Sql:
    """A date or instant as the clock of the workspace shows it."""
    if term.kind != "instant":
        return as_kind(term, "date")
    return sql("({} at time zone {})", term.sql, text_of(str(zone())))


def as_day(term: Term) -> Sql:
    return sql("({})::date", local(term)) if term.kind == "instant" else as_kind(term, "date")


def as_text(term: Term) -> Sql:
    if term.kind == "number":
        return sql("trim_scale({})::text", term.sql)
    if term.kind == "money":
        return sql("round({}, 4)::text", term.sql) if not term.currencies else money_text(term)
    if term.kind == "date":
        return sql("to_char({}, 'YYYY-MM-DD')", term.sql)
    if term.kind == "instant":
        return sql("to_char({}, 'YYYY-MM-DD HH24:MI')", local(term))
    if term.kind == "yes_no":
        return sql("(case {} when true then 'yes' when false then 'no' end)", term.sql)
    return as_kind(term, "text")


def money_text(term: Term) -> Sql:
    return sql("(trim_scale({})::text || ' ' || coalesce({}, ''))", term.sql, term.currencies[0])


def short(value: Sql) -> Sql:
    return sql(f"left({{}}, {LONGEST})", value)


def number(value: Sql) -> Term:
    return Term("number", value)


# --- conditions ----------------------------------------------------------------------------------------


def _if(node: Call, *given: Term) -> Term:
    """Tests and values by turns, perhaps with a value for all else."""
    pairs, rest = list(zip(given[0::2], given[1::2], strict=False)), given[len(given) // 2 * 2 :]
    for n, (test, _value) in enumerate(pairs):
        if test.kind not in ("yes_no", "empty"):
            message = _("A test like amount > 100 belongs here, and this is %(kind)s.", kind=KINDS[test.kind])
            raise FormulaError("wrong_type", message, node.arguments[2 * n].at)
    values = [value for _test, value in pairs] + list(rest)
    ats = [argument.at for argument in (*node.arguments[1::2], *(node.arguments[-1:] if rest else ()))]
    kind = same_kind(values, ats)
    cases = [sql("when {} then {}", as_kind(test, "yes_no"), as_kind(value, kind)) for test, value in pairs]
    last = [sql("else {}", as_kind(rest[0], kind))] if rest else []
    return Term(kind, sql("(case {} end)", joined(" ", [*cases, *last])), currencies(*given))


def _switch(node: Call, of: Term, *given: Term) -> Term:
    """A value, then what it may be and what it gives by turns, perhaps with a value for all else."""
    if len(given) < 2:
        raise FormulaError("wrong_arguments", _("Name at least one case and what it gives."), node.at)
    pairs, rest = list(zip(given[0::2], given[1::2], strict=False)), given[len(given) // 2 * 2 :]
    ats = [argument.at for argument in node.arguments]
    compared = same_kind([of, *(case for case, _value in pairs)], [ats[0], *ats[1::2][: len(pairs)]])
    values = [value for _case, value in pairs] + list(rest)
    kind = same_kind(values, [*ats[2::2][: len(pairs)], *(ats[-1:] if rest else ())])
    cases = [sql("when {} then {}", as_kind(case, compared), as_kind(value, kind)) for case, value in pairs]
    last = [sql("else {}", as_kind(rest[0], kind))] if rest else []
    found = sql("(case {} {} end)", as_kind(of, compared), joined(" ", [*cases, *last]))
    return Term(kind, found, currencies(of, *given))


def _coalesce(node: Call, *given: Term) -> Term:
    kind = same_kind(given, [argument.at for argument in node.arguments])
    template = "nullif({}, '')" if kind == "text" else "{}"
    each = joined(", ", [sql(template, as_kind(term, kind)) for term in given])
    return Term(kind, sql("coalesce({})", each), currencies(*given))


def is_empty(term: Term) -> Sql:
    if term.kind == "text":
        return sql("(coalesce({}, '') = '')", term.sql)
    if term.kind == "list":
        return sql("(coalesce({}, '[]'::jsonb) in ('[]'::jsonb, 'null'::jsonb))", term.sql)
    return sql("true") if term.kind == "empty" else sql("({} is null)", term.sql)


def _is_empty(node: Call, of: Term) -> Term:
    return Term("yes_no", is_empty(of))


def _all(node: Call, *given: Term) -> Term:
    return Term("yes_no", sql("({})", joined(" and ", [as_kind(g, "yes_no") for g in given])), currencies(*given))


def _any(node: Call, *given: Term) -> Term:
    return Term("yes_no", sql("({})", joined(" or ", [as_kind(g, "yes_no") for g in given])), currencies(*given))


def _not(node: Call, given: Term) -> Term:
    return Term("yes_no", sql("(not {})", as_kind(given, "yes_no")), given.currencies)


# --- numbers -------------------------------------------------------------------------------------------


def _round(node: Call, of: Term, digits: Term | None = None) -> Term:
    places = whole(as_kind(digits, "number"), 12) if digits else sql("0")
    return Term(_numeric(of), sql("round({}, {})", as_kind(of, "number"), places), of.currencies)


def _numeric(of: Term) -> str:
    return "money" if of.kind == "money" else "number"


def _simple(name: str) -> Callable[..., Term]:
    def build(node: Call, of: Term) -> Term:
        return Term(_numeric(of), sql(name + "({})", as_kind(of, "number")), of.currencies)

    return build


def _extreme(name: str) -> Callable[..., Term]:
    def build(node: Call, *given: Term) -> Term:
        kind = same_kind(given, [argument.at for argument in node.arguments])
        every = joined(", ", [as_kind(term, kind) for term in given])
        return Term(kind, sql(name + "({})", every), currencies(*given))

    return build


def _number(node: Call, of: Term) -> Term:
    if of.kind == "text":
        return number(number_in(sql("replace(btrim({}), ',', '')", of.sql)))
    if of.kind == "yes_no":
        return number(sql("(case {} when true then 1 when false then 0 end)::numeric", of.sql))
    return number(as_kind(of, "number"))


# --- texts ---------------------------------------------------------------------------------------------


def concat(*given: Term) -> Term:
    parts = joined(" || ", [sql("coalesce({}, '')", as_text(term)) for term in given])
    return Term("text", short(sql("({})", parts)), currencies(*(term for term in given if term.kind != "money")))


def _concat(node: Call, *given: Term) -> Term:
    return concat(*given)


def _text(node: Call, of: Term) -> Term:
    return Term("text", short(as_text(of)))


def _plain_text(name: str) -> Callable[..., Term]:
    return lambda node, of: Term("text", sql(name + "({})", as_kind(of, "text")))


def _cut(name: str) -> Callable[..., Term]:
    def build(node: Call, of: Term, length: Term) -> Term:
        length_sql = sql("greatest({}, 0)", whole(as_kind(length, "number"), LONGEST))
        return Term("text", sql(name + "({}, {})", as_kind(of, "text"), length_sql))

    return build


def _mid(node: Call, of: Term, start: Term, length: Term) -> Term:
    at, count = (whole(as_kind(each, "number"), LONGEST) for each in (start, length))
    cut = sql("substring({} from greatest({}, 1) for greatest({}, 0))", as_kind(of, "text"), at, count)
    return Term("text", cut)


def _len(node: Call, of: Term) -> Term:
    if of.kind == "list":
        return number(sql("(case jsonb_typeof({}) when 'array' then jsonb_array_length({}) else 0 end)::numeric",
                          of.sql, of.sql))  # fmt: skip
    return number(sql("length(coalesce({}, ''))::numeric", as_kind(of, "text")))


def _contains(node: Call, of: Term, part: Term) -> Term:
    if of.kind == "list":
        held = sql("coalesce({}, '[]'::jsonb) @> to_jsonb({}::text)", of.sql, as_kind(part, "text"))
        return Term("yes_no", sql("({})", held))
    place = sql("strpos(lower(coalesce({}, '')), lower({}))", as_kind(of, "text"), as_kind(part, "text"))
    return Term("yes_no", sql("({} > 0)", place))


def _replace(node: Call, of: Term, old: Term, new: Term) -> Term:
    made = sql("replace({}, coalesce({}, ''), left(coalesce({}, ''), 500))",
               as_kind(of, "text"), as_kind(old, "text"), as_kind(new, "text"))  # fmt: skip
    return Term("text", short(made))


# --- dates ---------------------------------------------------------------------------------------------


def _part_of_date(name: str) -> Callable[..., Term]:
    return lambda node, of: number(sql(f"extract({name} from {{}})", local(of)))


def _today(node: Call) -> Term:
    return Term("date", sql("{}", literal(current.now().astimezone(zone()).date(), Date)))


def _now(node: Call) -> Term:
    return Term("instant", sql("{}", literal(current.now(), DateTime(timezone=True))))


def _date(node: Call, *given: Term) -> Term:
    if len(given) == 2 or (len(given) == 3 and any(each.kind not in ("number", "empty") for each in given)):
        raise FormulaError("wrong_arguments", _("Write date(year, month, day), or date(a date and time)."), node.at)
    if len(given) == 1:
        return _as_date(node, given[0])
    years, months, days = (
        whole(as_kind(term, "number"), limit) for term, limit in zip(given, (9999, 48_000, 1_500_000), strict=True)
    )
    since = "make_interval(years => {} - 1, months => {} - 1, days => {} - 1)"
    return Term("date", day(sql("(date '0001-01-01' + " + since + ")::date", years, months, days)))


def _as_date(node: Call, of: Term) -> Term:
    if of.kind == "text":
        found = "case when pg_input_is_valid(x, 'date') then x::date end"
        shape = "'^[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])'"
        once = f"(select {found} from (select substring(btrim({{}}) from {shape}) as x offset 0) s)"  # noqa: S608
        return Term("date", sql(once, of.sql))
    if of.kind == "number":
        raise FormulaError("wrong_arguments", _("Write date(year, month, day), or date(a date and time)."), node.at)
    return Term("date", as_day(of))


def _unit(node: Call, term: Term, *, hours: bool) -> str:
    known = UNITS if hours else UNITS[:4]
    unit = term.constant if isinstance(term.constant, str) else ""
    unit = unit.lower() if unit.lower().endswith("s") else unit.lower() + "s"
    if unit not in known:
        wanted = ", ".join(f"'{each}'" for each in known)
        raise FormulaError("unknown_unit", _("The unit is one of: %(list)s.", list=wanted), node.arguments[-1].at)
    return unit


def _datediff(node: Call, one: Term, other: Term, in_unit: Term) -> Term:
    unit = _unit(node, in_unit, hours=True)
    if unit in ("hours", "minutes"):
        between = sql("extract(epoch from ({}) - ({}))", as_moment(other), as_moment(one))
        return number(sql(f"({{}} / {3600 if unit == 'hours' else 60})", between))
    first, last = as_day(one), as_day(other)
    if unit in ("days", "weeks"):
        return number(sql(f"((({{}}) - ({{}}))::numeric / {7 if unit == 'weeks' else 1})", last, first))
    months = "extract(year from x) * 12 + extract(month from x)" if unit == "months" else "extract(year from x)"
    once = f"(select {months} from (select age({{}}, {{}}) as x offset 0) s)"  # noqa: S608
    return number(sql(once, last, first))


def as_moment(term: Term) -> Sql:
    if term.kind == "instant":
        return term.sql
    return sql("(({})::timestamp at time zone {})", as_kind(term, "date"), text_of(str(zone())))


def _dateadd(node: Call, of: Term, amount: Term, in_unit: Term) -> Term:
    unit = _unit(node, in_unit, hours=of.kind == "instant")
    return add_interval(of, as_kind(amount, "number"), unit)


MOST = {"years": 4_000, "months": 48_000, "weeks": 200_000, "days": 1_500_000, "hours": 36_000_000,
        "minutes": 2_000_000_000}  # fmt: skip


def add_interval(of: Term, amount: Sql, unit: str) -> Term:
    """By the calendar and clock of the workspace: a month later is the same day, at the same hour."""
    name = {"minutes": "mins"}.get(unit, unit)
    interval = sql(f"make_interval({name} => {{}})", whole(amount, MOST[unit]))
    if of.kind != "instant":
        return Term("date", day(sql("({} + {})::date", as_kind(of, "date"), interval)))
    zone_name = text_of(str(zone()))
    if unit in ("hours", "minutes"):
        return Term("instant", moment(sql("({} + {})", of.sql, interval)))
    later = sql("((({} at time zone {}) + {}) at time zone {})", of.sql, zone_name, interval, zone_name)
    return Term("instant", moment(later))


FUNCTIONS: dict[str, Function] = {
    "if": Function("if(amount > 100, 'big', 'small')", _l("The first value if the test holds, else the second."),
                   _if, (ANY,), 2, 3),
    "ifs": Function("ifs(a > 9, 'A', a > 5, 'B', 'C')", _l("The value after the first test that holds."),
                    _if, (ANY,), 2, 50),
    "switch": Function("switch(level, 'a', 3, 'b', 2, 0)", _l("The value after what the first one equals."),
                       _switch, (ANY,), 3, 50),
    "ifempty": Function("ifempty(amount, 0)", _l("The first value that is not empty."), _coalesce, (PLAIN,), 1, 50),
    "coalesce": Function("coalesce(a, b, 0)", _l("The first value that is not empty."), _coalesce, (PLAIN,), 1, 50),
    "isempty": Function("isempty(phone)", _l("Whether there is no value."), _is_empty, (ANY,), 1),
    "and": Function("and(a, b)", _l("Whether all tests hold."), _all, (("yes_no",),), 1, 50),
    "or": Function("or(a, b)", _l("Whether one of the tests holds."), _any, (("yes_no",),), 1, 50),
    "not": Function("not(a)", _l("Whether the test does not hold."), _not, (("yes_no",),), 1),
    "round": Function("round(amount, 2)", _l("Rounded to so many decimals."), _round, (NUMBERS, ("number",)), 1),
    "floor": Function("floor(amount)", _l("The whole number below."), _simple("floor"), (NUMBERS,), 1),
    "ceil": Function("ceil(amount)", _l("The whole number above."), _simple("ceil"), (NUMBERS,), 1),
    "abs": Function("abs(amount)", _l("Without its sign."), _simple("abs"), (NUMBERS,), 1),
    "min": Function("min(a, b)", _l("The least of the values that are not empty."), _extreme("least"),
                    ((*NUMBERS, *DAYS),), 1, 50),
    "max": Function("max(a, b)", _l("The greatest of the values that are not empty."), _extreme("greatest"),
                    ((*NUMBERS, *DAYS),), 1, 50),
    "number": Function("number('12.5')", _l("A text or an amount as a plain number."), _number,
                       (("text", "number", "money", "yes_no"),), 1),
    "concat": Function("concat(name, ' ', phone)", _l("The texts one after the other."), _concat, (PLAIN,), 1, 50),
    "text": Function("text(amount)", _l("Any value as text."), _text, (PLAIN,), 1),
    "upper": Function("upper(name)", _l("In capital letters."), _plain_text("upper"), (("text",),), 1),
    "lower": Function("lower(name)", _l("In small letters."), _plain_text("lower"), (("text",),), 1),
    "trim": Function("trim(name)", _l("Without spaces at both ends."), _plain_text("btrim"), (("text",),), 1),
    "len": Function("len(name)", _l("How many characters, or entries of a list."), _len, (("text", "list"),), 1),
    "left": Function("left(name, 2)", _l("The first so many characters."), _cut("left"), (("text",), ("number",)), 2),
    "right": Function("right(name, 2)", _l("The last so many characters."), _cut("right"),
                      (("text",), ("number",)), 2),
    "mid": Function("mid(name, 2, 3)", _l("From the second character, three of them."), _mid,
                    (("text",), ("number",), ("number",)), 3),
    "contains": Function("contains(name, 'Ltd')", _l("Whether a text or list holds it."), _contains,
                         (("text", "list"), ("text",)), 2),
    "replace": Function("replace(name, 'Ltd', '')", _l("With one text put in the place of another."), _replace,
                        (("text",),) * 3, 3),
    "year": Function("year(signed_on)", _l("The year of a date."), _part_of_date("year"), (DAYS,), 1),
    "month": Function("month(signed_on)", _l("The month of a date, from 1 to 12."), _part_of_date("month"), (DAYS,), 1),
    "day": Function("day(signed_on)", _l("The day of the month."), _part_of_date("day"), (DAYS,), 1),
    "today": Function("today()", _l("This day."), _today),
    "now": Function("now()", _l("This moment."), _now),
    "date": Function("date(2026, 3, 8)", _l("A day from year, month and day, or the day of a date and time."), _date,
                     (("number", "text", *DAYS), ("number",), ("number",)), 1),
    "datediff": Function("datediff(created_at, now(), 'days')", _l("From the first to the second, in a unit of time."),
                         _datediff, (DAYS, DAYS, ("text",)), 3),
    "dateadd": Function("dateadd(signed_on, 12, 'months')", _l("So many units of time later."), _dateadd,
                        (DAYS, ("number",), ("text",)), 3),
}  # fmt: skip
