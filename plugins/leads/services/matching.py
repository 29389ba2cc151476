"""Who somebody is: the lead that we have of them, or the customer that they are.

Recognised by phone, e-mail, WeChat, and by name together with the company or with a line that several people share.
A name alone is nobody's: the core shows it as a possible duplicate and nothing is joined by it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import text

from core.sdk import (
    Email,
    FieldType,
    Phone,
    kept_with_settings,
    match_name,
    match_sound,
    now,
    session,
    tenant_id,
    type_named,
)
from plugins.leads.models import OPEN
from plugins.leads.models.keys import email_key, is_shared

MOST_LOCKS = 200
"""More people than this at once are not waited for one by one: the database has room for so many locks only."""
SAME_PERSON = """
select pg_advisory_xact_lock(hashtextextended(key, 0)), set_config('plan_cache_mode', :plans, true)
  from unnest(cast(:keys as text[])) key order by key
"""
FEW = 20
"""What is done with so few people takes longer to plan than to run, and the plan is the same for all: it may be kept
until the commit."""


class Person:
    """What somebody is recognised by. `keys` are what two writings of one person share, the strongest first."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        reach = reaches(values)
        self.phones = [each for each in reach if each.startswith("+")]
        self.emails = [each for each in reach if "@" in each]
        self.written_wechat = str(values.get("wechat") or "").strip()
        self.wechat = self.written_wechat.lower()
        self.company = match_name(values["company"]) if values.get("company") else ""
        self.sound = match_sound(match_name(values["name"])) if values.get("name") else ""

    @cached_property
    def keys(self) -> tuple[str, ...]:
        mailboxes = map(email_key, self.emails)
        return keys_of(self.phones, mailboxes, self.wechat, self.company, self.sound)


def reaches(values: Mapping[str, Any]) -> list[str]:
    """The phone numbers and addresses among the values, of the tenant's own fields too."""
    return [str(values[f.key]) for f in _reach_fields() if values.get(f.key)]


def _reach_fields() -> Sequence[FieldType]:
    return kept_with_settings("leads.reach", _find_reach_fields)


def _find_reach_fields() -> Sequence[FieldType]:
    return tuple(f for f in type_named("lead").all_fields().values() if isinstance(f, Phone | Email))


def keys_of(phones: Iterable[str], mailboxes: Iterable[str], wechat: str, company: str, sound: str) -> tuple[str, ...]:
    """A line that several people share, and a company, say who it is together with the name."""
    numbers = list(phones)
    keys = [f"phone {each}" for each in numbers if not is_shared(each)]
    keys += [f"mail {each}" for each in mailboxes if each]
    keys += [f"wechat {wechat}"] if wechat else []
    if sound:
        keys += [f"line {each} {sound}" for each in numbers if is_shared(each)]
        keys += [f"at {company} {sound}"] if company else []
    return tuple(dict.fromkeys(keys))


@dataclass(frozen=True)
class Known:
    """A lead or a customer that we have. `taker` is who has it to do with it now: its owner, or whoever stands in for
    one that is away; nobody where the owner has left."""

    kind: str
    id: UUID
    name: str
    keys: tuple[str, ...]
    status: str | None
    disqualified_at: datetime | None
    customer_id: UUID | None
    owner_id: UUID | None
    taker_id: UUID | None
    taker: str

    @property
    def is_open(self) -> bool:
        return self.kind == "lead" and self.status in OPEN


def wait_for(people: Sequence[Person]) -> None:
    """Whoever catches one of these people at the same time waits until we are done, so that one lead comes of it.

    Many at once wait for one another only: whom somebody else catches during an import, the search for duplicates
    brings together.
    """
    keys = {f"leads:{tenant_id()}:{key}" for person in people for key in person.keys}
    if keys:
        named = sorted(keys) if len(keys) <= MOST_LOCKS else [f"leads:{tenant_id()}"]
        plans = "auto" if len(people) <= FEW else "force_custom_plan"
        session().execute(text(SAME_PERSON), {"keys": named, "plans": plans})


def find_known(people: Sequence[Person]) -> dict[str, list[Known]]:
    """The leads and customers that any of these people may be, by key: in one statement, however many they are."""
    asked = _asked(people)
    found: dict[str, list[Known]] = {}
    if not any(asked[name] for name in ("phones", "emails", "mailboxes", "wechats", "companies")):
        return found
    own = [f for f in _reach_fields() if f.custom_id]
    given = asked | {
        "tenant": tenant_id(), "now": now(), "own_ids": [f.custom_id for f in own], "own_keys": [f.key for f in own],
    }  # fmt: skip
    for row in session().execute(text(_statement(asked, bool(own))), given):
        known = Known(
            row.kind, row.id, row.name, _keys_of_row(row), row.status, row.disqualified_at, row.customer_id,
            row.owner_id, row.taker_id, row.taker or "",
        )  # fmt: skip
        for key in known.keys:
            found.setdefault(key, []).append(known)
    return found


def _asked(people: Sequence[Person]) -> dict[str, list[str]]:
    pairs = {(p.company, match_sound(p.company), p.sound) for p in people if p.company and p.sound}
    emails = {each for p in people for each in p.emails}
    mailboxes = {email_key(each) for each in emails}
    return {
        "phones": list({each for p in people for each in p.phones}),
        "emails": list(emails | mailboxes),
        "mailboxes": list(mailboxes),
        "wechats": list({each for p in people for each in (p.wechat, p.written_wechat) if each}),
        "companies": [company for company, _spoken, _sound in pairs],
        "spoken": [spoken for _company, spoken, _sound in pairs],
        "sounds": [sound for _company, _spoken, sound in pairs],
    }


