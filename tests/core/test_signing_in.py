"""Signing in and out, forgotten passwords, and where one is led afterwards."""

import re

import pytest
from sqlalchemy import text

from core.testing.cast import PASSWORD


@pytest.fixture
def visitor(app):
    return app.test_client()


def sign_in(visitor, **typed):
    return visitor.post("/sign-in", data={"email": "ada@example.com", "password": PASSWORD} | typed)


def test_a_member_signs_in_and_is_in_the_workspace_used_last(visitor, ada):
    assert sign_in(visitor).location == "/"
    assert visitor.get("/").location == "/w/acme/"
    assert visitor.get("/w/acme/settings/").status_code == 200


def test_the_address_may_be_typed_in_capitals(visitor, ada):
    assert sign_in(visitor, email=" Ada@Example.COM ").status_code == 303


def test_a_wrong_password_and_an_unknown_address_are_told_alike_and_the_address_is_kept(visitor, ada):
    wrong, unknown = sign_in(visitor, password="wrong horse"), sign_in(visitor, email="nobody@example.com")
    for page, address in ((wrong, "ada@example.com"), (unknown, "nobody@example.com")):
        assert page.status_code == 422
        assert "do not belong together" in page.text and f'value="{address}"' in page.text
        assert PASSWORD not in page.text and "wrong horse" not in page.text
    assert visitor.get("/w/acme/").status_code == 303


@pytest.mark.parametrize("typed", [{"email": ""}, {"email": "ada"}, {"password": ""}])
def test_what_is_missing_is_said_beside_its_field(visitor, ada, typed):
    page = sign_in(visitor, **typed)
    assert page.status_code == 422 and f'id="f-{next(iter(typed))}-error"' in page.text


def test_an_unconfirmed_address_is_told_only_to_who_knows_the_password_and_mailed_again(visitor, ada, mails, admin):
    with admin.begin() as connection:
        connection.execute(text("""update guanxi."user" set confirmed_at = null"""))
    assert "not confirmed yet" not in sign_in(visitor, password="wrong horse").text
    page = sign_in(visitor)
    assert page.status_code == 422 and "not confirmed yet" in page.text and "/sign-up/resend" in page.text
    assert visitor.get("/w/acme/").status_code == 303


def test_who_is_not_signed_in_is_led_to_the_page_they_wanted(visitor, ada):
    answer = visitor.get("/w/acme/settings/profile?x=1")
    assert answer.location == "/sign-in?next=/w/acme/settings/profile?x%3D1"
    page = visitor.get(answer.location)
    assert sign_in(visitor, next=re.search(r'name="next" value="([^"]+)"', page.text)[1]).location == (
        "/w/acme/settings/profile?x=1"
    )


@pytest.mark.parametrize(
    "evil",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "/\nx",
     "http:///evil.example", "evil", ""],
)  # fmt: skip
def test_signing_in_never_leads_to_another_site(visitor, ada, evil):
    assert sign_in(visitor, next=evil).location == "/"


def test_signing_out_needs_a_post_and_ends_the_session(ada):
    assert ada.get("/sign-out").status_code == 405
    assert ada.get("/w/acme/settings/").status_code == 200
    assert ada.post("/sign-out").location == "/sign-in"
    assert ada.get("/w/acme/settings/").status_code == 303


def test_a_remembered_browser_is_forgotten_by_signing_out(visitor, ada):
    sign_in(visitor, remember="1")
    assert visitor.get_cookie("session").expires is not None
    visitor.post("/sign-out")
    assert visitor.get_cookie("session").expires is None and visitor.get("/w/acme/").status_code == 303


def test_a_fragment_asked_for_after_the_session_ended_leads_the_whole_page_to_the_sign_in(visitor, ada):
    answer = visitor.get(
        "/w/acme/settings/", headers={"HX-Request": "true", "Referer": "http://localhost/w/acme/customers/"}
    )
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/w/acme/customers/"


def test_somebody_who_is_signed_in_does_not_sign_in_again(ada):
    assert ada.get("/sign-in?next=/w/acme/settings/").location == "/w/acme/settings/"


