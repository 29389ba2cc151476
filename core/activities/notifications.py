"""Telling members what they should know: a line under the bell, and a mail."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import Row, func, select, text, update

from core import current, db
from core.access import Member
from core.activities.models import FOR, Notification, said_to_reader
from core.host.asking import tell
from core.host.manifest import UrgentWord
from core.i18n import LazyText, using_locale
from core.mail import Letter, send_mails
from core.settings import settings


def notify(
    member_ids: Iterable[UUID | None], text: str | LazyText, *, url: str, icon: str = "bell", personal: bool = False,
    urgent: bool = False, **values: Any,
) -> None:  # fmt: skip
    """Tell these members, in the transaction of what they are told of, under the bell and by mail.

    `text` is an English message with `%(name)s` places, translated for each reader; `url` a path inside the
    workspace. Whoever has left is not told. The deputy of who is away is told too, unless it is `personal`. What is
    `urgent` goes out by whatever else modules connect, an SMS first of all.
    """
    said = text.message if isinstance(text, LazyText) else text
    wanted = {member_id for member_id in member_ids if member_id}
    if urgent and wanted:
        tell("telling_urgently", words=_urgently(wanted, said, url, values))
    _tell([_Word(0, each, said, url, icon, values) for each in wanted], deputies=not personal)


def notify_each(words: Iterable[tuple[UUID, str | LazyText, str, Mapping[str, Any]]], *, icon: str = "bell") -> None:
    """The same with something else for each of many: (member, text, url, values), in as few statements."""
    _tell([
        _Word(number, member_id, text.message if isinstance(text, LazyText) else text, url, icon, values)
        for number, (member_id, text, url, values) in enumerate(words)
    ])  # fmt: skip


class _Word(NamedTuple):
    """What one member is told. Those of one `number` are told the same."""

    number: int
    member_id: UUID
    text: str
    url: str
    icon: str
    values: Mapping[str, Any]


TELL = """
with word as (
    select * from jsonb_to_recordset(cast(:words as jsonb))
        as word(number int, member_id uuid, text text, url text, icon text, values jsonb)
), reader as (
    select word.*, member.id, member.email, member.locale, cast(null as text) as absent
      from word join member on member.tenant_id = :tenant and member.id = word.member_id
     where member.status = 'active' and member.kind = 'person'
    union all
    select word.*, deputy.id, deputy.email, deputy.locale, absent.name
      from word join member absent on absent.tenant_id = :tenant and absent.id = word.member_id
      join member deputy on deputy.tenant_id = :tenant and deputy.id = absent.deputy_id
     where :deputies and absent.status = 'active' and absent.away_from <= :now and absent.away_until > :now
       and deputy.status = 'active' and deputy.kind = 'person'
       and not exists (select from word same where same.number = word.number and same.member_id = deputy.id)
), told as (
    select id, email, locale, text, url, icon, row_number() over (order by number, absent nulls first, id) as place,
           values || case when absent is null then '{}' else jsonb_build_object(cast(:for as text), absent) end
               as values
      from reader
), written as (
    insert into notification (tenant_id, id, member_id, at, text, values, url, icon)
    select :tenant, (cast(:ids as uuid[]))[place], id, :now, text, values, url, icon from told
)
select email, locale, text, values, url from told order by place
"""


def _tell(words: Sequence[_Word], *, deputies: bool = True) -> None:
    if not words:
        return
    given = [word._asdict() | {"values": {key: str(value) for key, value in word.values.items()}} for word in words]
    asked = {
        "tenant": current.tenant_id(), "words": orjson.dumps(given).decode(), "deputies": deputies, "for": FOR,
        "now": current.now(), "ids": [db.new_id() for _each in range(2 * len(words))],
    }  # fmt: skip
    send_mails([_mail(row.email, row.locale, row) for row in db.session().execute(text(TELL), asked)])


def _urgently(member_ids: set[UUID], said: str, url: str, values: Mapping[str, Any]) -> list[UrgentWord]:
    at_work = select(Member).where(
        Member.tenant_id == current.tenant_id(), Member.id.in_(member_ids), Member.status == "active",
        Member.kind == "person",
    )  # fmt: skip
    address, made = settings().base_url.rstrip("/") + path_of(url), []
    for member in db.session().scalars(at_work.order_by(Member.id)):
        with using_locale(member.locale or current.tenant().locale):
            words = said_to_reader(said, {key: str(value) for key, value in values.items()})
        made.append(UrgentWord(member.id, member.name, member.email, member.phone, words, address))
    return made


def _mail(email: str, locale: str | None, said: Row[Any]) -> Letter:
    context = current.tenant()
    with using_locale(locale or context.locale):
        words = said_to_reader(said.text, said._mapping["values"])
    url = settings().base_url.rstrip("/") + path_of(said.url)
    return email, "notification", locale or context.locale, {"said": words, "url": url, "workspace": context.name}


def path_of(url: str) -> str:
    """The whole path of an address inside the workspace."""
    return url if url.startswith("/") else f"/w/{current.tenant().slug}/{url}"


def notifications_of_me(*, limit: int = 50, before: UUID | None = None) -> Sequence[Notification]:
    """Mine, newest first."""
    found = select(Notification).where(*_mine()).order_by(Notification.id.desc()).limit(limit)
    return db.session().scalars(found.where(Notification.id < before) if before else found).all()


def count_unread() -> int:
    unread = select(func.count()).select_from(Notification).where(*_mine(), Notification.read_at.is_(None))
    return db.session().scalar(unread) or 0


def read_notification(notification_id: UUID) -> Notification | None:
    """Mark one of mine as read, and return it; None when there is no such one of mine."""
    found = db.session().scalars(select(Notification).where(*_mine(), Notification.id == notification_id)).one_or_none()
    if found and found.read_at is None:
        found.read_at = current.now()
    return found


def read_all_notifications() -> None:
    db.session().execute(
        update(Notification).where(*_mine(), Notification.read_at.is_(None)).values(read_at=current.now())
    )


def _mine() -> tuple[Any, ...]:
    return Notification.tenant_id == current.tenant_id(), Notification.member_id == current.member().id
