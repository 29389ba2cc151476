"""A thousand workspaces, of which one has the customers that the figures are taken on."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert, text

from bench.data.customers import add_customers
from bench.house import admin
from core import current, db
from core.auth.context import Door, entering
from core.auth.keys import with_check
from core.auth.models import ApiToken, User
from core.host.enablement import switch_module
from core.host.loader import host
from tenants.provisioning import NewTenant, add_member, make_tenant

NEIGHBOURS = 999
NEIGHBOURS_CUSTOMERS = 100_000
"""What the others have together; the largest a seventh of it, most of them a few."""
SELLERS = 12
TOKENS = 20
"""Programs that ask in turn, so that none reaches the limit of requests that a token has."""


@dataclass(frozen=True)
class Company:
    """A workspace and its owner."""

    slug: str
    tenant_id: UUID
    member_id: UUID
    user_id: UUID

    @property
    def session_key(self) -> str:
        """The token in the cookie of its owner."""
        return f"signed-in-{self.user_id}"

    @property
    def tokens(self) -> list[str]:
        """Its keys to the API. They guard nothing but data made up for a measurement."""
        return [with_check(f"gx_{hashlib.sha256(f'{self.slug} {n}'.encode()).hexdigest()[:43]}") for n in range(TOKENS)]

    def door(self) -> Door:
        return Door(self.tenant_id, self.member_id)


def company(rows: int, name: str = "company") -> Company:
    """The workspace of this name with so many customers, among a thousand; made when it is first asked for."""
    _add_neighbours()
    slug = f"{name}-{rows}"
    found = _found(slug) or _founded(slug)
    with admin().connect() as connection:
        there = connection.scalar(
            text("select count(*) from guanxi.customer where tenant_id = :tenant"), {"tenant": found.tenant_id}
        )
    if there == 0:
        add_customers({found.tenant_id: rows})
    return found


def _found(slug: str) -> Company | None:
    query = (
        "select t.id, m.id, m.user_id from guanxi.tenant t join guanxi.member m on m.tenant_id = t.id"
        " where t.slug = :slug and m.name = 'Olivia Owner'"
    )
    with admin().connect() as connection:
        row = connection.execute(text(query), {"slug": slug}).one_or_none()
    return Company(slug, *row) if row else None


def _founded(slug: str) -> Company:
    user_id, tenant_id = user_of(f"olivia@{slug}.example"), db.new_id()
    new = NewTenant(tenant_id, slug, f"Company {slug}", user_id, "Olivia Owner", f"olivia@{slug}.example")
    made = Company(slug, tenant_id, make_tenant(new), user_id)
    with entering(made.door()):
        for module in host().plugins:
            switch_module(module, on=True)
        for number in range(SELLERS):
            email = f"seller{number}@{slug}.example"
            add_member(user_of(email), f"Seller {number}", email, "sales")
    with entering(made.door()) as context:
        from_hash = hashlib.sha256
        db.session().execute(
            insert(ApiToken),
            [
                {"tenant_id": context.tenant_id, "id": db.new_id(), "member_id": made.member_id, "name": "bench",
                 "hint": token[-4:], "scopes": ["*"], "token_hash": from_hash(token.encode()).hexdigest()}
                for token in made.tokens
            ],
        )  # fmt: skip
    return made


def user_of(email: str) -> UUID:
    user_id = db.new_id()
    with db.role_session("auth") as session:
        session.execute(
            insert(User).values(id=user_id, email=email, name=email.partition("@")[0], active=True,
                                confirmed_at=current.now(), fs_uniquifier=f"uniquifier-{user_id}")
        )  # fmt: skip
    return user_id


def _add_neighbours() -> None:
    """Workspaces with five members each, and customers by Zipf's law."""
    with admin().begin() as connection:
        if connection.scalar(text("select exists (select from guanxi.tenant where slug = 'neighbour-1')")):
            return
        tenants = connection.execute(
            text(
                "insert into guanxi.tenant (id, slug, public_id, name)"
                " select uuidv7(), 'neighbour-' || n, 'neighbour-' || n, 'Neighbour ' || n"
                " from generate_series(1, :many) n returning id"
            ),
            {"many": NEIGHBOURS},
        ).scalars().all()  # fmt: skip
        connection.execute(
            text(
                "insert into guanxi.member (tenant_id, id, name, email, status)"
                " select t.id, uuidv7(), 'Member ' || n, 'member' || n || '@' || t.slug, 'active'"
                " from guanxi.tenant t, generate_series(1, 5) n where t.slug like 'neighbour-%'"
            )
        )
    whole = sum(1 / rank for rank in range(1, NEIGHBOURS + 1))
    add_customers({tenant: round(NEIGHBOURS_CUSTOMERS / whole / rank) for rank, tenant in enumerate(tenants, start=1)})
