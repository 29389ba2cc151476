"""Where one is signed in: what is kept of it, how it ends, and what a workspace may demand of it."""

import re

import pytest
from sqlalchemy import select, text

from core import db
from core.auth.policy_page.changing import change_policy
from core.auth.sessions.keeping import SEEN_EVERY
from core.events import EventRow
from core.hosts import init_hosts
from core.settings import settings
from core.testing.cast import PASSWORD, Person
from tenants.provisioning import NewTenant, make_tenant

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"


def sign_in(app, browser=None, email="ada@example.com", **options):
    visitor = browser or app.test_client()
    extra = {key: options.pop(key) for key in ("headers", "environ_overrides") if key in options}
    answer = visitor.post("/sign-in", data={"email": email, "password": PASSWORD} | options, **extra)
    assert answer.status_code == 303, answer.text
    return visitor


def is_in(browser, slug="acme"):
    return browser.get(f"/w/{slug}/settings/").status_code == 200


def rows(admin, columns="*"):
    with admin.connect() as connection:
        return connection.execute(text(f"select {columns} from guanxi.sign_in_session order by made_at")).all()


def events(person, name):
    """What the workspace was told of this kind, the latest first."""
    with person.inside():
        told = select(EventRow).where(EventRow.name == name).order_by(EventRow.id.desc())
        return [event.data for event in db.session().scalars(told)]


@pytest.fixture
def globex(ada):
    """A second workspace, of which ada is a member too."""
    tenant_id = db.new_id()
    new = NewTenant(tenant_id, "globex", "Globex", ada.user_id, "Ada Lovelace", "ada@example.com")
    member_id = make_tenant(new)
    return Person(ada.app, "Ada Lovelace", "ada@example.com", ada.user_id, tenant_id, member_id, "globex")


# --- the cookie and its row ----------------------------------------------------------------------------


def test_the_cookie_holds_a_random_token_and_the_table_only_its_hash(app, ada, admin):
    visitor = sign_in(app)
    with visitor.session_transaction() as cookie:
        token = cookie["sign_in"]
        assert str(ada.user_id) not in str(dict(cookie)) and f"uniquifier-{ada.user_id}" not in str(dict(cookie))
    kept = [row.token_hash for row in rows(admin)]
    assert token not in kept and len(set(kept)) == 2 and len(token) >= 40


@pytest.mark.parametrize("change", ["another token", "no token"])
def test_a_token_that_is_not_ours_opens_nothing(app, ada, change):
    visitor = sign_in(app)
    with visitor.session_transaction() as cookie:
        cookie["sign_in"] = "x" * 43 if change == "another token" else None
        cookie["_user_id"] = f"uniquifier-{ada.user_id}"
        cookie["_fresh"] = True
    visitor.set_cookie("remember_token", f"uniquifier-{ada.user_id}|" + "0" * 128)
    assert not is_in(visitor)


def test_signing_in_again_gives_another_token_and_ends_the_session_before(app, ada, admin):
    visitor = sign_in(app)
    first = visitor.get_cookie("session").value
    visitor.post("/sign-in", data={"email": "ada@example.com", "password": PASSWORD})
    thief = app.test_client()
    thief.set_cookie("session", first)
    assert is_in(visitor) and not is_in(thief)


def test_signing_out_ends_the_session_also_for_whoever_copied_the_cookie(app, ada):
    visitor = sign_in(app)
    copied = visitor.get_cookie("session").value
    visitor.post("/sign-out")
    thief = app.test_client()
    thief.set_cookie("session", copied)
    assert not is_in(thief)


def test_a_remembered_browser_stays_for_thirty_days_and_another_for_a_day_without_use(app, ada, clock):
    kept, passing, busy = sign_in(app, remember="1"), sign_in(app), sign_in(app)
    assert kept.get_cookie("session").expires is not None and passing.get_cookie("session").expires is None
    clock.move(hours=23)
    assert is_in(busy)
    clock.move(hours=2)
    assert is_in(kept) and is_in(busy) and not is_in(passing)
    clock.move(days=28)
    assert is_in(kept)
    clock.move(days=1)
    assert not is_in(kept), "thirty days after signing in, however much it was used"


