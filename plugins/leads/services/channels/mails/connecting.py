"""The way to a mail server that a member named: encrypted, and not into our own network."""

import imaplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import structlog
from imap_tools import BaseMailBox, ImapToolsError

from core.sdk import CannotOpen, DomainError, NotPublic, _, private_allowed, public_addresses, unseal
from plugins.leads.models import Mailbox

log = structlog.get_logger()
PATIENCE = 20.0
PORTS = {"ssl": 993, "starttls": 143, "none": 143}


class OutOfReach(DomainError):
    """The mailbox cannot be opened; the message says why, and nothing of what the server said."""

    status = 502
    code = "mailbox_out_of_reach"


def _socket_to(host: str, port: int) -> socket.socket:
    """A name that leads into a private network is refused, and what was looked at is what is connected to."""
    if private_allowed():
        return socket.create_connection((host, port), PATIENCE)
    where = public_addresses(host, port)[0]
    return socket.create_connection((where[0], where[1]), PATIENCE)


class _Imap(imaplib.IMAP4):
    def _create_socket(self, _timeout: float | None) -> socket.socket:
        return _socket_to(self.host, self.port)


class _ImapSsl(imaplib.IMAP4_SSL):
    def _create_socket(self, _timeout: float | None) -> socket.socket:
        context: ssl.SSLContext = self.ssl_context
        return context.wrap_socket(_socket_to(self.host, self.port), server_hostname=self.host)


class _Box(BaseMailBox):
    def __init__(self, host: str, port: int, security: str) -> None:
        self.host, self.port, self.security = host, port, security
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        context = ssl.create_default_context()
        if self.security == "ssl":
            return _ImapSsl(self.host, self.port, ssl_context=context)
        client = _Imap(self.host, self.port)
        if self.security == "starttls":
            client.starttls(context)
        return client


@contextmanager
def opened(mailbox: Mailbox) -> Iterator[BaseMailBox]:
    """The mailbox's folder, open until the end. Raises OutOfReach."""
    if mailbox.security == "none" and not private_allowed():
        raise OutOfReach(_("The connection must be encrypted."))
    try:
        password = unseal(mailbox.password)
    except CannotOpen:
        raise OutOfReach(_("The password can no longer be read. Enter it again.")) from None
    with _reaching():
        box = _Box(mailbox.host, mailbox.port, mailbox.security)
    try:
        with _reaching(at="login"):
            box.login(mailbox.username, password, initial_folder=None)
        with _reaching(at="folder"):
            box.folder.set(mailbox.folder)
            yield box
    finally:
        with suppress(Exception):
            box.logout()


SAID: dict[str, Any] = {
    "login": lambda: _("The server does not take this user name and password."),
    "folder": lambda: _("There is no such folder in the mailbox, or it cannot be opened."),
}


@contextmanager
def _reaching(at: str = "") -> Iterator[None]:
    """Whatever keeps us from the mailbox is OutOfReach. What a server says may hold anything, and is not repeated."""
    try:
        yield
    except NotPublic:
        raise OutOfReach(_("This server is not on the public internet.")) from None
    except ssl.SSLError:
        raise OutOfReach(_("The server's certificate is not right, or it does not encrypt on this port.")) from None
    except (ImapToolsError, imaplib.IMAP4.error) as error:
        log.warning("mailbox_refused", at=at, kind=type(error).__name__)
        raise OutOfReach(SAID[at]() if at in SAID else _("This is no mail server that we understand.")) from None
    except (OSError, UnicodeError) as error:
        log.warning("mailbox_out_of_reach", kind=type(error).__name__)
        raise OutOfReach(_("The server does not answer. Check its name and port.")) from None
