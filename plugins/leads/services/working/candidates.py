"""Which customers a lead may already be, and why one thinks so."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, or_, select

from core.sdk import Contact, Customer, MemberRow, _, match_name, match_sound, session, tenant_id, type_named
from plugins.leads.models import Lead

MOST = 8


@dataclass(frozen=True)
class Candidate:
    """A customer that may be meant. One that the member may not see can only be named, not chosen."""

    customer: Customer
    why: tuple[str, ...]
    owner: str
    is_seen: bool
    is_sure: bool


def candidates(lead: Lead) -> Sequence[Candidate]:
    """The likeliest first: by phone, by e-mail, by the company's name, by how that is spoken."""
    signs = _signs(lead)
    if not signs:
        return []
    said = [case((sign, True), else_=False).label(f"c{n}") for n, (sign, _why, _sure) in enumerate(signs)]
    rows = session().execute(
        select(Customer, MemberRow.name.label("owner"), *said)
        .outerjoin(MemberRow, (MemberRow.tenant_id == Customer.tenant_id) & (MemberRow.id == Customer.owner_id))
        .where(Customer.tenant_id == tenant_id(), Customer.deleted_at.is_(None), or_(*(sign[0] for sign in signs)))
        .order_by(*(label.desc() for label in said), Customer.id)
        .limit(MOST)
    ).all()  # fmt: skip
    seen = _seen([row.Customer.id for row in rows])
    found = []
    for row in rows:
        held = [sign for n, sign in enumerate(signs) if row[n + 2]]
        why = tuple(dict.fromkeys(str(sign[1]) for sign in held))
        found.append(Candidate(row.Customer, why, row.owner or "", row.Customer.id in seen, any(s[2] for s in held)))
    return found


def _signs(lead: Lead) -> list[tuple[Any, str, bool]]:
    """Conditions on a customer, what each tells, and whether it alone makes one sure."""
    signs: list[tuple[Any, str, bool]] = []
    if lead.phone:
        signs.append((or_(Customer.phone == lead.phone, Customer.id.in_(_through(Contact.phone, lead.phone))),
                      _("same phone"), True))  # fmt: skip
    if lead.email:
        signs.append((or_(Customer.email == lead.email, Customer.id.in_(_through(Contact.email, lead.email))),
                      _("same e-mail"), True))  # fmt: skip
    name = lead.company or lead.name
    plain = match_name(name)
    signs.append((Customer.match_name == plain, _("same name"), bool(lead.company)))
    signs.append((Customer.match_sound == match_sound(plain), _("name sounds the same"), False))
    return signs


def _through(column: Any, value: str) -> Select[Any]:
    return select(Contact.customer_id).where(
        Contact.tenant_id == tenant_id(), Contact.deleted_at.is_(None), column == value
    )


def _seen(ids: Sequence[Any]) -> set[Any]:
    if not ids:
        return set()
    return set(session().scalars(type_named("customer").visible(Customer.id).where(Customer.id.in_(ids))))
