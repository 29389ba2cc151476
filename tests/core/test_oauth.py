"""Apps of third parties: registered, approved, consented to, and driven by a real OAuth client.

The client is Authlib's own, which knows nothing of our code: it makes the addresses and proofs, and its requests go
into the application by a transport of `requests`.
"""

import io
import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from authlib.integrations.base_client.errors import OAuthError as BaseOAuthError
from authlib.integrations.requests_client import OAuth2Session
from PIL import Image
from requests import Response
from requests.adapters import BaseAdapter
from sqlalchemy import text

from core import db
from core.auth.keys import make_key
from core.auth.models import ApiToken
from core.auth.oauth import purging
from core.auth.oauth.models import OAuthCode, OAuthRefresh
from core.auth.oauth.redirects import is_safe, same_place
from core.events import EventRow
from core.settings import settings
from core.testing.cast import found_company
from tenants.provisioning import add_member

BACK = "https://app.example.com/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
SCOPES = ["customer:read", "customer:write", "contact:read"]


class IntoTheApplication(BaseAdapter):
    """Requests of a program, answered by the application without a network between."""

    def __init__(self, app):
        super().__init__()
        self.app = app

    def send(self, request, **_options):
        parts = urlsplit(request.url)
        answer = self.app.test_client().open(
            parts.path, query_string=parts.query, method=request.method, data=request.body,
            headers=[(k, v) for k, v in request.headers.items() if k.lower() != "content-length"],
        )  # fmt: skip
        made = Response()
        made.status_code, made.raw, made.url, made.request = (
            answer.status_code,
            io.BytesIO(answer.data),
            request.url,
            request,
        )
        made.headers.update(answer.headers)
        return made

    def close(self):
        pass


class App:
    """An app of a third party: what its own makers run."""

    def __init__(self, flask, client_id, secret=None, **options):
        self.flask, self.id, self.secret = flask, client_id, secret
        method = {} if secret else {"token_endpoint_auth_method": "none"}
        self.client = OAuth2Session(client_id, secret, redirect_uri=BACK, code_challenge_method="S256",
                                    scope=" ".join(SCOPES), **(method | options))  # fmt: skip
        for scheme in ("https://", "http://"):
            self.client.mount(scheme, IntoTheApplication(flask))

    def url(self, verifier=VERIFIER, **more):
        url, self.state = self.client.create_authorization_url("https://crm.example.com/oauth/authorize",
                                                               code_verifier=verifier, **more)  # fmt: skip
        parts = urlsplit(url)
        return f"{parts.path}?{parts.query}"

    def fetch(self, back, **more):
        return self.client.fetch_token("https://crm.example.com/oauth/token", authorization_response=back,
                                       state=self.state, **({"code_verifier": VERIFIER} | more))  # fmt: skip

    def ask(self, token, path="me", method="GET", **options):
        headers = {"Authorization": f"Bearer {token}"}
        return self.flask.test_client().open(f"/api/v1/{path}", method=method, headers=headers, **options)

    def post(self, path, **form):
        """A request by hand, as nobody's library makes it."""
        client = {"client_id": self.id} | ({"client_secret": self.secret} if self.secret else {})
        return self.flask.test_client().post(path, data={k: v for k, v in (client | form).items() if v is not None})


def register(person, public=False, **more):
    body = {
        "name": "Mailer",
        "homepage": "https://app.example.com",
        "redirect_uris": [BACK],
        "scopes": SCOPES,
        "public": public,
    }
    made = person.api("POST", "apps", json=body | more)
    assert made.status_code == 201, made.text
    return App(person.app, made.json["data"]["id"], made.json["data"]["client_secret"])


def consent(person, app, answer="allow", url=None, slug=None):
    """Follow the app's link in the person's browser and answer. Returns where the browser is sent back to."""
    sent = person.client.get(url or app.url())
    assert sent.status_code == 303
    page = person.client.get(sent.location)
    assert page.status_code == 200
    where = re.search(r'<form method="post" action="([^"]+)"', page.text)[1].replace("&amp;", "&")
    back = person.client.post(where, data={"answer": answer})
    assert back.status_code == 303
    return back.location


def said(back):
    return {key: value for key, (value,) in parse_qs(urlsplit(back).query).items()}


def events(person, name):
    with person.inside():
        return [row.data for row in db.session().query(EventRow).filter(EventRow.name == name).order_by(EventRow.id)]


@pytest.fixture
def app_of_globex(mallory):
    return register(mallory)


@pytest.fixture
def mailer(ada, app_of_globex):
    """A confidential app of Globex that Acme approved."""
    assert ada.api("POST", f"app-approvals/{app_of_globex.id}").status_code == 200
    return app_of_globex


