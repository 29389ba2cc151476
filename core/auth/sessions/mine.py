"""Ending one's own sessions, and telling the workspaces of it."""

from uuid import UUID

from core.auth.sessions.happenings import Here, SessionEnded, tell_everywhere, whence
from core.auth.sessions.keeping import end_all, end_one, open_sessions
from core.auth.sessions.models import SignInSession
from core.auth.sessions.present import Present


def end_session(user_id: UUID, session_id: UUID) -> SignInSession | None:
    """Sign one browser out, with its next request. None when there is no such session, or it is over."""
    ended = end_one(user_id, session_id)
    if ended is not None:
        _tell(ended)
    return ended


def end_others(here: Present) -> int:
    """Sign out every browser but this one. Returns how many there were."""
    others = [each for each in open_sessions(here.user.id) if each.id != here.session.id]
    end_all(here.user.id, but=here.session.id)
    for each in others:
        _tell(each)
    return len(others)


def _tell(ended: SignInSession) -> None:
    def made(here: Here) -> SessionEnded:
        return SessionEnded(record_type="member", record_id=here.member_id, **whence(ended.ip, ended.agent))

    tell_everywhere(ended.user_id, made, as_member=True)
