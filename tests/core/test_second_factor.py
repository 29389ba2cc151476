"""A second factor: setting it up, being asked for it, losing it, and a workspace that wants it of everybody."""

import re
from datetime import timedelta

import pytest
from click.testing import CliRunner
from passlib.totp import TOTP
from sqlalchemy import select, text

from core import current, db
from core.auth.second_factor import code_app, recovery
from core.auth.second_factor.command import user
from core.auth.second_factor.holders import coverage
from core.auth.second_factor.models import CodeApp, RecoveryCode
from core.events import EventRow
from core.sealing import unseal
from core.settings import settings
from core.tenant import Tenant
from core.testing.cast import PASSWORD
from tenants.provisioning import add_member


@pytest.fixture
def visitor(app):
    return app.test_client()


def sign_in(visitor, email="ada@example.com", **typed):
    return visitor.post("/sign-in", data={"email": email, "password": PASSWORD} | typed)


def key_of(user_id):
    with db.role_session("auth") as session:
        return unseal(session.get(CodeApp, user_id).secret, owner=user_id)


def code_of(person, skew=0):
    return TOTP(key=key_of(person.user_id)).generate(current.now().timestamp() + skew).token


def offered(person):
    """The code of the app that scanned the page."""
    page = person.get("settings/security/app").text
    key = re.search(r'id="app-key">([^<]+)<', page)[1].replace(" ", "")
    return TOTP(key=key).generate(current.now().timestamp()).token


def set_up(person):
    """As a person does it: scan, type the code, keep the recovery codes."""
    page = person.post("settings/security/app", {"code": offered(person)})
    assert page.status_code == 200, page.text[:300]
    return re.findall(r"<li>([a-z0-9-]{14})\s*</li>", page.text)


@pytest.fixture
def protected(ada, clock):
    """ada, who signs in with codes of an app. Time has moved on since the code that she set it up with."""
    codes = set_up(ada)
    clock.move(seconds=60)
    return codes


def mailed(mails, address="ada@example.com"):
    """All that this address was written, in one text."""
    return "\n".join(" ".join(mail.get_body(("plain",)).get_content().split()) for mail in mails.to(address))


def events(person, *names):
    with person.inside():
        found = select(EventRow.name, EventRow.data).where(EventRow.name.in_(names)).order_by(EventRow.id)
        return db.session().execute(found).all()


# --- setting it up -------------------------------------------------------------------------------------


def test_an_app_is_set_up_by_a_code_of_it_and_ten_recovery_codes_are_shown_once(ada, mails):
    page = ada.get("settings/security/app")
    assert page.headers["Cache-Control"] == "no-store" and 'src="data:image/svg+xml' in page.text
    assert ada.get("settings/security/app").text.count("app-key") == page.text.count("app-key")
    wrong = ada.post("settings/security/app", {"code": "000000"})
    assert wrong.status_code == 422 and 'id="f-code-error"' in wrong.text
    codes = set_up(ada)
    assert len(codes) == len(set(codes)) == 10
    shown = ada.get("settings/security/")
    assert "10 codes left" in shown.text and not any(code in shown.text for code in codes)
    assert "asks for a code of your app" in mailed(mails)
    assert [name for name, _ in events(ada, "auth.second_factor_added")] == ["auth.second_factor_added"] * 2


def test_with_the_first_factor_other_browsers_are_signed_out_unless_they_may_stay(ada, visitor, app):
    other = app.test_client()
    sign_in(other)
    ada.client.post("/sign-in", data={"email": "ada@example.com", "password": PASSWORD})
    page = ada.post("settings/security/app", {"code": offered(ada)})
    box = re.search(r'<input[^>]*name="others"[^>]*>', page.text)[0]
    assert "checked" in box
    assert ada.post("settings/security/codes/kept", {}).location == "/w/acme/settings/security/"
    assert other.get("/w/acme/settings/security/").status_code == 200
    ada.post("settings/security/codes/kept", {"others": "1"})
    assert other.get("/w/acme/settings/security/").location.startswith("/sign-in")
    assert ada.get("settings/security/").status_code == 200
    assert 'name="others"' not in ada.post("settings/security/codes").text


