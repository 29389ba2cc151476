"""Two workspaces that are nobody's. Each night the one tries to get at the other."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from core import current, db
from core.access import Member
from core.auth.keys import hash_token, make_key
from core.auth.models import ApiToken, User
from core.auth.sessions.models import SignInSession
from core.auth.sessions.present import hash_of_token
from core.current import TenantContext
from core.db import new_id
from core.tenant import Tenant
from tenants.provisioning import NewTenant, make_tenant

NAMES = ("intruder", "prey")
ADDRESS = "@canary.invalid"


@dataclass(frozen=True)
class Canary:
    tenant_id: UUID
    slug: str
    public_id: str
    user_id: UUID
    member_id: UUID

    @property
    def mark(self) -> str:
        """A word that stands in all that this canary has, and in no address of it: where it is read, it leaked."""
        return "plumage" + self.tenant_id.hex[::-1][:12]

    @property
    def context(self) -> TenantContext:
        return TenantContext(self.tenant_id, self.slug, "", self.public_id)


def canaries() -> tuple[Canary, Canary]:
    """The one that tries and the one that is tried, made when they are missing."""
    intruder, prey = (_mark(_find(name) or _make(name)) for name in NAMES)
    return intruder, prey


def _slug(name: str) -> str:
    """Two hyphens are in no slug that a person gets."""
    return f"canary--{name}"


def _find(name: str) -> Canary | None:
    found = (
        select(Tenant.id, Tenant.slug, Tenant.public_id, Member.user_id, Member.id.label("member_id"))
        .join(Member, Member.tenant_id == Tenant.id)
        .where(Tenant.slug == _slug(name), Member.user_id.is_not(None))
    )
    with db.role_session("auth") as session:
        row = session.execute(found.order_by(Member.id).limit(1)).one_or_none()
    return Canary(*row) if row else None  # type: ignore[arg-type]


def _make(name: str) -> Canary:
    """Its owner has no password, and no address that a mail could reach."""
    user_id, tenant_id, address = new_id(), new_id(), f"canary-{name}{ADDRESS}"
    with db.role_session("auth") as session:
        known = session.scalar(select(User.id).where(User.email == address))
        if known is None:
            session.execute(
                insert(User).values(
                    id=user_id, email=address, name="Canary", password=None, active=True,
                    fs_uniquifier=secrets.token_hex(32),
                )
            )  # fmt: skip
    make_tenant(NewTenant(tenant_id, _slug(name), "Canary", known or user_id, "Canary", address, timezone="UTC"))
    made = _find(name)
    assert made is not None
    return made


def _mark(canary: Canary) -> Canary:
    """So that nobody counts it among the customers, also when the process that made it died before this."""
    with db.unit_of_work(canary.context) as session:
        session.execute(update(Tenant).where(Tenant.id == canary.tenant_id, ~Tenant.canary).values(canary=True))
    return canary


# --- the way in, for the time of a probe -------------------------------------------------------------------


def let_in(canary: Canary) -> tuple[str, str]:
    """A session's token and an API token of the canary's owner."""
    session_token, api_token, now = secrets.token_urlsafe(32), make_key(), current.now()
    with db.role_session("auth") as session:
        stamp = session.scalar(select(User.fs_uniquifier).where(User.id == canary.user_id))
        session.execute(
            insert(SignInSession).values(
                id=new_id(), user_id=canary.user_id, token_hash=hash_of_token(session_token), stamp=stamp,
                how="probe", made_at=now, last_seen_at=now, expires_at=now + timedelta(minutes=10),
                entered={str(canary.tenant_id): now.isoformat()},
            )
        )  # fmt: skip
    with db.unit_of_work(canary.context) as work:
        work.add(
            ApiToken(
                member_id=canary.member_id, name="Probe", token_hash=hash_token(api_token), hint=api_token[-4:],
                scopes=["*"], expires_at=now + timedelta(minutes=10),
            )
        )  # fmt: skip
    return session_token, api_token


def show_out(canary: Canary) -> None:
    """No session and no token of the probe is left."""
    with db.role_session("auth") as session:
        session.execute(delete(SignInSession).where(SignInSession.user_id == canary.user_id))
    with db.unit_of_work(canary.context) as work:
        work.execute(delete(ApiToken).where(ApiToken.name == "Probe"))
