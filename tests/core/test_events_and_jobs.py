"""What happens after the commit: once, whoever fails or is killed."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from core import current, db
from core.clock import forgotten
from core.customers.types import CUSTOMER
from core.deadlines import arm, disarm, due_of, hand_over_due
from core.events import EventRow, emit, read_back, timeline_of
from core.jobs import JobRow, retry_parked
from core.records.services import create_record
from tests.core.work_for_tests import Echo, Rang, broken, heard, remember


@pytest.fixture(autouse=True)
def silence():
    broken.clear()


def ring(*bells: str) -> None:
    for bell in bells:
        emit(Rang(record_type="example", record_id=db.new_id(), bell=bell, twin=db.new_id()))


def heard_by(person) -> list[str]:
    with person.inside():
        return heard()


def jobs_left(admin) -> list:
    with admin.connect() as connection:
        return connection.execute(text("select * from guanxi.job order by id")).all()


def test_every_listener_hears_an_event_once(ada, run_jobs):
    with ada.inside():
        ring("a", "b")
    run_jobs()
    run_jobs()

    assert heard_by(ada) == ["a", "a too", "b", "b too"]


def test_an_undone_event_was_never_there(ada, run_jobs, admin):
    with pytest.raises(ZeroDivisionError), ada.inside():
        ring("a")
        remember.later(text="x")
        _ = 1 / 0
    run_jobs()

    assert heard_by(ada) == [] and jobs_left(admin) == []


def test_an_event_comes_back_as_it_was(ada):
    customer, twin = db.new_id(), db.new_id()
    with ada.inside():
        emit(Rang(record_type="customer", record_id=customer, customer_id=customer, bell="钟", twin=twin))
        event = read_back(timeline_of(customer)[0])

    assert (event.bell, event.twin, event.record_id) == ("钟", twin, customer)
    assert event.happened.actor_id == ada.member_id
    assert event.happened.cause["kind"] == "member"


def test_a_listener_that_fails_is_tried_again_and_stops_nobody_else(ada, run_jobs, clock):
    broken.add("b")
    with ada.inside():
        ring("a", "b", "c")
    run_jobs()
    assert heard_by(ada) == ["a", "a too", "b too", "c", "c too"]

    broken.clear()
    run_jobs()
    assert "b" not in heard_by(ada), "it waits before it tries again"
    clock.move(seconds=6)
    run_jobs()
    assert heard_by(ada).count("b") == 1


def test_what_fails_for_good_is_parked_with_its_error_and_can_be_retried(ada, run_jobs, clock, admin):
    broken.add("b")
    with ada.inside():
        ring("b")
    for _ in range(8):
        run_jobs()
        clock.move(hours=2)
    (parked,) = jobs_left(admin)
    assert parked.parked_at and "b is broken" in parked.error and parked.attempts == 6

    broken.clear()
    with ada.inside():
        retry_parked(parked.id)
    run_jobs()
    assert heard_by(ada).count("b") == 1 and jobs_left(admin) == []


def test_an_echo_of_an_echo_stops(ada, run_jobs):
    with ada.inside():
        emit(Echo(record_type="example", record_id=db.new_id()))
    run_jobs()

    assert heard_by(ada).count("echo") == 8


def test_a_worker_killed_in_the_middle_loses_nothing_and_doubles_nothing(ada, run_jobs, clock, tmp_path, admin):
    started = tmp_path / "started"
    with ada.inside():
        remember.later(text="once", wait_for=str(started))
        ring("a")
    worker = subprocess.Popen(
        [sys.executable, "-c", "import tests.core.work_for_tests; import core.everything as all;"
         " all.load_everything(); from core.work import drain; drain('quick')"],
        cwd=Path(__file__).parents[2], env=os.environ,
    )  # fmt: skip
    while not started.exists():
        assert worker.poll() is None
        time.sleep(0.02)
    worker.send_signal(signal.SIGKILL)
    worker.wait()

    run_jobs()
    assert len(jobs_left(admin)) == 1, "the lease of the dead worker still holds"
    clock.move(minutes=2)
    assert forgotten() == ["quick"]
    run_jobs()
    run_jobs()
    with ada.inside():
        assert heard() == ["a", "a too", "once"]


def test_nothing_waits_for_valkey_to_be_there(ada, run_jobs, monkeypatch):
    monkeypatch.setattr("core.jobs.redis", lambda: 1 / 0)
    with ada.inside():
        ring("a")
    monkeypatch.undo()

    assert forgotten() == ["quick"]
    run_jobs()
    assert "a" in heard_by(ada)


def test_work_of_one_tenant_is_out_of_reach_for_another(ada, mallory):
    with ada.inside():
        ring("a")
    with mallory.inside():
        assert db.session().scalars(select(JobRow)).all() == []
        assert db.session().scalars(select(EventRow)).all() == []


# --- deadlines -----------------------------------------------------------------------------------------


@pytest.fixture
def customer(ada):
    with ada.inside():
        return create_record(CUSTOMER, {"name": "Acme"})


def arm_silence(ada, customer, **delta):
    with ada.inside():
        arm(customer, "example.silence", current.now() + timedelta(**delta), {"who": "ada"})


def test_a_deadline_fires_once_at_its_minute(ada, customer, clock, run_jobs):
    arm_silence(ada, customer, days=3)
    clock.move(days=3, seconds=-30)
    run_jobs()
    assert heard_by(ada) == []

    clock.move(seconds=60)
    run_jobs()
    run_jobs()
    assert heard_by(ada) == ["ada acme"]


def test_arming_again_moves_it_and_disarming_ends_it(ada, customer, clock, run_jobs):
    arm_silence(ada, customer, days=3)
    clock.move(days=2)
    arm_silence(ada, customer, days=3)
    clock.move(days=2)
    run_jobs()
    assert heard_by(ada) == []
    with ada.inside():
        assert due_of(customer.id, "example.silence")
        disarm(customer, "example.silence")
    clock.move(days=9)
    run_jobs()
    assert heard_by(ada) == []


def test_a_deadline_already_handed_to_the_workers_can_still_be_disarmed(ada, customer, clock, run_jobs):
    arm_silence(ada, customer, days=3)
    clock.move(days=4)
    assert hand_over_due() == 1
    with ada.inside():
        disarm(customer, "example.silence")
    run_jobs()
    assert heard_by(ada) == []


def test_two_clocks_hand_each_deadline_over_once(ada, clock, admin):
    with ada.inside():
        customers = [create_record(CUSTOMER, {"name": f"C{n}"}) for n in range(40)]
    for each in customers:
        arm_silence(ada, each, days=1)
    clock.move(days=2)
    handed: list[int] = []

    def run() -> None:
        while n := hand_over_due(limit=5):
            handed.append(n)

    clocks = [threading.Thread(target=run) for _ in range(4)]
    for each in clocks:
        each.start()
    for each in clocks:
        each.join()

    fired = [job for job in jobs_left(admin) if job.name.endswith("fire")]
    assert sum(handed) == len(fired) == 40
