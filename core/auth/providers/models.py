"""Accounts elsewhere that open a user's account here, sign-ins under way, and a company's own provider."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, Uuid, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core import current
from core.db import Base, TenantModel, new_id
from core.sealing import SEALED_FOR_TENANT


class Identity(Base):
    """An account elsewhere, named by who issues it and what it is called there. It opens one user's account.

    `by_company` is the tenant that vouched for it without asking the user: it opens the account only by that
    tenant's own way in, until the user has confirmed it with a sign-in of their own.
    """

    __tablename__ = "user_identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("user.id", ondelete="CASCADE"), index=True)
    issuer: Mapped[str] = mapped_column(Text(collation="C"))
    subject: Mapped[str] = mapped_column(Text(collation="C"))
    provider: Mapped[str]
    label: Mapped[str]
    """What the person is called there, so that they know it again in a list."""
    by_company: Mapped[UUID | None] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(default=current.now, server_default=func.now())
    last_used_at: Mapped[datetime | None]


class Attempt(Base):
    """A sign-in that is under way at a provider. It is deleted by whoever comes back with its state, so it works once.

    The state and the browser's secret are kept as hashes. `user_id` is set when a signed-in user connects an account.
    """

    __tablename__ = "sign_in_attempt"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    state_hash: Mapped[str] = mapped_column(Text(collation="C"), unique=True)
    browser_hash: Mapped[str]
    provider: Mapped[str]
    nonce: Mapped[str]
    verifier: Mapped[str]
    then: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(default=current.now, index=True)


class CompanyProvider(TenantModel):
    """The OpenID Connect provider at which a company's own people sign in. The secret is sealed.

    `joins` lets whoever comes with an address of a proven domain become a member, with this role and team.
    `passwords` says whether such members may still come in by other ways. The role and team are looked up when they
    are given, so that either can be deleted.
    """

    __tablename__ = "company_provider"
    __table_args__ = (Index("company_provider_uq", "tenant_id", unique=True),)

    label: Mapped[str]
    issuer: Mapped[str]
    client_id: Mapped[str]
    secret: Mapped[str] = mapped_column(info=SEALED_FOR_TENANT)
    enabled: Mapped[bool] = mapped_column(server_default=text("true"), default=True)
    joins: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    role_id: Mapped[UUID | None] = mapped_column(Uuid)
    team_id: Mapped[UUID | None] = mapped_column(Uuid)
    passwords: Mapped[bool] = mapped_column(server_default=text("true"), default=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class CompanyDomain(TenantModel):
    """A mail domain of the company. It counts from the moment at which its DNS showed `token`.

    `missing_since` is when the DNS no longer showed it; after some time of that the proof has lapsed: who is a member
    stays one, and nobody new joins by an address of the domain.
    """

    __tablename__ = "company_domain"
    __table_args__ = (
        Index("company_domain_uq", "tenant_id", "domain", unique=True),
        Index("company_domain_proven", "domain", postgresql_where=text("proven_at is not null")),
    )

    domain: Mapped[str] = mapped_column(Text(collation="C"))
    token: Mapped[str]
    proven_at: Mapped[datetime | None]
    missing_since: Mapped[datetime | None]
    lapsed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    @property
    def admits(self) -> bool:
        """Whether people with an address of the domain may join."""
        return self.proven_at is not None and self.lapsed_at is None
