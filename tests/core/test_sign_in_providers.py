"""Signing in with an account elsewhere, against a real OpenID Connect server."""

import re
import time

import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import text

from core import db, doctor
from core.auth.providers import attempts, discovery, identities, outgoing
from core.auth.providers.somebody import OutOfReach, Somebody
from core.testing.cast import PASSWORD, hire
from tests.core.oidc_server import CLIENT, query_of
from tests.core.providers_for_tests import come_by, is_in, path_of

ADA = {"sub": "ada-there", "name": "Ada Elsewhere", "email": "ada@example.com", "email_verified": True}


@pytest.fixture
def visitor(app):
    return app.test_client()


def connect(person, oidc, says):
    oidc.says = says
    identities.connect(person.user_id, Somebody(oidc.issuer, says["sub"], email=says.get("email")), "house")


def joined(admin):
    with admin.connect() as connection:
        return connection.execute(text("select subject, by_company from guanxi.user_identity order by subject")).all()


def users(admin):
    with admin.connect() as connection:
        return set(connection.execute(text('select email from guanxi."user"')).scalars())


def sign_in(browser, **typed):
    return browser.post("/sign-in", data={"email": "ada@example.com", "password": PASSWORD} | typed)


# --- in and connected ----------------------------------------------------------------------------------


def test_the_sign_in_page_offers_what_the_operator_set_up_and_nothing_else(visitor, house):
    page = visitor.get("/sign-in?next=/w/acme/tasks/").text
    assert "Sign in with House" in page and "/sign-in/with/house?next=/w/acme/tasks/" in page
    assert "Google" not in page and "Feishu" not in page


def test_whoever_is_connected_comes_in_and_is_led_to_the_page_they_wanted(visitor, ada, house):
    connect(ada, house, ADA)
    answer = come_by(visitor, house, "/sign-in/with/house?next=/w/acme/tasks/")
    assert answer.location == "/w/acme/tasks/"
    assert is_in(visitor)


def test_the_way_there_carries_state_nonce_and_a_challenge_and_never_leads_elsewhere_afterwards(visitor, house):
    sent = query_of(visitor.get("/sign-in/with/house?next=//evil.example/").location)
    assert sent["code_challenge_method"] == "S256" and len(sent["code_challenge"]) == 43
    assert len(sent["state"]) > 40 and len(sent["nonce"]) > 40 and sent["state"] != sent["nonce"]
    assert sent["redirect_uri"] == "http://localhost:8000/sign-in/with/house/callback"
    assert sent["client_id"] == CLIENT and "openid" in sent["scope"]
    assert attempts.take("house", _browser_of(visitor), sent["state"]).then == "/"


def _browser_of(client):
    with client.session_transaction() as session:
        return session["browser"]


def test_the_host_header_does_not_choose_where_the_code_is_sent(visitor, house):
    sent = visitor.get("/sign-in/with/house", headers={"Host": "localhost", "X-Forwarded-Host": "evil.example"})
    assert query_of(sent.location)["redirect_uri"].startswith("http://localhost:8000/")


def test_a_known_address_opens_no_account_until_its_owner_signs_in_once_and_agrees(visitor, ada, house, admin):
    house.says = ADA
    page = come_by(visitor, house)
    assert "You have an account here already" in page.text and not is_in(visitor) and joined(admin) == []

    assert visitor.get("/sign-in/link").location == "/sign-in?next=/sign-in/link&email=ada@example.com"
    assert sign_in(visitor, next="/sign-in/link").location == "/sign-in/link"
    asked = visitor.get("/sign-in/link").text
    assert "opens the account ada@example.com" in asked and joined(admin) == []
    assert visitor.post("/sign-in/link").status_code == 303
    assert [subject for subject, _by in joined(admin)] == ["ada-there"]

    visitor.post("/sign-out")
    assert come_by(visitor, house).location == "/" and is_in(visitor)


