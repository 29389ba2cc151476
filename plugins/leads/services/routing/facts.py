"""What routing asks of leads: which rules each meets, and what strategies compare. One statement for all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    ScalarSelect,
    Select,
    Uuid,
    any_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import array

from core.sdk import FieldType, Invalid, compile_condition, session, tenant_id, type_named
from plugins.leads.models import Lead
from plugins.leads.services.routing.rules import Rule

COMPARABLE = ("text", "choice", "multi_choice", "tags", "address", "cascade", "barcode")
REGION = ("province", "city", "district", "street")
SKILL_FIELDS = ("industry", "tags")
"""What skills are compared with where a rule does not name fields."""


@dataclass(frozen=True)
class Facts:
    """A lead as the strategies see it. `met` are the places of the rules in the list that it meets, `company_keys` what
    the same company is known by: its name without the legal form, and a mail domain that is its own."""

    id: UUID
    company_keys: Sequence[str]
    owner_id: UUID | None
    arrived_at: datetime
    closed_at: datetime | None
    met: frozenset[int]
    values: Mapping[str, Any]

    def words(self, fields: Sequence[str]) -> frozenset[str]:
        """The words of these fields, folded: a list says several."""
        found = [self.values.get(key) for key in fields]
        flat = [each for value in found for each in (value if isinstance(value, list) else [value])]
        return frozenset(str(each).strip().casefold() for each in flat if each not in (None, ""))

    def line(self, field: str) -> str:
        """A region as a line from the province down, or what any other field says."""
        value = self.values.get(field)
        if isinstance(value, Mapping):
            return " ".join(str(value[part]) for part in REGION if value.get(part))
        return str(value or "").strip()


@dataclass(frozen=True)
class Met:
    """The leads with their facts, in the order asked for, and which rules cannot be asked any more, and why."""

    leads: list[Facts]
    broken: Mapping[int, str]


def facts_since(rules: Sequence[Rule], since: datetime, most: int) -> Met:
    """The facts of the latest leads, the oldest first."""
    asking = Asking.of(rules)
    latest = asking.statement.where(Lead.created_at >= since, Lead.deleted_at.is_(None))
    rows = session().execute(latest.order_by(Lead.created_at.desc(), Lead.id.desc()).limit(most)).all()
    return Met([asking.read(row) for row in reversed(rows)], asking.broken)


@dataclass(frozen=True)
class Asking:
    """A statement over all leads, and how its rows are read: `always` are the rules without a condition."""

    statement: Select[Any]
    broken: Mapping[int, str]
    always: frozenset[int]
    compared: Sequence[FieldType]

    @classmethod
    def of(cls, rules: Sequence[Rule]) -> "Asking":
        of_type = type_named("lead")
        broken: dict[int, str] = {}
        met: list[ColumnElement[Any]] = []
        for place, rule in enumerate(rules):
            if rule.condition is None:
                continue
            try:
                holds = compile_condition(of_type, rule.condition, whole=True)
            except Invalid as invalid:
                broken[place] = invalid.problems[0].message if invalid.problems else invalid.message
            else:
                met.append(case((holds, literal(place)), else_=null()))
        fields = of_type.all_fields()
        keys = [key for key in _compared(rules) if key in fields]
        statement = select(
            Lead.id, Lead.company_key, Lead.mail_domain, Lead.owner_id, Lead.created_at,
            func.coalesce(Lead.converted_at, Lead.disqualified_at).label("closed_at"),
            (array(met) if met else null()).label("met"),
            *(_column(fields[key]).label(f"f_{n}") for n, key in enumerate(keys)),
        ).where(Lead.tenant_id == tenant_id())  # fmt: skip
        always = frozenset(place for place, rule in enumerate(rules) if rule.condition is None)
        return cls(statement, broken, always, [fields[key] for key in keys])

    def read(self, row: Any) -> Facts:
        met = self.always | {place for place in row.met or () if place is not None}
        values = {of.key: _said(of, getattr(row, f"f_{n}")) for n, of in enumerate(self.compared)}
        keys = [key for key in (row.company_key, f"@{row.mail_domain}" if row.mail_domain else "") if key]
        return Facts(row.id, keys, row.owner_id, row.created_at, row.closed_at, met, values)

    def of_these(self) -> ScalarSelect[Any]:
        """The facts of `lead_ids` as one value, to be asked for together with something else."""
        mine = any_(bindparam("lead_ids", type_=ARRAY(Uuid)))
        some = self.statement.where(Lead.id == mine).subquery("facts")
        return select(func.jsonb_agg(func.to_jsonb(literal_column("facts")))).select_from(some).scalar_subquery()

    def read_these(self, lead_ids: Sequence[UUID], found: Sequence[Mapping[str, Any]] | None) -> list[Facts]:
        """In the order of the ids."""
        rows = (SimpleNamespace(**row) for row in found or ())
        by_id = {UUID(row.id): replace(self.read(row), id=UUID(row.id)) for row in rows}
        return [by_id[each] for each in lead_ids if each in by_id]


def _column(of: FieldType) -> ColumnElement[Any]:
    return Lead.custom[of.key] if of.custom_id else of.expression(Lead)


def _said(of: FieldType, value: Any) -> Any:
    """A choice is known by its value and by what it is called."""
    options = getattr(of, "options", ())
    if not options or value in (None, ""):
        return value
    some = value if isinstance(value, list) else [value]
    return [*some, *(str(option.label) for option in options if option.value in some)]


def comparable_fields() -> list[FieldType]:
    """The fields that sellers' skills or territories may be compared with."""
    fields = type_named("lead").all_fields().values()
    return [of for of in fields if of.type_name in COMPARABLE and not of.computed and of.filterable]


def _compared(rules: Sequence[Rule]) -> list[str]:
    """The fields that the strategies of these rules compare."""
    found: dict[str, None] = {}
    for rule in rules:
        if rule.strategy == "skill":
            found |= dict.fromkeys(skill_fields(rule))
        elif rule.strategy == "territory":
            found[territory_field(rule)] = None
    return list(found)


def skill_fields(rule: Rule) -> Sequence[str]:
    return tuple(rule.params.get("fields") or SKILL_FIELDS)


def territory_field(rule: Rule) -> str:
    return str(rule.params.get("field") or "address")