def test_neither_the_key_nor_a_recovery_code_can_be_read_in_the_database(ada, admin):
    codes = set_up(ada)
    with admin.begin() as connection:
        kept = str(connection.execute(text("select * from guanxi.user_code_app")).all())
        kept += str(connection.execute(text("select * from guanxi.user_recovery_code")).all())
    assert key_of(ada.user_id) not in kept
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)


def test_codes_go_on_working_when_the_secret_key_is_replaced(ada, clock, visitor, monkeypatch):
    codes = set_up(ada)
    clock.move(seconds=60)
    monkeypatch.setattr("core.sealing._keys", lambda: ("a new key", settings().secret_key))
    assert code_app.is_code(ada.user_id, code_of(ada))
    assert recovery.use(ada.user_id, codes[0]) == 9


def test_the_offered_key_of_one_person_is_of_no_use_to_another(ada, bob):
    ada.get("settings/security/app")
    with ada.client.session_transaction() as hers, bob.client.session_transaction() as his:
        his["offered"] = hers["offered"]
    page = bob.get("settings/security/app")
    assert page.status_code == 200
    with ada.client.session_transaction() as hers, bob.client.session_transaction() as his:
        assert his["offered"] != hers["offered"]


# --- signing in ----------------------------------------------------------------------------------------


def test_nobody_is_signed_in_before_the_second_factor_is_shown(ada, protected, visitor):
    assert sign_in(visitor, next="/w/acme/settings/").location == "/sign-in/second"
    assert visitor.get("/w/acme/settings/").status_code == 303
    assert not visitor.get_cookie("remember_token")
    page = visitor.get("/sign-in/second")
    assert 'autocomplete="one-time-code"' in page.text and "ada@example.com" in page.text
    wrong = visitor.post("/sign-in/second", data={"code": "000000"})
    assert wrong.status_code == 422 and visitor.get("/w/acme/settings/").status_code == 303
    assert visitor.post("/sign-in/second", data={"code": code_of(ada)}).location == "/w/acme/settings/"
    assert visitor.get("/w/acme/settings/").status_code == 200
    (refused,) = events(ada, "auth.second_factor_refused")
    assert refused.data["factor"] == "code" and refused.data["ip"] == "127.0.0.1" and refused.data["device"]


@pytest.mark.parametrize(("skew", "works"), [(0, True), (-30, True), (30, True), (-90, False), (90, False)])
def test_clocks_may_differ_by_one_step_and_not_by_three(ada, protected, visitor, skew, works):
    sign_in(visitor)
    answer = visitor.post("/sign-in/second", data={"code": code_of(ada, skew)})
    assert answer.status_code == (303 if works else 422)


def test_a_code_is_accepted_once_and_none_before_it_afterwards(ada, protected, visitor, app, clock):
    sign_in(visitor)
    earlier, code = code_of(ada, -30), code_of(ada)
    assert visitor.post("/sign-in/second", data={"code": code}).status_code == 303
    other = app.test_client()
    sign_in(other)
    assert other.post("/sign-in/second", data={"code": code}).status_code == 422
    assert other.post("/sign-in/second", data={"code": earlier}).status_code == 422
    clock.move(seconds=30)
    assert other.post("/sign-in/second", data={"code": f" {code_of(ada)[:3]} {code_of(ada)[3:]}"}).status_code == 303


@pytest.mark.parametrize("typed", ["", "abc", "12345678901234567890", "１２３", "' or 1=1", "\x00"])
def test_what_is_no_code_at_all_is_refused_politely(ada, protected, visitor, typed):
    sign_in(visitor)
    assert visitor.post("/sign-in/second", data={"code": typed}).status_code == 422


def test_guessing_codes_takes_ever_longer(ada, protected, visitor, clock):
    sign_in(visitor)
    answers = [visitor.post("/sign-in/second", data={"code": f"{n:06}"}).status_code for n in range(8)]
    assert answers[:5] == [422] * 5 and 429 in answers
    assert visitor.post("/sign-in/second", data={"code": code_of(ada)}).status_code == 429
    clock.move(seconds=20)
    assert visitor.post("/sign-in/second", data={"code": code_of(ada)}).status_code == 303


def test_the_second_step_does_not_wait_for_ever_and_stands_for_no_other_password(ada, protected, visitor, clock):
    assert visitor.get("/sign-in/second").location == "/sign-in"
    assert visitor.post("/sign-in/second", data={"code": code_of(ada)}).location == "/sign-in"
    sign_in(visitor)
    clock.move(minutes=11)
    assert visitor.post("/sign-in/second", data={"code": code_of(ada)}).location == "/sign-in"
    assert visitor.get("/w/acme/").status_code == 303


