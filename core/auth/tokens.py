"""Keys by which programs act for a member, within what the key allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select, update

from core import current, db
from core.access import Member, members_with, permitted, require_permission
from core.activities.notifications import notify
from core.auth import giving, members
from core.auth.addresses import read_networks
from core.auth.keys import hash_token, make_key
from core.auth.models import ApiToken
from core.auth.policy import policy
from core.auth.token_events import TokenCreated, TokenExpiring, TokenRevoked, TokenRotated
from core.db import new_id
from core.deadlines import arm, disarm, on_deadline
from core.errors import FieldProblem, Forbidden, Invalid, NotFound
from core.events import emit
from core.i18n import _, _l, fmt_date
from core.records.types import enabled_types

MANAGE = "tenant.manage_tokens"
EXPIRING = "auth.token_expiring"
TOLD_BEFORE = timedelta(days=7)
LONGEST_OVERLAP = 7


# --- looking -------------------------------------------------------------------------------------------


def list_tokens(member_id: UUID | None = None) -> Sequence[Row[ApiToken, Member]]:
    """The keys that were not revoked, with the members they act for, newest first: all, or those of one member.

    Whoever does not keep the workspace's sees their own, whatever is asked for. Those of apps are not among them.
    """
    require_wide_token()
    if not permitted(MANAGE):
        member_id = current.member().id
    found = _kept()
    return db.session().execute(found.where(ApiToken.member_id == member_id) if member_id else found).all()


def _kept() -> Select[ApiToken, Member]:
    tenant = current.tenant_id()
    return (
        select(ApiToken, Member)
        .join(Member, (Member.tenant_id == tenant) & (Member.id == ApiToken.member_id))
        .where(ApiToken.tenant_id == tenant, ApiToken.revoked_at.is_(None), ApiToken.app_id.is_(None))
        .order_by(ApiToken.id.desc())
    )


def get_token(token_id: UUID, *, lock: bool = False) -> ApiToken:
    """A key that the acting member may know of: their own, or any for whoever keeps the workspace's."""
    token = db.get(ApiToken, token_id, lock=lock)
    if token is None or token.app_id is not None or not (token.member_id == current.member_id() or permitted(MANAGE)):
        raise NotFound(_("There is no such token."))
    return token


def known_scopes() -> list[str]:
    """Everything a key may be allowed: all, reading, writing, administering, and each for one record type."""
    return ["*", "read", "write", "admin", *(f"{t.name}:{kind}" for t in enabled_types() for kind in ("read", "write"))]


# --- making --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """What a new key is to be. `member_id` is a program's, or None for the one who acts."""

    name: str
    scopes: Sequence[str]
    member_id: UUID | None = None
    days: int | None = None
    until: datetime | None = None
    ips: str | Sequence[str] = ()


def create_token(wanted: Wanted) -> tuple[ApiToken, str]:
    """Make a key for a program, or for the one who acts. The key itself is returned this once and not kept."""
    require_wide_token()
    member = _whose(wanted.member_id)
    _check_scopes(wanted.scopes)
    expires = _expiry(wanted)
    _refuse_more_than_own(wanted.scopes, expires)
    secret = make_key()
    token = ApiToken(
        id=new_id(),
        member_id=member.id,
        name=wanted.name,
        token_hash=hash_token(secret),
        hint=secret[-4:],
        scopes=list(dict.fromkeys(wanted.scopes)),
        ips=read_networks(wanted.ips),
        expires_at=expires,
        created_by_id=current.member_id(),
        created_at=current.now(),
    )
    db.session().add(token)
    db.flush()
    _announce_end(token)
    until = expires.isoformat() if expires else None
    emit(TokenCreated(record_type="api_token", record_id=token.id, title=token.name, member=member.name,
                      scopes=token.scopes, ips=token.ips, expires=until))  # fmt: skip
    return token, secret


def rotate_token(token_id: UUID, overlap_days: int = 0) -> tuple[ApiToken, str]:
    """Give a key a new secret; the former works on for some days, so that programs can be told in turn.

    A person renews with it the time until it expires; a program that uses a key cannot prolong it.
    """
    require_wide_token()
    token = get_token(token_id, lock=True)
    _whose(token.member_id)
    if not 0 <= overlap_days <= LONGEST_OVERLAP:
        said = _("Choose between 0 and %(days)s days.", days=LONGEST_OVERLAP)
        raise Invalid([FieldProblem("overlap_days", "out_of_range", said)])
    now = current.now()
    if token.revoked_at or (token.expires_at and token.expires_at <= now):
        raise Invalid([FieldProblem("", "over", _("This token no longer works. Make a new one."))])
    _refuse_more_than_own(token.scopes, token.expires_at)
    secret = make_key()
    token.previous_hash = token.token_hash if overlap_days else None
    token.previous_until = now + timedelta(days=overlap_days) if overlap_days else None
    token.token_hash, token.hint = hash_token(secret), secret[-4:]
    if token.expires_at and current.tenant().scopes is None:
        token.expires_at = now + _allowed(token.expires_at - (token.rotated_at or token.created_at))
    token.rotated_at = now
    _announce_end(token)
    emit(TokenRotated(record_type="api_token", record_id=token.id, title=token.name, overlap_days=overlap_days))
    return token, secret


