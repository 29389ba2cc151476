"""Trying a password: counted for the account and for the address, except from the browser that is usual for its owner.

That one has tries of its own. Ten thousand tries of others lock the account for every other browser and leave this one
alone.
"""

import ipaddress
import secrets
from dataclasses import dataclass

from core.auth import account_mail, errands, links, throttling
from core.auth.devices import usual_device
from core.auth.entry import browser
from core.auth.errands import errand
from core.auth.links import LinkUsed
from core.auth.models import User
from core.auth.sessions.happenings import AccountLocked, AccountUnlocked, Here, SignInFailed, tell_everywhere, whence
from core.auth.throttling import LOCK_AFTER, Tries
from core.auth.users import find_user
from core.db import role_session
from core.i18n import _, locale

FREE_OF_ADDRESS = 20
"""An office behind one address forgets more passwords than one person."""
HOUR, TOLD_EVERY = 3600, 600


@dataclass(frozen=True)
class Trial:
    """One try, counted already."""

    email: str
    of_account: Tries
    of_address: Tries | None

    def right(self) -> None:
        throttling.passed(self.of_account)
        if self.of_address is not None:
            throttling.give_back(self.of_address)

    def wrong(self) -> None:
        """The owner's workspaces are told by a worker: here it costs the same for an address that nobody has."""
        if throttling.is_due("failure", self.email, TOLD_EVERY):
            errands.leave("sign_in_failed", self.email, ip=browser().ip, agent=browser().agent[:400])


def begin_trial(email: str, user: User | None) -> Trial:
    """Raises TooMany when this browser has to wait, whether or not there is such an account."""
    if (device := usual_device(user)) is not None and user is not None:
        trial = Trial(email, Tries("sign-in from the usual device", f"{user.id} {device}"), None)
        throttling.attempt(trial.of_account)
        return trial
    of_address = Tries("sign-in from an address", network_of(browser().ip), FREE_OF_ADDRESS)
    trial = Trial(email, tries_at(email), of_address)
    number, _of_address = throttling.attempt(trial.of_account, of_address)
    if number == LOCK_AFTER:
        errands.leave("account_locked", email, ip=browser().ip, agent=browser().agent[:400], locale=locale())
    return trial


def tries_at(email: str) -> Tries:
    return Tries("sign-in to an account", email, lock_after=LOCK_AFTER)


def network_of(ip: str) -> str:
    """A household has a whole network of IPv6 addresses to try from."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else ip


# --- what is told of it --------------------------------------------------------------------------------


@errand("sign_in_failed")
def tell_of_failure(email: str, *, ip: str, agent: str) -> None:
    if (user := _user(email)) is not None:

        def made(here: Here) -> SignInFailed:
            return SignInFailed(record_type="member", record_id=here.member_id, member=here.member, **whence(ip, agent))

        tell_everywhere(user.id, made)


@errand("account_locked")
def tell_of_lock(email: str, *, ip: str, agent: str, locale: str) -> None:
    """At most one mail an hour: whoever wants to annoy the owner cannot do it by mail."""
    user = _user(email)
    if user is None:
        return
    if throttling.is_due("unlock mail", email, HOUR):
        token = links.sign("unlock", [email, throttling.name_lock(tries_at(email), secrets.token_hex(8))])
        with role_session("auth") as session:
            account_mail.write_account_mail(
                session, email, "locked", user.locale or locale, name=user.name, url=links.url(f"/unlock/{token}"),
                reset=links.url("/reset-password"),
            )  # fmt: skip
        account_mail.wake()

    def made(here: Here) -> AccountLocked:
        return AccountLocked(record_type="member", record_id=here.member_id, member=here.member, **whence(ip, agent))

    tell_everywhere(user.id, made)


def locked_account(token: str) -> str:
    """The address that the link unlocks. Raises LinkForged, LinkExpired, or LinkUsed when it is not locked any more."""
    email, lock = links.read("unlock", token)
    if throttling.lock_of(tries_at(email)) != lock:
        raise LinkUsed(_("This link was already used."))
    return str(email)


def unlock(token: str) -> None:
    """Let unknown browsers try again. The link works once."""
    email = locked_account(token)
    throttling.passed(tries_at(email))
    user = _user(email)
    if user is not None:
        here = browser()

        def made(of: Here) -> AccountUnlocked:
            return AccountUnlocked(record_type="member", record_id=of.member_id, member=of.member,
                                   **whence(here.ip, here.agent))  # fmt: skip

        tell_everywhere(user.id, made, as_member=True)


def _user(email: str) -> User | None:
    with role_session("auth") as session:
        return find_user(session, email)
