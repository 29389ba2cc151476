"""`guanxi up` with everything that it is made of, and the services that tests run on."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from redis import Redis

from core.testing.household import Household
from core.testing.services import VARIABLE
from core.up.folder import Folder

LAUNCH_AND_DIE = """
import os, signal
from core.testing import services
services.launch()
services.services()
print(os.environ[services.VARIABLE], flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def real(place):
    real = Household(place / "data")
    yield real
    real.end()


def test_a_new_installation_is_ready_and_in_good_health(real):
    real.start().until_ready()

    assert real.get("/readyz")[0] == 200
    assert _healthy(real.data)
    assert real.interrupt() == 0
    assert real.processes() == []


def test_services_for_tests_end_with_a_run_that_is_killed():
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    command = [sys.executable, "-c", LAUNCH_AND_DIE]
    said = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False).stdout
    folder = Path(said.strip())

    deadline = time.monotonic() + 20
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)

    assert said.startswith("/")
    assert not folder.exists()


def _healthy(data):
    """What `guanxi doctor` thinks, once the clock has had a moment for its first tick."""
    told = Folder(data).environment()
    queue = Redis.from_url(told["REDIS_URL"])
    deadline = time.monotonic() + 60
    while not queue.exists("guanxi:clock") and time.monotonic() < deadline:
        time.sleep(0.1)
    doctor = [sys.executable, "-m", "core.cli", "doctor"]
    return subprocess.run(doctor, env=os.environ | told, check=False).returncode == 0
