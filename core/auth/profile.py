"""What a member says about themselves."""

from uuid import UUID

from core import current, db
from core.access import Member
from core.auth import users
from core.auth.models import User


def update_profile(name: str, locale: str, timezone: str | None) -> None:
    """The name and time zone in this workspace; the language of the user, in all of them."""
    me = db.get(Member, current.member().id, lock=True)
    assert me is not None
    me.name, me.locale, me.timezone = name, locale, timezone
    user_id = me.user_id
    if user_id is not None:
        db.after_commit(lambda: users.choose_locale(user_id, locale))


def change_password(user_id: UUID, hashed: str) -> None:
    with db.role_session("auth") as session:
        users.set_password(session.get_one(User, user_id), hashed)
