"""A real IMAP server in memory, in a thread of its own, for as long as the tests run."""

import asyncio
import imaplib
import threading
from argparse import Namespace
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager

from imap_tools import MailBoxUnencrypted
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer

USER, PASSWORD = "sales@acme.example", "secret"


class Server:
    """What a mail program does with the server: put a mail into a folder, look what is there."""

    def __init__(self, port: int) -> None:
        self.port = port

    @contextmanager
    def box(self, folder: str = "INBOX") -> Iterator[MailBoxUnencrypted]:
        with MailBoxUnencrypted("127.0.0.1", self.port).login(USER, PASSWORD, initial_folder=None) as box:
            if box.folder.exists(folder):
                box.folder.set(folder)
            yield box

    def deliver(self, *mails: bytes) -> None:
        with self.box() as box:
            for mail in mails:
                box.append(mail, "INBOX")

    def unread(self) -> int:
        with self.box() as box:
            return len(box.uids("UNSEEN"))

    def count(self, folder: str) -> int:
        with self.box(folder) as box:
            return len(box.uids("ALL"))

    def empty(self) -> None:
        with self.box() as box:
            if uids := box.uids("ALL"):
                box.delete(uids)


@contextmanager
def imap_server() -> Iterator[Server]:
    """Start it, and stop it at the end."""
    imaplib._MAXLINE = 20 * 1024 * 1024  # type: ignore[attr-defined]
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    stack = AsyncExitStack()
    try:
        port = asyncio.run_coroutine_threadsafe(_start(stack), loop).result(20)
        yield Server(port)
    finally:
        asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)


async def _start(stack: AsyncExitStack) -> int:
    args = Namespace(
        host=None, port=0, debug=False, cert=None, key=None, tls=False, proxy_protocol=None, passlib_cfg=None,
        demo_data=False, demo_user=USER, demo_password=PASSWORD, inherited_sockets=None,
    )  # fmt: skip
    backend, config = await DictBackend.init(args)
    config.apply_context()
    await backend.start(stack)
    answer = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(backend.login, config))
    server = await asyncio.start_server(answer, host="127.0.0.1", port=0, limit=2**26)
    await stack.enter_async_context(server)
    return int(server.sockets[0].getsockname()[1])
