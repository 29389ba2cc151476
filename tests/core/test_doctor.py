"""`guanxi doctor` tells somebody who installed Guanxi what is wrong."""

import pytest
from click.testing import CliRunner
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from core import doctor, jobs
from core.current import now
from core.settings import settings


@pytest.fixture
def finding(app):
    def finding(name):
        return next((check.state, check.remedy) for check in doctor.report() if check.name == name)

    return finding


@pytest.fixture
def told(app, monkeypatch):
    """Tell the installation something else for the length of a test."""

    def tell(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()

    yield tell
    monkeypatch.undo()
    settings.cache_clear()


def test_a_sound_installation_has_nothing_that_fails_but_the_clock_that_is_not_running(app):
    assert {check.name for check in doctor.report() if check.state == "fail"} == {"clock"}


def test_a_clock_that_ticks_is_heard(finding):
    jobs.redis().set("guanxi:clock", now().isoformat())

    assert finding("clock")[0] == "ok"


def test_a_table_without_its_fence_is_named(app, admin):
    with admin.begin() as connection:
        connection.exec_driver_sql("create table guanxi.loose (tenant_id uuid, id uuid)")
    try:
        found = [check for check in doctor.report() if check.name == "tenants apart"]
    finally:
        with admin.begin() as connection:
            connection.exec_driver_sql("drop table guanxi.loose")

    assert [check.state for check in found] == ["fail"]
    assert "loose" in found[0].found


def test_a_role_that_may_look_over_the_fence_is_named(app, admin):
    with admin.begin() as connection:
        connection.exec_driver_sql("alter role guanxi_app bypassrls")
    try:
        found = [check for check in doctor.report() if check.name == "tenants apart"]
    finally:
        with admin.begin() as connection:
            connection.exec_driver_sql("alter role guanxi_app nobypassrls")

    assert any("guanxi_app" in check.found and check.state == "fail" for check in found)


def test_a_queue_that_does_not_answer_does_not_keep_the_rest_from_being_looked_at(app, monkeypatch):
    nobody = Redis(host="127.0.0.1", port=1, retry=Retry(NoBackoff(), 0))
    monkeypatch.setattr(jobs, "_redis", nobody)

    found = {check.name: check.state for check in doctor.report()}

    assert found["queue"] == found["clock"] == "fail"
    assert found["schema"] == found["disk"] == "ok"


def test_mail_that_nobody_gets_and_a_mail_server_that_is_not_there_are_told_apart(finding, told):
    assert finding("mail")[0] == "warn"

    told(MAIL_URL="smtp://127.0.0.1:1")

    assert finding("mail") == ("fail", "Correct MAIL_URL.")


def test_secrets_are_not_printed(app, told):
    told(MAIL_URL="smtp://user:opensesame@127.0.0.1:1")

    printed = CliRunner().invoke(doctor.command).output

    assert "SECRET_KEY = ••••" in printed
    assert "smtp://user:••••@127.0.0.1:1" in printed
    assert "opensesame" not in printed
    assert settings().secret_key not in printed


def test_something_wrong_shows_in_the_exit_code(app):
    assert CliRunner().invoke(doctor.command).exit_code == 1
