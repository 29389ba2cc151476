"""A company signs itself up: the form, the mail, the link, the workspace."""

import re

import pytest
from sqlalchemy import text

from core.auth import links
from core.auth.models import Signup
from core.testing.cast import PASSWORD
from tenants import signing_up
from tenants.slugs import slug_of

TYPED = {"name": "Grace Hopper", "company": "Flow-Matic", "email": "grace@example.com", "password": PASSWORD,
         "locale": "en", "timezone": "America/New_York", "currency": "USD"}  # fmt: skip


@pytest.fixture
def visitor(app):
    return app.test_client()


def sign_up(visitor, **typed):
    return visitor.post("/sign-up", data=TYPED | typed)


def plain(page):
    """What is on the page but for the token against forged requests, which is new each time."""
    return re.sub(r'(csrf_token" value|csrf-token" content)="[^"]+"', "", page.text)


def counts(admin, table):
    with admin.connect() as connection:
        return connection.scalar(text(f'select count(*) from guanxi."{table}"'))


def test_a_company_signs_up_confirms_by_mail_and_is_in_its_workspace(visitor, mails, admin):
    page = sign_up(visitor)
    assert "Check your mail" in page.text and "grace@example.com" in page.text
    assert counts(admin, "tenant") == 0

    answer = visitor.get(mails.link("grace@example.com"))
    assert answer.status_code == 303 and answer.location == "/w/flow-matic/"
    inside = visitor.get("/w/flow-matic/settings/workspace")
    assert inside.status_code == 200 and "Flow-Matic" in inside.text and "America/New York" in inside.text


def test_the_mail_is_in_the_language_that_was_chosen_and_has_a_link_and_html(visitor, mails):
    sign_up(visitor)
    mail = mails.to("grace@example.com")[0]
    assert mail["Subject"] == "Confirm your e-mail address"
    html = mail.get_body(("html",)).get_content()
    assert links.url("/confirm/") in html and "Flow-Matic" in html


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(visitor, admin):
    page = sign_up(visitor, name="", email="grace at example", password="short", company="Ωmega & Söhne")
    assert page.status_code == 422
    for field in ("name", "email", "password"):
        assert f'id="f-{field}-error"' in page.text
    assert 'value="grace at example"' in page.text and "Ωmega &amp; Söhne" in page.text
    assert 'value="America/New_York" selected' in page.text
    assert "short" not in page.text and counts(admin, "user") == 0


@pytest.mark.parametrize("field", ["name", "company"])
def test_a_name_of_five_thousand_letters_is_refused_beside_its_field(visitor, field):
    page = sign_up(visitor, **{field: "x" * 5000})
    assert page.status_code == 422 and f'id="f-{field}-error"' in page.text
    assert "Use at most 100 characters." in page.text


@pytest.mark.parametrize(
    "wrong",
    [{"timezone": "Mars/Olympus"}, {"currency": "XXL"}, {"locale": "tlh"}, {"email": "a@b@c"}, {"email": "x" * 400},
     {"password": "password"}, {"password": "grace hopper"}, {"password": "aaaaaaaaaa"}, {"password": "x" * 5000},
     {"company": "visit www.evil.example"}, {"name": "https://evil.example"}],
)  # fmt: skip
def test_bad_input_is_refused(visitor, admin, wrong):
    page = sign_up(visitor, **wrong)
    assert page.status_code == 422 and f'id="f-{next(iter(wrong))}-error"' in page.text
    assert counts(admin, "user") == 0


@pytest.mark.parametrize(
    "name", ["王小明", "محمد الأمين", "😀 Émile", "<script>alert(1)</script>", "O'Brien\x00\x07", "' or 1=1 --"]
)
def test_names_in_any_script_are_kept_and_never_run(visitor, mails, name):
    sign_up(visitor, name=name, company=name)
    visitor.get(mails.link("grace@example.com"))
    start = visitor.get("/").location
    page = visitor.get(f"{start}settings/profile")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    shown = name.replace("\x00", " ").replace("\x07", " ").strip()
    assert shown.replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#39;") in page.text
    assert "<script>alert" not in mails.to("grace@example.com")[0].get_body(("html",)).get_content()


