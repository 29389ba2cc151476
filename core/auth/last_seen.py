"""When members were last here, as their sign-in sessions tell."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, cast, func, select

from core import current, db
from core.auth.sessions.models import SignInSession


def last_seen(user_ids: Iterable[UUID | None]) -> Mapping[UUID, datetime]:
    """When each of these users was last in this workspace, for those who were since sessions are kept."""
    wanted = [user_id for user_id in user_ids if user_id is not None]
    if not wanted:
        return {}
    here = cast(SignInSession.entered[str(current.tenant_id())].astext, DateTime(timezone=True))
    found = (
        select(SignInSession.user_id, func.max(here))
        .where(SignInSession.user_id.in_(wanted), here.is_not(None))
        .group_by(SignInSession.user_id)
    )
    with db.role_session("auth") as session:
        return {row[0]: row[1] for row in session.execute(found)}
