"""A mail server of the test's own: what Guanxi sends over SMTP, read as the receiver does."""

import re
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from core.settings import settings
from core.testing.household import free_port

LINK = re.compile(r"https?://\S+")


class _Sink:
    def __init__(self) -> None:
        self.received: list[tuple[list[str], EmailMessage]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.received.append((list(envelope.rcpt_tos), message))
        return "250 OK"


class Mails:
    """`mails.to("x@y")` are the mails that this address got, oldest first; what still waits goes out before."""

    def __init__(self, sink: _Sink, run_jobs: Callable[[], int]) -> None:
        self._sink, self._run_jobs = sink, run_jobs

    def to(self, address: str) -> list[EmailMessage]:
        self._run_jobs()
        return [message for receivers, message in self._sink.received if address in receivers]

    def text(self, address: str) -> str:
        """The plain text of the last one."""
        body = self.to(address)[-1].get_body(("plain",))
        assert body is not None
        return str(body.get_content())

    def link(self, address: str) -> str:
        """The path of the first link in the last one."""
        found = LINK.search(self.text(address))
        assert found is not None
        return found.group().removeprefix(settings().base_url)


@pytest.fixture
def mails(app: Any, run_jobs: Callable[[], int], monkeypatch: pytest.MonkeyPatch) -> Iterator[Mails]:
    """A mail server for the time of the test."""
    sink = _Sink()
    server = Controller(sink, hostname="127.0.0.1", port=free_port())
    server.start()
    monkeypatch.setenv("MAIL_URL", f"smtp://127.0.0.1:{server.port}")
    settings.cache_clear()
    yield Mails(sink, run_jobs)
    server.stop()
    monkeypatch.delenv("MAIL_URL")
    settings.cache_clear()
