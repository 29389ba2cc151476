"""The bell: what members are told, and that they have read it."""

from html import unescape

import pytest

from core.activities.notifications import notify
from core.i18n import _l
from core.mail import mailbox

HTMX = {"HX-Request": "true"}


@pytest.fixture
def told(ada, sam):
    """Ada was told two things, sam one."""
    with ada.inside():
        notify([ada.member_id, sam.member_id], _l("Task due: %(title)s"), url="tasks/mine", title="100 % <b>sure</b>")
        notify(
            [ada.member_id, ada.member_id, None],
            "There is a new task for you: %(title)s",
            url="/w/acme/tasks/",
            title="Call",
        )


def listed(who):
    return unescape(who.get("notifications/").text)


def bell(who):
    return who.get("notifications/count", headers=HTMX).text


def test_each_member_reads_what_was_meant_for_them(ada, sam, eve, told):
    assert "Task due: 100 % <b>sure</b>" in listed(ada) and "There is a new task for you: Call" in listed(ada)
    assert "<b>sure</b>" not in ada.get("notifications/").text
    assert "Task due" in listed(sam) and "new task" not in listed(sam)
    assert "You are up to date" in listed(eve)


def test_the_bell_counts_what_is_unread(ada, sam, eve, told):
    assert (">2<" in bell(ada), ">1<" in bell(sam), bell(eve).strip()) == (True, True, "")


def test_following_a_notification_is_reading_it(ada, told):
    first = ada.get("notifications/").text.split('id="notification-')[1].split('"')[0]
    answer = ada.get(f"notifications/{first}")
    assert (answer.status_code, answer.location) == (303, "/w/acme/tasks/")
    assert ">1<" in bell(ada)


def test_one_or_all_are_marked_as_read_and_the_bell_hears_of_it(ada, told):
    first = ada.get("notifications/").text.split('id="notification-')[1].split('"')[0]
    answer = ada.post(f"notifications/{first}/reading", headers=HTMX)
    assert "gx-unread" not in answer.text and "bell" in answer.headers["HX-Trigger"]
    assert ">1<" in bell(ada)
    answer = ada.post("notifications/readings", headers=HTMX)
    assert "gx-unread" not in answer.text and "bell" in answer.headers["HX-Trigger"]
    assert bell(ada).strip() == ""


def test_nobody_reads_what_others_were_told(ada, eve, mallory, told):
    first = ada.get("notifications/").text.split('id="notification-')[1].split('"')[0]
    for who in (eve, mallory):
        assert who.get(f"notifications/{first}").status_code == 404
        assert who.post(f"notifications/{first}/reading", headers=HTMX).status_code == 404
    assert ">2<" in bell(ada)


def test_older_ones_come_page_by_page(ada):
    with ada.inside():
        for number in range(35):
            notify([ada.member_id], "Task due: %(title)s", url="tasks/mine", title=f"no. {number:02}")
    shown = ada.get("notifications/").text
    assert shown.count("Task due") == 30
    older = shown.split('hx-get="/w/acme/notifications/?before=')[1].split('"')[0]
    rest = ada.get(f"notifications/?before={older}", headers=HTMX).text
    assert rest.count("Task due") == 5 and "<html" not in rest


def test_a_mail_goes_out_too_in_the_language_of_the_reader(ada, sam, told, run_jobs):
    before = {mail.id for mail in mailbox()}
    run_jobs()
    sent = [mail for mail in mailbox() if mail.id not in before]
    assert sorted(mail.to for mail in sent) == ["ada@example.com", "ada@example.com", "sam@example.com"]
    due = next(mail for mail in sent if mail.to == "sam@example.com")
    assert due.subject == "Task due: 100 % <b>sure</b>"
    assert "/w/acme/tasks/mine" in due.text and "<b>sure</b>" not in (due.html or "")


def test_telling_many_takes_few_statements(ada, sam, eve, dora, bob, statements):
    everyone = [person.member_id for person in (ada, sam, eve, dora, bob)]
    with ada.inside():
        with statements() as sent:
            notify(everyone, "Task due: %(title)s", url="tasks/mine", title="Call")
        assert len([one for one in sent if "notification" in one]) == 1