def test_only_the_browser_that_came_back_can_connect_what_came_back(visitor, ada, app, house, admin):
    """An attacker cannot lead a victim who is signed in to connect the attacker's account."""
    house.says = ADA | {"sub": "mallory-there"}
    come_by(visitor, house)
    assert "nobody_came" in ada.get("/sign-in/link").text
    assert "nobody_came" in ada.post("/sign-in/link").text
    assert joined(admin) == []


@pytest.mark.parametrize("word", [False, None, "false", "no"])
def test_an_address_that_the_provider_has_not_confirmed_joins_and_creates_nothing(visitor, ada, house, admin, word):
    house.says = ADA | {"email_verified": word}
    page = come_by(visitor, house)
    assert "not that your e-mail address is confirmed" in page.text
    assert "Sign in once as you did so far" not in page.text  # nor whether somebody has it
    assert "nobody_came" in visitor.get("/sign-in/new").text
    assert "nobody_came" in visitor.post("/sign-in/new", data={"name": "Ada"}).text
    assert not is_in(visitor) and joined(admin) == [] and users(admin) == {"ada@example.com"}


def test_somebody_new_gets_an_account_without_a_password_and_goes_on_to_name_the_company(visitor, house, admin):
    house.says = {"sub": "7", "name": "Nina \u202eNew", "email": "Nina@New.example", "email_verified": True}
    assert come_by(visitor, house).location == "/sign-in/new"
    assert 'value="Nina New"' in visitor.get("/sign-in/new").text
    assert visitor.post("/sign-in/new", data={"name": ""}).status_code == 422
    assert visitor.post("/sign-in/new", data={"name": "Nina"}).location == "/sign-up"
    assert "You are signed in as nina@new.example" in visitor.get("/sign-up").text
    made = visitor.post("/sign-up", data={"company": "New & Co", "locale": "en", "timezone": "UTC", "currency": "EUR"})
    assert made.location == "/w/new/" and is_in(visitor, "new")
    assert "nobody_came" in visitor.get("/sign-in/new").text  # it is used up


def test_somebody_new_with_an_invitation_is_led_to_it(visitor, ada, house, mails):
    ada.post("members/invite", data={"email": "nina@new.example", "role": _role(ada, "sales")})
    house.says = {"sub": "7", "name": "Nina", "email": "nina@new.example", "email_verified": True}
    come_by(visitor, house)
    assert "An invitation is waiting for you" in visitor.get("/sign-in/new").text
    invitation = visitor.post("/sign-in/new", data={"name": "Nina"}).location
    assert invitation.startswith("/invitations/") and "Join Acme" in visitor.get(invitation).text
    assert visitor.post(invitation).location == "/w/acme/" and is_in(visitor)


def _role(person, key):
    with person.inside() as context:
        query = text("select id from role where tenant_id = :tenant and key = :key")
        return str(db.session().scalar(query, {"tenant": context.tenant_id, "key": key}))


def test_a_password_that_somebody_typed_into_an_unconfirmed_sign_up_does_not_survive(visitor, house, admin):
    """Whoever signs up with another's address beforehand gains nothing when its owner comes."""
    visitor.post("/sign-up", data={"name": "Mallory", "company": "X", "email": "nina@new.example", "locale": "en",
                                   "password": "a trap laid beforehand 1", "timezone": "UTC", "currency": "EUR"})  # fmt: skip
    house.says = {"sub": "7", "name": "Nina", "email": "nina@new.example", "email_verified": True}
    come_by(visitor, house)
    visitor.post("/sign-in/new", data={"name": "Nina"})
    with admin.connect() as connection:
        assert connection.execute(text('select name, password from guanxi."user"')).all() == [("Nina", None)]


def test_an_account_that_was_switched_off_is_not_opened(visitor, ada, house, admin):
    connect(ada, house, ADA)
    with admin.begin() as connection:
        connection.execute(text('update guanxi."user" set active = false'))
    assert "switched_off" in come_by(visitor, house).text and not is_in(visitor)