# --- the whole way --------------------------------------------------------------------------------------


def test_an_app_acts_for_a_member_who_agreed(ada, sam, mailer):
    back = consent(sam, mailer)
    assert back.startswith(f"{BACK}?code=gxc_")
    assert said(back)["state"] == mailer.state and said(back)["iss"] == settings().base_url
    token = mailer.fetch(back)
    assert token["token_type"] == "Bearer" and token["expires_in"] == 3600 and token["scope"] == " ".join(SCOPES)
    me = mailer.ask(token["access_token"]).json["data"]
    assert (me["member"]["name"], me["scopes"], me["token"]["app"]) == ("Sam Seller", sorted(SCOPES), "Mailer")
    made = mailer.ask(token["access_token"], "customers", "POST", json={"name": "Roadrunner"})
    assert made.status_code == 201
    assert mailer.ask(token["access_token"], "contacts", "POST", json={"name": "Wile"}).status_code == 403
    assert mailer.ask(token["access_token"], "tasks").status_code == 403
    customer = made.json["data"]["id"]
    assert "via Mailer" in sam.get(f"customers/{customer}").text
    with ada.inside():
        (row,) = db.session().query(EventRow).filter(EventRow.record_id == customer).all()
        assert (row.cause["kind"], row.cause["via"], row.actor_id) == ("token", "Mailer", sam.member_id)
    (given,) = events(sam, "auth.consent_given")
    assert given["title"] == "Mailer" and given["scopes"] == SCOPES


def test_the_library_renews_its_token_by_itself(sam, mailer):
    token = mailer.fetch(consent(sam, mailer))
    renewed = mailer.client.refresh_token("https://crm.example.com/oauth/token", token["refresh_token"])
    assert renewed["refresh_token"] != token["refresh_token"]
    assert mailer.ask(renewed["access_token"], "customers").status_code == 200


def test_a_public_app_needs_no_secret_but_its_proof(ada, sam):
    app = register(ada, public=True)
    token = app.fetch(consent(sam, app))
    assert app.ask(token["access_token"], "customers").status_code == 200
    assert app.post("/oauth/token", grant_type="refresh_token", refresh_token=token["refresh_token"]).status_code == 200
    by_itself = app.post("/oauth/token", grant_type="client_credentials")
    assert (by_itself.status_code, by_itself.json["error"]) == (401, "invalid_client")


def test_the_consent_page_tells_who_wants_what_and_cannot_be_framed(sam, mailer):
    page = sam.client.get(sam.client.get(mailer.url()).location)
    for words in (
        "Mailer",
        "by Globex",
        "As you, Sam Seller, in Acme",
        "see Customers",
        "create, change and delete Customers",
    ):
        assert words in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "form-action 'self' https://app.example.com" in policy and "frame-ancestors 'none'" in policy
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "https://app.example.com" not in sam.get("settings/connections/").headers["Content-Security-Policy"]


def test_the_page_cannot_be_answered_from_another_site(application, sam, mailer):
    application.config["WTF_CSRF_ENABLED"] = True
    try:
        refused = sam.client.post(sam.client.get(mailer.url()).location, data={"answer": "allow"})
    finally:
        application.config["WTF_CSRF_ENABLED"] = False
    assert refused.status_code == 400
    with sam.inside():
        assert db.session().query(OAuthCode).count() == 0


def test_whoever_says_no_goes_back_without_a_code(sam, mailer):
    for answer in ("deny", "", "yes please"):
        back = consent(sam, mailer, answer)
        assert said(back) | {"error_description": ""} == {
            "error": "access_denied", "error_description": "", "state": mailer.state, "iss": settings().base_url}  # fmt: skip
    assert events(sam, "auth.consent_given") == []


def test_strangers_sign_in_first_and_come_back(app, mailer):
    answer = app.test_client().get(mailer.url())
    assert answer.status_code == 303 and answer.location.startswith("/sign-in?next=/oauth/authorize?")


def test_a_person_in_several_workspaces_chooses_one(app, ada, mailer):
    carol = found_company(app, "Carol", "carol@example.com", "initech", "Initech")
    with ada.inside():
        add_member(carol.user_id, "Carol", "carol@example.com", "sales")
    page = carol.client.get(mailer.url())
    assert page.status_code == 200 and "Acme" in page.text and "Initech" in page.text
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="(/w/\w+/oauth/consent[^"]+)"', page.text)]
    assert [link.split("/")[2] for link in links] == ["acme", "initech"]
    carol.client.get("/w/acme/")
    assert carol.client.get(links[0]).status_code == 200
    assert "is not approved here" in carol.client.get(links[1]).text


