"""Keys by which programs act for a member, within what the key allows."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from core import current, db
from core.access import Member, require_permission
from core.auth.context import hash_token
from core.auth.events import TokenCreated, TokenRevoked
from core.auth.models import ApiToken
from core.db import new_id
from core.errors import FieldProblem, Forbidden, Invalid, NotFound
from core.events import emit
from core.i18n import _
from core.records.types import enabled_types


def list_tokens() -> Sequence[tuple[ApiToken, Member]]:
    """All keys of the workspace that still work, and the members they act for, newest first."""
    tenant = current.tenant_id()
    found = (
        select(ApiToken, Member)
        .join(Member, (Member.tenant_id == tenant) & (Member.id == ApiToken.member_id))
        .where(ApiToken.tenant_id == tenant, ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.id.desc())
    )
    return db.session().execute(found).all()


def known_scopes() -> list[str]:
    """Everything a key may be allowed: all, reading, writing, administering, and each for one record type."""
    return ["*", "read", "write", "admin", *(f"{t.name}:{kind}" for t in enabled_types() for kind in ("read", "write"))]


def create_token(
    name: str, scopes: Sequence[str], *, member_id: UUID | None = None, days: int | None = None
) -> tuple[ApiToken, str]:
    """Make a key for a member, or for the one who acts. The key itself is returned this once and not kept."""
    require_permission("tenant.manage_tokens")
    if unknown := set(scopes) - set(known_scopes()):
        raise Invalid(
            [FieldProblem("scope", "unknown", _("Unknown scope: %(list)s.", list=", ".join(sorted(unknown))))]
        )
    if not scopes:
        raise Invalid([FieldProblem("scope", "required", _("Choose at least one."))])
    _refuse_more_than_own(scopes, member_id)
    secret = f"gx_{secrets.token_urlsafe(32)}"
    token = ApiToken(
        id=new_id(),
        member_id=member_id or current.member().id,
        name=name,
        token_hash=hash_token(secret),
        hint=secret[-4:],
        scopes=list(scopes),
        expires_at=_expiry(days),
    )
    db.session().add(token)
    emit(TokenCreated(record_type="api_token", record_id=token.id, title=name))
    return token, secret


def _refuse_more_than_own(scopes: Sequence[str], member_id: UUID | None) -> None:
    """A key makes no key that can do more than itself, and nobody makes a key to act as somebody else."""
    context = current.tenant()
    if context.scopes is not None and "*" not in context.scopes and not set(scopes) <= context.scopes:
        raise Forbidden(_("A token cannot make a token that is allowed more."))
    if context.member is not None and member_id not in (None, context.member.id):
        raise Forbidden(_("A token acts as the member who makes it."))


def revoke_token(token_id: UUID) -> None:
    """From now on the key opens nothing. Revoking it twice is revoking it once."""
    require_permission("tenant.manage_tokens")
    token = db.get(ApiToken, token_id, lock=True)
    if token is None:
        raise NotFound(_("There is no such token."))
    if token.revoked_at is None:
        token.revoked_at = current.now()
        emit(TokenRevoked(record_type="api_token", record_id=token.id, title=token.name))


def note_use(token_id: UUID) -> None:
    """Remember that the key is in use. Of many requests at once only one writes, and none waits."""
    mine = (ApiToken.tenant_id == current.tenant_id()) & (ApiToken.id == token_id)
    free = db.session().scalar(select(ApiToken.id).where(mine).with_for_update(skip_locked=True))
    if free is not None:
        db.session().execute(update(ApiToken).where(mine).values(last_used_at=current.now()))


def _expiry(days: int | None) -> datetime | None:
    return current.now() + timedelta(days=days) if days else None
