"""One view answers browsers, boosted navigation and htmx; and whatever fails still speaks to a person."""

import json
import re

import pytest
from flask.testing import FlaskClient

from core.web import answer_errors_under
from tests.core.web_app import make_app

PIECE = {"HX-Request": "true", "HX-Request-Type": "partial"}
NAVIGATION = {"HX-Request": "true", "HX-Request-Type": "full", "HX-Boosted": "true"}
DIALOG = {**PIECE, "HX-Target": "div#dialog-body"}


@pytest.fixture
def app():
    return make_app()


@pytest.fixture
def browser(app) -> FlaskClient:
    return app.test_client()


def post(browser: FlaskClient, url: str, headers: dict[str, str] | None = None, **form: str):
    token = re.search(r'name="csrf-token" content="([^"]+)"', browser.get("/page").text)[1]
    return browser.post(url, data={**form, "csrf_token": token}, headers=headers)


def toasts_in(response) -> list[dict]:
    return json.loads(response.headers["HX-Trigger"])["toast"]["toasts"]


def test_a_browser_gets_the_page_and_htmx_the_fragment(browser):
    assert browser.get("/page").text.startswith("<!doctype html>")
    assert browser.get("/page", headers=NAVIGATION).text.startswith("<!doctype html>")
    assert browser.get("/page", headers=PIECE).text.startswith('<div class="gx-panel">')


def test_a_dialog_gets_the_content_of_the_page_without_its_frame(browser):
    shown = browser.get("/page", headers=DIALOG).text

    assert "New lead" in shown
    assert "<html" not in shown
    assert "gx-side" not in shown
    assert 'id="d-name"' in shown


def test_caches_keep_the_answers_apart(browser):
    assert {"HX-Request", "HX-Request-Type"} <= set(browser.get("/page").vary)


def test_a_plain_form_goes_on_to_the_page_and_finds_the_toast_there(browser):
    assert post(browser, "/things").headers["Location"] == "/page"
    assert browser.get("/page").text.count("Saved.") == 1
    assert browser.get("/page").text.count("Saved.") == 0


def test_htmx_gets_the_fragment_with_the_toast_beside_it(browser):
    answer = post(browser, "/things", PIECE)

    assert "gx-panel" in answer.text
    assert toasts_in(answer) == [{"message": "Saved.", "kind": "success", "undo": "/undo"}]


def test_a_form_in_the_dialog_leads_on_to_the_page_below(browser):
    answer = post(browser, "/things", DIALOG)

    assert json.loads(answer.headers["HX-Location"])["path"] == "/page"
    assert toasts_in(browser.get("/page", headers=NAVIGATION))[0]["message"] == "Saved."


def test_signing_in_loads_the_whole_document(browser):
    assert post(browser, "/sign-in", NAVIGATION).headers["HX-Redirect"] == "/page"
    assert post(browser, "/sign-in").status_code == 303


def test_toasts_survive_every_language(browser):
    answer = post(browser, "/say", PIECE, text="线索已转给“王小明” <b>")
    later = browser.get("/page", headers=NAVIGATION)

    assert "HX-Location" in answer.headers
    assert toasts_in(later)[0]["message"] == "线索已转给“王小明” <b>"


@pytest.mark.parametrize("status", [400, 403, 404, 413, 429, 500])
def test_a_failure_is_a_page_in_the_frame(browser, status):
    answer = browser.get(f"/failures/{status}")

    assert answer.status_code == status
    assert "gx-error-page" in answer.text
    assert "gx-nav" in answer.text


def test_a_failure_before_signing_in_shows_no_frame(browser):
    answer = browser.get("/failures/404?signed-out")

    assert answer.status_code == 404
    assert "gx-nav" not in answer.text


def test_a_fault_of_the_program_tells_no_secrets(browser):
    answer = browser.get("/crash")

    assert answer.status_code == 500
    assert "a fault of the program" not in answer.text


def test_htmx_shows_a_failure_as_a_toast_and_keeps_what_is_there(browser):
    answer = browser.get("/failures/403", headers=PIECE)

    assert answer.status_code == 403
    assert answer.text == ""
    assert answer.headers["HX-Reswap"] == "none"
    assert toasts_in(answer)[0]["kind"] == "error"


def test_a_refusal_of_the_domain_is_told_where_it_was_asked_for(browser):
    assert toasts_in(post(browser, "/quarrels", PIECE))[0]["message"] == "Bob has it already."

    answer = post(browser, "/quarrels", {"Referer": "http://localhost/page"})
    assert answer.headers["Location"] == "http://localhost/page"
    assert "Bob has it already." in browser.get("/page").text


def test_a_post_from_elsewhere_is_refused(browser):
    assert browser.post("/things").status_code == 400


def test_the_api_answers_its_own_errors(app):
    answer_errors_under(app, "/api/", lambda error: ({"status": error.code}, error.code))

    assert app.test_client().get("/api/v1/nothing").json == {"status": 404}


def test_no_page_carries_inline_script_or_style(browser):
    for name in ("", "auth", "public", "board", "list", "record", "empty", "form"):
        page = browser.get(f"/styleguide/{name}")
        assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=|javascript:", page.text), name
        assert "unsafe" not in page.headers["Content-Security-Policy"]


def test_static_files_are_kept_for_ever_under_their_hash(browser):
    address = re.search(r'href="(/static/[0-9a-f]+/app\.css)"', browser.get("/page").text)[1]
    kept = browser.get(address, headers={"Accept-Encoding": "gzip"})
    stale = browser.get("/static/000/app.css")

    assert "immutable" in kept.headers["Cache-Control"]
    assert kept.headers["Content-Encoding"] == "gzip"
    assert stale.headers["Cache-Control"] == "no-cache"
    assert browser.get("/static/000/../assets.py").status_code == 404


def test_language_and_theme_are_remembered(browser):
    back = {"Referer": "http://localhost/page"}

    assert post(browser, "/language", back, lang="zh").headers["Location"] == "http://localhost/page"
    post(browser, "/theme", back, theme="dark")

    assert '<html lang="zh-CN" data-theme="dark"' in browser.get("/page").text
    assert post(browser, "/language", {"Referer": "http://evil.example/"}, lang="en").status_code == 403


def test_the_browsers_language_is_heard_until_one_chooses(browser):
    assert '<html lang="zh-CN"' in browser.get("/page", headers={"Accept-Language": "zh-TW,en;q=0.5"}).text
    assert '<html lang="en"' in browser.get("/page", headers={"Accept-Language": "fr"}).text


def test_a_field_says_what_is_wrong_beside_itself(app):
    with app.test_request_context():
        shown = app.jinja_env.from_string(
            '{{ ui.field("phone", "Phone", "<1>", type="tel", help="Digits.", error="Too short.", hx_get="/x") }}'
        ).render()

    assert 'value="&lt;1&gt;"' in shown
    assert 'aria-invalid="true"' in shown
    assert 'aria-describedby="f-phone-help f-phone-error"' in shown
    assert 'hx-get="/x"' in shown
    assert "Too short." in shown
