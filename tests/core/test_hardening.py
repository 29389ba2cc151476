"""What somebody who means harm sends by hand: addresses to be led to, headers, bodies, and names of files."""

import io
import logging
import re
import zipfile

import orjson
import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from xlsxwriter import Workbook

from core import db
from core.auth.entry import own_path
from core.auth.limits import LARGEST_OF_STRANGERS
from core.records.fields import RichText
from core.records.pages.addresses import next_url
from core.settings import settings
from core.tabular import TabularError, read
from core.testing.cast import PASSWORD

EVIL = (
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example/w/acme/",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    " //evil.example",
    "/\t/evil.example",
    "/w/acme/\r\nSet-Cookie: session=x",
    "/w/acme/\x00",
    "evil.example",
    "@evil.example",
)
ENCODED = ("/%0d%0aSet-Cookie:%20session=x", "/%2f%2fevil.example", "/%5cevil.example")
"""These stay what they are: a path of ours, that nobody decodes."""


@pytest.fixture
def visitor(app):
    return app.test_client()


# --- where one is led ------------------------------------------------------------------------------------


@pytest.mark.parametrize("wish", EVIL)
def test_nobody_is_led_to_another_site(app, wish):
    assert own_path(wish) == "/"


def test_a_path_of_ours_is_followed_as_it_is():
    for wish in ("/w/acme/leads/?q=a%20b&next=//x", *ENCODED):
        assert own_path(wish) == wish


def test_no_way_in_or_out_or_across_leads_elsewhere(ada, visitor):
    for wish in EVIL[:10:4]:
        entered = visitor.post("/sign-in", data={"email": ada.email, "password": PASSWORD, "next": wish})
        assert entered.status_code == 303 and entered.headers["Location"] == "/"
        assert ada.client.get("/sign-in", query_string={"next": wish}).headers["Location"] == "/"
        assert visitor.post("/sign-out", data={"next": wish}).headers["Location"] == "/sign-in"
    for name, wish in zip(("Northwind", "Umbrella", "Zhongtai", "Kepler", "Blau", "Quux"), EVIL, strict=False):
        made = ada.post("customers/", {"name": name, "next": wish})
        assert made.headers["Location"].startswith("/w/acme/customers/"), wish
        there = ada.client.post("/language", data={"lang": "en"}, headers={"Referer": wish})
        assert there.headers["Location"] == "/"


def test_a_workspace_leads_into_no_other(ada):
    with ada.inside(), ada.app.test_request_context("/?next=/w/acme2/x"):
        assert next_url("/w/acme/") == "/w/acme/"


def test_an_address_that_only_looks_like_ours_is_no_page_we_came_from(ada):
    answer = ada.client.post("/theme", data={"theme": "dark"}, headers={"Referer": "http://localhost.evil.example/"})

    assert answer.headers["Location"] == "/"


def test_slashes_in_front_of_an_address_lead_nowhere(visitor):
    for path in ("//evil.example/", "//evil.example/%2e%2e", "/\\evil.example"):
        assert "evil.example" not in visitor.get(path).headers.get("Location", "").partition("?")[0].split("/")[:3]


def test_leaving_takes_along_what_the_browser_kept(ada):
    assert ada.client.post("/sign-out").headers["Clear-Site-Data"] == '"storage"'


# --- headers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ['a"; filename="evil.exe', "报价\r\nSet-Cookie: x=1.txt", "../../etc/passwd", "x" * 500]
)
def test_the_name_of_a_file_makes_no_header(ada, name):
    sent = ada.api("POST", "files", data=b"hello", query_string={"name": name}, content_type="text/plain")
    fetched = ada.get(f"files/{sent.json['data']['id']}")

    said = fetched.headers["Content-Disposition"]
    assert (
        said.startswith("attachment; ") and "x=1" not in str(fetched.headers.getlist("Set-Cookie")) and ".." not in said
    )
    assert not re.search(r"[\r\n]", said) and len(said) < 1000
    assert said.count("filename=") == 1 or '\\"' in said or "%22" in said
    assert "sandbox" in fetched.headers["Content-Security-Policy"] and fetched.headers["Cache-Control"] == "no-store"


