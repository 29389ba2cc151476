"""`guanxi up` with programs that do next to nothing, so that a test sees how they are kept."""

import os
import sys
from pathlib import Path

from core.up.launch import up
from core.up.programs import APPLICATION, Programs, granian

IDLE = (sys.executable, "-c", "import time; time.sleep(600)")


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [os.environ[environ["PATH_INFO"][1:]].encode() if environ["PATH_INFO"].isupper() else b"ready"]


def create_app():
    return application


def web(host, port):
    return ["stub_household:create_app" if part == APPLICATION else part for part in granian(host, port)]


if __name__ == "__main__":
    _, _, port, _, data, *others = sys.argv
    os.environ["PYTHONPATH"] = str(Path(__file__).parent)
    migrate = (
        sys.executable,
        "-c",
        "import pathlib, sys; pathlib.Path(sys.argv[1]).touch()",
        f"{data}/migrated",
    )
    programs = Programs(
        migrate=migrate,
        web=web,
        others={name: (sys.executable, "-c", "") if name == "short" else IDLE for name in others or ["idle"]},
    )
    sys.exit(up(int(port), Path(data), programs=programs))
