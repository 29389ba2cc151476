"""What keeps `guanxi up` from starting is said in a sentence, with what to do about it."""

import sys
from pathlib import Path

import pytest

from core.testing.household import Household
from core.up import folder, up
from core.up.cluster import in_words
from core.up.errors import CannotStart
from core.up.folder import Folder
from core.up.postgres import Postgres

STUB = (sys.executable, str(Path(__file__).with_name("stub_household.py")))


@pytest.fixture
def refusal(tmp_path):
    def refusal(data):
        household = Household(data, command=STUB)
        household.output = tmp_path / "output"
        assert household.start().wait() == 1
        assert "Traceback" not in household.said
        return household.said.splitlines()

    return refusal


def test_a_file_is_not_a_folder(tmp_path, refusal):
    (tmp_path / "data").touch()

    assert refusal(tmp_path / "data") == [f"{tmp_path}/data is not a folder.", "Name a folder with --data."]


def test_a_folder_that_cannot_be_written(refusal):
    assert refusal(Path("/proc/data"))[0].startswith("/proc/data cannot be written (")


@pytest.mark.parametrize(("other", "remedy"), [("19", "newer Guanxi"), ("17", "Back it up")])
def test_data_of_another_postgres(tmp_path, refusal, other, remedy):
    folder = tmp_path / "data" / "postgres"
    folder.mkdir(parents=True)
    (folder / "PG_VERSION").write_text(f"{other}\n")

    problem, what_to_do = refusal(tmp_path / "data")

    assert problem == f"{folder} was made by Postgres {other}, and this is Postgres 18."
    assert remedy in what_to_do


def test_a_disk_with_too_little_room_to_begin(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(folder, "LEAST_FREE", 1 << 62)

    assert up(0, tmp_path / "data") == 1
    assert f"The disk that holds {tmp_path}/data is full.\n" in capsys.readouterr().err


def test_a_disk_that_fills_up_while_the_database_starts(tmp_path):
    log = 'PANIC:  could not write to file "pg_wal/xlogtemp.1": No space left on device'

    assert in_words(log, Folder(tmp_path)).problem == f"The disk that holds {tmp_path} is full."


def test_a_database_that_gives_up_is_quoted(tmp_path):
    postgres = Postgres(tmp_path / "data", fast=True)
    postgres.start()
    postgres.stop()
    (postgres.cluster.data / "postgresql.auto.conf").write_text("shared_buffers = 'plenty'\n")

    with pytest.raises(CannotStart, match="The database did not start: .*postgresql.auto.conf"):
        Postgres(tmp_path / "data", fast=True).start()


def test_a_port_that_is_none(tmp_path, capsys):
    assert up(70000, tmp_path / "data") == 1
    assert "70000 is not a port." in capsys.readouterr().err