def test_a_second_factor_is_asked_for_after_the_providers_word_whatever_it_says(visitor, ada, house, admin):
    connect(ada, house, ADA | {"amr": ["mfa"]})
    with admin.begin() as connection:
        connection.execute(text('update guanxi."user" set factors_at = now()'))
    assert come_by(visitor, house).location.startswith("/sign-in/second")
    assert not is_in(visitor)


# --- what is not believed ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lies", "reason"),
    [
        ({"nonce": "of another sign-in"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"aud": ["another client"]}, "aud"),
        ({"aud": ["another client"], "azp": "guanxi"}, "aud"),
        ({"aud": ["guanxi", "another client"]}, "azp"),
        ({"iss": "https://evil.example"}, "iss"),
        ({"iat": 1, "exp": 2}, "expired"),
        ({"sub": ""}, "subject"),
        ({"at_hash": "AAAA"}, "at_hash"),
    ],
)
def test_a_token_that_is_not_for_us_not_for_this_sign_in_or_not_for_now_opens_nothing(
    visitor, ada, house, lies, reason
):
    connect(ada, house, ADA)
    house.lies = lies
    page = come_by(visitor, house)
    assert page.status_code == 422 and "could not rely on the answer" in page.text
    assert reason in re.search(r"Reason: ([^<]*)", page.text)[1]
    assert not is_in(visitor)


def test_a_minute_of_difference_between_clocks_is_forgiven(visitor, ada, house, clock):
    connect(ada, house, ADA)
    now = int(time.time())
    house.lies = {"iat": now + 50, "exp": now - 50}
    assert come_by(visitor, house).location == "/"


def test_a_token_signed_with_a_key_that_the_provider_does_not_publish_opens_nothing(visitor, ada, house):
    connect(ada, house, ADA)
    house.sign_with = house.wrong_key
    assert "bad_signature" in come_by(visitor, house).text and not is_in(visitor)


def test_a_new_key_of_the_provider_is_fetched_when_it_is_first_used(visitor, ada, house, clock):
    connect(ada, house, ADA)
    come_by(visitor, house)
    visitor.post("/sign-out")
    house.sign_with = RSAKey.generate_key(2048, {"kid": "second", "use": "sig"})
    house.published = [house.sign_with]
    assert not come_by(visitor, house).location  # not sooner than a minute after the last time
    clock.move(minutes=2)
    assert come_by(visitor, house).location == "/"


def test_keys_and_description_are_fetched_once_an_hour(visitor, house, clock):
    for _again in range(3):
        come_by(visitor, house)
    assert house.asked.count("/jwks") == house.asked.count("/.well-known/openid-configuration") == 1
    clock.move(minutes=61)
    come_by(visitor, house)
    assert house.asked.count("/jwks") == house.asked.count("/.well-known/openid-configuration") == 2


def test_an_address_told_only_on_asking_must_be_of_the_same_person(visitor, ada, house):
    house.only_in_userinfo, house.says = True, ADA
    assert "You have an account here already" in come_by(visitor, house).text
    house.lies = {"sub": "somebody else"}
    assert "Reason: userinfo" in come_by(visitor, house).text


# --- what goes wrong on the way ------------------------------------------------------------------------


def test_a_state_works_once_in_its_browser_for_ten_minutes_and_at_its_provider(visitor, ada, house, told, app, clock):
    connect(ada, house, ADA)
    told(SIGN_IN_OTHER_ISSUER=house.issuer, SIGN_IN_OTHER_ID=CLIENT, SIGN_IN_OTHER_SECRET="x")

    back = house.sign_in(visitor.get("/sign-in/with/house").location)
    assert "another_browser" not in visitor.get("/sign-in").text
    stranger = app.test_client()
    stranger.get("/sign-in/with/house")
    assert "another_browser" in stranger.get(path_of(back)).text
    assert "unknown_state" in visitor.get(path_of(back)).text  # a stranger who tried has used it up

    back = house.sign_in(visitor.get("/sign-in/with/house").location)
    mixed_up = path_of(back).replace("/with/house/", "/with/other/")
    assert "mixed_up" in visitor.get(mixed_up).text

    back = house.sign_in(visitor.get("/sign-in/with/house").location)
    clock.move(minutes=11)
    assert "unknown_state" in visitor.get(path_of(back)).text
    assert not is_in(visitor)

    back = house.sign_in(visitor.get("/sign-in/with/house").location)
    assert visitor.get(path_of(back)).location == "/"
    visitor.post("/sign-out")
    assert "unknown_state" in visitor.get(path_of(back)).text
    assert not is_in(visitor)


