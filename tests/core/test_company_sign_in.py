"""A company's own provider: setting it up, proving its mail domains, and its people coming in by it."""

import re
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from core import db
from core.auth.policy import policy
from core.auth.providers import identities
from core.auth.providers.looking_again import look_again
from core.auth.providers.somebody import Somebody
from core.testing.cast import PASSWORD, found_company, hire
from tenants.provisioning import add_member
from tests.core.dns_server import DnsServer
from tests.core.oidc_server import CLIENT, SECRET, query_of
from tests.core.providers_for_tests import come_by, is_in, path_of

START = "/sign-in/company/acme"
NINA = {"sub": "nina", "name": "Nina New", "email": "nina@acme.example", "email_verified": True}


@pytest.fixture(scope="module")
def dns_program():
    server = DnsServer()
    yield server
    server.stop()


@pytest.fixture
def dns(dns_program, told):
    dns_program.texts, dns_program.mute = {}, False
    told(SIGN_IN_DNS=dns_program.address)
    return dns_program


@pytest.fixture
def visitor(app):
    return app.test_client()


@pytest.fixture
def room(ada, oidc, told, dns):
    """Acme with its provider set up and its domain proven: newcomers become sellers."""
    told(SIGN_IN_PRIVATE_NETWORK="1")
    assert save(ada, oidc, joins="1", role=role(ada, "sales")).status_code == 303
    prove(ada, dns, "acme.example")
    return oidc


def save(person, oidc, **more):
    typed = {"label": "Acme account", "issuer": oidc.issuer, "client_id": CLIENT, "secret": SECRET, "enabled": "1",
             "passwords": "1"}  # fmt: skip
    typed = {key: value for key, value in (typed | more).items() if value is not None}
    return person.post("settings/sign-in-provider/", typed)


def prove(person, dns, domain):
    assert person.post("settings/sign-in-provider/domains", {"domain": domain}).status_code == 303
    page = person.get("settings/sign-in-provider/").text
    token = re.findall(r"guanxi-domain=[0-9a-f]+", page)[-1]
    domain_id = re.findall(r"domains/([0-9a-f-]{36})/proof", page)[-1]
    dns.texts[f"_guanxi.{domain}"] = [token]
    assert person.post(f"settings/sign-in-provider/domains/{domain_id}/proof").status_code == 303


def role(person, key):
    with person.inside() as context:
        query = text("select id from role where tenant_id = :tenant and key = :key")
        return str(db.session().scalar(query, {"tenant": context.tenant_id, "key": key}))


def said_no(page, reason):
    assert f"Reason: {reason}" in page.text, re.findall("Reason: [^<]*", page.text)
    return True


def log(admin, name="auth.company_sign_in_refused"):
    with admin.connect() as connection:
        query = text("select data from guanxi.event where name = :name order by id")
        return list(connection.execute(query, {"name": name}).scalars())


def members(admin):
    query = """select m.email, m.status, r.key from guanxi.member m
      join guanxi.member_role x on x.tenant_id = m.tenant_id and x.member_id = m.id
      join guanxi.role r on r.tenant_id = m.tenant_id and r.id = x.role_id order by m.email"""
    with admin.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


# --- setting up ----------------------------------------------------------------------------------------


def test_an_administrator_sets_the_provider_up_and_its_secret_is_sealed_and_never_shown(ada, room, admin):
    with admin.connect() as connection:
        kept = connection.execute(text("select issuer, secret from guanxi.company_provider")).one()
        told_of = connection.scalar(
            text("select changes::text from guanxi.event where name = 'auth.company_provider_changed'")
        )
    assert kept.issuer == room.issuer and SECRET not in kept.secret and kept.secret.startswith("gAAAA")
    page = ada.get("settings/sign-in-provider/").text
    assert SECRET not in page and kept.secret not in page and SECRET not in told_of
    assert "http://localhost:8000/sign-in/company/acme/callback" in page and "Proven" in page
    assert save(ada, room, secret="", label="Other name").status_code == 303  # the secret stays


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"issuer": "http://127.0.0.1:1"}, "issuer"), ({"issuer": "nonsense"}, "issuer"), ({"secret": ""}, "secret"),
     ({"client_id": ""}, "client_id"), ({"joins": "1", "role": None}, "role"), ({"joins": "1", "role": "owner"}, "role"),
     ({"joins": "1", "role": "admin"}, "role"), ({"passwords": None}, "passwords")],
)  # fmt: skip
def test_what_cannot_be_is_said_beside_its_field(ada, oidc, told, dns, typed, field):
    told(SIGN_IN_PRIVATE_NETWORK="1")
    if typed.get("role"):
        typed = typed | {"role": role(ada, typed["role"])}
    page = save(ada, oidc, **typed)
    assert page.status_code == 422 and f'id="f-{field}-error"' in page.text
    assert SECRET not in page.text


