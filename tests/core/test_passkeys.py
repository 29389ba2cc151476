"""Passkeys: added, used as the second factor and as the only one, and refused when anything about them is wrong."""

import re

import pytest
from sqlalchemy import select, text

from core import db
from core.auth.second_factor.models import Passkey
from core.settings import settings
from core.testing.cast import PASSWORD
from tests.core.soft_authenticator import Authenticator


@pytest.fixture
def visitor(app):
    return app.test_client()


@pytest.fixture
def phone(ada):
    """ada's phone, with a passkey for her."""
    found = Authenticator()
    assert add(ada, found).status_code == 200
    return found


def add(person, authenticator, name="Phone", **wrong):
    options = person.post("settings/security/passkeys/question").json
    answer = authenticator.create(options, **wrong)
    return person.post("settings/security/passkeys/new", {"name": name, "credential": answer})


def sign_in(visitor, email="ada@example.com"):
    return visitor.post("/sign-in", data={"email": email, "password": PASSWORD})


def sign_in_by(visitor, authenticator, **wrong):
    """With the passkey alone."""
    answer = authenticator.get(visitor.post("/sign-in/passkey/question").json, **wrong)
    return visitor.post("/sign-in/passkey", data={"credential": answer, "next": "/w/acme/settings/"})


def second_step(visitor, authenticator, **wrong):
    answer = authenticator.get(visitor.post("/sign-in/second/question").json, **wrong)
    return visitor.post("/sign-in/second", data={"credential": answer})


def passkeys_of(person):
    with db.role_session("auth") as session:
        return session.scalars(select(Passkey).where(Passkey.user_id == person.user_id)).all()


# --- adding --------------------------------------------------------------------------------------------


def test_a_passkey_is_added_with_a_name_and_recovery_codes_come_with_the_first(ada, mails):
    page = add(ada, Authenticator(), "Ada's phone")
    assert len(re.findall(r"<li>[a-z0-9-]{14}\s*</li>", page.text)) == 10
    assert add(ada, Authenticator(), "Security key").location == "/w/acme/settings/security/"
    shown = ada.get("settings/security/").text
    assert "Ada&#39;s phone" in shown and "Security key" in shown and "not used yet" in shown
    mail = mails.to("ada@example.com")[-1].get_body(("plain",)).get_content()
    assert "the passkey “Security key” can sign you in" in mail


def test_a_device_that_has_one_is_asked_for_no_second_and_the_question_names_our_site(ada, phone):
    options = ada.post("settings/security/passkeys/question").json
    assert options["rp"]["id"] == "localhost" and len(options["excludeCredentials"]) == 1
    assert options["user"]["name"] == "ada@example.com"
    assert "was added before" in add(ada, phone).text


@pytest.mark.parametrize("wrong", [{"origin": "https://evil.example"}, {"origin": "http://localhost:8001"},
                                   {"origin": "https://localhost:8000"}, {"site": "evil.example"}])  # fmt: skip
def test_a_passkey_made_on_another_site_is_not_kept(ada, wrong):
    page = add(ada, Authenticator(), **wrong)
    assert page.status_code == 422 and "did not prove" in page.text and passkeys_of(ada) == []


@pytest.mark.parametrize("answer", ["", "{}", "null", "[]", "not json", '{"id": 1}', '{"id":"x","rawId":"y","response":{}}',
                                    '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"AA"}}'])  # fmt: skip
def test_an_answer_that_is_none_is_refused_politely(ada, visitor, answer):
    ada.post("settings/security/passkeys/question")
    page = ada.post("settings/security/passkeys/new", {"name": "Phone", "credential": answer})
    assert page.status_code == 422 and passkeys_of(ada) == []
    visitor.post("/sign-in/passkey/question")
    assert visitor.post("/sign-in/passkey", data={"credential": answer}).status_code == 422


