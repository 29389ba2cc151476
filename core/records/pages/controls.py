"""The controls of forms: which one a field has, and what stands in it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, select

from core import current, db
from core.access import Member as MemberRow
from core.access.absences import away_now
from core.i18n import _, _l, fmt_date
from core.records.fields import NO_NAMES, Choice, FieldError, FieldType, MultiChoice, Names, State, StateOption
from core.records.types import enabled_types

KINDS = {"number": "text", "datetime": "datetime-local", "member": "select", "any_record": "lookup"}
SHAPES = {"date": r"\d{4}-\d\d-\d\d", "datetime-local": r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?"}
CURRENCIES = ("CNY", "USD", "EUR", "HKD", "JPY", "GBP", "SGD", "TWD", "KRW", "AUD", "CAD", "INR")
MANY_MEMBERS = 500

OPTION_COLOR_NAMES = {
    "blue": _l("Blue"), "cyan": _l("Cyan"), "teal": _l("Teal"), "green": _l("Green"), "amber": _l("Amber"),
    "orange": _l("Orange"), "red": _l("Red"), "pink": _l("Pink"), "purple": _l("Purple"), "gray": _l("Gray"),
}  # fmt: skip

Options = Sequence[tuple[Any, Any]]


@dataclass
class Control:
    """A control as templates draw it. `kind` is a type of `ui.field`, or `lookup`; `extra` are further attributes."""

    name: str
    label: Any
    kind: str
    value: Any = ""
    required: bool = False
    help: Any = ""
    error: str | None = None
    options: Options = ()
    extra: dict[str, Any] = field(default_factory=dict)
    wide: bool = False
    is_conditional: bool = False
    """Whether conditions of the form hide, require or lock it."""
    hidden: bool = False
    locked: bool = False
    of: FieldType | None = None
    """The field whose own `control_html` is drawn."""
    typed: Any = None
    names: Names = field(default_factory=dict)
    shown: str = ""
    """What an unticked switch means: "no", or nothing."""
    target: str = ""
    text: str = ""
    candidates: Options = ()
    """Records that the text of a lookup may mean."""


def control(
    of: FieldType,
    typed: Any,
    *,
    name: str = "",
    error: str | None = None,
    people: Options = (),
    names: Names = NO_NAMES,
    text: str = "",
    candidates: Options = (),
    now: Any = None,
    is_new: bool = False,
) -> Control:
    """The control of a field. `typed` is what stands in it, `now` the record's present value."""
    made = Control(name or of.key, of.label, KINDS.get(of.widget, of.widget), typed, of.required, of.help, error)
    made.wide = of.wide
    made.of, made.typed, made.names = of, typed, names
    made.extra = {"autocomplete": "off"} if made.kind in ("text", "email", "tel", "url") else {}
    if of.widget == "number":
        made.extra |= {"inputmode": "decimal"}
    elif of.widget == "money":
        _fill_money(made, typed)
    elif of.widget == "switch":
        made.value = typed in ("yes", "1", "on", "true")
        made.shown = "no" if is_new or typed in ("yes", "no", "1") else ""
    elif of.widget == "record_type":
        made.kind = "select"
        made.options = [(each.name, each.label) for each in enabled_types()]
    elif of.widget == "options":
        made.options = list(OPTION_COLOR_NAMES.items())
    elif of.widget == "member":
        made.options = _with_present(people, typed, names.get(("member", _id(of, typed)), typed))
    elif made.kind == "lookup":
        made.target, made.text, made.candidates = of.refers_to() or "any", text, candidates
        made.text = text or title_of(of, typed, names)
    elif isinstance(of, (Choice, MultiChoice)) and of.widget != "text":
        made.options = _choices(of, typed, now)
    elif (offered := of.choices()) is not None:
        made.options = _with_present(offered, typed, typed)
    elif made.kind in SHAPES and typed and not re.fullmatch(SHAPES[made.kind], str(typed)):
        made.kind = "text"
    return made


def _choices(of: Choice | MultiChoice, typed: Any, now: Any) -> Options:
    """The options; of a state only those that may follow."""
    before = of.by_value.get(now) if isinstance(of, State) else None
    follows = before.to if isinstance(before, StateOption) else None
    options = [(o.value, o.label) for o in of.options if follows is None or o.value in (*follows, now)]
    for value in typed if isinstance(typed, list) else [typed]:
        options = list(_with_present(options, value, value))
    return options


def _with_present(options: Options, value: Any, label: Any) -> Options:
    """The options, with what is chosen at present even if it can no longer be chosen."""
    return options if not value or value in {o[0] for o in options} else [*options, (value, label)]


def _fill_money(made: Control, typed: Any) -> None:
    home = current.tenant().currency
    typed = typed if isinstance(typed, Mapping) else {}
    made.value = typed.get("amount") or ""
    currency = str(typed.get("currency") or home)
    made.extra = {"currency": currency, "currencies": list(dict.fromkeys((home, currency, *CURRENCIES)))}


def _id(of: FieldType, typed: Any) -> Any:
    try:
        return of.parse(typed)
    except FieldError:
        return None


def title_of(of: FieldType, typed: Any, names: Names) -> str:
    """The title of the record that a lookup holds."""
    pointed = of.points_at(_id(of, typed))
    return names.get(pointed, "") if pointed else ""


def members(fields: Iterable[FieldType]) -> Options:
    """Whom one may choose, asked for only where a field needs it."""
    if not any(f.widget == "member" for f in fields):
        return ()
    active = select(MemberRow.id, MemberRow.name, case((away_now(), MemberRow.away_until)).label("away")).where(
        MemberRow.tenant_id == current.tenant_id(), MemberRow.status == "active"
    )
    rows = db.session().execute(active.order_by(MemberRow.name).limit(MANY_MEMBERS))
    return [(str(row.id), named(row.name, row.away)) for row in rows]


def named(name: str, away_until: datetime | None) -> str:
    """A name to choose from: with the last day of who is away now."""
    if away_until is None:
        return name
    return _("%(name)s · away until %(day)s", name=name, day=fmt_date(away_until - timedelta(seconds=1)))


def no_match(text: str) -> str:
    return _("Nothing found for “%(query)s”.", query=text[:60])