def test_over_https_a_cookie_is_for_this_host_alone_and_the_browser_stays_encrypted(ada, monkeypatch):
    app, before = ada.app, {k: ada.app.config[k] for k in ("SESSION_COOKIE_SECURE", "SESSION_COOKIE_NAME")}
    app.config.update(SESSION_COOKIE_SECURE=True, SESSION_COOKIE_NAME="__Host-session")
    try:
        entered = app.test_client().post(
            "/sign-in", data={"email": ada.email, "password": PASSWORD}, base_url="https://localhost"
        )
        themed = app.test_client().post("/theme", data={"theme": "dark"}, base_url="https://localhost")
    finally:
        app.config.update(before)

    cookies = [*entered.headers.getlist("Set-Cookie"), *themed.headers.getlist("Set-Cookie")]
    assert {cookie.partition("=")[0] for cookie in cookies} >= {"__Host-session", "__Host-device", "__Host-theme"}
    for cookie in cookies:
        assert {"Secure", "Path=/", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; ")), cookie
        assert "Domain" not in cookie and cookie.startswith("__Host-")
    assert entered.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    assert "upgrade-insecure-requests" in entered.headers["Content-Security-Policy"]


def test_without_https_nothing_is_promised_of_it(visitor):
    answer = visitor.get("/sign-in")

    assert "Strict-Transport-Security" not in answer.headers
    assert "upgrade-insecure-requests" not in answer.headers["Content-Security-Policy"]


# --- what is sent ----------------------------------------------------------------------------------------


def test_a_stranger_sends_little_and_a_member_a_file(ada, visitor):
    large = {"file": (io.BytesIO(b"x" * (LARGEST_OF_STRANGERS + 1)), "large.txt"), "kind": "file", "name": "offer"}

    assert visitor.post("/sign-in", data={"email": "x" * (LARGEST_OF_STRANGERS + 1)}).status_code == 413
    assert visitor.post("/w/acme/files", data=large, content_type="multipart/form-data").status_code in (303, 401, 413)
    large["file"] = (io.BytesIO(b"x" * (LARGEST_OF_STRANGERS + 1)), "large.txt")
    assert ada.post("files", large, content_type="multipart/form-data").status_code == 200


@pytest.mark.parametrize(
    "pasted",
    [
        "<p>a<script>alert(1)</script></p>",
        "<p onclick=alert(1)>a</p>",
        '<p>a<a href="javascript:alert(1)">x</a></p>',
        "<p>a<svg><script>alert(1)</script></svg></p>",
        '<p style="position:fixed">a<iframe src="//evil.example"></iframe></p>',
        "<p>a<img src=x onerror=alert(1)></p>",
        "<p>a<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)></p>",
    ],
)
def test_formatted_text_keeps_its_paragraphs_and_nothing_that_runs(pasted):
    kept = RichText("Note").parse_text(pasted)

    assert "a" in kept
    for word in ("script", "onclick", "onerror", "javascript", "style", "iframe", "<svg", "<img", "<form"):
        assert word not in kept, kept


def test_a_workbook_reads_no_file_of_ours_and_asks_no_other_server():
    made = io.BytesIO()
    book = Workbook(made, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Name", "City"])
    sheet.write_row(1, 0, ["PLACE", "Berlin"])
    book.close()
    twisted = io.BytesIO()
    with zipfile.ZipFile(made) as before, zipfile.ZipFile(twisted, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            if name == "xl/sharedStrings.xml":
                entity = b'<!DOCTYPE sst [<!ENTITY x SYSTEM "file:///etc/passwd">]><sst'
                content = content.replace(b"<sst", entity).replace(b"PLACE", b"&x;")
            after.writestr(name, content)
    try:
        told = str([row.cells for row in read(twisted.getvalue(), "customers.xlsx").rows()])
    except TabularError as refused:
        told = str(refused)

    assert "root:" not in told


def test_only_files_of_ours_are_served_and_no_folder(visitor):
    for path in ("../../.git/config", "..%2f..%2fpyproject.toml", "%2e%2e/web/security.py", "js", "js/", "", "vendor/"):
        assert visitor.get(f"/static/x/{path}").status_code in (404, 308), path
    for path in ("/.git/config", "/.env", "/core/settings.py", "/pyproject.toml"):
        assert visitor.get(path).status_code == 404, path
    assert visitor.open("/", method="TRACE").status_code == 405 and not visitor.application.debug


def test_a_body_that_is_nested_without_end_is_refused(ada):
    nested = b'{"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    answer = ada.api("POST", "customers", data=nested, content_type="application/json")

    assert answer.status_code in (400, 422)


def test_a_statement_for_a_page_does_not_run_for_ever(app, monkeypatch):
    monkeypatch.setattr(db, "_patience", {"statement_timeout": "50ms"})
    db._engine.cache_clear()
    try:
        with pytest.raises(OperationalError, match="statement timeout"), db.engine("app").begin() as connection:
            connection.execute(text("select pg_sleep(5)"))
        with db.engine("app").connect() as connection:
            assert connection.execute(text("show statement_timeout")).scalar() == "50ms"
    finally:
        db.engine("app").dispose()
        db._engine.cache_clear()


def test_web_processes_are_the_impatient_ones():
    assert set(db.FOR_A_PAGE) == {"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"}
    assert db._patience == {} and settings().secret_key


# --- what the log tells ----------------------------------------------------------------------------------


def test_no_password_token_or_cookie_is_in_the_log(ada, visitor, caplog):
    secrets = {"wrong": "hunter2 hunter2 hunter2", "link": "a-token-out-of-a-mail", "token": ada.token()}
    with caplog.at_level(logging.DEBUG):
        visitor.post("/sign-in", data={"email": ada.email, "password": secrets["wrong"]})
        visitor.post("/sign-in", data={"email": ada.email, "password": PASSWORD})
        visitor.get(f"/reset-password/{secrets['link']}")
        visitor.post(f"/invitations/{secrets['link']}", data={"password": secrets["wrong"]})
        ada.api("GET", "me")
        ada.app.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {secrets['link']}"})
    cookie = visitor.get_cookie("session").value
    told = "\n".join(f"{record.getMessage()} {record.exc_text or ''}" for record in caplog.records)

    assert "/sign-in" in told and "/reset-password/…" in told
    for secret in (*secrets.values(), PASSWORD, cookie):
        assert secret not in told


def test_an_error_of_the_database_does_not_repeat_what_it_was_told(app):
    with pytest.raises(DBAPIError) as failed, db.engine("app").connect() as connection:
        connection.execute(text("select no_such_column where :secret = 'x'"), {"secret": "hunter2"})

    assert "hunter2" not in str(failed.value)


def test_nobody_writes_a_line_of_the_log(visitor, caplog):
    with caplog.at_level(logging.INFO):
        visitor.get('/x%0a{"event":"forged"}', headers={"X-Forwarded-For": "1.2.3.4\tforged"})
    lines = [structlog.processors.JSONRenderer()(None, "", dict(r.msg)) for r in caplog.records if type(r.msg) is dict]

    assert [orjson.loads(line)["path"] for line in lines] == ['/x\n{"event":"forged"}']
    assert not any("\n" in line for line in lines)