def test_the_answer_to_somebody_elses_question_is_not_kept(ada, bob):
    bob.post("settings/security/passkeys/question")
    answer = Authenticator().create(ada.post("settings/security/passkeys/question").json)
    page = bob.post("settings/security/passkeys/new", {"name": "Phone", "credential": answer})
    assert page.status_code == 422 and passkeys_of(bob) == []


def test_a_passkey_is_renamed_and_removed_by_its_owner_only(ada, bob, phone, visitor):
    (key,) = passkeys_of(ada)
    assert bob.post(f"settings/security/passkeys/{key.id}", {"name": "Mine"}).status_code == 404
    assert bob.get(f"settings/security/passkeys/{key.id}").status_code == 404
    bob.post(f"settings/security/passkeys/{key.id}/removal")
    assert ada.post(f"settings/security/passkeys/{key.id}", {"name": ""}).status_code == 422
    ada.post(f"settings/security/passkeys/{key.id}", {"name": "Old phone"})
    assert [each.name for each in passkeys_of(ada)] == ["Old phone"]
    ada.post(f"settings/security/passkeys/{key.id}/removal")
    assert passkeys_of(ada) == [] and sign_in(visitor).location == "/"
    assert "do not know this passkey" in sign_in_by(visitor.application.test_client(), phone).text


# --- as the second factor ------------------------------------------------------------------------------


def test_a_passkey_is_the_second_factor_and_its_last_use_is_shown(ada, phone, visitor):
    assert sign_in(visitor).location == "/sign-in/second"
    assert "data-passkey" in visitor.get("/sign-in/second").text
    assert second_step(visitor, phone, verified=False, handle=b"").location == "/"
    assert visitor.get("/w/acme/settings/").status_code == 200
    assert "last used" in visitor.get("/w/acme/settings/security/").text


def test_the_passkey_of_somebody_else_is_no_second_factor(ada, bob, phone, visitor):
    key = Authenticator()
    add(bob, key)
    sign_in(visitor, "bob@example.com")
    page = second_step(visitor, phone)
    assert page.status_code == 422 and visitor.get("/w/acme/").status_code == 303
    assert second_step(visitor, key).location == "/"


def test_a_passkey_shows_once_more_who_one_is(ada, phone, clock):
    clock.move(minutes=16)
    answer = phone.get(ada.post("/sign-in/again/question").json)
    back = ada.post("/sign-in/again", {"credential": answer, "next": "/w/acme/settings/security/app"})
    assert back.location == "/w/acme/settings/security/app" and ada.get("settings/security/app").status_code == 200


# --- as the only factor --------------------------------------------------------------------------------


def test_a_passkey_alone_signs_in_without_password_and_address(ada, phone, visitor):
    options = visitor.post("/sign-in/passkey/question").json
    assert options["userVerification"] == "required" and options["allowCredentials"] == []
    assert sign_in_by(visitor, phone).location == "/w/acme/settings/"
    assert visitor.get("/w/acme/settings/").status_code == 200
    (key,) = passkeys_of(ada)
    assert key.sign_count == phone.count and key.last_used_at


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"}, {"origin": "http://localhost:8000.evil.example"}, {"site": "evil.example"},
        {"verified": False}, {"handle": b""}, {"handle": b"somebody else's id"}, {"challenge": "AAAA"},
    ],
)  # fmt: skip
def test_from_another_site_unverified_or_for_another_account_it_signs_nobody_in(ada, phone, visitor, wrong):
    page = sign_in_by(visitor, phone, **wrong)
    assert page.status_code == 422 and 'role="alert"' in page.text and visitor.get("/w/acme/").status_code == 303
    assert sign_in_by(visitor, phone).status_code == 303


def test_another_key_with_the_same_name_signs_nobody_in(ada, phone, visitor):
    forged = Authenticator()
    forged.id, forged.handle = phone.id, phone.handle
    assert sign_in_by(visitor, forged, count=100).status_code == 422


def test_an_answer_is_good_once(ada, phone, visitor, app):
    options = visitor.post("/sign-in/passkey/question").json
    stolen = visitor.get_cookie("session").value
    answer = phone.get(options)
    assert visitor.post("/sign-in/passkey", data={"credential": answer}).status_code == 303
    thief = app.test_client()
    thief.set_cookie("session", stolen)
    assert "took too long" in thief.post("/sign-in/passkey", data={"credential": answer}).text