def test_without_leave_of_the_operator_the_issuer_must_be_on_the_public_internet(ada, oidc, told):
    oidc.asked.clear()
    page = save(ada, oidc)
    assert page.status_code == 422 and "Use an address that begins with https://" in page.text
    page = save(ada, oidc, issuer=oidc.issuer.replace("http:", "https:"))
    assert page.status_code == 422 and "has to be reachable from the internet" in page.text
    assert oidc.asked == []


def test_who_may_not_manage_security_sees_and_changes_nothing(ada, sam, room):
    assert sam.get("settings/sign-in-provider/").status_code == 403
    assert save(sam, room).status_code == 403
    assert sam.post("settings/sign-in-provider/removal").status_code == 403


# --- domains -------------------------------------------------------------------------------------------


def test_a_domain_counts_once_its_dns_says_so(ada, room, dns, visitor):
    ada.post("settings/sign-in-provider/domains", {"domain": "@Other.Example"})
    page = ada.get("settings/sign-in-provider/").text
    domain = re.search(r"domains/([0-9a-f-]{36})/proof", page)[1]
    proof = f"settings/sign-in-provider/domains/{domain}/proof"
    assert "_guanxi.other.example" in page

    assert "has no TXT record yet" in ada.post(proof).text
    dns.texts["_guanxi.other.example"] = ["v=spf1 -all", "guanxi-domain=of-somebody-else"]
    assert "has another text" in ada.post(proof).text
    dns.mute = True
    assert "does not answer" in ada.post(proof).text
    room.says = NINA | {"email": "nina@other.example"}
    assert said_no(come_by(visitor, room, START), "other_domain")

    dns.mute = False
    dns.texts["_guanxi.other.example"].append(re.search("guanxi-domain=[0-9a-f]{32}", page)[0])
    assert ada.post(proof).status_code == 303
    assert come_by(visitor, room, START).location == "/w/acme/"


@pytest.mark.parametrize(
    "domain", ["gmail.com", "QQ.com", "163.com", "outlook.com", "not a domain", "acme.example", ""]
)
def test_public_mail_domains_and_nonsense_are_refused(ada, room, domain):
    page = ada.post("settings/sign-in-provider/domains", {"domain": domain})
    assert page.status_code == 422 and 'id="f-domain-error"' in page.text


def test_a_domain_that_is_taken_out_lets_nobody_in_any_more(ada, room, visitor):
    page = ada.get("settings/sign-in-provider/").text
    domain = re.search(r"domains/([0-9a-f-]{36})/removal", page)[1]
    ada.post(f"settings/sign-in-provider/domains/{domain}/removal")
    room.says = NINA
    assert said_no(come_by(visitor, room, START), "other_domain")


# --- coming in -----------------------------------------------------------------------------------------


def test_somebody_new_becomes_a_member_with_the_chosen_role_and_it_is_written_down(visitor, ada, room, admin):
    room.says = NINA
    answer = come_by(visitor, room, f"{START}?next=/w/acme/tasks/")
    assert answer.location == "/w/acme/tasks/" and is_in(visitor)
    assert ("nina@acme.example", "active", "sales") in members(admin)
    came = log(admin, "auth.came_by_company")[0]
    assert came["account"] == "nina@acme.example" and came["joined"] is True and came["ip"] == "127.0.0.1"
    visitor.post("/sign-out")
    assert come_by(visitor, room, START).location == "/w/acme/" and len(members(admin)) == 2


def test_many_providers_do_not_say_whether_an_address_is_confirmed_and_one_that_says_no_is_believed(
    visitor, ada, room, admin
):
    room.says = NINA | {"email_verified": False}
    assert said_no(come_by(visitor, room, START), "unverified") and len(members(admin)) == 1
    room.says = {key: value for key, value in NINA.items() if key != "email_verified"}
    assert come_by(visitor, room, START).location == "/w/acme/"


