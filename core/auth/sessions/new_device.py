"""The mail to whoever was signed in from a browser that is not usual for them, and the way back if it was not they."""

from uuid import UUID

from sqlalchemy.orm import Session

from core import db
from core.auth import account_mail, links
from core.auth.devices import place_of, words_of
from core.auth.links import LinkForged, LinkUsed
from core.auth.models import User
from core.auth.sessions.keeping import end_all
from core.auth.sessions.models import SignInSession
from core.auth.users import reset_url, set_password, state_of
from core.i18n import _, fmt_datetime, using_locale


def write_notice(session: Session, user: User, made: SignInSession, locale: str) -> None:
    """Have the mail sent with the sign-in that it tells of. Then call `account_mail.wake`."""
    language = user.locale or locale
    with using_locale(language, "UTC"):
        when, where = f"{fmt_datetime(made.made_at)} UTC", place_of(made.ip)
        device = words_of(made.agent)
    token = links.sign("not_me", [user.id.hex, state_of(user)])
    account_mail.write_account_mail(
        session, user.email, "new_device", language, name=user.name, when=when, device=device, place=where, ip=made.ip,
        sessions=links.url("/sign-in/sessions"), not_me=links.url(f"/not-me/{token}"),
    )  # fmt: skip


def user_of_notice(token: str) -> User:
    """Whose mail it was. Raises LinkForged, LinkExpired, or LinkUsed once the password was changed since."""
    user_id, state = links.read("not_me", token)
    with db.role_session("auth") as session:
        user = session.get(User, UUID(user_id))
    if user is None or not user.active:
        raise LinkForged(_("This link is not complete, or it is not one of ours."))
    if state_of(user) != state:
        raise LinkUsed(_("This link was already used."))
    return user


def shut_out(token: str, locale: str) -> User:
    """It was somebody else: end all sessions, let the password open nothing, and send a link for a new one."""
    user_id = user_of_notice(token).id
    with db.role_session("auth") as session:
        user = session.get_one(User, user_id, with_for_update=True)
        if state_of(user) != links.read("not_me", token)[1]:
            raise LinkUsed(_("This link was already used."))
        end_all(user.id, within=session)
        set_password(user, None)
        account_mail.write_account_mail(session, user.email, "reset", user.locale or locale, name=user.name,
                                        url=reset_url(user))  # fmt: skip
    account_mail.wake()
    return user