def revoke_token(token_id: UUID) -> None:
    """From now on the key opens nothing. Revoking it twice is revoking it once."""
    require_wide_token()
    token = get_token(token_id, lock=True)
    if token.revoked_at is None:
        token.revoked_at = current.now()
        disarm(token, EXPIRING)
        emit(TokenRevoked(record_type="api_token", record_id=token.id, title=token.name))


# --- what is refused -----------------------------------------------------------------------------------


def require_wide_token() -> None:
    """Keys are kept by people, and by programs whose key is for administering."""
    scopes = current.tenant().scopes
    if scopes is not None and not {"*", "admin"} & scopes:
        raise Forbidden(_("This token lacks the scope “%(scope)s”.", scope="admin"), code="insufficient_scope")


def _whose(member_id: UUID | None) -> Member:
    """The member a key is to act for: oneself, or a program that may do no more than one could let it."""
    acting = current.tenant().member
    member = members.get_member(member_id or current.member().id)
    if acting is None:
        return member
    if member.id == acting.id:
        if not policy().personal_tokens and not permitted(MANAGE):
            raise Forbidden(_("Your workspace does not allow API tokens of one's own. Ask an administrator."))
        return member
    if member.kind != "service":
        raise Forbidden(_("A token acts as the member who makes it."))
    require_permission(MANAGE)
    mine = {role.id for role in giving.assignable_roles()}
    if not {role.id for role in members.roles_of([member.id]).get(member.id, ())} <= mine:
        raise Forbidden(_("This program may do more than you can allow. Ask an owner of the workspace."))
    return member


def _check_scopes(scopes: Sequence[str]) -> None:
    if unknown := set(scopes) - set(known_scopes()):
        said = _("Unknown scope: %(list)s.", list=", ".join(sorted(unknown)))
        raise Invalid([FieldProblem("scopes", "unknown", said)])
    if not scopes:
        raise Invalid([FieldProblem("scopes", "required", _("Choose at least one."))])


def _refuse_more_than_own(scopes: Sequence[str], expires: datetime | None) -> None:
    """A key makes no key that can do more than itself or lives longer, and that of an app makes none at all."""
    context = current.tenant()
    if context.scopes is None:
        return
    own = db.get(ApiToken, UUID(context.cause.ref)) if context.cause.ref else None
    if own is not None and own.app_id is not None:
        raise Forbidden(_("An app cannot make tokens."))
    longer = own is not None and own.expires_at is not None and (expires is None or expires > own.expires_at)
    if longer or ("*" not in context.scopes and not set(scopes) <= context.scopes):
        raise Forbidden(_("A token cannot make a token that is allowed more."))


def _expiry(wanted: Wanted) -> datetime | None:
    """When the key ends, which the workspace's policy may want to be soon."""
    now, most = current.now(), policy().token_days_most
    expires = now + timedelta(days=wanted.days) if wanted.days else wanted.until
    if expires is not None and expires <= now:
        raise Invalid([FieldProblem("until", "past", _("Choose a day to come."))])
    if most and (expires is None or expires > now + timedelta(days=most)):
        said = _("Your workspace lets a token live for at most %(days)s days.", days=most)
        raise Invalid([FieldProblem("days", "too_long", said)])
    return expires


def _allowed(wanted: timedelta) -> timedelta:
    most = policy().token_days_most
    return min(wanted, timedelta(days=most)) if most else wanted


# --- while it lives ------------------------------------------------------------------------------------


def note_use(token_id: UUID, address: str | None) -> None:
    """Remember that the key is in use. Of many requests at once only one writes, and none waits."""
    mine = (ApiToken.tenant_id == current.tenant_id()) & (ApiToken.id == token_id)
    free = db.session().scalar(select(ApiToken.id).where(mine).with_for_update(skip_locked=True))
    if free is not None:
        seen = {"last_used_at": current.now(), "last_used_from": address}
        db.session().execute(update(ApiToken).where(mine).values(seen))


def _announce_end(token: ApiToken) -> None:
    """Have whoever keeps the key told a week before it expires, if it lives that long."""
    if token.expires_at is not None and token.expires_at - TOLD_BEFORE > current.now():
        arm(token, EXPIRING, token.expires_at - TOLD_BEFORE)
    else:
        disarm(token, EXPIRING)


@on_deadline(EXPIRING)
def tell_of_end(token_id: UUID, _payload: dict[str, Any]) -> None:
    """Tell the member whose key it is; of a program's, who made it, or those who keep the workspace's."""
    token = db.get(ApiToken, token_id, lock=True)
    if token is None or token.revoked_at is not None or token.expires_at is None:
        return
    keeper = _keeper(token)
    url = "settings/tokens/" if keeper == token.member_id else f"settings/programs/{token.member_id}"
    text = _l("The API token “%(name)s” expires on %(day)s. Renew it, and tell the program its new secret.")
    notify([keeper] if keeper else members_with(MANAGE), text, url=url, icon="key", name=token.name,
           day=fmt_date(token.expires_at))  # fmt: skip
    emit(TokenExpiring(record_type="api_token", record_id=token.id, title=token.name,
                       expires=token.expires_at.isoformat()))  # fmt: skip


def _keeper(token: ApiToken) -> UUID | None:
    for member_id in (token.member_id, token.created_by_id):
        member = db.get(Member, member_id)
        if member is not None and member.kind == "person" and member.status == "active":
            return member.id
    return None
