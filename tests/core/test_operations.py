"""What an operator looks at."""

import json
import logging

import pytest

from core import jobs
from core.logs import set_up_logs
from core.settings import settings


def test_it_says_that_it_lives_and_is_ready(app):
    client = app.test_client()

    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json == {"status": "ready", "problems": []}


def test_it_is_not_ready_without_valkey_and_says_so(app, monkeypatch):
    monkeypatch.setattr(jobs, "redis", lambda: 1 / 0)
    answer = app.test_client().get("/readyz")

    assert (answer.status_code, answer.json["problems"]) == (503, ["redis"])


def test_metrics_count_requests_and_what_waits(ada, app):
    ada.get("/healthz")
    text = app.test_client().get("/metrics").get_data(as_text=True)

    assert "guanxi_request_seconds" in text
    assert "guanxi_jobs_waiting 0.0" in text and "guanxi_jobs_parked 0.0" in text


@pytest.mark.parametrize(
    "caller",
    [
        {"environ_base": {"REMOTE_ADDR": "203.0.113.7"}},
        {"headers": {"X-Forwarded-For": "203.0.113.7"}},
        {"headers": {"Forwarded": "for=203.0.113.7"}},
    ],
)
def test_metrics_are_for_this_machine_only(app, caller):
    assert app.test_client().get("/metrics", **caller).status_code == 403


def test_a_log_line_tells_tenant_member_and_request(ada, monkeypatch, capsys):
    root = logging.getLogger()
    before = root.handlers
    monkeypatch.setenv("LOG_FORMAT", "json")
    settings.cache_clear()
    set_up_logs()
    try:
        answer = ada.get("customers/import")
    finally:
        monkeypatch.undo()
        settings.cache_clear()
        root.handlers = before
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    (line,) = [line for line in lines if line.get("event") == "request"]
    assert (line["tenant"], line["member"]) == ("acme", str(ada.member_id))
    assert line["request"] == answer.headers["X-Request-ID"]