def test_nobody_consents_where_they_do_not_belong(mallory, ada, mailer):
    asked = urlsplit(mailer.url()).query
    assert mallory.client.get(f"/w/acme/oauth/consent?{asked}").status_code == 404
    assert mallory.client.post(f"/w/acme/oauth/consent?{asked}", data={"answer": "allow"}).status_code == 404


# --- a request that cannot be trusted ------------------------------------------------------------------


def test_nobody_is_sent_to_an_address_that_the_app_did_not_name(sam, mailer):
    for change in [
        {"redirect_uri": "https://evil.example.com/callback"},
        {"redirect_uri": BACK + "/"},
        {"redirect_uri": BACK + "?x=1"},
        {"redirect_uri": "https://app.example.com:444/callback"},
        {"redirect_uri": "https://app.example.com@evil.example.com/callback"},
        {"redirect_uri": "//evil.example.com"},
        {"redirect_uri": 'https://"evil'},
        {"redirect_uri": None},
        {"client_id": "01890000-0000-7000-8000-000000000000"},
        {"client_id": "' or 1=1"},
        {"client_id": None},
    ]:
        asked = {key: value for key, (value,) in parse_qs(urlsplit(mailer.url()).query).items()} | change
        query = urlencode({key: value for key, value in asked.items() if value is not None})
        for path in ("/oauth/authorize", "/w/acme/oauth/consent"):
            answer = sam.client.get(f"{path}?{query}")
            assert answer.status_code == 400 and "cannot come in" in answer.text and "Location" not in answer.headers
        answer = sam.client.post(f"/w/acme/oauth/consent?{query}", data={"answer": "allow"})
        assert answer.status_code == 400 and "Location" not in answer.headers


def test_two_addresses_are_as_bad_as_a_wrong_one(sam, mailer):
    answer = sam.client.get(mailer.url() + "&redirect_uri=https://evil.example.com")
    assert answer.status_code == 400 and "Location" not in answer.headers


def test_what_an_app_may_not_ask_is_told_to_it(sam, mailer):
    for change, error in [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"scope": "customer:read admin"}, "invalid_scope"),
        ({"scope": "*"}, "invalid_scope"),
        ({"scope": "no:such"}, "invalid_scope"),
    ]:
        asked = {key: value for key, (value,) in parse_qs(urlsplit(mailer.url()).query).items()} | change
        query = urlencode({key: value for key, value in asked.items() if value is not None})
        for path in ("/oauth/authorize", "/w/acme/oauth/consent"):
            answer = sam.client.get(f"{path}?{query}")
            assert answer.status_code == 303 and answer.location.startswith(f"{BACK}?")
            told = said(answer.location)
            assert (told["error"], told["state"], told["iss"]) == (error, mailer.state, settings().base_url)


def test_an_app_is_not_registered_with_an_address_that_leads_astray(ada):
    for uri in [
        "http://app.example.com/",
        "https://",
        "javascript:alert(1)",
        "https://a.example/#x",
        "https://a.example/;x",
        "myapp://back",
        "https://u:p@a.example/",
        "https://*.example.com/",
        "https://a.example/ b",
        "http://127.0.0.1.evil.example/",
    ]:
        assert not is_safe(uri)
        body = {"name": "Mailer", "homepage": "https://app.example.com", "redirect_uris": [uri], "scopes": SCOPES}
        refused = ada.api("POST", "apps", json=body)
        assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "redirect_uris")


def test_only_a_program_on_ones_own_machine_chooses_its_port():
    assert is_safe("http://127.0.0.1/back") and is_safe("http://[::1]:8080/") and is_safe("http://localhost:3000/")
    assert same_place("http://127.0.0.1:51004/back", "http://127.0.0.1/back")
    assert same_place("http://[::1]:9/back?a=b", "http://[::1]/back?a=b")
    for asked, known in (
        ("http://127.0.0.1:51004/other", "http://127.0.0.1/back"),
        ("http://127.0.0.1:1@evil.example/back", "http://127.0.0.1/back"),
        ("http://127.0.0.2/back", "http://127.0.0.1/back"),
        ("https://127.0.0.1:1/back", "http://127.0.0.1/back"),
        ("https://app.example.com:444/", "https://app.example.com/"),
        ("http://localhost:4000/", "http://localhost:3000/"),
    ):
        assert not same_place(asked, known), asked


# --- codes ---------------------------------------------------------------------------------------------


