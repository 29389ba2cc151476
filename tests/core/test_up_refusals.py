"""What keeps `guanxi up` from starting is said in a sentence, with what to do about it."""

from pathlib import Path

import pytest

from core.testing.household import Household
from core.up import folder, up
from core.up.cluster import in_words
from core.up.errors import CannotStart
from core.up.folder import Folder
from core.up.postgres import Postgres


@pytest.fixture
def refusal(household):
    """What is said when Guanxi is started on a folder and will not."""

    def refusal(data):
        refused = Household(data, command=household.command[:2])
        refused.output = household.output
        assert refused.start().wait() == 1
        assert "Traceback" not in refused.said
        return refused.said.splitlines()

    return refusal


def test_a_file_is_not_a_folder(place, refusal):
    (place / "file").touch()

    assert refusal(place / "file") == [f"{place}/file is not a folder.", "Name a folder with --data."]


def test_a_folder_that_cannot_be_written(refusal):
    assert refusal(Path("/proc/data"))[0].startswith("/proc/data cannot be written (")


@pytest.mark.parametrize(("other", "remedy"), [("19", "newer Guanxi"), ("17", "Back it up")])
def test_data_of_another_postgres(place, refusal, other, remedy):
    folder = place / "other" / "postgres"
    folder.mkdir(parents=True)
    (folder / "PG_VERSION").write_text(f"{other}\n")

    problem, what_to_do = refusal(place / "other")

    assert problem == f"{folder} was made by Postgres {other}, and this is Postgres 18."
    assert remedy in what_to_do


def test_a_disk_with_too_little_room_to_begin(place, monkeypatch, capsys):
    monkeypatch.setattr(folder, "LEAST_FREE", 1 << 62)

    assert up(0, place / "data") == 1
    assert f"The disk that holds {place}/data is full.\n" in capsys.readouterr().err


def test_a_disk_that_fills_up_while_the_database_starts(place):
    log = 'PANIC:  could not write to file "pg_wal/xlogtemp.1": No space left on device'

    assert in_words(log, Folder(place)).problem == f"The disk that holds {place} is full."


def test_a_database_that_gives_up_is_quoted(place):
    postgres = Postgres(place / "data", fast=True)
    postgres.start()
    postgres.stop()
    (postgres.cluster.data / "postgresql.auto.conf").write_text("shared_buffers = 'plenty'\n")

    with pytest.raises(CannotStart, match="The database did not start: .*postgresql.auto.conf"):
        Postgres(place / "data", fast=True).start()


def test_a_port_that_is_none(place, capsys):
    assert up(70000, place / "data") == 1
    assert "70000 is not a port." in capsys.readouterr().err
