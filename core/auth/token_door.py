"""The door that a token opens: found in one statement, for a member's own tokens and those of apps alike."""

from datetime import timedelta

from sqlalchemy import text

from core import current, db
from core.auth.addresses import is_within
from core.auth.context import Door
from core.auth.keys import FORMER, hash_token, is_key
from core.current import Cause

TOKEN = """
select a.tenant_id, a.member_id, a.id, a.scopes, a.ips, a.expires_at, a.revoked_at, a.last_used_at,
       a.token_hash <> :hash and a.previous_until <= :now as replaced,
       a.app_id is not null and p.removed_at is not null as app_gone, p.name as app
  from api_token a
  join member m on m.tenant_id = a.tenant_id and m.id = a.member_id
  left join oauth_app p on p.id = a.app_id
 where (a.token_hash = :hash or a.previous_hash = :hash) and m.status = 'active'
"""
SEEN_EVERY = timedelta(minutes=1)


def door_of_token(token: str, address: str | None = None) -> tuple[Door | None, str]:
    """The door a token opens, or None with the reason: unknown, revoked, expired or address_not_allowed."""
    if not is_key(token) and not FORMER.fullmatch(token):
        return None, "unknown"
    now = current.now()
    with db.engine("auth").connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        row = connection.execute(text(TOKEN), {"hash": hash_token(token), "now": now}).first()
    if row is None:
        return None, "unknown"
    if row.revoked_at or row.replaced or row.app_gone:
        return None, "revoked"
    if row.expires_at and row.expires_at <= now:
        return None, "expired"
    if not is_within(address, row.ips):
        return None, "address_not_allowed"
    unseen = row.last_used_at is None or row.last_used_at < now - SEEN_EVERY
    return Door(
        row.tenant_id, row.member_id, frozenset(row.scopes), Cause("token", str(row.id), via=row.app), unseen
    ), ""