@pytest.mark.parametrize(
    ("said", "reason"),
    [({"email": "nina@globex.example"}, "other_domain"), ({"email": "nina@sub.acme.example"}, "other_domain"),
     ({"email": "nina@acme.example.evil.example"}, "other_domain"), ({"email": None}, "no_email"),
     ({"nonce": "x"}, "invalid_claim:nonce"), ({"aud": ["x"]}, "aud"), ({"iss": "https://x.example"}, "iss")],
)  # fmt: skip
def test_others_are_not_let_in_and_the_company_reads_why(visitor, ada, room, admin, said, reason):
    room.says, room.lies = NINA, said
    page = come_by(visitor, room, START)
    assert reason in re.search("Reason: ([^<]*)", page.text)[1] and not is_in(visitor)
    assert len(members(admin)) == 1
    assert reason in log(admin)[0]["reason"] and log(admin)[0]["ip"] == "127.0.0.1"


def test_without_joining_by_themselves_newcomers_need_an_invitation_and_then_get_its_role(
    visitor, ada, room, admin, mails
):
    save(ada, room)
    room.says = NINA
    assert said_no(come_by(visitor, room, START), "not_a_member")
    ada.post("members/invite", {"email": "nina@acme.example", "role": role(ada, "viewer")})
    assert come_by(visitor, room, START).location == "/w/acme/"
    assert ("nina@acme.example", "active", "viewer") in members(admin)


def test_whoever_was_shut_out_stays_out(visitor, ada, room, admin):
    room.says = NINA
    come_by(visitor, room, START)
    with admin.begin() as connection:
        connection.execute(text("update guanxi.member set status = 'deactivated' where email = 'nina@acme.example'"))
    visitor.post("/sign-out")
    assert said_no(come_by(visitor, room, START), "ended") and not is_in(visitor)


def test_seats_of_the_plan_count_for_newcomers(visitor, ada, room, admin):
    with admin.begin() as connection:
        connection.execute(text("update guanxi.tenant set seats = 1"))
    room.says = NINA
    assert said_no(come_by(visitor, room, START), "no_seat")
    with admin.connect() as connection:
        assert connection.scalar(text('select count(*) from guanxi."user"')) == 1  # nor an account without a workspace


def test_a_provider_that_was_switched_off_or_removed_meanwhile_lets_nobody_in(visitor, ada, room):
    room.says = NINA
    back = room.sign_in(visitor.get(START).location)
    save(ada, room, enabled=None)
    assert visitor.get(path_of(back)).status_code == 404 and visitor.get(START).status_code == 404
    ada.post("settings/sign-in-provider/removal")
    assert not is_in(visitor) and "Remove the sign-in" not in ada.get("settings/sign-in-provider/").text


def test_the_answer_for_one_company_is_not_taken_by_another(visitor, ada, room, mallory, dns, admin):
    save(mallory, room, joins="1", role=role(mallory, "sales"))
    room.says = NINA
    back = path_of(room.sign_in(visitor.get(START).location))
    assert said_no(visitor.get(back.replace("/acme/", "/globex/")), "mixed_up")
    assert [event["reason"] for event in log(admin)] == ["mixed_up"]
    assert said_no(come_by(visitor, room, "/sign-in/company/globex"), "other_domain")


# --- whose account the company may open ----------------------------------------------------------------


@pytest.fixture
def people(ada, room, app):
    """At Acme: Pia works there only, Olga owns it too, Wanda also works at Globex."""
    pia = hire(ada, "Pia", "pia@acme.example", "sales")
    olga = hire(ada, "Olga", "olga@acme.example", "owner")
    wanda = hire(ada, "Wanda", "wanda@acme.example", "sales")
    globex = found_company(app, "Greta", "greta@globex.example", "globex", "Globex")
    with globex.inside():
        add_member(wanda.user_id, "Wanda", "wanda@acme.example", "sales")
    return SimpleNamespace(pia=pia, olga=olga, wanda=wanda)


def test_the_company_opens_the_account_of_who_works_only_there(visitor, people, room):
    room.says = {"sub": "pia", "email": "pia@acme.example"}
    assert come_by(visitor, room, START).location == "/w/acme/" and is_in(visitor)


@pytest.mark.parametrize("who", ["olga", "wanda"])
def test_an_owner_and_a_member_of_other_workspaces_sign_in_by_their_own_means_first(visitor, people, room, admin, who):
    room.says = {"sub": who, "email": f"{who}@acme.example", "email_verified": True}
    page = come_by(visitor, room, START)
    assert "only you can connect it" in page.text and not is_in(visitor)
    visitor.post("/sign-in", data={"email": f"{who}@acme.example", "password": PASSWORD, "next": "/sign-in/link"})
    assert "Whoever administers Acme account" in visitor.get("/sign-in/link").text
    again = visitor.post("/sign-in/link").location
    assert again == START
    assert come_by(visitor, room, again).location == "/w/acme/"


