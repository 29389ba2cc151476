"""Showing a second factor: a code, a passkey or a recovery code, whichever was sent."""

from collections.abc import Mapping
from uuid import UUID

from flask import Response, jsonify, session

from core.auth.entry import browser
from core.auth.happened_to import tell
from core.auth.models import User
from core.auth.second_factor import code_app, passkeys, recovery
from core.auth.second_factor.events import SecondFactorRefused
from core.auth.second_factor.factors import FactorRefused
from core.auth.sessions.happenings import whence
from core.i18n import _, _n
from core.web import toast


def show_factor(user: User, form: Mapping[str, str]) -> None:
    """Raises FactorRefused unless it is this user's, and was not used before."""
    kind = next((each for each in ("credential", "recovery") if form.get(each)), "code")
    try:
        _SHOW[kind](user, form.get(kind, ""))
    except FactorRefused:
        here = browser()
        facts = {"factor": kind, **whence(here.ip, here.agent)}
        tell(user.id, lambda member_id: SecondFactorRefused(record_type="member", record_id=member_id, **facts))
        raise


def _show_code(user: User, typed: str) -> None:
    if not code_app.is_code(user.id, typed):
        raise FactorRefused(_("This is not the code of now, or it was used already. Wait for the next one."))


def _show_recovery(user: User, typed: str) -> None:
    left = recovery.use(user.id, typed)
    if left is None:
        raise FactorRefused(_("This is none of your recovery codes, or it was used already."))
    if left <= recovery.FEW:
        toast(_n("You have %(num)s recovery code left. Make new ones.",
                 "You have %(num)s recovery codes left. Make new ones.", left), "warning")  # fmt: skip


def _show_passkey(user: User, answer: str) -> None:
    passkeys.prove(taken_ceremony(), answer, user)


_SHOW = {"code": _show_code, "recovery": _show_recovery, "credential": _show_passkey}


# --- the ceremony of this browser ----------------------------------------------------------------------


def posed(ceremony: tuple[UUID, str]) -> Response:
    """The question to the browser's passkeys, as JSON. Only this browser can answer it."""
    ceremony_id, options = ceremony
    session["ceremony"] = ceremony_id.hex
    response = jsonify()
    response.set_data(options)
    response.headers["Cache-Control"] = "no-store"
    return response


def taken_ceremony() -> UUID | None:
    kept = session.pop("ceremony", None)
    return UUID(kept) if kept else None