def test_a_code_is_worth_nothing_without_its_proof(sam, mailer):
    back = consent(sam, mailer)
    code = said(back)["code"]
    for verifier, error in (("x" * 43, "invalid_grant"), ("short", "invalid_request"), (None, "invalid_request")):
        refused = mailer.post(
            "/oauth/token", grant_type="authorization_code", code=code, redirect_uri=BACK, code_verifier=verifier
        )
        assert (refused.status_code, refused.json["error"]) == (400, error)
    assert mailer.fetch(back)["access_token"]


def test_a_code_lives_for_a_minute(sam, mailer, clock):
    back = consent(sam, mailer)
    clock.move(seconds=61)
    with pytest.raises(BaseOAuthError, match="invalid_grant"):
        mailer.fetch(back)


def test_a_code_goes_with_the_address_it_was_sent_to_and_the_app_it_is_for(ada, sam, mailer):
    other = register(ada, name="Other")
    code = said(consent(sam, mailer))["code"]
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
    assert mailer.post("/oauth/token", **form, redirect_uri="https://app.example.com/").json["error"] == "invalid_grant"
    assert mailer.post("/oauth/token", **form).json["error"] == "invalid_grant"
    assert other.post("/oauth/token", **form, redirect_uri=BACK).json["error"] == "invalid_grant"
    assert mailer.post("/oauth/token", **form, redirect_uri=BACK).status_code == 200


def test_a_code_that_comes_twice_ends_what_it_brought_about(sam, mailer):
    back = consent(sam, mailer)
    token = mailer.fetch(back)
    later = mailer.fetch(consent(sam, mailer))
    with pytest.raises(BaseOAuthError, match="invalid_grant"):
        mailer.state = said(back)["state"]
        mailer.fetch(back)
    assert mailer.ask(token["access_token"]).json["type"] == "urn:guanxi:problem:token_revoked"
    refused = mailer.post("/oauth/token", grant_type="refresh_token", refresh_token=token["refresh_token"])
    assert refused.json["error"] == "invalid_grant"
    assert mailer.ask(later["access_token"]).status_code == 200
    assert [each["what"] for each in events(sam, "auth.app_key_reused")] == ["code"]


def test_of_two_who_bring_a_code_at_once_one_gets_tokens(sam, mailer):
    code = said(consent(sam, mailer))["code"]

    def exchange(_n):
        return mailer.post("/oauth/token", grant_type="authorization_code", code=code, redirect_uri=BACK,
                           code_verifier=VERIFIER).status_code  # fmt: skip

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(exchange, range(2))) == [200, 400]


# --- refresh tokens ------------------------------------------------------------------------------------


def refresh(app, token, **more):
    return app.post("/oauth/token", grant_type="refresh_token", refresh_token=token["refresh_token"], **more)


def test_a_refresh_token_that_comes_twice_ends_its_whole_family(sam, mailer):
    first = mailer.fetch(consent(sam, mailer))
    second = refresh(mailer, first).json
    assert mailer.ask(first["access_token"]).status_code == mailer.ask(second["access_token"]).status_code == 200
    assert refresh(mailer, first).json["error"] == "invalid_grant"
    for token in (first, second):
        assert mailer.ask(token["access_token"]).status_code == 401
    assert refresh(mailer, second).json["error"] == "invalid_grant"
    assert [each["what"] for each in events(sam, "auth.app_key_reused")] == ["refresh token"]


def test_scopes_only_ever_narrow(sam, mailer):
    token = mailer.fetch(consent(sam, mailer, url=mailer.url(scope="customer:read")))
    assert token["scope"] == "customer:read"
    assert refresh(mailer, token, scope="customer:read customer:write").json["error"] == "invalid_scope"
    assert refresh(mailer, token, scope="customer:read").json["scope"] == "customer:read"
    assert mailer.ask(token["access_token"], "customers", "POST", json={"name": "x"}).status_code == 403


def test_a_refresh_token_is_for_its_app_alone_and_for_sixty_days(ada, sam, mailer, clock):
    token = mailer.fetch(consent(sam, mailer))
    assert refresh(register(ada, name="Other"), token).json["error"] == "invalid_grant"
    clock.move(days=59)
    token = refresh(mailer, token).json
    clock.move(days=61)
    assert refresh(mailer, token).json["error"] == "invalid_grant"


def test_however_often_it_is_renewed_an_app_asks_its_member_again_after_half_a_year(sam, mailer, clock):
    token = mailer.fetch(consent(sam, mailer))
    for _month in range(3):
        clock.move(days=55)
        token = refresh(mailer, token).json
    clock.move(days=16)
    assert refresh(mailer, token).json["error"] == "invalid_grant"


