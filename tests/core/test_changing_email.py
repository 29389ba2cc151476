"""Another e-mail address: both mailboxes agree, and then everything follows."""

import re

import pytest
from sqlalchemy import select, text

from core import db
from core.access import Member
from core.events import EventRow
from core.testing.cast import PASSWORD, Person, hire
from tenants.provisioning import NewTenant, make_tenant

PAGE = "settings/address/"
OLD, NEW = "ada@example.com", "ada@lovelace.example"


@pytest.fixture
def visitor(app):
    return app.test_client()


def ask(person, mails, wanted=NEW, old=OLD):
    """The links of the two mails: to the old mailbox, and to the new one."""
    assert person.post(PAGE, {"email": wanted}).status_code == 303
    return tuple(re.search(r"/new-address/\S+", mails.text(address))[0] for address in (old, wanted.lower()))


def address_of(admin, person):
    with admin.connect() as connection:
        return connection.scalar(text('select email from guanxi."user" where id = :id'), {"id": person.user_id})


def sign_in(app, email):
    return app.test_client().post("/sign-in", data={"email": email, "password": PASSWORD}).status_code


def member_email(person):
    with person.inside():
        return db.session().scalar(select(Member.email).where(Member.id == person.member_id))


@pytest.mark.parametrize("first", [0, 1])
def test_the_address_changes_when_both_mailboxes_have_agreed_in_either_order(
    app, ada, visitor, mails, admin, run_jobs, first
):
    links = ask(ada, mails, "Ada@Lovelace.example")
    for link in links:
        assert visitor.get(link).status_code == 200
    assert address_of(admin, ada) == OLD, "looking at the pages changes nothing"

    assert "One more mailbox" in visitor.post(links[first]).text
    assert address_of(admin, ada) == OLD and sign_in(app, NEW) == 422
    assert "Your address is changed" in visitor.post(links[1 - first]).text
    run_jobs()
    assert address_of(admin, ada) == NEW == member_email(ada)
    assert sign_in(app, NEW) == 303 and sign_in(app, OLD) == 422
    assert ada.get("settings/profile").status_code == 200, "who is signed in stays so"


def test_every_workspace_follows_and_is_told(ada, mails, visitor, run_jobs):
    tenant_id = db.new_id()
    member_id = make_tenant(NewTenant(tenant_id, "globex", "Globex", ada.user_id, "Ada", OLD))
    globex = Person(ada.app, "Ada", OLD, ada.user_id, tenant_id, member_id, "globex")
    for link in ask(ada, mails):
        visitor.post(link)
    for _twice in range(2):
        run_jobs()
    for person in (ada, globex):
        assert member_email(person) == NEW
        with person.inside():
            told = db.session().scalars(select(EventRow).where(EventRow.name == "auth.email_changed")).all()
        assert [event.changes for event in told] == [{"email": [OLD, NEW]}]


def test_the_old_mailbox_refuses_and_then_neither_link_works(ada, visitor, mails, admin):
    old, new = ask(ada, mails)
    assert visitor.post(f"{new}/refusal").status_code == 410, "only the old one refuses"
    assert "stays as it is" in visitor.post(f"{old}/refusal").text
    for link in (old, new):
        assert visitor.get(link).status_code == 410 and visitor.post(link).status_code == 410
    assert address_of(admin, ada) == OLD


def test_links_work_once_for_a_day_and_not_after_a_newer_wish_or_its_withdrawal(ada, visitor, mails, clock, admin):
    old, new = ask(ada, mails)
    visitor.post(old)
    assert "already used" in visitor.post(old).text
    later = ask(ada, mails, "other@lovelace.example")
    assert visitor.post(new).status_code == 410
    ada.post(PAGE + "withdrawal")
    assert [visitor.post(link).status_code for link in later] == [410, 410]
    last = ask(ada, mails, "third@lovelace.example")
    clock.move(hours=25)
    assert "expired" in visitor.get(last[0]).text
    assert visitor.get("/new-address/forged").status_code == 410
    assert address_of(admin, ada) == OLD


def test_reset_links_sent_before_stop_working(app, ada, visitor, mails):
    visitor.post("/reset-password", data={"email": OLD})
    reset = mails.link(OLD)
    for link in ask(ada, mails):
        visitor.post(link)
    assert visitor.get(reset).status_code == 410


def test_an_address_that_somebody_else_has_is_told_to_that_mailbox_alone(ada, bob, visitor, mails, admin):
    assert ada.post(PAGE, {"email": "bob@example.com"}).status_code == 303
    assert "Your address was asked for" in mails.to("bob@example.com")[0]["Subject"]
    assert "/new-address/" not in mails.text("bob@example.com")
    page = ada.get(PAGE).text
    assert "bob@example.com" in page and "waiting" in page, "the page says the same as for any other"
    visitor.post(re.search(r"/new-address/\S+", mails.text(OLD))[0])
    assert address_of(admin, ada) == OLD


def test_of_two_who_want_one_address_the_second_is_told_that_it_is_taken(ada, bob, visitor, mails, admin):
    mine, his = ask(ada, mails), None
    assert bob.post(PAGE, {"email": NEW}).status_code == 303
    his = [re.search(r"/new-address/\S+", mails.text(address))[0] for address in ("bob@example.com", NEW)]
    for link in mine:
        visitor.post(link)
    assert "One more mailbox" in visitor.post(his[0]).text
    page = visitor.post(his[1])
    assert page.status_code == 410 and "Somebody else has this address" in page.text
    assert address_of(admin, bob) == "bob@example.com" and address_of(admin, ada) == NEW


def test_an_invitation_that_waits_for_the_new_address_gives_way_to_the_member(ada, visitor, mails, run_jobs):
    with ada.inside():
        db.session().add(Member(id=db.new_id(), name="ada", email=NEW, status="invited"))
    for link in ask(ada, mails):
        visitor.post(link)
    run_jobs()
    assert member_email(ada) == NEW


@pytest.mark.parametrize("typed", ["", "ada", OLD, "ADA@example.com"])
def test_what_cannot_be_is_said_beside_the_field(ada, typed):
    page = ada.post(PAGE, {"email": typed})
    assert page.status_code == 422 and 'id="f-email-error"' in page.text


def test_the_page_says_what_to_do_when_the_old_mailbox_is_lost(ada):
    assert "You cannot read the mail of the present address any more?" in ada.get(PAGE).text
    assert "/settings/address/" in ada.get("settings/profile").text


def test_a_session_that_is_not_fresh_asks_once_more_before(ada, clock):
    clock.move(minutes=16)
    answer = ada.post(PAGE, {"email": NEW}, headers={"Referer": "http://localhost/w/acme/settings/address/"})
    assert answer.location.startswith("/sign-in/again?next=")


def test_a_colleague_sees_the_new_address_in_the_list(ada, visitor, mails, run_jobs):
    sam = hire(ada, "Sam Seller", "sam@example.com", "sales")
    for link in ask(sam, mails, "sam@seller.example", "sam@example.com"):
        visitor.post(link)
    run_jobs()
    assert "sam@seller.example" in ada.get("members/").text
