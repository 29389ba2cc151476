"""What a member says about themselves."""

from uuid import UUID

from core import current, db
from core.access import Member
from core.auth import account_mail, users
from core.auth.members import describe_member
from core.auth.models import User
from core.auth.news import write_news
from core.auth.sessions.happenings import tell_password_changed


def update_profile(name: str, locale: str, timezone: str | None, **said: str | None) -> None:
    """The name, time zone, title and phone in this workspace; the language of the user, in all of them."""
    me = db.get(Member, current.member().id, lock=True)
    assert me is not None
    describe_member(me, name=name, locale=locale, timezone=timezone, **said)
    user_id = me.user_id
    if user_id is not None:
        db.after_commit(lambda: users.choose_locale(user_id, locale))


def change_password(user_id: UUID, hashed: str) -> None:
    with db.role_session("auth") as session:
        user = session.get_one(User, user_id)
        users.set_password(user, hashed)
        write_news(session, user, "password_changed")
    account_mail.wake()
    tell_password_changed(user_id, "settings")
