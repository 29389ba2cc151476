"""When a session is too old for a workspace, although it is good enough for others."""

from datetime import timedelta

from werkzeug.exceptions import Unauthorized

from core import current
from core.auth.policy import policy
from core.auth.sessions.keeping import SEEN_EVERY
from core.auth.sessions.present import Present


class SignInAgain(Unauthorized):
    """The workspace wants to see the person again. `why` is told on the page for signing in."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why


def refuse_too_old(here: Present) -> None:
    """Raises SignInAgain when the session has not been used here for too long, or was begun too long ago.

    A workspace that this session has not entered yet counts from the sign-in, so that what is allowed to rest elsewhere
    does not open it. Uses are noted once a minute, so nobody is sent away a minute early.
    """
    wanted, now = policy(), current.now()
    if wanted.absolute_hours and now - here.session.made_at > timedelta(hours=wanted.absolute_hours):
        raise SignInAgain("age")
    if wanted.idle_minutes and now - here.last_here > timedelta(minutes=wanted.idle_minutes) + SEEN_EVERY:
        raise SignInAgain("idle")
