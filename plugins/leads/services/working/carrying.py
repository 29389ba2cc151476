"""What of a lead goes over to its customer and contact: each value beside what stands there already."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.sdk import Contact, Customer, FieldError, FieldType, RecordType, may, type_named
from plugins.leads.models import SOURCES, Lead

OF_CUSTOMER = ("phone", "email", "industry", "address", "source", "tags", "notes")
OF_CONTACT = ("title", "phone", "email", "wechat")
KINDS = ("customer", "contact")


@dataclass(frozen=True)
class Carried:
    """A value that can go over. `key` is `customer.phone` or the like; `there` is what it would take the place of."""

    key: str
    field: FieldType
    comes: Any
    there: Any

    @property
    def is_clash(self) -> bool:
        return self.there not in (None, "", []) and self.there != self.comes

    @property
    def is_there(self) -> bool:
        return bool(self.there == self.comes)


@dataclass(frozen=True)
class Carry:
    """What one chose. `fields` are keys of `Carried`; None stands for all that take no other value's place."""

    fields: Collection[str] | None = None
    follow_ups: bool = True
    tasks: bool = True
    files: bool = True
    offers: Collection[str] = ()

    def takes(self, value: Carried) -> bool:
        if value.is_there:
            return False
        return value.key in self.fields if self.fields is not None else not value.is_clash


def carriable(lead: Lead, customer: Customer | None, contact: Contact | None) -> list[Carried]:
    """All that can go over to this customer and contact, or to new ones, and that the member may write there."""
    return [*_to("customer", _for_customer(lead), lead, customer), *_to("contact", _for_contact(lead), lead, contact)]


def chosen(carry: Carry, values: Sequence[Carried], kind: str) -> dict[str, Any]:
    """The values that go over to the customer, or to the contact, by field."""
    return {v.field.key: v.comes for v in values if v.key.partition(".")[0] == kind and carry.takes(v)}


def _for_customer(lead: Lead) -> Mapping[str, Any]:
    address = type_named("lead").all_fields().get("address")
    return {
        "phone": lead.phone,
        "email": lead.email,
        "industry": lead.industry,
        "address": address.text(lead.address) if address and lead.address else None,
        "source": (lead.source_detail or _label_of(lead.source) or "")[:100] or None,
        "tags": lead.tags or None,
        "notes": lead.need,
    }


def _for_contact(lead: Lead) -> Mapping[str, Any]:
    return {"title": lead.title, "phone": lead.phone, "email": lead.email, "wechat": lead.wechat}


def _to(kind: str, values: Mapping[str, Any], lead: Lead, record: Any) -> Iterator[Carried]:
    target = type_named(kind)
    if record is not None and not may("edit", target, record):
        return
    fields = target.fields()
    every = {**{k: v for k, v in values.items() if k in fields}, **_own(lead, target, first=kind == "customer")}
    for key, comes in every.items():
        field = fields[key]
        if comes is not None and field.editable:
            yield Carried(f"{kind}.{key}", field, comes, field.get(record) if record is not None else None)


def _own(lead: Lead, target: RecordType, *, first: bool) -> Mapping[str, Any]:
    """The workspace's own fields that both have: of the same key, or called the same and of the same type. One that
    customers have too does not go to the contact."""
    taken = set() if first else {f.key for f in type_named("customer").fields().values() if f.custom_id}
    theirs = [f for f in target.fields().values() if f.custom_id]
    found = {}
    for field in type_named("lead").fields().values():
        value = field.get(lead) if field.custom_id else None
        if value is None or field.key in taken:
            continue
        alike = [f for f in theirs if f.type_name == field.type_name
                 and (f.key == field.key or str(f.label).casefold() == str(field.label).casefold())]  # fmt: skip
        if alike and (comes := _as(alike[0], field, value)) is not None:
            found[alike[0].key] = comes
    return found


def _as(target: FieldType, field: FieldType, value: Any) -> Any:
    """The value as the other field takes it, None where it does not: options of choices may differ."""
    try:
        return target.parse(field.text(value)) if field.type_name in ("choice", "multi_choice") else value
    except FieldError:
        return None


def _label_of(source: str | None) -> str | None:
    return next((str(option.label) for option in SOURCES if option.value == source), None)
