"""The port that Guanxi is reached through: whether it is free, and whether somebody answers there."""

import errno
import socket

from core.up.errors import CannotStart

QUESTION = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def ensure_free(host: str, port: int) -> None:
    """Raises CannotStart when we could not listen there."""
    if not 0 < port < 65536:
        raise CannotStart(f"{port} is not a port.", "Choose one from 1024 to 65535 with --port.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind(address)
            door.listen()
    except OSError as error:
        raise _why_not(host, port, error) from None


def _why_not(host: str, port: int, error: OSError) -> CannotStart:
    if error.errno == errno.EADDRINUSE:
        other = port + 1 if port < 65535 else port - 1
        remedy = f"Stop that program, or choose another port, for example --port {other}."
        return CannotStart(f"Port {port} is in use by another program.", remedy)
    if error.errno == errno.EACCES:
        return CannotStart(f"Port {port} is reserved for root.", "Choose one from 1024 up with --port.")
    return CannotStart(f"{host} is not an address of this machine.", "Choose another with --host.")


def answers(host: str, port: int) -> bool:
    """Whether Guanxi says there that it is ready."""
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    try:
        with socket.create_connection((target, port), timeout=5) as visit:
            visit.sendall(QUESTION)
            return visit.recv(64).split(b" ")[1:2] == [b"200"]
    except OSError:
        return False