def test_a_question_is_not_open_for_ever_nor_in_another_browser(ada, phone, visitor, app, clock):
    answer = phone.get(visitor.post("/sign-in/passkey/question").json)
    assert app.test_client().post("/sign-in/passkey", data={"credential": answer}).status_code == 422
    clock.move(minutes=6)
    assert visitor.post("/sign-in/passkey", data={"credential": answer}).status_code == 422


def test_a_copied_key_is_noticed_by_its_count(ada, phone, visitor, app):
    assert sign_in_by(visitor, phone, count=10).status_code == 303
    for count in (10, 9, 0):
        assert sign_in_by(app.test_client(), phone, count=count).status_code == 422
    assert sign_in_by(app.test_client(), phone, count=11).status_code == 303


def test_a_key_that_never_counts_goes_on_working(ada, visitor, app):
    synced = Authenticator()
    add(ada, synced)
    assert [sign_in_by(app.test_client(), synced, count=0).status_code for _ in range(2)] == [303, 303]


def test_the_answer_for_the_second_step_does_not_sign_in_alone(ada, phone, visitor):
    sign_in(visitor)
    answer = phone.get(visitor.post("/sign-in/second/question").json)
    assert visitor.post("/sign-in/passkey", data={"credential": answer}).status_code == 422


def test_who_is_locked_out_or_unconfirmed_does_not_come_in_by_a_passkey(ada, phone, visitor, admin):
    with admin.begin() as connection:
        connection.execute(text("""update guanxi."user" set active = false"""))
    assert sign_in_by(visitor, phone).status_code == 422


def test_a_site_without_a_name_offers_no_passkeys(ada, visitor, monkeypatch):
    assert "Sign in with a passkey" in visitor.get("/sign-in").text
    monkeypatch.setenv("BASE_URL", "http://192.168.1.5:8000")
    settings.cache_clear()
    try:
        assert "Sign in with a passkey" not in visitor.get("/sign-in").text
        assert "where this site has a name" in ada.get("settings/security/").text
    finally:
        monkeypatch.undo()
        settings.cache_clear()


# --- in a real browser ---------------------------------------------------------------------------------


def test_a_real_browser_adds_a_passkey_and_signs_in_with_it_alone(ada, visit, site, monkeypatch):
    here = site.replace("127.0.0.1", "localhost")
    monkeypatch.setenv("BASE_URL", here)
    settings.cache_clear()
    try:
        page = visit(base_url=here)
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True}})  # fmt: skip
        page.goto("/sign-in")
        page.locator("input[name=email]").fill("ada@example.com")
        password = page.locator("input[name=password]")
        password.fill(PASSWORD)
        page.get_by_role("button", name="Show the password").click()
        assert password.get_attribute("type") == "text"
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url("**/w/acme/")
        page.goto("/w/acme/settings/security/passkeys/new")
        page.locator("main input[name=name]").fill("Laptop")
        page.get_by_role("button", name="Add the passkey").click()
        page.get_by_label("Sign out everywhere else").wait_for()
        page.get_by_role("button", name="I have kept them").click()
        page.get_by_text("Laptop").wait_for()
        page.context.clear_cookies()
        page.goto("/sign-in?next=/w/acme/settings/security/")  # the passkey offered beneath the address is taken
        page.wait_for_url(f"{here}/w/acme/settings/security/", wait_until="networkidle")
        page.context.clear_cookies()
        page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
        page.goto("/sign-in?next=/w/acme/settings/security/")
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.get_by_text("last used").wait_for()
        page.goto("/w/acme/settings/password")
        page.locator("input[name=password]").press_sequentially("AdaLovelace1")
        page.locator(".gx-strength", has_text="It contains your name").wait_for()
    finally:
        monkeypatch.undo()
        settings.cache_clear()
