"""The Postgres and the Valkey that come along."""

import os

import psycopg
import pytest
from redis import Redis

from core.up.postgres import Postgres
from core.up.valkey import Valkey


@pytest.fixture
def postgres(place):
    postgres = Postgres(place / "data", fast=True)
    postgres.start()
    yield postgres
    postgres.stop()


@pytest.fixture
def valkey(place):
    valkey = Valkey(place / "data")
    valkey.start()
    yield valkey
    valkey.stop()


def test_chinese_is_sorted_and_searched_the_same_on_every_machine(postgres):
    facts = "select getdatabaseencoding(), datcollate, datctype, datlocprovider from pg_database"

    assert postgres.ask(f"{facts} where datname = 'guanxi'") == "UTF8|C.UTF-8|C.UTF-8|b"
    postgres.ask("create extension pg_trgm")
    assert postgres.ask("select cardinality(show_trgm('王小明'))") == "4"


def test_a_role_has_to_prove_who_it_is(postgres):
    postgres.ask("create role guanxi_app login password 'right'")
    place = postgres.url.partition("@")[2]

    assert psycopg.connect(f"postgresql://guanxi_app:right@{place}").info.user == "guanxi_app"
    for password in ("wrong", ""):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(f"postgresql://guanxi_app:{password}@{place}")


def test_it_is_reached_through_a_socket_that_others_cannot_open(postgres, valkey):
    assert postgres.ask("show listen_addresses") == ""
    sockets = postgres.folder.run / "sockets"

    assert sockets.stat().st_mode & 0o077 == 0
    assert {entry.name for entry in sockets.iterdir()} >= {".s.PGSQL.5432", "valkey.sock"}


def test_nothing_runs_as_root(postgres, valkey):
    for service in (postgres, valkey):
        assert os.stat(f"/proc/{service.process.pid}").st_uid != 0


def test_a_database_is_made_from_another(postgres):
    postgres.ask("create table word as select '关系' as word")
    postgres.create_database("copy", template="guanxi")

    assert postgres.ask("select word from word", "copy") == "关系"


@pytest.mark.parametrize("name", ['客户 and, "others" 100%', "long" * 30])
def test_the_folder_may_have_any_name(place, name):
    postgres, valkey = Postgres(place / name, fast=True), Valkey(place / name, fast=True)
    try:
        with psycopg.connect(postgres.start()) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        assert Redis.from_url(valkey.start()).ping()
    finally:
        valkey.stop()
        postgres.stop()
        postgres.folder.close()


def test_what_valkey_is_told_is_there_after_a_restart(place, valkey):
    Redis.from_url(valkey.url).set("word", "关系")
    valkey.stop()

    valkey.start()

    assert Redis.from_url(valkey.url).get("word").decode() == "关系"


def test_a_log_that_valkey_cannot_read_is_set_aside(place, valkey):
    Redis.from_url(valkey.url).set("word", "x" * 1000)
    valkey.stop()
    log = next((valkey.data / "appendonlydir").glob("*.incr.aof"))
    log.write_bytes(b"nonsense" + log.read_bytes())

    again = Valkey(place / "data")
    again.start()

    assert Redis.from_url(again.url).get("word") is None
    assert list(valkey.data.glob("unreadable-*"))
    again.stop()