def test_an_answer_that_names_another_issuer_or_none_where_one_is_promised_is_a_mix_up(visitor, ada, house):
    connect(ada, house, ADA)
    house.metadata = {"authorization_response_iss_parameter_supported": True}
    for more in ("", "&iss=https://evil.example"):
        back = house.sign_in(visitor.get("/sign-in/with/house").location)
        assert "mixed_up" in visitor.get(path_of(back) + more).text
    back = house.sign_in(visitor.get("/sign-in/with/house").location)
    assert visitor.get(f"{path_of(back)}&iss={house.issuer}").location == "/"


@pytest.mark.parametrize(
    ("error", "said"),
    [("access_denied", "The sign-in was cancelled"), ("server_error", "The sign-in service refused"),
     ("<script>alert(1)</script>", "Reason: error<")],
)  # fmt: skip
def test_cancelling_and_errors_are_said_with_what_to_do(visitor, house, error, said):
    house.refuses = error
    page = come_by(visitor, house)
    assert page.status_code == 422 and said in page.text and "<script>alert" not in page.text
    assert "Try again" in page.text and "Sign in another way" in page.text


@pytest.mark.parametrize("down", [".well-known/openid-configuration", "token", "jwks"])
def test_a_provider_that_is_down_is_said_to_be(visitor, ada, house, down):
    connect(ada, house, ADA)
    house.down = {down}
    left = visitor.get("/sign-in/with/house")
    page = left if left.status_code != 303 else visitor.get(path_of(house.sign_in(left.location)))
    assert page.status_code == 502 and "does not answer as it should" in page.text and not is_in(visitor)
    house.down = set()
    assert come_by(visitor, house).location == "/"


def test_a_wrong_secret_and_a_provider_that_is_not_set_up_are_refused(visitor, house, told):
    told(SIGN_IN_HOUSE_SECRET="not the secret")
    assert "invalid_client" in come_by(visitor, house).text
    assert visitor.get("/sign-in/with/nobody").status_code == 404


# --- one's own accounts --------------------------------------------------------------------------------


def test_a_member_connects_and_disconnects_an_account_and_it_is_written_down(ada, house, admin):
    house.says = ADA | {"email": "private@elsewhere.example"}
    page = ada.get("settings/accounts/").text
    assert "Connect House" in page
    leaving = ada.post("settings/accounts/house")
    assert leaving.status_code == 200 and 'http-equiv="refresh"' in leaving.text
    there = re.search(r'class="[^"]*gx-btn-primary[^"]*" href="([^"]+)"', leaving.text)[1].replace("&amp;", "&")
    assert ada.get(path_of(house.sign_in(there))).location == "/w/acme/settings/accounts/"
    page = ada.get("settings/accounts/").text
    assert "private@elsewhere.example" in page and "Connect House" not in page

    identity = re.search(r"accounts/([0-9a-f-]{36})/disconnection", page)[1]
    assert ada.post(f"settings/accounts/{identity}/disconnection").status_code == 303
    assert joined(admin) == []
    with admin.connect() as connection:
        names = connection.execute(text("select name from guanxi.event where name like 'auth.account_%' order by id"))
        assert names.scalars().all() == ["auth.account_connected", "auth.account_disconnected"]


