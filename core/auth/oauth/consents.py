"""What a member lets an app do in their name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from core import current, db
from core.access import Member
from core.auth.models import ApiToken
from core.auth.oauth.cutting import cut_off
from core.auth.oauth.models import OAuthApp, OAuthApproval, OAuthConsent
from core.auth.token_events import ConsentGiven, ConsentWithdrawn
from core.db import new_id
from core.errors import NotFound
from core.events import emit
from core.i18n import _


@dataclass(frozen=True)
class Connection:
    """An app that acts for me here."""

    app_id: UUID
    name: str
    publisher: str
    scopes: Sequence[str]
    given_at: datetime
    used_at: datetime | None


def my_connections() -> list[Connection]:
    """The apps I let act for me in this workspace, by name."""
    tenant, me = current.tenant_id(), current.member().id
    used = (
        select(func.max(ApiToken.last_used_at))
        .where(ApiToken.tenant_id == tenant, ApiToken.app_id == OAuthConsent.app_id, ApiToken.member_id == me)
        .scalar_subquery()
    )
    approved = (OAuthApproval.tenant_id == tenant) & (OAuthApproval.app_id == OAuthConsent.app_id)
    found = (
        select(OAuthConsent, OAuthApproval.name, OAuthApproval.publisher, used)
        .join(OAuthApproval, approved)
        .where(OAuthConsent.tenant_id == tenant, OAuthConsent.member_id == me, OAuthConsent.withdrawn_at.is_(None))
        .order_by(OAuthApproval.name)
    )
    return [
        Connection(consent.app_id, name, publisher, consent.scopes, consent.given_at, used_at)
        for consent, name, publisher, used_at in db.session().execute(found)
    ]


def give_consent(app: OAuthApp, scopes: Sequence[str], address: str | None) -> None:
    """I let the app act for me with these scopes, beside those I gave it before."""
    me, now = current.member().id, current.now()
    before = _consent(app.id, me)
    held = [] if before is None or before.withdrawn_at else before.scopes
    values = {"scopes": list(dict.fromkeys([*held, *scopes])), "given_at": now, "withdrawn_at": None}
    key = {"tenant_id": current.tenant_id(), "member_id": me, "app_id": app.id}
    new = insert(OAuthConsent).values(id=new_id(), **key, **values)
    db.session().execute(new.on_conflict_do_update(index_elements=list(key), set_={n: new.excluded[n] for n in values}))
    emit(ConsentGiven(record_type="oauth_app", record_id=app.id, title=app.name, scopes=scopes, ip=address or ""))


def withdraw_consent(app_id: UUID) -> None:
    """The app no longer acts for me. Withdrawing twice is withdrawing once."""
    consent = _consent(app_id, current.member().id)
    if consent is None:
        raise NotFound(_("There is no such app."))
    if consent.withdrawn_at is not None:
        return
    cut_off(app_id, current.member().id)
    emit(ConsentWithdrawn(record_type="oauth_app", record_id=app_id, title=_name(app_id)))


def stands(app_id: UUID, member_id: UUID, scopes: Sequence[str]) -> bool:
    """Whether the app may still do this for the member: approved, consented to, the member here. Held until we
    commit."""
    tenant = current.tenant_id()
    given = (
        select(OAuthConsent.scopes, OAuthApproval.scopes)
        .join(Member, (Member.tenant_id == tenant) & (Member.id == OAuthConsent.member_id))
        .join(OAuthApproval, (OAuthApproval.tenant_id == tenant) & (OAuthApproval.app_id == OAuthConsent.app_id))
        .where(
            OAuthConsent.tenant_id == tenant,
            OAuthConsent.member_id == member_id,
            OAuthConsent.app_id == app_id,
            OAuthConsent.withdrawn_at.is_(None),
            OAuthApproval.status == "approved",
            Member.status == "active",
        )
        .with_for_update(read=True, of=[OAuthConsent, OAuthApproval])
    )
    found = db.session().execute(given).one_or_none()
    return found is not None and set(scopes) <= set(found[0]) & set(found[1])


def _consent(app_id: UUID, member_id: UUID) -> OAuthConsent | None:
    found = select(OAuthConsent).where(
        OAuthConsent.tenant_id == current.tenant_id(),
        OAuthConsent.member_id == member_id,
        OAuthConsent.app_id == app_id,
    )
    return db.session().scalars(found.with_for_update()).one_or_none()


def _name(app_id: UUID) -> str:
    approved = OAuthApproval.tenant_id == current.tenant_id(), OAuthApproval.app_id == app_id
    return db.session().scalar(select(OAuthApproval.name).where(*approved)) or str(app_id)