# --- statements ----------------------------------------------------------------------------------------


def context_of(sent):
    """What was asked before the page's own questions: everything up to the context, without entering the tenant."""
    asked = [s for s in sent if not s.lower().startswith("set local")]
    end = next(i for i, s in enumerate(asked) if "tenant_module" in s and "member_role" in s)
    return asked[: end + 1]


def test_session_user_member_and_roles_are_two_statements_on_a_page_and_with_a_token(ada, statements):
    ada.get("settings/profile"), ada.api("GET", "me")
    with statements() as page:
        assert ada.get("settings/profile").status_code == 200
    with statements() as api:
        assert ada.api("GET", "me").status_code == 200
    assert len(context_of(page)) == len(context_of(api)) == 2
    assert not [s for s in page[3:] if "sign_in_session" in s or 'from "user"' in s.lower()], "nobody asks again"


def test_being_seen_is_noted_once_a_minute(ada, statements, clock):
    ada.get("settings/profile")
    clock.move(seconds=61)
    writes = []
    for _twice in range(2):
        with statements() as sent:
            ada.get("settings/profile")
        writes.append(sum("update sign_in_session" in s.lower() for s in sent))
    assert writes == [1, 0] and SEEN_EVERY.total_seconds() == 60


def test_a_page_that_looks_for_news_by_itself_keeps_no_session_alive(ada, statements, clock):
    clock.move(seconds=61)
    assert "X-Unasked" in ada.get("settings/profile").text
    clock.move(seconds=61)
    with statements() as sent:
        ada.get("notifications/count", headers={"X-Unasked": "true", "HX-Request": "true"})
    assert not [s for s in sent if "update sign_in_session" in s.lower()]


# --- the list ------------------------------------------------------------------------------------------


