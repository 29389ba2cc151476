"""What `guanxi up` makes of the unclean end of something."""

import os
import signal
import subprocess
import sys
import time

import psycopg

from core.up.postgres import Postgres
from core.up.process import end_leftover, started


def test_after_the_launcher_was_killed_the_next_start_finds_nobody_in_its_way(household):
    household.start().until_ready()

    household.kill()
    household.start().until_ready()

    assert household.get()[0] == 200
    assert sum("postgres -D" in line for line in household.processes()) == 1


def test_a_server_left_running_on_the_folder_makes_way(place):
    left = Postgres(place / "data", fast=True)
    left.start()

    postgres = Postgres(place / "data", fast=True)
    postgres.start()

    assert left.process.exit_code == 0
    assert postgres.ask("select 1") == "1"
    postgres.stop()


def test_what_is_on_record_as_left_behind_is_ended_with_all_it_started(place):
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {stubborn!r}])"
    left = subprocess.Popen([sys.executable, "-c", parent], process_group=0)
    record = place / "record"
    record.write_text(f"{left.pid} {started(left.pid)}")
    time.sleep(0.3)

    end_leftover(record, patience=0.5)

    assert left.wait(5) < 0
    assert _eventually(lambda: not _group_exists(left.pid))


def test_a_process_that_only_got_the_number_of_one_on_record_is_left_alone(place):
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], process_group=0)
    record = place / "record"
    record.write_text(f"{stranger.pid} 12345")

    end_leftover(record)

    assert stranger.poll() is None
    stranger.kill()


def test_whatever_is_killed_comes_back(household):
    household.start().until_ready()

    for name in ("idle", "web", "valkey", "postgres"):
        assert _eventually(lambda name=name: household.pid(name))
        before = household.pid(name)
        os.kill(before, signal.SIGKILL)
        household.until_it_says(f"{name} was ended by SIGKILL and is started again")
        assert _eventually(lambda name=name, before=before: household.pid(name) != before)

    assert _eventually(lambda: household.get()[0] == 200)


def test_committed_work_survives_the_killing_of_postgres(household):
    household.start().until_ready()
    address = household.get("/DATABASE_URL")[1]
    with psycopg.connect(address) as connection:
        connection.execute("create table kept as select 1 as one")

    os.kill(household.pid("postgres"), signal.SIGKILL)

    assert _eventually(lambda: psycopg.connect(address).execute("select one from kept").fetchone() == (1,))


def test_what_cannot_live_ends_everything_and_says_so(household):
    household.command.append("short")

    assert household.start().wait() == 1
    assert "short stopped 5 times in a row soon after its start.\n" in household.said
    assert "Traceback" not in household.said
    assert household.processes() == []


def test_a_lock_left_by_a_lost_machine_is_not_taken_for_a_running_server(place):
    postgres = Postgres(place / "data", fast=True)
    postgres.start()
    lock = postgres.cluster.data / "postmaster.pid"
    content = lock.read_text()
    postgres.stop()
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    lock.write_text(content.replace(content.split()[0], str(stranger.pid), 1))

    try:
        assert Postgres(place / "data", fast=True).start()
    finally:
        assert stranger.poll() is None
        stranger.kill()


def _group_exists(leader):
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


def _eventually(condition, patience=15.0):
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            if condition():
                return True
        except (OSError, AssertionError, psycopg.Error):
            pass
        time.sleep(0.05)
    return False