def test_a_link_to_choose_a_password_does_not_lead_past_the_second_factor(ada, protected, visitor, mails):
    visitor.post("/reset-password", data={"email": "ada@example.com"})
    answer = visitor.post(mails.link("ada@example.com"), data={"password": "a quite different password"})
    assert answer.location == "/sign-in/second" and visitor.get("/w/acme/").status_code == 303
    assert visitor.post("/sign-in/second", data={"code": code_of(ada)}).location == "/"
    assert visitor.get("/w/acme/settings/").status_code == 200


def test_an_invitation_does_not_lead_past_the_second_factor(ada, protected, mallory, visitor, mails, admin):
    with mallory.inside():
        role = db.session().execute(text("select id from role where key = 'viewer'")).scalar_one()
    mallory.post("members/invite", {"email": "ada@example.com", "role": str(role)})
    link = mails.link("ada@example.com")
    with admin.begin() as connection:
        connection.execute(text("""update guanxi."user" set password = null where email = 'ada@example.com'"""))
    answer = visitor.post(link, data={"name": "Ada", "password": "a quite different password"})
    assert answer.location == "/sign-in/second" and visitor.get("/w/globex/").status_code == 303


# --- trusting a browser --------------------------------------------------------------------------------


def test_a_trusted_browser_is_not_asked_again_for_thirty_days(ada, protected, visitor, clock):
    sign_in(visitor)
    visitor.post("/sign-in/second", data={"code": code_of(ada), "trust": "1"})
    visitor.post("/sign-out")
    assert sign_in(visitor).location == "/"
    visitor.post("/sign-out")
    clock.move(days=31)
    assert sign_in(visitor).location == "/sign-in/second"


def test_trust_is_one_persons_and_ends_when_their_factors_change(ada, bob, protected, visitor, clock):
    set_up(bob)
    clock.move(seconds=60)
    sign_in(visitor)
    visitor.post("/sign-in/second", data={"code": code_of(ada), "trust": "1"})
    visitor.post("/sign-out")
    assert sign_in(visitor, "bob@example.com").location == "/sign-in/second"
    ada.post("settings/security/codes")
    assert sign_in(visitor).location == "/sign-in/second"


# --- recovery codes ------------------------------------------------------------------------------------


def test_a_recovery_code_works_once_and_is_told_by_mail(ada, protected, visitor, app, mails):
    sign_in(visitor)
    assert 'name="recovery"' in visitor.get("/sign-in/second?with=recovery").text
    typed = protected[0].upper().replace("-", " ")
    assert visitor.post("/sign-in/second", data={"recovery": typed}).location == "/"
    assert visitor.get("/w/acme/settings/").status_code == 200
    assert "You have 9 left" in mailed(mails)
    other = app.test_client()
    sign_in(other)
    again = other.post("/sign-in/second", data={"recovery": protected[0]})
    assert again.status_code == 422 and "used already" in again.text
    assert events(ada, "auth.recovery_code_used")[0].data["left"] == 9


def test_nobody_signs_in_with_a_recovery_code_of_somebody_else(ada, bob, protected, visitor, clock):
    set_up(bob)
    clock.move(seconds=60)
    sign_in(visitor, "bob@example.com")
    assert visitor.post("/sign-in/second", data={"recovery": protected[0]}).status_code == 422
    with db.role_session("auth") as session:
        assert session.scalars(select(RecoveryCode).where(RecoveryCode.used_at.is_not(None))).all() == []


def test_new_recovery_codes_take_the_place_of_the_old_ones_and_few_are_warned_of(ada, protected, mails):
    page = ada.post("settings/security/codes")
    assert page.headers["Cache-Control"] == "no-store" and 'download="guanxi-recovery-codes.txt"' in page.text
    codes = re.findall(r"<li>([a-z0-9-]{14})\s*</li>", page.text)
    assert not set(codes) & set(protected) and recovery.use(ada.user_id, protected[0]) is None
    for code in codes[:7]:
        recovery.use(ada.user_id, code)
    assert "Make new ones before you need them" in mailed(mails)
    assert "3 recovery codes left" in ada.get("settings/security/").text