def test_one_sees_where_one_is_signed_in_and_signs_another_browser_out(app, ada):
    other = sign_in(app, headers={"User-Agent": PHONE}, environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
    mine = sign_in(app, headers={"User-Agent": FIREFOX})
    page = mine.get("/w/acme/settings/sessions/").text
    assert "Mobile Safari · iOS" in page and "203.0.113.9" in page and "Firefox · Windows" in page
    assert page.count("This browser") == 1
    ending = re.search(r'id="session-[^"]+".*?Mobile Safari.*?action="([^"]+)"', page, re.DOTALL)[1]
    assert is_in(other)
    mine.post(ending)
    assert not is_in(other) and is_in(mine) and "Mobile Safari" not in mine.get("/w/acme/settings/sessions/").text
    assert mine.post(ending).status_code == 303, "twice is once"
    assert events(ada, "auth.session_ended")[0]["device"] == "Mobile Safari · iOS"


def test_all_others_are_signed_out_at_once(app, ada):
    others = [sign_in(app), sign_in(app)]
    mine = sign_in(app)
    mine.post("/w/acme/settings/sessions/ending")
    assert is_in(mine) and not is_in(ada.client) and not any(is_in(other) for other in others)


def test_nobody_ends_the_session_of_somebody_else(app, ada, bob, admin):
    of_bob = next(row.id for row in rows(admin, "id, user_id") if row.user_id == bob.user_id)
    ada.post(f"settings/sessions/{of_bob}/ending")
    assert is_in(bob.client)


def test_the_place_is_told_where_a_file_of_places_is_given(app, ada, tmp_path, monkeypatch):
    monkeypatch.setenv("GEOIP_FILE", str(tmp_path / "missing.mmdb"))
    settings.cache_clear()
    try:
        visitor = sign_in(app, environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
        assert "203.0.113.9" in visitor.get("/w/acme/settings/sessions/").text, "an unreadable file harms nobody"
    finally:
        monkeypatch.delenv("GEOIP_FILE")
        settings.cache_clear()


def test_changing_the_password_ends_all_others_and_keeps_this_one_remembered(app, ada):
    other, mine = sign_in(app), sign_in(app, remember="1")
    before = mine.get_cookie("session").value
    mine.post("/w/acme/settings/password", data={"present": PASSWORD, "password": "a quite different password"})
    thief = app.test_client()
    thief.set_cookie("session", before)
    assert is_in(mine) and not is_in(other) and not is_in(thief)
    assert mine.get_cookie("session").expires is not None


# --- several workspaces --------------------------------------------------------------------------------


def test_one_browser_has_tabs_in_two_workspaces_at_once(ada, globex):
    for _again in range(2):
        for slug, name in (("acme", "Acme"), ("globex", "Globex")):
            page = ada.get(f"/w/{slug}/settings/workspace")
            assert page.status_code == 200 and f'value="{name}"' in page.text
    form = ada.get("/w/acme/settings/profile")
    ada.get("/w/globex/settings/")
    assert form.status_code == 200
    saved = ada.post("/w/acme/settings/profile", {"name": "Ada of Acme", "locale": "en", "timezone": ""})
    assert saved.location == "/w/acme/settings/profile"
    assert "Ada of Acme" not in ada.get("/w/globex/settings/profile").text


def test_the_menu_leads_to_all_ones_workspaces_in_two_clicks(ada, globex):
    assert 'hx-get="/w/acme/workspaces"' in ada.get("/w/acme/settings/").text
    menu = ada.get("/w/acme/workspaces").text
    assert 'href="/w/globex/"' in menu and "Globex" in menu


def test_a_sign_in_is_told_in_each_workspace_when_the_session_first_enters_it(app, ada, globex):
    visitor = sign_in(app, headers={"User-Agent": FIREFOX}, environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
    for _twice in range(2):
        visitor.get("/w/acme/settings/", headers={"User-Agent": FIREFOX})
    told = events(ada, "auth.signed_in")
    assert len(told) == 1 and events(globex, "auth.signed_in") == []
    assert told[0] == {"ip": "203.0.113.9", "device": "Firefox · Windows", "place": "", "how": "password"}
    visitor.get("/w/globex/settings/")
    assert len(events(globex, "auth.signed_in")) == 1


# --- what a workspace demands --------------------------------------------------------------------------


def demand(person, **wanted):
    with person.inside():
        change_policy(wanted)


def test_a_workspace_that_was_not_used_for_long_enough_wants_one_to_sign_in_again_and_others_do_not(
    app, ada, globex, clock
):
    demand(ada, idle_minutes=15)
    visitor = sign_in(app)
    assert is_in(visitor) and is_in(visitor, "globex")
    for _often in range(3):
        clock.move(minutes=14)
        assert is_in(visitor)
    clock.move(minutes=17)
    assert is_in(visitor, "globex"), "another workspace has its own rules"
    sent = visitor.get("/w/acme/settings/profile")
    assert sent.location == "/sign-in?next=/w/acme/settings/profile&why=idle"
    page = visitor.get(sent.location)
    assert page.status_code == 200 and "You have not used this workspace for a while." in page.text
    assert sign_in(app, visitor, next="/w/acme/settings/profile") and is_in(visitor) and is_in(visitor, "globex")


def test_what_rests_elsewhere_does_not_open_a_workspace_that_was_not_entered(app, ada, globex, clock):
    demand(ada, idle_minutes=15)
    visitor = sign_in(app)
    for _often in range(3):
        clock.move(minutes=10)
        assert is_in(visitor, "globex")
    assert not is_in(visitor, "acme")


def test_a_session_ends_here_so_many_hours_after_signing_in_however_busy(app, ada, clock):
    demand(ada, absolute_hours=8)
    visitor = sign_in(app)
    for _hour in range(8):
        assert is_in(visitor)
        clock.move(minutes=59)
    clock.move(minutes=10)
    sent = visitor.get("/w/acme/settings/", headers={"HX-Request": "true"})
    assert "why=age" in sent.headers["HX-Redirect"]
    assert "You signed in a long time ago." in visitor.get(sent.headers["HX-Redirect"]).text


# --- a browser that is not usual -----------------------------------------------------------------------


def test_the_first_sign_in_from_an_unknown_browser_is_told_by_mail_and_no_other(app, ada, mails):
    visitor = sign_in(app, headers={"User-Agent": FIREFOX}, environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
    (mail,) = mails.to("ada@example.com")
    said = mails.text("ada@example.com")
    assert mail["Subject"] == "New sign-in to Guanxi"
    assert "Firefox · Windows" in said and "203.0.113.9" in said and "UTC" in said
    visitor.post("/sign-out")
    sign_in(app, visitor)
    assert len(mails.to("ada@example.com")) == 1, "by now it is usual"


def test_the_very_first_sign_in_of_an_account_is_no_news(app, ada, admin, mails):
    with admin.begin() as connection:
        connection.execute(text("delete from guanxi.sign_in_session"))
    sign_in(app)
    assert mails.to("ada@example.com") == []


def test_this_was_not_me_signs_everybody_out_and_starts_anew(app, ada, mails):
    stranger = sign_in(app)
    said = mails.text("ada@example.com")
    link = re.search(r"/not-me/\S+", said)[0]
    owner = app.test_client()
    assert owner.get(link).status_code == 200 and is_in(stranger), "looking at the page does nothing"
    assert "Everybody is signed out" in owner.post(link).text
    assert not is_in(stranger) and not is_in(ada.client)
    again = stranger.post("/sign-in", data={"email": "ada@example.com", "password": PASSWORD})
    assert again.status_code == 422, "the password that somebody knows opens nothing"
    assert owner.get(link).status_code == 410, "the link works once"
    reset = mails.link("ada@example.com")
    assert reset.startswith("/reset-password/")
    assert owner.post(reset, data={"password": "a quite different password"}).location == "/"
    assert is_in(owner) and len(events(ada, "auth.shut_out")) == 1


def test_a_browser_is_usual_for_several_people_and_cannot_be_forged(app, ada, bob, mails):
    visitor = sign_in(app)
    sign_in(app, visitor, email="bob@example.com")
    sign_in(app, visitor)
    assert len(mails.to("ada@example.com")) == 1 and len(mails.to("bob@example.com")) == 1
    stranger = app.test_client()
    stranger.set_cookie("device", visitor.get_cookie("device").value[:-3] + "abc")
    sign_in(app, stranger)
    assert len(mails.to("ada@example.com")) == 2


# --- names and proxies ---------------------------------------------------------------------------------


def test_links_in_mails_are_never_made_from_the_name_that_was_asked_for(app, ada, mails):
    app.test_client().post("/reset-password", data={"email": "ada@example.com"}, headers={"Host": "evil.example"})
    assert "evil.example" not in mails.text("ada@example.com") and settings().base_url in mails.text("ada@example.com")


@pytest.fixture
def behind(app, monkeypatch):
    """The application as it answers under these names, behind so many proxies."""
    before = app.wsgi_app

    def put(**environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        init_hosts(app)
        return app.test_client()

    yield put
    monkeypatch.undo()
    settings.cache_clear()
    app.wsgi_app = before
    app.config["TRUSTED_HOSTS"] = None


@pytest.mark.parametrize(
    ("host", "status"),
    [("crm.example", 200), ("crm.example:8443", 200), ("also.example", 200), ("localhost", 200), ("127.0.0.1:8000", 200),
     ("evil.example", 400), ("crm.example.evil.example", 400), ("xcrm.example", 400)],
)  # fmt: skip
def test_only_names_that_are_ours_are_answered(behind, host, status):
    visitor = behind(BASE_URL="https://crm.example", ALLOWED_HOSTS="also.example")
    assert visitor.get("/sign-in", headers={"Host": host}).status_code == status


def test_on_ones_own_machine_any_name_will_do(behind):
    visitor = behind(BASE_URL="http://127.0.0.1:8000")
    assert visitor.get("/sign-in", headers={"Host": "192.168.1.5:8467"}).status_code == 200


@pytest.mark.parametrize(("proxies", "seen"), [("0", "127.0.0.1"), ("1", "203.0.113.9"), ("2", "198.51.100.1")])
def test_only_what_our_own_proxies_say_of_who_asks_counts(behind, ada, admin, proxies, seen):
    visitor = behind(TRUSTED_PROXIES=proxies)
    said = {"X-Forwarded-For": "10.9.9.9, 198.51.100.1, 203.0.113.9"}
    sign_in(ada.app, visitor, headers=said)
    assert rows(admin, "ip, made_at")[-1].ip == seen
