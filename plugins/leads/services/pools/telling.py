"""Whom it concerns is told: one line for each of them, however many records it is about."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk import MemberRow, _l, acting_member_id, members_with, notify, notify_each, session, tenant, tenant_id
from plugins.leads.permissions import MANAGE_POOLS, MANAGE_ROUTING, OVERSEE
from plugins.leads.services.pools.kinds import Kind
from plugins.leads.services.pools.moving import Moved

NOBODY_RECEIVES = _l("Nobody receives leads in turn.")


def names_of(member_ids: Iterable[UUID | None]) -> Mapping[UUID, str]:
    wanted = {each for each in member_ids if each}
    if not wanted:
        return {}
    named = select(MemberRow.id, MemberRow.name).where(MemberRow.tenant_id == tenant_id(), MemberRow.id.in_(wanted))
    return {row.id: row.name for row in session().execute(named)}


def pool_managers() -> Sequence[UUID]:
    return members_with(MANAGE_POOLS.name, by_name=True) or members_with(MANAGE_POOLS.name)


def overseers() -> Sequence[UUID]:
    return members_with(OVERSEE.name, by_name=True) or members_with(OVERSEE.name)


def tell_new_owners(moved: Sequence[Moved], kind: Kind) -> None:
    """Tell each who got something, unless it is who did it: once, by the same few statements for all of them. What an
    import brings is told at its end."""
    if tenant().cause.kind == "import":
        return
    theirs: dict[UUID, list[Moved]] = {}
    for each in moved:
        if each.owner_id and each.owner_id != acting_member_id():
            theirs.setdefault(each.owner_id, []).append(each)
    words = [(owner_id, *_said(some, kind)) for owner_id, some in theirs.items() if not _heard(owner_id, some)]
    notify_each(words, icon="magnet")


def _heard(owner_id: UUID, some: Sequence[Moved]) -> bool:
    """Of work on many records, one after the other, nobody wants to hear for each."""
    cause = tenant().cause
    if cause.kind != "bulk" or len(some) > 1:
        return False
    told: set[Any] = session().info.setdefault("leads.told", set())
    heard = (cause.ref, owner_id) in told
    told.add((cause.ref, owner_id))
    return heard


def _said(some: Sequence[Moved], kind: Kind) -> tuple[Any, str, dict[str, Any]]:
    if tenant().cause.kind == "bulk" and len(some) == 1:
        return _l("You have new leads."), kind.mine, {}
    if len(some) == 1:
        return _l("You have a new lead: %(lead)s"), kind.page.format(some[0].id), {"lead": some[0].title}
    return _l("You have %(count)s new leads."), kind.mine, {"count": len(some)}


def tell_that_they_wait(waiting: Sequence[Moved], kind: Kind) -> None:
    """Tell who decides on the distribution that nobody got these. Of an import they hear at its end."""
    if tenant().cause.kind == "import":
        return
    managers = members_with(MANAGE_ROUTING.name)
    first = waiting[0]
    url = kind.page.format(first.id) if len(waiting) == 1 else "leads/pool"
    why = first.reason or str(NOBODY_RECEIVES)
    if len(waiting) > 1:
        text = _l("%(count)s leads wait in the pool: %(reason)s")
        notify(managers, text, url=url, icon="alert-triangle", count=len(waiting), reason=why)
    elif why == str(NOBODY_RECEIVES):
        text = _l("Nobody receives leads in turn, so %(lead)s waits in the pool.")
        notify(managers, text, url=url, icon="alert-triangle", lead=first.title)
    else:
        text = _l("%(lead)s waits in the pool: %(reason)s")
        notify(managers, text, url=url, icon="alert-triangle", lead=first.title, reason=why)
