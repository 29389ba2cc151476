"""What a view holds, apart from its name and who may see it: known to fit the fields of its record type."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select

from core import current, db
from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records.conditions import Condition, as_kept, compile_condition
from core.records.fields import Choice, Date, FieldType, Member, YesNo
from core.records.query import Order
from core.records.shape import CustomField
from core.records.types import RECORD_TYPES, RecordType
from core.records.views.models import KINDS

DENSITIES = ("", "compact")
NARROWEST, WIDEST, MOST_COLUMNS = 60, 900, 60


@dataclass(frozen=True)
class Column:
    """A column of a list. Without a width it is as wide as it needs."""

    key: str
    width: int | None = None

    def __str__(self) -> str:
        return f"{self.key}:{self.width}" if self.width else self.key

    def dump(self) -> dict[str, Any]:
        return {"key": self.key, "width": self.width}


@dataclass(frozen=True)
class Setup:
    """How records are shown: which, in which order, and as what."""

    kind: str = "list"
    condition: Condition | None = None
    columns: tuple[Column, ...] = ()
    sort: str = ""
    group_by: str = ""
    lanes_by: str = ""
    lanes: tuple[str, ...] = ()
    dates_by: str = ""
    sum_of: str = ""
    totals: Mapping[str, str] = field(default_factory=dict)
    density: str = ""

    @classmethod
    def of(cls, view: Any) -> "Setup":
        return cls(
            kind=view.kind,
            condition=view.condition,
            columns=as_columns(view.columns),
            sort=view.sort,
            group_by=view.group_by,
            lanes_by=view.lanes_by,
            lanes=tuple(view.lanes),
            dates_by=view.dates_by,
            sum_of=view.sum_of,
            totals=dict(view.totals),
            density=view.density,
        )

    def dump(self) -> dict[str, Any]:
        """As the table and the API hold it."""
        return {name: getattr(self, name) for name in PLAIN} | {
            "condition": dict(self.condition) if self.condition else None,
            "columns": [column.dump() for column in self.columns],
            "lanes": list(self.lanes),
            "totals": dict(self.totals),
        }

    def checked(self, record_type: RecordType) -> "Setup":
        """Raises Invalid with all that does not fit the record type."""
        fields = record_type.fields()
        problems: list[FieldProblem] = []
        if self.kind not in KINDS:
            problems.append(FieldProblem("kind", "unknown_kind", _("Choose one of: %(list)s.", list=", ".join(KINDS))))
        if self.density not in DENSITIES:
            problems.append(FieldProblem("density", "unknown_density", _("Choose one of: %(list)s.", list="compact")))
        for name, keys in (("columns", [c.key for c in self.columns]), ("totals", list(self.totals))):
            problems += [_unknown(name, key) for key in keys if key not in fields]
        for name, fits in FITTING.items():
            key = getattr(self, name)
            if key and (key not in fields or not fits(fields[key])):
                problems.append(_unknown(name, key))
        for key, figure in self.totals.items():
            if key in fields and figure not in fields[key].aggregates:
                problems.append(FieldProblem("totals", "no_aggregate", _("This field cannot be summed up that way.")))
        for check in (lambda: self.sort and Order.of(record_type, self.sort),
                      lambda: self.condition and compile_condition(record_type, self.condition)):  # fmt: skip
            try:
                check()
            except Invalid as invalid:
                problems += invalid.problems
        if problems:
            raise Invalid(problems)
        return replace(self, condition=as_kept(record_type, self.condition))

    def mended(self, record_type: RecordType) -> tuple["Setup", list[str]]:
        """As much of it as still fits, and the keys of the fields that are gone or closed to the member.

        Raises Closed where its condition asks about what the member may not read: without it, it would show others.
        """
        fields = record_type.fields()
        condition, lost = lenient(record_type, self.condition)
        sort = ",".join(key for key in self.sort.split(",") if sorts(fields.get(key.removeprefix("-"))))
        given = {name: getattr(self, name) for name in FITTING}
        kept = {name: key for name, key in given.items() if key in fields and FITTING[name](fields[key])}
        sorted_by = [key.removeprefix("-") for key in self.sort.split(",")]
        wanted = [
            *lost,
            *(c.key for c in self.columns if c.key not in fields),
            *(key for key in sorted_by if key not in fields or fields[key].guarded),
            *(key for key in given.values() if key not in fields or fields[key].guarded),
            *(key for key in self.totals if key not in fields or fields[key].guarded),
        ]
        mended = replace(
            self,
            condition=condition,
            columns=tuple(c for c in self.columns if c.key in fields),
            sort=sort,
            totals={k: figure for k, figure in self.totals.items() if k in fields and figure in fields[k].aggregates},
            **{name: kept.get(name, "") for name in FITTING},
        )
        return mended, list(dict.fromkeys(filter(None, wanted)))


PLAIN = ("kind", "sort", "group_by", "lanes_by", "dates_by", "sum_of", "density")


def sorts(field: FieldType | None) -> bool:
    """Whether a list can be sorted by the field."""
    return field is not None and field.filterable and bool(field.slot) and not field.guarded


def makes_lanes(field: FieldType) -> bool:
    """Whether a board can have a lane for each of the field's values."""
    return isinstance(field, (Choice, YesNo, Member)) and field.filterable and not field.guarded