def test_an_access_token_lives_for_an_hour(sam, mailer, clock):
    token = mailer.fetch(consent(sam, mailer))
    clock.move(minutes=61)
    assert mailer.ask(token["access_token"]).json["type"] == "urn:guanxi:problem:token_expired"
    assert refresh(mailer, token).status_code == 200


# --- who the app is ------------------------------------------------------------------------------------


def test_an_app_proves_who_it_is_every_time(sam, mailer):
    token = mailer.fetch(consent(sam, mailer))
    for secret in (None, "wrong", make_key("gxs"), mailer.secret + "x"):
        refused = mailer.post(
            "/oauth/token", grant_type="refresh_token", refresh_token=token["refresh_token"], client_secret=secret
        )
        assert (refused.status_code, refused.json["error"]) == (401, "invalid_client"), secret
    assert refresh(mailer, token).status_code == 200


def test_what_is_no_grant_is_refused_as_oauth_says(mailer):
    for form, error in [
        ({"grant_type": "password", "username": "ada", "password": "x"}, "unsupported_grant_type"),
        ({"grant_type": "implicit"}, "unsupported_grant_type"),
        ({"grant_type": 'x"\\'}, "invalid_request"),
        ({}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "gxc_nonsense"}, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": make_key("gxc")}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": make_key("gxr")}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "\x00"}, "invalid_request"),
        ({"grant_type": "client_credentials"}, "unauthorized_client"),
    ]:
        refused = mailer.post("/oauth/token", **form)
        assert (refused.status_code, refused.json["error"]) == (400, error)
        assert refused.headers["Cache-Control"] == "no-store"


def test_parameters_do_not_come_twice_nor_in_the_address(sam, mailer):
    token = mailer.fetch(consent(sam, mailer))
    twice = urlencode([("client_id", mailer.id), ("client_secret", mailer.secret), ("grant_type", "refresh_token"),
                       ("refresh_token", token["refresh_token"]), ("refresh_token", "x")])  # fmt: skip
    client, kind = mailer.flask.test_client(), "application/x-www-form-urlencoded"
    assert client.post("/oauth/token", data=twice, content_type=kind).json["error"] == "invalid_request"
    assert client.post(f"/oauth/token?{twice}").status_code == 400
    assert client.get("/oauth/token").status_code == 405


# --- by itself -----------------------------------------------------------------------------------------


def test_an_app_acts_by_itself_as_a_program_of_its_own_workspace(ada, mallory):
    role = next(r["id"] for r in ada.api("GET", "roles").json["data"] if r["key"] == "sales")
    program = ada.api("POST", "service-members", json={"name": "Sync", "roles": [role]}).json["data"]["id"]
    app = register(ada, service_member=program, redirect_uris=[])
    client = OAuth2Session(app.id, app.secret, scope="customer:read")
    client.mount("https://", IntoTheApplication(ada.app))
    token = client.fetch_token("https://crm.example.com/oauth/token", grant_type="client_credentials")
    assert "refresh_token" not in token and token["scope"] == "customer:read"
    me = app.ask(token["access_token"]).json["data"]
    assert (me["member"]["name"], me["tenant"]["slug"], me["token"]["app"]) == ("Sync", "acme", "Mailer")
    assert app.post("/oauth/token", grant_type="client_credentials", scope="admin").json["error"] == "invalid_scope"
    ada.api("PATCH", f"service-members/{program}", json={"active": False})
    assert app.ask(token["access_token"]).status_code == 401
    assert app.post("/oauth/token", grant_type="client_credentials").json["error"] == "unauthorized_client"
    body = {
        "name": "Spy",
        "homepage": "https://spy.example",
        "scopes": ["read"],
        "public": False,
        "service_member": program,
    }
    assert mallory.api("POST", "apps", json=body).status_code == 404


# --- approval ------------------------------------------------------------------------------------------


def test_without_approval_a_member_can_only_ask_for_it(ada, sam, app_of_globex, mails):
    app = app_of_globex
    page = sam.client.get(sam.client.get(app.url()).location)
    assert page.status_code == 403 and "is not approved here" in page.text
    asked = urlsplit(app.url()).query
    assert sam.client.post(f"/w/acme/oauth/consent?{asked}", data={"answer": "allow"}).status_code == 409
    for _twice in range(2):
        assert sam.client.post(f"/w/acme/oauth/request?{asked}").status_code == 303
    assert "Sam Seller asks to use the app “Mailer” by Globex" in ada.get("notifications/").text
    assert len(events(ada, "auth.app_asked")) == 1
    listed = ada.get("settings/apps/").text
    assert "Asked for" in listed
    shown = ada.get(f"settings/apps/{app.id}/approval").text
    assert "see Customers" in shown and "by Globex" in shown and BACK in shown
    assert sam.get("settings/apps/").status_code == sam.post(f"settings/apps/{app.id}/approval").status_code == 403
    ada.post(f"settings/apps/{app.id}/approval")
    assert "You can now use the app “Mailer” here" in sam.get("notifications/").text
    assert app.ask(app.fetch(consent(sam, app))["access_token"]).status_code == 200
    (approved,) = events(ada, "auth.app_approved")
    assert (approved["publisher"], approved["scopes"]) == ("Globex", SCOPES)