def test_the_last_way_in_is_not_taken_away(visitor, house):
    house.says = {"sub": "7", "name": "Nina", "email": "nina@new.example", "email_verified": True}
    come_by(visitor, house)
    visitor.post("/sign-in/new", data={"name": "Nina"})
    visitor.post("/sign-up", data={"company": "New", "locale": "en", "timezone": "UTC", "currency": "EUR"})
    page = visitor.get("/w/new/settings/accounts/").text
    identity = re.search(r"accounts/([0-9a-f-]{36})/disconnection", page)[1]
    refused = visitor.post(f"/w/new/settings/accounts/{identity}/disconnection", headers={"HX-Request": "true"})
    assert refused.status_code == 409
    assert "nina@new.example" in visitor.get("/w/new/settings/accounts/").text


def test_an_account_opens_one_account_here_only(ada, house, admin):
    sam = hire(ada, "Sam", "sam@example.com", "sales")
    connect(sam, house, ADA)
    leaving = ada.post("settings/accounts/house")
    there = re.search(r'href="(http://127[^"]+)"', leaving.text)[1].replace("&amp;", "&")
    ada.get(path_of(house.sign_in(there)))
    assert "is connected to another account here" in ada.get("settings/accounts/").text
    with admin.connect() as connection:
        assert connection.scalar(text("select user_id from guanxi.user_identity")) == sam.user_id


def test_what_was_begun_by_one_user_is_not_finished_by_another(ada, house, app, admin):
    house.says = ADA
    leaving = ada.post("settings/accounts/house")
    there = re.search(r'href="(http://127[^"]+)"', leaving.text)[1].replace("&amp;", "&")
    ada.client.delete_cookie("session")
    assert "unknown_state" in ada.get(path_of(house.sign_in(there))).text and joined(admin) == []


# --- where we go, and what the operator sees -----------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "192.168.1.1", "[::1]", "[::ffff:127.0.0.1]",
             "[64:ff9b::7f00:1]", "0.0.0.0", "100.64.0.1", "2130706433"],
)  # fmt: skip
def test_an_address_that_a_tenant_chose_never_leads_into_our_own_network(app, told, host):
    with pytest.raises(OutOfReach) as refused, outgoing.reaching(), outgoing.outgoing(guarded=True) as session:
        session.get(f"https://{host}:1/")
    assert refused.value.reason == "unreachable"
    with pytest.raises(outgoing.NotPublic):
        outgoing.public_addresses(host.strip("[]"), 443)


def test_only_https_is_spoken_unless_the_installation_allows_less(app, told):
    for address in ("http://login.example.com", "file:///etc/passwd", "https://user:word@login.example.com", "", None):
        with pytest.raises(OutOfReach):
            outgoing.require_https(address)
    told(SIGN_IN_PRIVATE_NETWORK="1")
    assert outgoing.require_https("http://localhost:1/") == "http://localhost:1/"


def test_redirects_and_floods_are_not_followed(house):
    house.metadata = {"flood": "x" * outgoing.LARGEST}
    with pytest.raises(OutOfReach) as refused:
        discovery.discover(house.issuer, guarded=True)
    assert refused.value.reason == "too_large"
    house.metadata = {}
    discovery.discover(house.issuer, guarded=True)
    house.client.redirects = []
    with pytest.raises(OutOfReach) as refused, outgoing.reaching(), outgoing.outgoing(guarded=False) as session:
        session.get(f"{house.issuer}/authorize?client_id={CLIENT}&response_type=code&scope=openid&state=s&nonce=n"
                    "&redirect_uri=http://localhost:1/&code_challenge=" + "x" * 43 + "&code_challenge_method=S256")  # fmt: skip
    assert refused.value.reason == "redirect"


def test_a_description_of_another_issuer_is_not_taken(house):
    house.metadata = {"issuer": "https://accounts.google.com"}
    with pytest.raises(OutOfReach) as refused:
        discovery.discover(house.issuer, guarded=False)
    assert refused.value.reason == "issuer"


def test_doctor_lists_the_providers_and_hides_their_secrets(house):
    shown = doctor.configuration()
    assert shown["SIGN_IN_HOUSE_ISSUER"] == house.issuer and shown["SIGN_IN_HOUSE_SECRET"] == doctor.HIDDEN
