"""The least that could be called starting: the embedded Postgres, and one route behind the same server, at once."""

import os
import signal
import sys
from pathlib import Path

from core.up.postgres import Postgres
from core.up.process import Process
from core.up.programs import APPLICATION, granian

HELLO = "bench.twin.hello:create_app"


def main(data: Path, port: int) -> None:
    postgres = Postgres(data)
    command = [HELLO if part == APPLICATION else part for part in granian("127.0.0.1", port)]
    web = Process("web", command, env=os.environ)
    signal.signal(signal.SIGTERM, lambda *_: None)
    postgres.process.start()
    web.start()
    signal.pause()
    web.stop()
    postgres.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