def test_who_has_an_account_is_told_by_mail_and_nobody_else_learns_it(visitor, ada, mails, admin):
    page = sign_up(visitor, email="ADA@example.com")
    fresh = sign_up(visitor)
    assert plain(page).replace("ada@example.com", "") == plain(fresh).replace("grace@example.com", "")
    assert "You already have an account" in mails.to("ada@example.com")[0]["Subject"]
    assert "/reset-password/" in mails.text("ada@example.com")
    assert counts(admin, "signup") == 1


def test_the_password_of_whoever_confirms_counts_not_the_one_of_who_came_before(visitor, app, mails):
    sign_up(visitor, password="the attackers password")
    sign_up(visitor)
    owner = app.test_client()
    owner.get(mails.link("grace@example.com"))
    for password, inside in (("the attackers password", False), (PASSWORD, True)):
        answer = app.test_client().post("/sign-in", data={"email": "grace@example.com", "password": password})
        assert (answer.status_code == 303) is inside


def test_a_link_works_once(visitor, app, mails, admin):
    sign_up(visitor)
    link = mails.link("grace@example.com")
    visitor.get(link)
    again = app.test_client().get(link)
    assert again.status_code == 410 and "confirmed already" in again.text and 'href="/sign-in"' in again.text
    assert counts(admin, "tenant") == 1


def test_an_expired_link_says_so_and_a_new_one_can_be_sent(visitor, mails, clock, admin):
    sign_up(visitor)
    link = mails.link("grace@example.com")
    clock.move(days=3, minutes=1)
    page = visitor.get(link)
    assert page.status_code == 410 and "expired" in page.text and 'value="grace@example.com"' in page.text
    assert counts(admin, "tenant") == 0

    visitor.post("/sign-up/resend", data={"email": "grace@example.com"})
    newer = mails.link("grace@example.com")
    assert newer != link and visitor.get(newer).location == "/w/flow-matic/"


@pytest.mark.parametrize("token", ["x", "a.b.c", "..%2f..", "é", links.__name__ * 300])
def test_a_forged_link_is_refused_and_a_new_one_can_be_sent(visitor, token):
    page = visitor.get(f"/confirm/{token}")
    assert page.status_code in (404, 410)
    assert page.status_code == 404 or ("not one of ours" in page.text and "/sign-up/resend" in page.text)


def test_a_link_of_another_kind_confirms_nothing(visitor, ada, app):
    with app.app_context():
        token = links.sign("reset", [ada.user_id.hex, "x"])
    assert visitor.get(f"/confirm/{token}").status_code == 410


def test_the_link_can_be_sent_again_while_it_is_not_confirmed(visitor, mails):
    sign_up(visitor)
    visitor.post("/sign-up/resend", data={"email": "grace@example.com"})
    assert len(mails.to("grace@example.com")) == 2
    assert visitor.get(mails.link("grace@example.com")).location == "/w/flow-matic/"


def test_sending_again_to_a_stranger_sends_nothing_and_says_the_same(visitor, mails):
    assert "Check your mail" in visitor.post("/sign-up/resend", data={"email": "nobody@example.com"}).text
    assert mails.to("nobody@example.com") == []


def test_what_broke_between_confirming_and_making_the_workspace_is_healed_at_the_next_sign_in(
    visitor, app, mails, monkeypatch, admin
):
    sign_up(visitor)
    link = mails.link("grace@example.com")

    def power_cut(_new):
        raise SystemExit("power cut")

    with monkeypatch.context() as outage, pytest.raises(SystemExit):
        outage.setattr(signing_up, "make_tenant", power_cut)
        visitor.get(link)
    assert counts(admin, "tenant") == 0

    answer = app.test_client().post(
        "/sign-in", data={"email": "grace@example.com", "password": PASSWORD, "next": "/w/flow-matic/"}
    )
    assert answer.location == "/w/flow-matic/"
    assert counts(admin, "tenant") == 1


