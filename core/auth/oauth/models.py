"""Apps of third parties, and what workspaces and members allowed them."""

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from authlib.oauth2.rfc6749 import ClientMixin, list_to_scope, scope_to_list
from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core import current
from core.auth.keys import hash_token
from core.auth.oauth.redirects import same_place
from core.db import Base, TenantModel, new_id, reference


class OAuthApp(Base, ClientMixin):
    """A program of a third party. Its publisher is the workspace that registered it, which alone may change it; all
    others find it as the role guanxi_auth.

    One without a secret runs where it could keep none: in a browser or on a phone. `service_member_id` is the
    publisher's member as which it may act by itself. It stays when it is removed, for history names it.
    """

    __tablename__ = "oauth_app"
    __table_args__ = (Index("oauth_app_of_publisher", "publisher_id"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    publisher_id: Mapped[UUID] = mapped_column(Uuid, default=current.tenant_id)
    publisher: Mapped[str]
    name: Mapped[str]
    homepage: Mapped[str]
    logo: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    has_logo: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    redirect_uris: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    scopes: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    secret_hash: Mapped[str | None] = mapped_column(Text(collation="C"))
    secret_hint: Mapped[str | None]
    service_member_id: Mapped[UUID | None] = mapped_column(Uuid)
    created_by_id: Mapped[UUID | None] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    removed_at: Mapped[datetime | None]

    @property
    def is_public(self) -> bool:
        return self.secret_hash is None

    # What Authlib asks of a client:

    def get_client_id(self) -> str:
        return str(self.id)

    def get_default_redirect_uri(self) -> str | None:
        """None: where to go is always said, and so always compared."""
        return None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """The scopes asked for, all that the app ever wants if none is named; None when it asks for more than that."""
        wanted = scope_to_list(scope) if scope else list(self.scopes)
        return list_to_scope(list(dict.fromkeys(wanted))) if set(wanted) <= set(self.scopes) else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return any(same_place(redirect_uri, known) for known in self.redirect_uris)

    def check_client_secret(self, client_secret: str) -> bool:
        return self.secret_hash is not None and secrets.compare_digest(self.secret_hash, hash_token(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return (method == "none") == self.is_public

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        if grant_type == "client_credentials":
            return not self.is_public and self.service_member_id is not None
        return grant_type in ("authorization_code", "refresh_token")


class OAuthApproval(TenantModel):
    """Whether an app may be used in this workspace, and with which scopes: asked for by a member, decided by an admin.

    `name` and `publisher` are what the admin read.
    """

    __tablename__ = "oauth_approval"
    __table_args__ = (
        CheckConstraint("status in ('asked', 'approved', 'withdrawn')", name="status"),
        Index("oauth_approval_uq", "tenant_id", "app_id", unique=True),
    )

    app_id: Mapped[UUID] = mapped_column(Uuid)
    status: Mapped[str]
    name: Mapped[str]
    publisher: Mapped[str]
    scopes: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    asked_by_id: Mapped[UUID | None] = reference("member")
    decided_by_id: Mapped[UUID | None] = reference("member")
    changed_at: Mapped[datetime] = mapped_column(default=current.now)

    def covers(self, scopes: Collection[str]) -> bool:
        return self.status == "approved" and set(scopes) <= set(self.scopes)


class OAuthConsent(TenantModel):
    """A member lets an app act as them."""

    __tablename__ = "oauth_consent"
    __table_args__ = (Index("oauth_consent_uq", "tenant_id", "member_id", "app_id", unique=True),
                      Index("oauth_consent_of_app", "tenant_id", "app_id"))  # fmt: skip

    member_id: Mapped[UUID] = reference("member", nullable=False, ondelete="CASCADE")
    app_id: Mapped[UUID] = mapped_column(Uuid)
    scopes: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    given_at: Mapped[datetime] = mapped_column(default=current.now)
    withdrawn_at: Mapped[datetime | None]


class _Given:
    """What Authlib asks of a code and of a refresh token."""

    def get_scope(self) -> str:
        return list_to_scope(self.scopes)  # type: ignore[attr-defined]

    def check_client(self, client: OAuthApp) -> bool:
        return bool(self.app_id == client.id)  # type: ignore[attr-defined]


class OAuthCode(TenantModel, _Given):
    """What the browser carries back to the app, which changes it for tokens, once. Its id names their family."""

    __tablename__ = "oauth_code"
    __table_args__ = (Index("oauth_code_by_hash", "code_hash"),)

    member_id: Mapped[UUID] = reference("member", nullable=False, ondelete="CASCADE")
    app_id: Mapped[UUID] = mapped_column(Uuid)
    code_hash: Mapped[str] = mapped_column(Text(collation="C"))
    redirect_uri: Mapped[str]
    scopes: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    code_challenge: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    code_challenge_method = "S256"

    def get_redirect_uri(self) -> str:
        return self.redirect_uri


class OAuthRefresh(TenantModel, _Given):
    """What an app changes for new tokens when those it has expire. It works once.

    `ends_at` is that of the whole family: from then on the app has to ask its member again.
    """

    __tablename__ = "oauth_refresh"
    __table_args__ = (
        Index("oauth_refresh_by_hash", "token_hash"),
        Index("oauth_refresh_of_app", "tenant_id", "app_id", "member_id"),
        Index("oauth_refresh_of_family", "tenant_id", "family_id"),
    )

    member_id: Mapped[UUID] = reference("member", nullable=False, ondelete="CASCADE")
    app_id: Mapped[UUID] = mapped_column(Uuid)
    family_id: Mapped[UUID] = mapped_column(Uuid)
    token_hash: Mapped[str] = mapped_column(Text(collation="C"))
    scopes: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    expires_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
