"""Making the TenantContext: in one place, once per request or job, in two statements."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping, text

from core import current, db
from core.access import add_up
from core.access.permissions import defaults_of
from core.current import Cause, MemberContext, TenantContext
from core.host.enablement import effective

MEMBERSHIP = """
select t.id as tenant_id, m.id as member_id from tenant t join member m on m.tenant_id = t.id
 where t.slug = :slug and m.user_id = :user_id and m.status = 'active'
"""
TOKEN = """
select a.tenant_id, a.member_id, a.id, a.scopes, a.expires_at, a.revoked_at, a.last_used_at, t.slug
  from api_token a join tenant t on t.id = a.tenant_id
  join member m on m.tenant_id = a.tenant_id and m.id = a.member_id
 where a.token_hash = :hash and m.status = 'active'
"""
CONTEXT = """
select t.slug, t.name, t.public_id, t.locale, t.timezone, t.currency, t.covered, t.schema_version,
       (select json_agg(module) from tenant_module x where x.tenant_id = t.id and x.enabled) as modules,
       m.id as member_id, m.name as member_name, m.email, m.user_id, m.team_id, m.locale as member_locale,
       m.timezone as member_timezone,
       (select path from team where team.tenant_id = t.id and team.id = m.team_id) as team_path,
       (select json_agg(json_build_object('id', r.id, 'key', r.key, 'name', r.name, 'grants', r.grants) order by r.name)
          from member_role mr join role r on r.tenant_id = mr.tenant_id and r.id = mr.role_id
         where mr.tenant_id = t.id and mr.member_id = m.id) as roles
  from tenant t left join member m on m.tenant_id = t.id and m.id = :member_id and m.status = 'active'
 where t.id = :tenant_id
"""


@dataclass(frozen=True)
class Door:
    """Which tenant and member a sign-in or a token opens, before the tenant is entered."""

    tenant_id: UUID
    member_id: UUID | None
    scopes: frozenset[str] | None = None
    cause: Cause = Cause()
    unseen: bool = False
    """Whether it is to be noted that the token is in use."""


SEEN_EVERY = timedelta(minutes=1)


def _looking_up() -> Connection:
    """A connection for the one statement of a door: without a transaction around it, which costs two round trips."""
    return db.engine("auth").connect().execution_options(isolation_level="AUTOCOMMIT")


def door_of_user(slug: str, user_id: UUID) -> Door | None:
    """The workspace of this slug, if the user is an active member of it; nobody else learns that it exists."""
    with _looking_up() as connection:
        row = connection.execute(text(MEMBERSHIP), {"slug": slug, "user_id": user_id}).one_or_none()
    return Door(row.tenant_id, row.member_id, cause=Cause("member")) if row else None


def door_of_token(token: str) -> tuple[Door | None, str]:
    """The door a token opens, or None with the reason: unknown, revoked or expired."""
    digest = hash_token(token)
    with _looking_up() as connection:
        row = connection.execute(text(TOKEN), {"hash": digest}).one_or_none()
    if row is None:
        return None, "unknown"
    if row.revoked_at:
        return None, "revoked"
    if row.expires_at and row.expires_at <= current.now():
        return None, "expired"
    unseen = row.last_used_at is None or row.last_used_at < current.now() - SEEN_EVERY
    return Door(row.tenant_id, row.member_id, frozenset(row.scopes), Cause("token", str(row.id)), unseen), ""


def hash_token(token: str) -> str:
    """Tokens have 256 random bits, so a plain hash is enough to keep them secret."""
    return hashlib.sha256(token.encode()).hexdigest()


def enter(door: Door) -> tuple[db.UnitOfWork, TenantContext]:
    """Open a unit of work behind the door and read the context in it. Raises NoTenant when the tenant is gone."""
    bare = TenantContext(tenant_id=door.tenant_id, slug="", name="", public_id="")
    work = db.UnitOfWork(bare)
    session = work.open()
    try:
        row = session.execute(
            text(CONTEXT), {"tenant_id": door.tenant_id, "member_id": door.member_id}
        ).mappings().one_or_none()  # fmt: skip
        if row is None or (door.member_id and row["member_id"] is None):
            raise current.NoTenant("the tenant or the member is gone")
    except BaseException:
        work.close()
        raise
    context = replace(
        bare,
        slug=row["slug"],
        name=row["name"],
        public_id=row["public_id"],
        locale=row["locale"],
        timezone=row["timezone"],
        currency=row["currency"],
        schema_version=row["schema_version"],
        modules=effective(row["modules"] or (), row["covered"]),
        member=_member(row) if row["member_id"] else None,
        grants=add_up(_granted(role) for role in row["roles"] or ()),
        cause=door.cause,
        scopes=door.scopes,
    )
    return work, context


@contextmanager
def entering(door: Door) -> Iterator[TenantContext]:
    """A whole unit of work behind a door: entered, committed at the end, undone by an exception."""
    work, context = enter(door)
    with current.entering(context):
        try:
            yield context
            work.commit()
        finally:
            work.close()


def _member(row: RowMapping) -> MemberContext:
    return MemberContext(
        id=row["member_id"],
        name=row["member_name"],
        email=row["email"],
        user_id=row["user_id"],
        team_id=row["team_id"],
        team_path=row["team_path"] or "/",
        roles=tuple(role["key"] or role["name"] for role in row["roles"] or ()),
        locale=row["member_locale"],
        timezone=row["member_timezone"],
        role_ids=tuple(UUID(role["id"]) for role in row["roles"] or ()),
    )


def _granted(role: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    grants = dict(role["grants"])
    grants["permissions"] = [*grants.get("permissions", ()), *defaults_of(role["key"])]
    return role["name"], grants


def door_of_public(public_id: str) -> Door | None:
    """The way in for the public pages of a tenant: no member, and so only what public pages do themselves."""
    query = "select id from tenant where public_id = :public_id"
    with _looking_up() as connection:
        found = connection.execute(text(query), {"public_id": public_id}).scalar_one_or_none()
    return Door(found, None, cause=Cause("form")) if found else None
