"""Who in the workspace has a second factor. Users are asked for as guanxi_auth: the workspace knows only their ids."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from core import current, db
from core.access import Member
from core.auth.models import User


def holders(user_ids: Iterable[UUID | None]) -> frozenset[UUID]:
    """Those of these users who have a second factor."""
    wanted = [user_id for user_id in user_ids if user_id is not None]
    if not wanted:
        return frozenset()
    with db.role_session("auth") as session:
        found = select(User.id).where(User.id.in_(wanted), User.factors_at.is_not(None))
        return frozenset(session.scalars(found))


def coverage() -> tuple[int, int]:
    """How many people with access to the workspace have a second factor, and how many they are."""
    people = select(Member.user_id).where(
        Member.tenant_id == current.tenant_id(), Member.status == "active", Member.kind == "person",
        Member.user_id.is_not(None),
    )  # fmt: skip
    user_ids = db.session().scalars(people).all()
    return len(holders(user_ids)), len(user_ids)
