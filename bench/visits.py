"""Clients: as little as can be between the clock and the server's answer."""

import gc
import itertools
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from bench.timing import Times


def request(method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    """A whole request, as bytes to send."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{k}: {v}" for k, v in (headers or {}).items())]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Visitor:
    """One connection that is kept open."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, path: str) -> tuple[int, bytes]:
        return self.send(request("GET", path))

    def send(self, sent: bytes) -> tuple[int, bytes]:
        """Status and body."""
        self.socket.sendall(sent)
        found = b""
        while (end := found.find(b"\r\n\r\n")) < 0:
            found += self._more()
        head, parts = found[:end].lower(), [found[end + 4 :]]
        missing = int(head.split(b"content-length:")[1].split(b"\r\n")[0]) - len(parts[0])
        while missing > 0:
            parts.append(self._more())
            missing -= len(parts[-1])
        return int(head[9:12]), b"".join(parts)

    def _more(self) -> bytes:
        if part := self.socket.recv(1 << 18):
            return part
        raise ConnectionError("the server closed the connection")


@dataclass
class Errand:
    """What is asked of a server again and again. `make` makes the request of each time from its number."""

    port: int
    make: Callable[[int], bytes]
    status: int = 200
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def body(self) -> bytes:
        """One answer, to look at."""
        status, body = Visitor(self.port).send(self.make(next(self.numbers)))
        if status != self.status:
            raise RuntimeError(f"answered {status}: {body[:2000].decode(errors='replace')}")
        return body

    def run(self, visitor: Visitor, times: int) -> list[float]:
        requests = [self.make(next(self.numbers)) for _ in range(times)]
        seconds = []
        for sent in requests:
            started = time.perf_counter()
            status, _body = visitor.send(sent)
            seconds.append(time.perf_counter() - started)
            if status != self.status:
                raise RuntimeError(f"answered {status}")
        return seconds


def visit(errands: Sequence[Errand], *, clients: int, rounds: int, each: int) -> list[Times]:
    """Let so many clients at once run each errand, errand by errand in turns, `each` times a client and round."""
    times = [Times() for _ in errands]
    visitors = [[Visitor(errand.port) for _ in range(clients)] for errand in errands]
    with ThreadPoolExecutor(clients) as crowd:
        for number in range(-1, rounds):
            order = list(range(len(errands)))
            for at in order if number % 2 == 0 else reversed(order):
                gc.collect()
                found = _at_once(crowd, errands[at], visitors[at], each)
                times[at].seconds += found if number >= 0 else []
    return times


def _at_once(crowd: ThreadPoolExecutor, errand: Errand, visitors: Sequence[Visitor], each: int) -> list[float]:
    start = threading.Barrier(len(visitors))

    def go(visitor: Visitor) -> list[float]:
        start.wait()
        return errand.run(visitor, each)

    return [seconds for found in crowd.map(go, visitors) for seconds in found]