def makes_days(field: FieldType) -> bool:
    return isinstance(field, Date) and field.filterable and bool(field.slot) and not field.guarded


def sums_up(field: FieldType) -> bool:
    return "sum" in field.aggregates


FITTING = {"group_by": makes_lanes, "lanes_by": makes_lanes, "dates_by": makes_days, "sum_of": sums_up}


def as_columns(given: Any) -> tuple[Column, ...]:
    """Columns of the text `name:240,stage`, or of what a table or the API holds. Whatever is none is passed over."""
    if isinstance(given, str):
        given = [
            {"key": key, "width": width} for key, _colon, width in (one.partition(":") for one in given.split(","))
        ]
    found: dict[str, Column] = {}
    for each in given if isinstance(given, Sequence) else ():
        key, width = (each, None) if isinstance(each, str) else (each.get("key"), each.get("width"))
        if isinstance(key, str) and re.fullmatch(r"[\w.]{1,80}", key) and len(found) < MOST_COLUMNS:
            found.setdefault(key, Column(key, _width(width)))
    return tuple(found.values())


def _width(given: Any) -> int | None:
    text = str(given or "")
    return min(max(int(text), NARROWEST), WIDEST) if text.isascii() and text.isdigit() and len(text) < 6 else None


def lenient(record_type: RecordType, condition: Condition | None) -> tuple[Condition | None, list[str]]:
    """The condition without the comparisons that no longer fit, and the fields that these were about. Raises Closed
    for a comparison that fits, but not for the member."""
    lost: list[str] = []

    def keep(part: Any) -> Any:
        if not isinstance(part, Mapping):
            return None
        for word in ("all", "any"):
            if isinstance(part.get(word), list):
                inner = [found for each in part[word] if (found := keep(each)) is not None]
                return {word: inner} if inner else None
        if "not" in part:
            inner = keep(part["not"])
            return None if inner is None else {"not": inner}
        try:
            compile_condition(record_type, part)
        except Invalid:
            if _fits(record_type, part):
                raise Closed() from None
            lost.append(str(part.get("field", "?")))
            return None
        return part

    return (keep(condition) if condition else None), lost


class Closed(Invalid):
    """A view picks its records by what the member may not read."""

    def __init__(self) -> None:
        message = _("This view picks its records by a field that your role does not show you, so it shows you none."
                    " Ask whoever made it, or an administrator.")  # fmt: skip
        super().__init__([FieldProblem("filter", "closed", message)])


def _fits(record_type: RecordType, part: Any) -> bool:
    """Whether a comparison fits the records for somebody who may read all of them."""
    try:
        compile_condition(record_type, part, whole=True)
    except Invalid:
        return False
    return True


def _unknown(name: str, key: str) -> FieldProblem:
    return FieldProblem(name, "unknown_field", _("There is no field “%(key)s” that fits here.", key=str(key)[:60]))


def labels_of_retired(record_type: str, keys: Sequence[str]) -> list[str]:
    """What fields that are gone were called, as far as that is known."""
    own = select(CustomField.key, CustomField.label).where(
        CustomField.tenant_id == current.tenant_id(), CustomField.record_type == record_type, CustomField.key.in_(keys)
    )
    labels: dict[str, str] = dict(db.session().execute(own).all()) if keys else {}
    declared = RECORD_TYPES[record_type].builtin if record_type in RECORD_TYPES else {}
    return [labels.get(key) or (str(declared[key].label) if key in declared else key) for key in keys]
