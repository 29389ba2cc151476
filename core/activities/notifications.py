"""Telling members what they should know: a line under the bell, and a mail."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Text, func, insert, literal, select, update
from sqlalchemy.orm import aliased

from core import current, db
from core.access import Member
from core.activities.models import FOR, Notification, said_to_reader
from core.i18n import LazyText, using_locale
from core.mail import send_mail
from core.settings import settings


def notify(
    member_ids: Iterable[UUID | None], text: str | LazyText, *, url: str, icon: str = "bell", personal: bool = False,
    **values: Any,
) -> None:  # fmt: skip
    """Tell these members, in the transaction of what they are told of, under the bell and by mail.

    `text` is an English message with `%(name)s` places, translated for each reader; `url` a path inside the
    workspace. Whoever has left is not told. The deputy of who is away is told too, unless it is `personal`.
    """
    wanted = {member_id for member_id in member_ids if member_id}
    if not wanted:
        return
    readers = _readers(wanted, deputies=not personal)
    if not readers:
        return
    said: dict[str, Any] = {
        "tenant_id": current.tenant_id(),
        "at": current.now(),
        "text": text.message if isinstance(text, LazyText) else text,
        "values": {key: str(value) for key, value in values.items()},
        "url": url,
        "icon": icon,
        "read_at": None,
    }
    rows = [
        said | {"id": db.new_id(), "member_id": reader.id, "values": said["values"] | _marked(reader)}
        for reader in readers
    ]
    db.session().execute(insert(Notification).values(rows))
    for reader, row in zip(readers, rows, strict=True):
        _mail(reader.email, reader.locale, row)


def _readers(wanted: set[UUID], *, deputies: bool) -> Sequence[Row[Any]]:
    """Those of them who work here, and with the name of the absent one who stands in for one of them."""
    tenant, absent = current.tenant_id(), aliased(Member)
    here = (Member.tenant_id == tenant) & (Member.status == "active") & (Member.kind == "person")
    found: Any = select(Member.id, Member.email, Member.locale, literal(None, Text).label("absent"))
    found = found.where(here, Member.id.in_(wanted))
    if deputies:
        standing_in = (
            select(Member.id, Member.email, Member.locale, absent.name)
            .join(absent, (absent.tenant_id == tenant) & (absent.deputy_id == Member.id))
            .where(here, Member.id.not_in(wanted), absent.id.in_(wanted), absent.status == "active",
                   absent.away_from <= current.now(), absent.away_until > current.now())
        )  # fmt: skip
        found = found.union_all(standing_in)
    return db.session().execute(found).all()


def _marked(reader: Row[Any]) -> dict[str, str]:
    return {FOR: reader.absent} if reader.absent else {}


def _mail(email: str, locale: str | None, said: dict[str, Any]) -> None:
    context = current.tenant()
    with using_locale(locale or context.locale):
        words = said_to_reader(said["text"], said["values"])
    url = settings().base_url.rstrip("/") + path_of(said["url"])
    send_mail(email, "notification", locale or context.locale, said=words, url=url, workspace=context.name)


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
