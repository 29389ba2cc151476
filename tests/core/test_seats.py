"""The seats of the plan: who takes one, and that nobody gets one that there is not."""

from threading import Thread

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from core import db
from core.access import Member
from core.auth import joining
from core.auth.giving import all_roles
from core.auth.invitations import invite_member
from core.auth.members import get_member, reactivate_member
from core.auth.seats import NoSeat, require_seat, seats
from core.testing.cast import PASSWORD
from tenants.command import tenant as command


def give(person, admin, count):
    with admin.begin() as connection:
        connection.execute(
            text("update guanxi.tenant set seats = :n where id = :id"), {"n": count, "id": person.tenant_id}
        )


def role_id(person, key="sales"):
    with person.inside():
        return str(next(role.id for role in all_roles() if role.key == key))


def invite(person, email):
    return person.post("members/invite", {"email": email, "role": role_id(person), "team": ""})


def test_people_and_open_invitations_take_seats_and_those_without_access_and_programs_do_not(ada, bob, sam, admin):
    give(ada, admin, 5)
    invite(ada, "new@example.com")
    assert "4 of 5 seats" in ada.get("members/").text
    ada.post(f"members/{bob.member_id}/deactivation")
    with ada.inside():
        db.session().add(Member(name="Robot", email="robot@example.com", kind="service"))
        db.flush()
        assert (seats().used, seats().free) == (3, 2)
    assert ada.api("GET", "seats").json["data"] == {"used": 3, "allowed": 5}
    assert sam.api("GET", "seats").status_code == 403


def test_without_a_number_as_many_come_as_like(ada):
    with ada.inside():
        assert seats().allowed is None
        require_seat(10_000)
    assert "seats" not in ada.get("members/").text


def test_when_all_are_taken_it_is_said_what_to_do(ada, bob, admin, mails):
    give(ada, admin, 2)
    assert "All 2 seats of your plan are taken" in ada.get("members/").text
    page = invite(ada, "new@example.com")
    assert page.status_code == 409 and "ask for more seats" in page.text and 'id="f-email-error"' in page.text
    refused = ada.api("POST", "invitations", {"email": "new@example.com", "role": role_id(ada)})
    assert (refused.status_code, refused.json["type"].rpartition(":")[2]) == (409, "no_seat")
    assert mails.to("new@example.com") == []

    ada.post(f"members/{bob.member_id}/deactivation")
    assert invite(ada, "new@example.com").status_code == 303
    assert ada.post(f"members/{bob.member_id}/reactivation").status_code == 409
    with ada.inside():
        invited = db.session().query(Member).filter(Member.status == "invited").one()
    ada.post(f"members/{invited.id}/invitation/revocation")
    assert ada.post(f"members/{bob.member_id}/reactivation").status_code == 303


def test_who_was_invited_has_a_seat_unless_the_plan_was_cut_down(ada, app, admin, mails):
    give(ada, admin, 2)
    invite(ada, "new@example.com")
    link = mails.link("new@example.com")
    give(ada, admin, 1)
    answer = app.test_client().post(link, data={"name": "Neo", "password": PASSWORD})
    assert answer.status_code == 409
    give(ada, admin, 2)
    assert app.test_client().get(link).status_code == 200


def _invite(person):
    invite_member("second@example.com", next(role.id for role in all_roles() if role.key == "sales"))


def _restore(person):
    gone = db.session().query(Member).filter(Member.status == "deactivated").one()
    reactivate_member(get_member(gone.id))


@pytest.mark.parametrize("second_wish", [_invite, _restore])
def test_of_two_who_want_the_last_seat_at_once_one_gets_it(ada, bob, admin, second_wish):
    ada.post(f"members/{bob.member_id}/deactivation")
    give(ada, admin, 2)
    sales, said = role_id(ada), []

    def second():
        try:
            with ada.inside():
                second_wish(ada)
        except NoSeat as none_left:
            said.append(none_left.code)

    other = Thread(target=second)
    with ada.inside():
        invite_member("first@example.com", sales)
        other.start()
        other.join(0.3)
        assert other.is_alive(), "the second waits until it is known whether the first has taken the seat"
    other.join(10)
    assert said == ["no_seat"]
    with ada.inside():
        assert seats().used == 2


def test_a_link_for_many_lets_in_as_many_as_there_are_seats(ada, mallory, admin):
    give(ada, admin, 1)
    with ada.inside():
        link = joining.make_link(role_id=role_id(ada), anyone=True)
        path = "/join/" + joining.url_of(link).rpartition("/")[2]
    assert mallory.post(path).status_code == 409
    give(ada, admin, 2)
    assert mallory.post(path).location == "/w/acme/"


def test_the_operator_gives_seats_at_the_machine_and_in_the_console(ada, app):
    assert "2 seats" in CliRunner().invoke(command, ["seats", "acme", "2"]).output
    with ada.inside():
        assert seats().allowed == 2
    console = app.test_client()
    page = console.get("/operator/").text
    assert f"/operator/{ada.tenant_id}/seats" in page and 'value="2"' in page
    assert console.post(f"/operator/{ada.tenant_id}/seats", data={"seats": ""}).status_code == 303
    console.post(f"/operator/{ada.tenant_id}/seats", data={"seats": "-3"})
    with ada.inside():
        assert seats().allowed is None
    assert console.post(f"/operator/{ada.tenant_id}/seats", data={"seats": "9"},
                        headers={"X-Forwarded-For": "1.2.3.4"}).status_code == 403  # fmt: skip