def _keys_of_row(row: Any) -> tuple[str, ...]:
    reach = [row.phone, *(row.own or ())]
    phones = [each for each in reach if each and each.startswith("+")]
    mailboxes = [row.mailbox, *(each for each in row.own or () if each and "@" in each)]
    return keys_of(phones, map(email_key, mailboxes), row.wechat or "", row.company_key, row.sound)


# --- the statement -------------------------------------------------------------------------------------

EACH = """select {columns} from unnest(cast(:{asked} as text[])) asked cross join lateral
    (select * from {table} where tenant_id = :tenant and {column} = asked offset 0) hit where hit.deleted_at is null"""
"""Looked up one after the other in an index, whatever the planner believes of a table that is being filled right now:
left to itself it reads all of the tenant's rows instead."""
LEADS_BY = {
    asked: EACH.format(asked=asked, columns="hit.id", table="leads_lead", column=column)
    for asked, column in (("phones", "phone"), ("mailboxes", "email_key <> '' and email_key"), ("wechats", "wechat"))
} | {
    "companies": """select hit.* from pair cross join lateral
    (select id from leads_lead where tenant_id = :tenant and company_key = pair.company and match_sound = pair.sound
        and company_key <> '' offset 0) hit""",
}
LEADS_BY_OWN = """select hit.* from unnest(cast(:phones as text[]) || cast(:emails as text[])) asked cross join lateral
    (select record_id from custom_value where tenant_id = :tenant and field_id = any(cast(:own_ids as uuid[]))
        and s = asked offset 0) hit"""
NOBODY, NO_COMPANY = "cast(null as text)", "'', ''"
CUSTOMERS_BY = {
    asked: tuple(
        EACH.format(asked=asked, columns=columns, table=table, column=column)
        for table, columns in (
            ("customer", f"hit.id, {seen}, {NO_COMPANY}"), ("contact", f"hit.customer_id, {seen}, {NO_COMPANY}")
        )
    )
    for asked, column, seen in (
        ("phones", "phone", f"hit.phone, {NOBODY}"), ("emails", "email", f"{NOBODY}, hit.email")
    )
} | {
    "companies": ("""select customer.id, cast(null as text), cast(null as text), pair.company, pair.sound from pair
    cross join lateral (select id from customer where tenant_id = :tenant and match_sound = pair.spoken
        and match_sound <> '' and match_name = pair.company offset 0) customer
    cross join lateral (select id, deleted_at from contact where tenant_id = :tenant and customer_id = customer.id
        and match_sound = pair.sound offset 0) contact where contact.deleted_at is null""",),
}  # fmt: skip
TAKER = """case when {of}.status = 'active' and not coalesce({of}.away_from <= :now and {of}.away_until > :now, false)
    then {of}.{column} end"""
STATEMENT = """
with pair as (
    select * from unnest(cast(:companies as text[]), cast(:spoken as text[]), cast(:sounds as text[]))
        as pair(company, spoken, sound)
), lead_found(id) as materialized ({leads}
), customer_found(id, phone, email, company, sound) as materialized ({customers}
), found as (
    select 'lead' as kind, lead.id, lead.name, lead.phone, lead.email_key as mailbox, lower(lead.wechat) as wechat,
           lead.company_key, lead.match_sound as sound, lead.status, lead.disqualified_at, lead.customer_id,
           lead.owner_id, {own} as own, lead.created_at
      from lead_found cross join lateral (select * from leads_lead where tenant_id = :tenant
       and id = lead_found.id offset 0) lead
     where lead.deleted_at is null
    union all
    select 'customer', customer.id, customer.name, customer_found.phone, customer_found.email, null,
           customer_found.company, customer_found.sound, null, null, customer.id, customer.owner_id, null,
           customer.created_at
      from customer_found cross join lateral (select * from customer where tenant_id = :tenant
       and id = customer_found.id offset 0) customer
     where customer.deleted_at is null
)
select found.*, coalesce({owner_id}, {deputy_id}) as taker_id,
       coalesce({owner_name}, {deputy_name}) as taker
  from found
  left join member owner on owner.tenant_id = :tenant and owner.id = found.owner_id
  left join member deputy on deputy.tenant_id = :tenant and deputy.id = owner.deputy_id and owner.status = 'active'
 order by found.kind desc, found.created_at, found.id
"""


def _statement(asked: Mapping[str, Sequence[str]], has_own: bool) -> str:
    """Only of what there is something to ask for: an empty question costs a look all the same."""
    leads = [part for name, part in LEADS_BY.items() if asked[name]]
    if has_own and (asked["phones"] or asked["emails"]):
        leads.append(LEADS_BY_OWN)
    customers = [part for name, parts in CUSTOMERS_BY.items() if asked[name] for part in parts]
    own = "array(select lead.custom ->> key from unnest(cast(:own_keys as text[])) key)" if has_own else "null::text[]"
    takers = {
        f"{of}_{column}": TAKER.format(of=of, column=column) for of in ("owner", "deputy") for column in ("id", "name")
    }
    return STATEMENT.format(
        leads=" union ".join(leads) or "select null::uuid where false",
        customers=" union ".join(customers) or "select null::uuid, null, null, '', '' where false",
        own=own, **takers,
    )  # fmt: skip