def test_over_the_api_an_app_is_looked_at_before_it_is_approved_and_gets_another_secret(ada, mallory, app_of_globex):
    address = f"app-approvals/{app_of_globex.id}"
    seen = ada.api("GET", address).json["data"]
    assert (seen["wants"], seen["scopes"], seen["status"]) == (SCOPES, [], None)
    ada.api("POST", address)
    seen = ada.api("GET", address).json["data"]
    assert (seen["scopes"], seen["status"]) == (SCOPES, "approved")
    assert ada.api("GET", "app-approvals/01890000-0000-7000-8000-000000000000").status_code == 404

    renewed = mallory.api("POST", f"apps/{app_of_globex.id}/secret").json["data"]
    assert renewed["client_secret"] not in (None, app_of_globex.secret)
    assert ada.api("POST", f"apps/{app_of_globex.id}/secret").status_code == 404


def test_an_app_is_looked_up_by_its_client_id(ada, app_of_globex):
    found = ada.post("settings/apps/finding", {"client_id": f" {app_of_globex.id} "})
    assert found.location.endswith(f"/settings/apps/{app_of_globex.id}/approval")
    for nonsense in ("", "nonsense", "01890000-0000-7000-8000-000000000000"):
        assert ada.post("settings/apps/finding", {"client_id": nonsense}).status_code == 422
    assert ada.get("settings/apps/01890000-0000-7000-8000-000000000000/approval").status_code == 404


def test_what_an_app_wants_beyond_is_approved_anew(ada, sam, mallory, mailer):
    token = mailer.fetch(consent(sam, mailer))
    mallory.api("PATCH", f"apps/{mailer.id}", json={"scopes": [*SCOPES, "task:read"]})
    assert consent(sam, mailer).startswith(BACK)
    page = sam.client.get(sam.client.get(mailer.url(scope="task:read")).location)
    assert page.status_code == 403
    assert "It wants more than was approved before" in ada.get(f"settings/apps/{mailer.id}/approval").text
    assert mailer.ask(token["access_token"], "tasks").status_code == 403
    ada.api("POST", f"app-approvals/{mailer.id}")
    assert consent(sam, mailer, url=mailer.url(scope="task:read")).startswith(BACK)


def test_withdrawn_by_an_admin_the_app_stops_for_everybody(ada, sam, mallory, mailer):
    mallory.api("POST", f"app-approvals/{mailer.id}")
    token, pending = mailer.fetch(consent(sam, mailer)), said(consent(ada, mailer))["code"]
    theirs = mailer.fetch(consent(mallory, mailer))
    assert mallory.api("DELETE", f"app-approvals/{mailer.id}").status_code == 204
    assert mailer.ask(theirs["access_token"]).status_code == 401
    assert mailer.ask(token["access_token"]).status_code == 200
    ada.post(f"settings/apps/{mailer.id}/approval/withdrawal")
    assert mailer.ask(token["access_token"]).json["type"] == "urn:guanxi:problem:token_revoked"
    assert refresh(mailer, token).json["error"] == "invalid_grant"
    late = mailer.post(
        "/oauth/token", grant_type="authorization_code", code=pending, redirect_uri=BACK, code_verifier=VERIFIER
    )
    assert late.json["error"] == "invalid_grant"
    assert "Mailer" not in sam.get("settings/connections/").text
    listed = ada.get("settings/apps/").text
    assert "Withdrawn" in listed and f"settings/apps/{mailer.id}/approval" in listed
    assert "Approve again" in ada.get(f"settings/apps/{mailer.id}/approval").text
    ada.post(f"settings/apps/{mailer.id}/approval")
    assert "Approve again" not in ada.get("settings/apps/").text
    assert mailer.ask(token["access_token"]).status_code == 401
    assert len(events(ada, "auth.app_withdrawn")) == 1