def test_a_list_of_passwords_is_stopped_and_told_to_wait(visitor, ada):
    answers = [sign_in(visitor, password=f"guess {number}").status_code for number in range(12)]
    assert answers[:5] == [422] * 5 and 429 in answers[5:]
    page = sign_in(visitor)
    assert page.status_code == 429 and "Too many wrong passwords" in page.text
    assert sign_in(visitor, email="somebody.else@example.com").status_code == 422


def test_a_request_from_another_site_is_refused(app, ada):
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        visitor = app.test_client()
        assert sign_in(visitor).status_code == 400
        assert ada.post("/sign-out").status_code == 400
        page = visitor.get("/sign-in")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        assert sign_in(visitor, csrf_token=token).status_code == 303
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


# --- forgotten passwords -------------------------------------------------------------------------------


def ask(visitor, mails, email="ada@example.com"):
    page = visitor.post("/reset-password", data={"email": email})
    assert page.status_code == 200 and "Check your mail" in page.text
    return mails.link(email)


def test_a_forgotten_password_is_replaced_by_mail_and_every_other_browser_is_signed_out(visitor, ada, mails):
    link = ask(visitor, mails)
    assert ada.get("/w/acme/settings/").status_code == 200
    answer = visitor.post(link, data={"password": "a quite different password"})
    assert answer.location == "/" and visitor.get("/w/acme/settings/").status_code == 200
    assert ada.get("/w/acme/settings/").status_code == 303
    assert sign_in(visitor.application.test_client()).status_code == 422
    assert sign_in(visitor.application.test_client(), password="a quite different password").status_code == 303


def test_nobody_learns_by_asking_for_a_reset_who_has_an_account(visitor, ada, mails):
    assert "Check your mail" in visitor.post("/reset-password", data={"email": "nobody@example.com"}).text
    assert mails.to("nobody@example.com") == []


def test_a_reset_link_works_once(visitor, ada, mails):
    link = ask(visitor, mails)
    visitor.post(link, data={"password": "a quite different password"})
    for answer in (visitor.get(link), visitor.post(link, data={"password": "and one more password"})):
        assert answer.status_code == 410 and "already used" in answer.text


def test_a_reset_link_expires(visitor, ada, mails, clock):
    link = ask(visitor, mails)
    clock.move(hours=25)
    page = visitor.get(link)
    assert page.status_code == 410 and "expired" in page.text and "/reset-password" in page.text


def test_a_weak_new_password_is_refused_beside_its_field(visitor, ada, mails):
    link = ask(visitor, mails)
    page = visitor.post(link, data={"password": "12345678"})
    assert page.status_code == 422 and 'id="f-password-error"' in page.text
    assert visitor.post(link, data={"password": "a quite different password"}).status_code == 303


def test_a_forged_reset_link_changes_nothing(visitor, ada):
    page = visitor.post("/reset-password/forged.x.y", data={"password": "a quite different password"})
    assert page.status_code == 410 and "not one of ours" in page.text


# --- oneself -------------------------------------------------------------------------------------------


def test_changing_the_password_needs_the_present_one_and_keeps_this_browser_signed_in(visitor, ada):
    sign_in(visitor)
    page = ada.post("settings/password", {"present": "wrong", "password": "a quite different password"})
    assert page.status_code == 422 and 'id="f-present-error"' in page.text
    ada.post("settings/password", {"present": PASSWORD, "password": "a quite different password"})
    assert ada.get("settings/").status_code == 200 and visitor.get("/w/acme/settings/").status_code == 303


def test_the_language_of_the_profile_holds_for_pages_and_can_be_switched_anywhere(ada):
    ada.post("settings/profile", {"name": "Ada", "locale": "zh_Hans_CN", "timezone": "Asia/Tokyo"})
    page = ada.get("settings/profile")
    assert 'lang="zh-CN"' in page.text and 'value="Asia/Tokyo" selected' in page.text
    ada.post("/language", {"lang": "en"})
    assert '<html lang="en"' in ada.get("settings/profile").text


@pytest.mark.parametrize("typed", [{"name": ""}, {"name": "x" * 5000}, {"timezone": "Mars"}, {"locale": "tlh"}])
def test_a_profile_that_cannot_be_is_refused_beside_its_field(ada, typed):
    page = ada.post("settings/profile", {"name": "Ada", "locale": "en", "timezone": ""} | typed)
    assert page.status_code == 422 and f'id="f-{next(iter(typed))}-error"' in page.text
