"""Making the TenantContext: in one place, once per request or job, in two statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Connection, RowMapping, text

from core import current, db
from core.access import add_up
from core.access.permissions import granted
from core.current import Cause, MemberContext, TenantContext
from core.host.enablement import effective

CONTEXT = """
select t.slug, t.name, t.public_id, t.locale, t.timezone, t.currency, t.covered, t.schema_version, t.security,
       t.working_time,
       (select json_agg(module) from tenant_module x where x.tenant_id = t.id and x.enabled) as modules,
       m.id as member_id, m.name as member_name, m.email, m.user_id, m.team_id, m.locale as member_locale,
       m.timezone as member_timezone,
       (select json_agg(a.id) from member a where a.tenant_id = t.id and a.deputy_id = m.id
           and a.away_from <= :now and a.away_until > :now) as stands_for,
       m.team_path,
       exists (select from record_share s
                where s.tenant_id = t.id and (s.member_id = m.id or s.team_id is not null)) as has_shares,
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


def _looking_up() -> Connection:
    """A connection for the one statement of a door: without a transaction around it, which costs two round trips."""
    return db.engine("auth").connect().execution_options(isolation_level="AUTOCOMMIT")


def enter(door: Door) -> tuple[db.UnitOfWork, TenantContext]:
    """Open a unit of work behind the door and read the context in it. Raises NoTenant when the tenant is gone."""
    bare = TenantContext(tenant_id=door.tenant_id, slug="", name="", public_id="")
    work = db.UnitOfWork(bare)
    session = work.open()
    try:
        row = session.execute(
            text(CONTEXT), {"tenant_id": door.tenant_id, "member_id": door.member_id, "now": current.now()}
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
        grants=add_up(granted(role["name"], role["key"], role["grants"]) for role in row["roles"] or ()),
        cause=door.cause,
        scopes=door.scopes,
        security=row["security"],
        working_time=row["working_time"],
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
        stands_for=tuple(map(UUID, row["stands_for"] or ())),
        has_shares=row["has_shares"] or bool(row["stands_for"]),
    )


def door_of_public(public_id: str) -> Door | None:
    """The way in for the public pages of a tenant: no member, and so only what public pages do themselves."""
    query = "select id from tenant where public_id = :public_id"
    with _looking_up() as connection:
        found = connection.execute(text(query), {"public_id": public_id}).scalar_one_or_none()
    return Door(found, None, cause=Cause("form")) if found else None