def test_who_came_by_the_company_reaches_its_workspace_and_no_other(visitor, people, room):
    identities.connect(people.wanda.user_id, Somebody(room.issuer, "wanda"), "company")
    room.says = {"sub": "wanda", "email": "wanda@acme.example"}
    come_by(visitor, room, START)
    assert is_in(visitor) and visitor.get("/w/globex/settings/profile").status_code == 403
    assert "opens only that company" in visitor.get("/w/globex/").text.replace("&#39;", "'")
    assert visitor.post("/w/acme/settings/accounts/house").status_code in (303, 403)


def test_what_a_company_vouched_for_opens_nothing_at_the_operators_door(visitor, room, told, admin):
    """Acme and the installation use the same provider: Acme's word is good for Acme."""
    room.says = NINA | {"email_verified": True}
    come_by(visitor, room, START)
    visitor.post("/sign-out")
    told(SIGN_IN_HOUSE_ISSUER=room.issuer, SIGN_IN_HOUSE_ID=CLIENT, SIGN_IN_HOUSE_SECRET=SECRET)
    page = come_by(visitor, room)
    assert "You have an account here already" in page.text and not is_in(visitor)


def test_more_than_one_factor_at_the_companys_own_provider_is_enough_and_is_noted(visitor, ada, room, admin):
    room.says = NINA | {"amr": ["pwd", "mfa"]}
    come_by(visitor, room, START)
    with visitor.session_transaction() as session:
        assert session["strong"] is True
    visitor.post("/sign-out")
    with admin.begin() as connection:
        connection.execute(text('update guanxi."user" set factors_at = now()'))
    assert come_by(visitor, room, START).location == "/w/acme/"
    visitor.post("/sign-out")
    room.says = NINA | {"amr": ["pwd"]}
    assert come_by(visitor, room, START).location.startswith("/sign-in/second")
    assert not is_in(visitor)


def test_what_another_company_vouched_for_is_not_taken_over(visitor, ada, room, mallory, dns, admin):
    """Both companies prove one domain at one provider: the second asks the person first."""
    save(mallory, room, joins="1", role=role(mallory, "sales"))
    prove(mallory, dns, "acme.example")
    room.says = NINA
    come_by(visitor, room, START)
    visitor.post("/sign-out")
    assert "only you can connect it" in come_by(visitor, room, "/sign-in/company/globex").text
    assert len(members(admin)) == 3 and not is_in(visitor, "globex")


# --- finding the way -----------------------------------------------------------------------------------


def test_an_address_or_a_workspace_leads_to_the_companys_provider(visitor, ada, room):
    for typed in ("Nina@Acme.example", "acme", "https://crm.example/w/acme/tasks/"):
        page = visitor.post("/sign-in/company", data={"company": typed})
        there = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.text)[1].replace("&amp;", "&")
        assert there.startswith(room.issuer)
    assert query_of(there).get("login_hint") is None
    for typed in ("nobody@nowhere.example", "globex", "", "a@b"):
        page = visitor.post("/sign-in/company", data={"company": typed})
        assert page.status_code == 422 and 'id="f-company-error"' in page.text


def test_whoever_is_not_signed_in_is_offered_the_companys_way_into_its_workspace(visitor, ada, room):
    page = visitor.get(visitor.get("/w/acme/tasks/").location).text
    assert "Sign in with Acme account" in page and f"{START}?next=/w/acme/tasks/" in page
    assert "Sign in with your company" in visitor.get("/sign-in").text


def test_members_of_the_domain_may_be_held_to_the_companys_way_in_and_owners_never_are(
    visitor, ada, people, room, admin
):
    save(ada, room, passwords=None, secret="", joins="1", role=role(ada, "sales"))
    with ada.inside():
        assert list(policy().company_domains) == ["acme.example"]
    sign_in = {"password": PASSWORD, "next": "/w/acme/"}
    visitor.post("/sign-in", data=sign_in | {"email": "pia@acme.example"})
    led = visitor.get("/w/acme/tasks/")
    assert led.status_code == 303 and led.location == "/sign-in/company?workspace=acme&next=/w/acme/tasks/"
    assert "wants its people to come in" in visitor.get(led.location).text
    room.says = {"sub": "pia", "email": "pia@acme.example"}
    assert come_by(visitor, room, START).location == "/w/acme/" and is_in(visitor)

    visitor.post("/sign-out")
    visitor.post("/sign-in", data=sign_in | {"email": "olga@acme.example"})
    assert is_in(visitor)
    ada.post("settings/sign-in-provider/removal")
    visitor.post("/sign-out")
    visitor.post("/sign-in", data=sign_in | {"email": "pia@acme.example"})
    assert is_in(visitor)


