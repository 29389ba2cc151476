"""What a person sees who types `guanxi up`."""

import signal
import socket
import subprocess

import psycopg
import pytest

from core.testing.household import Household


def test_it_says_where_it_is_and_answers_there(household):
    household.start().until_ready()

    assert household.get()[0] == 200


def test_what_it_runs_is_told_where_everything_is(household):
    household.start().until_ready()

    told = {name: household.get(f"/{name}")[1] for name in ("DATA_DIR", "EMBEDDED", "BASE_URL")}

    assert told == {
        "DATA_DIR": str(household.data),
        "EMBEDDED": "1",
        "BASE_URL": f"http://localhost:{household.port}",
    }
    with psycopg.connect(household.get("/DATABASE_URL")[1]) as connection:
        assert connection.execute("show server_encoding").fetchone() == ("UTF8",)


def test_ctrl_c_ends_everything_without_a_word_and_keeps_the_data(household):
    household.start().until_ready()
    with psycopg.connect(household.get("/DATABASE_URL")[1]) as connection:
        connection.execute("create table kept as select 'still here' as word")
    key = household.get("/SECRET_KEY")

    assert household.interrupt() == 0
    assert "Traceback" not in household.said
    assert household.processes() == []

    household.start().until_ready()
    with psycopg.connect(household.get("/DATABASE_URL")[1]) as connection:
        assert connection.execute("select word from kept").fetchone() == ("still here",)
    assert household.get("/SECRET_KEY") == key


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_ways_to_ask_for_an_end_are_heard_too(household, number):
    household.start().until_ready()

    household.popen.send_signal(number)

    assert household.wait() == 0
    assert household.processes() == []


def test_an_end_asked_for_during_the_start_is_heard(place, household):
    household = Household(place / "new", command=household.command[:2])
    household.start().until_it_says("Making the database")

    assert household.interrupt() == 0
    assert "Traceback" not in household.said
    assert household.processes() == []


def test_a_taken_port_is_named_before_anything_is_started(household):
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", household.port))
        other.listen()

        assert household.start().wait() == 1

    assert household.said.startswith(f"Port {household.port} is in use by another program.\n")
    assert not (household.data / "valkey").exists()


def test_a_folder_is_not_used_twice_at_once(household):
    household.start().until_ready()
    second = Household(household.data, command=household.command[:2])
    second.output = household.data.parent / "second.output"

    assert second.start().wait() == 1
    assert second.said.startswith(
        f"Guanxi is already running on {household.data}, at http://localhost:{household.port}.\n"
    )
    assert household.get()[0] == 200


def test_secrets_are_for_the_owner_only(household):
    household.start().until_ready()

    for name in ("secret.key", "postgres.password", "run/environment"):
        assert (household.data / name).stat().st_mode & 0o077 == 0
    listing = subprocess.run(["ps", "-A", "-o", "args"], capture_output=True, text=True, check=True).stdout
    assert (household.data / "postgres.password").read_text() not in listing