def test_making_a_workspace_twice_makes_it_once(visitor, mails, admin):
    sign_up(visitor)
    visitor.get(mails.link("grace@example.com"))
    with admin.begin() as connection:
        connection.execute(text("update guanxi.signup set done_at = null"))
        user_id = connection.scalar(text("select user_id from guanxi.signup"))
    signing_up.heal(user_id)
    assert (counts(admin, "tenant"), counts(admin, "member"), counts(admin, "role")) == (1, 1, 8)
    with admin.connect() as connection:
        assert connection.scalar(text("select count(*) from guanxi.signup where done_at is null")) == 0


def test_two_companies_of_one_name_get_two_addresses(visitor, app, mails):
    sign_up(visitor, company="Acme")
    visitor.get(mails.link("grace@example.com"))
    other = app.test_client()
    sign_up(other, company="ACME!", email="wile@example.com")
    assert other.get(mails.link("wile@example.com")).location == "/w/acme-2/"


def test_who_is_signed_in_opens_a_further_workspace_and_changes_between_them(ada):
    page = ada.get("/sign-up")
    assert "New workspace" in page.text and 'name="password"' not in page.text
    answer = ada.post(
        "/sign-up", {"company": "星辰科技有限公司", "locale": "zh", "timezone": "Asia/Shanghai", "currency": "CNY"}
    )
    assert answer.location == "/w/xingchenkeji/"
    assert "星辰科技有限公司" in ada.get("/w/acme/workspaces", headers={"HX-Request": "true"}).text
    assert "/w/acme/" in ada.get("/w/xingchenkeji/workspaces").text
    assert ada.get("/").location == "/w/xingchenkeji/"


def test_the_form_guesses_from_the_language_of_the_browser(visitor):
    page = visitor.get("/sign-up", headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert 'value="Asia/Shanghai" selected' in page.text and 'value="CNY" selected' in page.text
    assert 'value="zh_Hans_CN" selected' in page.text
    page = visitor.get("/sign-up", headers={"Accept-Language": "en-GB"})
    assert 'value="GBP" selected' in page.text and 'value="en" selected' in page.text


@pytest.mark.parametrize(
    ("company", "slug"),
    [("Acme", "acme"), ("北京星辰科技有限公司", "beijingxingchenkeji"), ("Müller & Söhne GmbH", "muller-sohne"),
     ("Acme, Inc.", "acme"), ("😀😀", "workspace"), ("شركة", "workspace"), ("X", "workspace"),
     ("有限公司", "youxiangongsi"), ("a" * 90, "a" * 32), ("3M 中国有限公司", "3mzhongguo"), ("../../etc", "etc")],
)  # fmt: skip
def test_the_address_is_made_of_the_name(company, slug):
    assert slug_of(company) == slug


def test_the_typed_password_is_kept_nowhere_in_the_clear(visitor, admin):
    sign_up(visitor)
    with admin.connect() as connection:
        rows = [str(connection.execute(text(f'select * from guanxi."{table}"')).all())
                for table in ("user", Signup.__tablename__, "account_mail")]  # fmt: skip
    assert not any(PASSWORD in row for row in rows) and "$argon2id$" in rows[0]


def test_mails_wait_for_a_mail_server_that_is_down(visitor, mails, monkeypatch, clock, admin):
    up = mails._sink.handle_DATA

    async def down(*_args):
        return "451 try later"

    mails._sink.handle_DATA = down
    sign_up(visitor)
    assert mails.to("grace@example.com") == []
    mails._sink.handle_DATA = up
    assert mails.to("grace@example.com") == [] and counts(admin, "account_mail") == 1
    clock.move(minutes=1)
    assert len(mails.to("grace@example.com")) == 1 and counts(admin, "account_mail") == 0
