"""Making a tenant: its row, the ready roles, and its first owner, in one transaction."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert

from core import db
from core.access import Member, MemberRole, Role
from core.access.roles import READY
from core.current import TenantContext
from core.i18n import using_locale
from core.tenant import Tenant
from tenants.plans import audit_days_of


@dataclass(frozen=True)
class NewTenant:
    """What is known of a company that signs up. `id` is chosen beforehand, so that making it twice is once."""

    id: UUID
    slug: str
    name: str
    owner_user_id: UUID
    owner_name: str
    owner_email: str
    locale: str = "en"
    timezone: str = "Asia/Shanghai"
    currency: str = "CNY"
    plan: str = "free"
    owner_locale: str | None = None
    seats: int | None = None


def make_tenant(new: NewTenant) -> UUID:
    """Make the tenant unless it is there already. Returns the id of its owner's member.

    The names of the ready roles are in the tenant's language, and the tenant's to change.
    """
    context = TenantContext(tenant_id=new.id, slug=new.slug, name=new.name, public_id="")
    with db.unit_of_work(context) as session, using_locale(new.locale):
        if session.get(Tenant, new.id) is not None:
            return session.query(Member.id).filter(Member.user_id == new.owner_user_id).scalar()
        session.execute(
            insert(Tenant).values(
                id=new.id, slug=new.slug, name=new.name, public_id=secrets.token_urlsafe(9),
                locale=new.locale, timezone=new.timezone, currency=new.currency, plan=new.plan,
                seats=new.seats, audit_days=audit_days_of(new.plan),
            )
        )  # fmt: skip
        roles = [Role(key=key, name=str(ready["name"]), grants=ready["grants"]) for key, ready in READY.items()]
        owner = Member(user_id=new.owner_user_id, name=new.owner_name, email=new.owner_email, locale=new.owner_locale)
        session.add_all([*roles, owner])
        session.flush()
        session.add(MemberRole(member_id=owner.id, role_id=next(r.id for r in roles if r.key == "owner")))
        session.flush()
        return owner.id


def add_member(user_id: UUID | None, name: str, email: str, role_key: str, **more: object) -> Member:
    """Add a member with a ready role to the tenant we are in."""
    session = db.session()
    role = session.query(Role).filter(Role.key == role_key).one()
    member = Member(user_id=user_id, name=name, email=email, **more)
    session.add(member)
    session.flush()
    session.add(MemberRole(member_id=member.id, role_id=role.id))
    session.flush()
    return member