def test_withdrawn_by_a_member_it_stops_for_that_member(sam, eve, mailer):
    of_sam, of_eve = (mailer.fetch(consent(person, mailer)) for person in (sam, eve))
    listed = sam.get("settings/connections/").text
    assert "Mailer" in listed and "see Contacts" in listed
    for _twice in range(2):
        assert sam.post(f"settings/connections/{mailer.id}/withdrawal").status_code == 303
    assert mailer.ask(of_sam["access_token"]).status_code == 401
    assert refresh(mailer, of_sam).json["error"] == "invalid_grant"
    assert mailer.ask(of_eve["access_token"]).status_code == 200
    assert "Mailer" not in sam.get("settings/connections/").text
    assert len(events(sam, "auth.consent_withdrawn")) == 1
    assert eve.post("settings/connections/01890000-0000-7000-8000-000000000000/withdrawal").status_code == 404


def test_a_member_without_access_takes_the_app_along(ada, sam, mailer):
    token = mailer.fetch(consent(sam, mailer))
    ada.post(f"members/{sam.member_id}/deactivation")
    assert mailer.ask(token["access_token"]).status_code == 401
    assert refresh(mailer, token).json["error"] == "invalid_grant"


# --- telling and revoking ------------------------------------------------------------------------------


def test_an_app_ends_and_is_told_of_its_own_tokens_alone(ada, sam, mailer):
    token, other = mailer.fetch(consent(sam, mailer)), register(ada, name="Other")

    def told(app, key):
        return app.post("/oauth/introspect", token=key).json

    known = told(mailer, token["access_token"])
    assert (known["active"], known["client_id"], known["sub"], known["tenant"]) == (
        True,
        mailer.id,
        str(sam.member_id),
        "acme",
    )
    assert told(mailer, token["refresh_token"])["active"]
    for key in (token["access_token"], token["refresh_token"], sam.token(), make_key(), "nonsense"):
        assert told(other, key) == {"active": False}
    assert told(mailer, sam.token()) == {"active": False}
    assert other.post("/oauth/revoke", token=token["access_token"]).json["error"] == "invalid_grant"
    assert mailer.post("/oauth/revoke", token=make_key()).status_code == 200
    assert mailer.post("/oauth/revoke", token=sam.token()).status_code == 200
    assert mailer.ask(sam.token()).status_code == mailer.ask(token["access_token"]).status_code == 200
    assert mailer.post("/oauth/revoke", token=token["access_token"]).status_code == 200
    assert told(mailer, token["access_token"]) == {"active": False}
    token = refresh(mailer, token).json
    assert mailer.post("/oauth/revoke", token=token["refresh_token"]).status_code == 200
    assert mailer.ask(token["access_token"]).status_code == 401
    for path in ("/oauth/introspect", "/oauth/revoke"):
        assert mailer.post(path, token="x", client_secret="wrong").status_code == 401


def test_everything_is_found_at_the_well_known_place(app):
    told = app.test_client().get("/.well-known/oauth-authorization-server").json
    assert told["issuer"] == settings().base_url
    assert told["code_challenge_methods_supported"] == ["S256"] and told["response_types_supported"] == ["code"]
    assert "customer:read" in told["scopes_supported"] and "*" not in told["scopes_supported"]
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    for name in ("authorization", "token", "revocation", "introspection"):
        assert urlsplit(told[f"{name}_endpoint"]).path in rules


# --- what an app may never ------------------------------------------------------------------------------


def test_an_app_makes_no_keys_and_approves_no_apps(ada, mallory):
    app = register(mallory, scopes=["read", "write", "admin"])
    ada.api("POST", f"app-approvals/{app.id}")
    token = app.fetch(consent(ada, app, url=app.url(scope="read write admin")))["access_token"]
    assert app.ask(token, "service-members").status_code == 200
    body = {"name": "x", "homepage": "https://x.example", "scopes": ["read"], "redirect_uris": ["https://x.example/"]}
    for path, sent in (
        ("tokens", {"name": "x", "scopes": ["read"]}),
        ("apps", body),
        (f"app-approvals/{app.id}", None),
    ):
        assert app.ask(token, path, "POST", json=sent).status_code == 403, path
    person = ada.member_id
    for method, path, sent in (
        ("PUT", "settings/sign-in-provider", {"label": "x", "issuer": "https://x.example", "client_id": "x"}),
        ("DELETE", "settings/sign-in-provider", None),
        ("POST", "settings/sign-in-provider/domains", {"domain": "x.example"}),
        ("DELETE", f"members/{person}/second-factor", None),
    ):
        answer = app.ask(token, path, method, json=sent)
        assert (answer.status_code, answer.json["detail"]) == (403, "An app cannot do this."), path
    (listed,) = ada.api("GET", "tokens").json["data"]
    assert listed["name"] == "test"
    assert ada.api("DELETE", f"tokens/{only_token(ada, app).id}").status_code == 404


def only_token(person, app):
    with person.inside():
        return db.session().query(ApiToken).filter(ApiToken.app_id == app.id).one()