# --- changing it ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["app", "passkeys/new"])
def test_who_signed_in_long_ago_shows_once_more_who_they_are(ada, clock, path):
    clock.move(minutes=16)
    answer = ada.get(f"settings/security/{path}")
    assert answer.location == f"/sign-in/again?next=/w/acme/settings/security/{path}"
    page = ada.post("/sign-in/again", {"password": "wrong horse", "next": f"/w/acme/settings/security/{path}"})
    assert page.status_code == 422 and 'id="f-password-error"' in page.text
    answer = ada.post("/sign-in/again", {"password": PASSWORD, "next": f"/w/acme/settings/security/{path}"})
    assert answer.location == f"/w/acme/settings/security/{path}"
    assert ada.get(f"settings/security/{path}").status_code == 200


def test_a_session_of_long_ago_removes_nothing(ada, protected, clock):
    clock.move(minutes=16)
    for path in ("app/removal", "codes", "passkeys/new"):
        assert "/sign-in/again" in ada.post(f"settings/security/{path}").location
    sign_in(ada.client)
    assert "Codes of the app" not in ada.get("settings/security/").text
    with db.role_session("auth") as session:
        assert session.get(CodeApp, ada.user_id) is not None


def test_a_code_shows_who_one_is_too_and_the_way_back_is_ours(ada, protected, clock):
    clock.move(minutes=16)
    answer = ada.post("/sign-in/again", {"code": code_of(ada), "next": "https://evil.example/"})
    assert answer.location == "/" and ada.get("settings/security/app").status_code == 200


def test_who_came_by_a_companys_provider_shows_something_of_their_own_if_they_belong_elsewhere_too(ada, bob, mallory):
    """What a company says of somebody opens that company, and not the keys of the person."""
    for person in (ada, bob):
        with person.client.session_transaction() as session:
            session["company"] = str(ada.tenant_id)
    with mallory.inside():
        add_member(ada.user_id, "Ada", "ada@example.com", "viewer")
    assert bob.get("settings/security/app").status_code == 200
    assert "/sign-in/again" in ada.get("settings/security/app").location
    ada.post("/sign-in/again", {"password": PASSWORD})
    assert ada.get("settings/security/app").status_code == 200


def test_the_app_is_given_up_and_the_password_alone_is_enough_again(ada, protected, visitor, mails):
    assert ada.post("settings/security/app/removal").status_code == 303
    assert sign_in(visitor).location == "/"
    assert "no longer asks for a code" in mailed(mails)
    assert recovery.use(ada.user_id, protected[0]) is None
    assert [data["factor"] for _name, data in events(ada, "auth.second_factor_removed")] == ["code_app"]


def test_nobody_who_is_not_signed_in_reaches_any_of_it(visitor, ada):
    for path in ("/w/acme/settings/security/", "/w/acme/settings/security/app", "/sign-in/again"):
        assert visitor.get(path).status_code == 303
    assert visitor.post("/w/acme/settings/security/codes").status_code == 303
    assert visitor.post("/sign-in/second/question").status_code == 403


# --- a workspace that wants it of everybody ------------------------------------------------------------


def demand(person, days):
    with person.inside():
        tenant = db.session().scalars(select(Tenant)).one()
        tenant.security = {"second_factor_from": (current.now() + timedelta(days=days)).date().isoformat()}


def test_in_the_time_of_grace_a_bar_says_how_long_it_is(ada, bob):
    demand(ada, 14)
    page = bob.get("customers/")
    assert page.status_code == 200 and re.search(r"gx-notice.*1[45] days left", page.text)
    assert "days left" in bob.get("settings/security/").text
    set_up(bob)
    assert "gx-notice" not in bob.get("customers/").text


def test_afterwards_every_page_leads_to_setting_it_up_and_programs_go_on(ada, bob):
    demand(ada, -1)
    for path in ("", "customers/", "settings/", "members/"):
        assert ada.get(path).location == "/w/acme/settings/security/"
    assert ada.post("customers/", {"name": "Sneaky"}).location == "/w/acme/settings/security/"
    assert ada.get("notifications/count", headers={"HX-Request": "true"}).status_code == 204
    for path in ("settings/security/", "settings/security/app", "settings/profile", "settings/password"):
        assert ada.get(path).status_code == 200
    assert ada.api("GET", "customers").json["data"] == []
    set_up(ada)
    assert ada.get("customers/").status_code == 200
    assert bob.post("/sign-out").location == "/sign-in"