# --- over the API --------------------------------------------------------------------------------------

SETTINGS = "settings/sign-in-provider"


def test_the_provider_is_set_up_changed_and_removed_over_the_api(ada, sam, oidc, told, dns, visitor):
    told(SIGN_IN_PRIVATE_NETWORK="1")
    assert ada.api("GET", SETTINGS).status_code == 404
    wish = {"label": "Acme account", "issuer": oidc.issuer, "client_id": CLIENT, "joins": True,
            "role": role(ada, "sales")}  # fmt: skip
    missing = ada.api("PUT", SETTINGS, json=wish)
    assert (missing.status_code, missing.json["errors"][0]["field"]) == (422, "secret")
    made = ada.api("PUT", SETTINGS, json=wish | {"secret": SECRET})
    assert made.status_code == 200 and made.json["data"]["callback"].endswith(f"{START}/callback")
    renamed = ada.api("PUT", SETTINGS, json=wish | {"label": "Other"})
    assert ada.api("GET", SETTINGS).json["data"] == renamed.json["data"] == made.json["data"] | {"label": "Other"}
    assert SECRET not in made.text + renamed.text and "secret" not in made.json["data"]

    claimed = ada.api("POST", f"{SETTINGS}/domains", json={"domain": "Acme.example"}).json["data"]
    proof = f"{SETTINGS}/domains/{claimed['id']}/proof"
    assert ada.api("POST", proof).json["errors"][0]["code"] == "missing"
    dns.texts[claimed["record"]["name"]] = [claimed["record"]["text"]]
    assert ada.api("POST", proof).json["data"]["admits"] is True
    assert [each["domain"] for each in ada.api("GET", f"{SETTINGS}/domains").json["data"]] == ["acme.example"]
    oidc.says = NINA
    assert come_by(visitor, oidc, START).location == "/w/acme/"

    for method, path in (("GET", SETTINGS), ("DELETE", SETTINGS), ("GET", f"{SETTINGS}/domains"), ("POST", proof)):
        assert sam.api(method, path).status_code == 403
    assert ada.api("DELETE", f"{SETTINGS}/domains/{claimed['id']}").status_code == 204
    assert ada.api("DELETE", SETTINGS).status_code == 204
    assert ada.api("GET", SETTINGS).status_code == 404


# --- proof that lasts ----------------------------------------------------------------------------------


def look(person, run_jobs):
    """As every night does."""
    with person.inside():
        look_again.later()
    run_jobs()


def test_a_domain_whose_proof_is_gone_is_told_of_and_after_two_weeks_nobody_new_joins_by_it(
    visitor, ada, room, dns, clock, run_jobs, admin
):
    room.says = NINA
    assert come_by(visitor, room, START).location == "/w/acme/"
    record = dns.texts.pop("_guanxi.acme.example")
    dns.mute = True
    look(ada, run_jobs)
    assert log(admin, "auth.domain_proof_missing") == []  # a DNS that does not answer says nothing

    dns.mute = False
    for _twice in range(2):
        look(ada, run_jobs)
    assert [each["domain"] for each in log(admin, "auth.domain_proof_missing")] == ["acme.example"]
    assert "no longer shows that the domain is yours" in ada.get("notifications/").text
    assert "Proof missing" in ada.get("settings/sign-in-provider/").text
    room.says = NINA | {"sub": "olga", "email": "olga@acme.example"}
    assert come_by(visitor.application.test_client(), room, START).location == "/w/acme/"

    clock.move(days=15)
    for _twice in range(2):
        look(ada, run_jobs)
    assert len(log(admin, "auth.domain_lapsed")) == 1
    room.says = NINA | {"sub": "pia", "email": "pia@acme.example"}
    assert said_no(come_by(visitor.application.test_client(), room, START), "lapsed")
    room.says = NINA
    assert come_by(visitor.application.test_client(), room, START).location == "/w/acme/"

    dns.texts["_guanxi.acme.example"] = record
    look(ada, run_jobs)
    room.says = NINA | {"sub": "pia", "email": "pia@acme.example"}
    assert come_by(visitor.application.test_client(), room, START).location == "/w/acme/"
