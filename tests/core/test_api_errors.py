"""What a program is told when something cannot be done."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from core import current
from core.api import limits, records
from core.i18n import _, using_locale

KEYS = {"type", "title", "status", "detail", "errors", "request_id"}


def problem(answer, status, kind):
    assert answer.status_code == status, answer.data
    assert answer.mimetype == "application/problem+json"
    assert set(answer.json) == KEYS
    assert (answer.json["status"], answer.json["type"]) == (status, f"urn:guanxi:problem:{kind}")
    assert answer.json["title"]
    assert answer.json["detail"]
    assert answer.headers["X-Request-ID"] == answer.json["request_id"]
    return answer


def ask(app, token=None, path="/api/v1/customers", **options):
    headers = {"Authorization": token} if token else {}
    return app.test_client().get(path, headers=headers, **options)


# --- tokens --------------------------------------------------------------------------------------------


def test_a_token_is_asked_for(ada, app):
    for header in (None, "Basic YWRhOmFkYQ==", "Bearer", "Bearer "):
        answer = problem(ask(app, header), 401, "token_missing")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Guanxi"'


def test_it_is_told_why_a_token_is_refused(ada, app):
    unknown = problem(ask(app, "Bearer gx_nobody"), 401, "token_unknown")
    expired = ada.token(scopes=("read",), expires_at=current.now() - timedelta(seconds=1))
    revoked = ada.token(scopes=("read",), revoked_at=current.now())
    assert 'error="invalid_token"' in unknown.headers["WWW-Authenticate"]
    problem(ask(app, f"Bearer {expired}"), 401, "token_expired")
    problem(ask(app, f"Bearer {revoked}"), 401, "token_revoked")
    assert ask(app, f"bearer {ada.token()}").status_code == 200


def test_a_token_works_until_it_expires_or_is_revoked(ada, app, clock):
    token = ada.token(scopes=("read",), expires_at=current.now() + timedelta(hours=1))
    assert ask(app, f"Bearer {token}").status_code == 200
    clock.move(hours=2)
    problem(ask(app, f"Bearer {token}"), 401, "token_expired")


def test_a_session_is_no_token(ada):
    assert ada.client.get("/api/v1/customers").status_code == 401


def test_a_token_does_only_what_its_scopes_cover(ada, app):
    client, body = app.test_client(), {"name": "Acme"}

    def status(scopes, method, path, **options):
        headers = {"Authorization": f"Bearer {ada.token(scopes=scopes)}"}
        answer = client.open(f"/api/v1/{path}", method=method, headers=headers, **options)
        if answer.status_code == 403:
            assert answer.mimetype == "application/problem+json"
        return answer

    assert status(("read",), "GET", "customers").status_code == 200
    refused = problem(status(("read",), "POST", "customers", json=body), 403, "insufficient_scope")
    assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]
    assert "customer:write" in refused.json["detail"]
    assert status(("write",), "POST", "customers", json=body).status_code == 201
    assert status(("customer:read",), "GET", "customers").status_code == 200
    assert status(("customer:read",), "GET", "contacts").status_code == 403
    assert status(("read", "write"), "PATCH", "modules/leads", json={"enabled": True}).status_code == 403
    assert status(("read",), "GET", "tokens").status_code == 403
    assert status((), "GET", "me").json["data"]["scopes"] == []


# --- addresses and methods -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v2/customers", "/api/v1/", "/api/", "/api/v1/customers/7",
                                  "/api/v1/customers/", "/api/v1/customers/%00", "/api/v1/record-types/%00/fields",
                                  "/api/v1/modules/%F0%9F%98%80", "/api/v1/customers/..%2f..%2fetc"])  # fmt: skip
def test_an_unknown_address_is_not_there(ada, path):
    problem(ada.api("GET", path), 404, "not_found")


@pytest.mark.parametrize(("method", "path"), [("PUT", "customers"), ("DELETE", "customers"), ("POST", "members"),
                                              ("GET", "customers/bulk"), ("POST", "me")])  # fmt: skip
def test_a_method_that_an_address_does_not_take_is_told(ada, method, path):
    answer = problem(ada.api(method, path, json={}), 405, "method_not_allowed")
    assert answer.headers["Allow"]


def test_nothing_of_an_unexpected_fault_gets_out_and_nothing_is_saved(ada, app, monkeypatch):
    def fail(record):
        raise RuntimeError("the secret of Acme")

    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    with monkeypatch.context() as patch:
        patch.setattr(records, "etag", fail)
        answer = problem(ada.api("POST", "customers", json={"name": "Acme"}), 500, "internal_server_error")
    assert b"secret" not in answer.data
    assert ada.api("GET", "customers").json["data"] == []


def test_a_database_that_does_not_answer_is_told_from_a_fault(ada, app, monkeypatch):
    def fail(record):
        raise OperationalError("select", {}, Exception("connection lost"))

    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    with monkeypatch.context() as patch:
        patch.setattr(records, "etag", fail)
        answer = problem(ada.api("POST", "customers", json={"name": "Acme"}), 503, "unavailable")
    assert answer.headers["Retry-After"]


def test_messages_are_in_the_language_that_is_asked_for(ada):
    with using_locale("zh"):
        wanted = _("Not valid")
    english = ada.api("POST", "customers", json={}, headers={"Accept-Language": "en"}).json
    chinese = ada.api("POST", "customers", json={}, headers={"Accept-Language": "zh-CN,zh;q=0.9"}).json
    assert (english["title"], chinese["title"]) == ("Not valid", wanted)
    assert [e["code"] for e in english["errors"]] == [e["code"] for e in chinese["errors"]] == ["required"]


# --- limits --------------------------------------------------------------------------------------------


@pytest.fixture
def narrow(app, monkeypatch):
    monkeypatch.setitem(app.config, "API_LIMITS", {"token": 3, "tenant": 5})


def test_a_token_that_asks_too_often_is_told_when_to_come_back(ada, bob, mallory, narrow):
    left = [ada.api("GET", "me").headers["RateLimit"] for _time in range(3)]
    assert [each.partition(";t=")[0] for each in left] == ['"token";r=2', '"token";r=1', '"token";r=0']
    refused = problem(ada.api("GET", "me"), 429, "too_many_requests")
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["RateLimit-Policy"] == '"token";q=3;w=60, "tenant";q=5;w=60'
    assert bob.api("GET", "me").status_code == 200
    assert mallory.api("GET", "me").status_code == 200


def test_all_tokens_of_a_workspace_share_its_limit(ada, bob, mallory, narrow):
    answers = [person.api("GET", "me").status_code for _time in range(3) for person in (ada, bob)]
    assert answers == [200] * 5 + [429]
    assert mallory.api("GET", "me").status_code == 200


def test_the_minute_moves(ada, narrow, clock):
    for _time in range(4):
        answer = ada.api("GET", "me")
    assert answer.status_code == 429
    clock.move(seconds=125)
    assert ada.api("GET", "me").status_code == 200


def test_without_valkey_nobody_is_turned_away(ada, narrow, monkeypatch):
    monkeypatch.setattr(limits, "_quiet_until", 0.0)
    nowhere = limits._script.__wrapped__("redis://127.0.0.1:1/0")
    monkeypatch.setattr(limits, "_script", lambda _url: nowhere)
    answers = [ada.api("GET", "me") for _time in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    assert "RateLimit" not in answers[0].headers