def test_a_second_factor_that_a_provider_asked_for_counts(ada):
    demand(ada, -1)
    with ada.client.session_transaction() as session:
        session["strong"] = True
    assert ada.get("customers/").status_code == 200


def test_another_workspace_of_the_same_person_demands_nothing(ada, mallory):
    with mallory.inside():
        add_member(ada.user_id, "Ada", "ada@example.com", "viewer")
    demand(ada, -1)
    assert ada.get("/w/globex/customers/").status_code == 200
    assert ada.get("customers/").status_code == 303


def test_the_demand_costs_no_query(ada, statements):
    ada.get("customers/")
    with statements() as before:
        ada.get("customers/")
    demand(ada, 30)
    with statements() as after:
        ada.get("customers/")
    assert len(after) == len(before)


# --- what administrators do ----------------------------------------------------------------------------


def test_how_many_have_a_second_factor_is_counted_in_this_workspace_alone(ada, bob, sam, mallory):
    set_up(bob)
    set_up(mallory)
    with ada.inside():
        assert coverage() == (1, 3)


def test_the_list_of_members_shows_who_has_one(ada, bob):
    assert "Has a second factor" not in ada.get("members/").text
    set_up(bob)
    assert ada.get("members/").text.count("Has a second factor") == 2


def test_the_operator_resets_it_at_the_machine(ada, bob, visitor):
    set_up(bob)
    said = CliRunner().invoke(user, ["reset-second-factor", "Bob@example.com"])
    assert said.exit_code == 0 and sign_in(visitor, "bob@example.com").location == "/"
    assert "no second factor" in CliRunner().invoke(user, ["reset-second-factor", "bob@example.com"]).output
    assert CliRunner().invoke(user, ["reset-second-factor", "nobody@example.com"]).exit_code == 1


def test_an_administrator_resets_what_a_member_lost_and_the_member_is_told(ada, bob, visitor, mails):
    set_up(bob)
    answer = ada.post(f"members/{bob.member_id}/second-factor/reset")
    assert answer.location == "/w/acme/members/"
    assert sign_in(visitor, "bob@example.com").location == "/"
    assert "Ada Lovelace took away" in mailed(mails, "bob@example.com")
    assert events(ada, "auth.second_factor_reset")[0].data["member"] == "Bob Viewer"


def test_over_the_api_it_is_told_who_has_one_and_a_lost_one_is_taken_away(ada, bob, sam, visitor):
    set_up(bob)
    assert bob.get("").status_code == 200
    shown = {each["id"]: each for each in ada.api("GET", "members/sign-in").json["data"]}
    of_bob, of_sam = shown[str(bob.member_id)], shown[str(sam.member_id)]
    assert (of_bob["second_factor"], of_sam["second_factor"]) == (True, False)
    assert of_bob["last_seen_at"]
    assert ada.api("GET", f"members/sign-in?member={sam.member_id}").json["data"] == [of_sam]
    assert sam.api("GET", "members/sign-in").status_code == 403
    assert sam.api("DELETE", f"members/{bob.member_id}/second-factor").status_code == 403
    assert ada.api("DELETE", f"members/{ada.member_id}/second-factor").status_code == 409
    assert ada.api("DELETE", f"members/{bob.member_id}/second-factor").status_code == 204
    assert sign_in(visitor, "bob@example.com").location == "/"


def test_nobody_resets_the_second_factor_of_who_belongs_to_another_workspace_too(ada, bob, mallory, visitor):
    """Else one could invite somebody, and open their other workspaces to whoever has the password."""
    with mallory.inside():
        member_id = add_member(bob.user_id, "Bob", "bob@example.com", "viewer").id
    set_up(bob)
    mallory.post(f"members/{member_id}/second-factor/reset")
    assert sign_in(visitor, "bob@example.com").location == "/sign-in/second"


def test_only_who_manages_members_resets_and_nobody_their_own(ada, bob, sam, visitor):
    set_up(bob)
    assert sam.post(f"members/{bob.member_id}/second-factor/reset").status_code == 403
    set_up(ada)
    ada.post(f"members/{ada.member_id}/second-factor/reset")
    assert sign_in(visitor, "bob@example.com").location == sign_in(visitor).location == "/sign-in/second"