# --- registering ---------------------------------------------------------------------------------------


def picture(size=(300, 200)):
    Image.new("RGB", size, "teal").save(kept := io.BytesIO(), "PNG")
    return kept.getvalue()


def described(**more):
    return {"name": "Mailer", "homepage": "https://app.example.com", "redirect_uris": f"{BACK}\nhttp://127.0.0.1/back",
            "kind": "confidential", "scopes": ["customer:read", "read"]} | more  # fmt: skip


def test_an_app_is_registered_in_the_settings_and_its_secret_shown_once(ada, app):
    page = ada.post("settings/apps/new", described(logo=(io.BytesIO(picture()), "logo.png")))
    secret = re.search(r'id="token-secret">(gxs_\w+)<', page.text)[1]
    client_id = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", page.text)[0]
    assert page.headers["Cache-Control"] == "no-store"
    shown = ada.get(f"settings/apps/{client_id}").text
    assert secret not in shown and secret[-4:] in shown and "http://127.0.0.1/back" in shown
    logo = app.test_client().get(f"/oauth/apps/{client_id}/logo")
    assert logo.mimetype == "image/png" and Image.open(io.BytesIO(logo.data)).size == (128, 85)
    ada.post(f"settings/apps/{client_id}", described(name="Postman", scopes=["read"]))
    assert "Postman" in ada.get("settings/apps/").text
    renewed = re.search(r'id="token-secret">(gxs_\w+)<', ada.post(f"settings/apps/{client_id}/secret").text)[1]
    mine = App(app, client_id, secret)
    assert mine.post("/oauth/introspect", token="x").status_code == 401
    mine.secret = renewed
    assert mine.post("/oauth/introspect", token="x").json == {"active": False}
    names = [row["title"] for row in events(ada, "auth.app_changed")]
    assert names == ["Postman", "Postman"] and len(events(ada, "auth.app_registered")) == 1
    with ada.inside():
        assert renewed not in str([(r.data, r.changes) for r in db.session().query(EventRow)])


def test_what_cannot_be_registered_is_refused_beside_its_field(ada):
    for typed, field in [
        ({"name": ""}, "name"),
        ({"homepage": "javascript:alert(1)"}, "homepage"),
        ({"redirect_uris": "http://evil.example.com/"}, "redirect_uris"),
        ({"redirect_uris": ""}, "redirect_uris"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["*"]}, "scopes"),
        ({"logo": (io.BytesIO(b"<svg onload=alert(1)>"), "x.svg")}, "logo"),
    ]:
        page = ada.post("settings/apps/new", described(**typed))
        assert page.status_code == 422 and f'id="f-{field}-error"' in page.text


def test_only_its_publisher_changes_an_app_and_removing_it_ends_it_everywhere(ada, sam, mallory, mailer):
    token = mailer.fetch(consent(sam, mailer))
    for path in ("", "/secret", "/removal"):
        assert ada.post(f"settings/apps/{mailer.id}{path}", described()).status_code == 404
    assert ada.api("PATCH", f"apps/{mailer.id}", json={"name": "Mine"}).status_code == 404
    assert mallory.api("DELETE", f"apps/{mailer.id}").status_code == 204
    assert mailer.ask(token["access_token"]).json["type"] == "urn:guanxi:problem:token_revoked"
    assert refresh(mailer, token).json["error"] == "invalid_client"
    assert sam.client.get(mailer.url()).status_code == 400


# --- what is left --------------------------------------------------------------------------------------


def test_nothing_that_opens_a_door_is_kept_as_it_is(ada, sam, mailer, admin):
    back = consent(sam, mailer)
    token = mailer.fetch(back)
    secrets = (said(back)["code"], token["access_token"], token["refresh_token"], mailer.secret)
    with admin.connect() as connection:
        for table in (
            "oauth_app",
            "oauth_code",
            "oauth_refresh",
            "oauth_consent",
            "api_token",
            "event",
            "idempotency_key",
        ):
            kept = str(connection.execute(text(f"select * from guanxi.{table}")).all())
            assert not any(secret in kept for secret in secrets), table


def test_what_expired_is_forgotten_each_night(ada, sam, mailer, clock):
    mailer.fetch(consent(sam, mailer))
    sam.token()
    clock.move(days=8)
    with ada.inside():
        purging.forget_expired()
        assert db.session().query(OAuthCode).count() == 0
        assert [token.name for token in db.session().query(ApiToken).filter(ApiToken.app_id.is_not(None))] == []
        assert db.session().query(OAuthRefresh).count() == 1
    assert sam.api("GET", "me").status_code == 200
