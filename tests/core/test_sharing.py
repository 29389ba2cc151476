"""Sharing records with members and teams, to view or to edit, for a time."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from core import access, db
from core.access import Member, RecordShare, Role
from core.activities.notifications import notifications_of_me
from core.activities.services import create_task, log_follow_up
from core.auth.teams import create_team
from core.customers.types import CONTACT, CUSTOMER
from core.records import collaborators
from core.records.duplicates.merging import merge_records
from core.records.fields import RecordRef
from core.records.runs.models import Run
from core.records.services import create_record
from core.records.sharing import remove_ended_shares


def made(person, name="Initech", **more):
    with person.inside():
        return create_record(CUSTOMER, {"name": name} | more).id


def share(person, record_id, *people, teams=(), **more):
    sent = {"members": [str(p.member_id) for p in people], "teams": [str(t) for t in teams]} | more
    return person.api("POST", f"customers/{record_id}/shares", json=sent)


def sees(person, path):
    return person.api("GET", path).status_code == 200


def told(person):
    with person.inside():
        return [(each.said, each.url) for each in notifications_of_me()]


@pytest.fixture
def teams(ada, sam, eve):
    """Sales with Sam, below it East with Eve."""
    with ada.inside():
        sales = create_team("Sales", None)
        east = create_team("East", sales.id)
        db.get(Member, sam.member_id).team_id = sales.id
        db.get(Member, eve.member_id).team_id = east.id
        return sales.id, east.id


def test_what_is_shared_to_view_is_seen_and_not_changed_and_what_is_shared_to_edit_is(sam, eve):
    record = made(sam)
    assert not sees(eve, f"customers/{record}")
    share(sam, record, eve)
    assert sees(eve, f"customers/{record}")
    assert eve.api("GET", "customers").json["data"][0]["name"] == "Initech"
    assert eve.api("PATCH", f"customers/{record}", json={"name": "Other"}).status_code == 403
    share(sam, record, eve, level="edit")
    assert eve.api("PATCH", f"customers/{record}", json={"name": "Other"}).status_code == 200
    with eve.inside():
        assert not access.may("delete", CUSTOMER, CUSTOMER.get(record))


def test_whoever_gets_it_is_told_with_a_link_and_taking_it_back_ends_it(sam, eve, run_jobs):
    record = made(sam)
    found = share(sam, record, eve, level="edit").json["data"]
    run_jobs()
    assert told(eve) == [("Sam Seller shared “Initech” with you to edit.", f"customers/{record}")]
    share(sam, record, eve, level="edit")  # as it is already
    run_jobs()
    assert len(told(eve)) == 1
    assert eve.api("DELETE", f"customers/{record}/shares/{found[0]['id']}").status_code == 204
    assert not sees(eve, f"customers/{record}")
    names = [each["name"] for each in sam.api("GET", f"customers/{record}/history").json["data"]]
    assert names[:2] == ["record.unshared", "record.shared"]


def test_a_team_counts_with_all_below_it(teams, ada, sam, eve, run_jobs):
    sales, east = teams
    record = made(ada)
    share(ada, record, teams=[east])
    assert sees(eve, f"customers/{record}") and not sees(sam, f"customers/{record}")
    share(ada, record, teams=[sales])
    assert sees(sam, f"customers/{record}")
    run_jobs()
    assert [said for said, _url in told(sam)] == ["Ada Lovelace shared “Initech” with you to view."]
    assert len(told(eve)) == 2


def test_a_share_lasts_to_the_end_of_its_day_and_is_gone_at_night(sam, eve, clock, run_jobs):
    record = made(sam)
    with sam.inside():
        last = collaborators.today() + timedelta(days=3)
    assert share(sam, record, eve, until=last.isoformat()).json["data"][0]["until"] == last.isoformat()
    clock.move(days=2)
    run_jobs()
    clock.move_to(end_of(sam, last) - timedelta(minutes=1))
    assert sees(eve, f"customers/{record}")
    run_jobs()
    warned = [said for said, _url in told(sam)]
    assert warned == [f"“Initech” is shared with Eve Seller only until {last.isoformat()}."]
    clock.move(minutes=2)
    assert not sees(eve, f"customers/{record}")
    with sam.inside("system"):
        assert db.session().scalars(select(RecordShare.id)).all()
        remove_ended_shares()
        assert not db.session().scalars(select(RecordShare.id)).all()


def end_of(person, day):
    with person.inside():
        return collaborators.end_of(day)


def test_only_who_may_share_does_and_only_what_they_may_do_themselves(ada, sam, eve, bob):
    record = made(sam)
    share(sam, record, eve)
    assert share(eve, record, bob).status_code == 403  # it is only shared with Eve
    assert share(bob, record, eve).status_code == 403
    assert share(ada, record, bob, level="edit").status_code == 200
    assert share(sam, record, sam).status_code == 422  # the owner has it
    assert share(sam, record).json["errors"][0]["code"] == "required"
    past = share(sam, record, eve, until="2020-01-01").json["errors"][0]
    assert (past["field"], past["code"]) == ("until", "past")
    with ada.inside():
        db.get(Member, eve.member_id).status = "deactivated"
    refused = share(sam, record, eve).json["errors"][0]
    assert refused["code"] == "inactive" and "Eve Seller" in refused["message"]


def test_a_neighbour_can_neither_be_given_anything_nor_take_it(sam, mallory):
    record = made(sam)
    assert share(sam, record, mallory).json["errors"][0]["code"] == "unknown_reference"
    assert mallory.api("GET", f"customers/{record}/shares").status_code == 404


def test_somebody_whose_role_sees_none_of_the_type_is_named_and_sees_nothing(ada, sam, bob):
    with ada.inside():
        role = db.session().query(Role).filter_by(key="viewer").one()
        role.grants = {"records": {"*": {"view": "all"}, "customer": {}}, "permissions": []}
    record = made(sam)
    data = {"whom": f"member:{bob.member_id}", "level": "edit"}
    page = sam.post(f"customers/{record}/shares", data, follow_redirects=True).text
    assert "The roles of Bob Viewer give no right to see customers at all" in page
    assert not sees(bob, f"customers/{record}")
    assert "No effect" in sam.get(f"customers/{record}/shares").text
    assert sam.api("GET", f"customers/{record}/shares").json["data"][0]["has_effect"] is False


def test_all_that_hangs_on_a_record_comes_with_it(sam, eve):
    record = made(sam)
    with sam.inside():
        contact = create_record(CONTACT, {"name": "Peter", "customer": record}).id
        task = create_task(title="Ring", about=RecordRef("customer", record)).id
        call = log_follow_up("customer", CUSTOMER.get(record), channel="call", summary="He will think it over").id
    paths = [f"contacts/{contact}", f"tasks/{task}", f"follow-ups/{call}"]
    assert not any(sees(eve, path) for path in paths)
    share(sam, record, eve)
    assert all(sees(eve, path) for path in paths)
    assert "He will think it over" in eve.get(f"customers/{record}").text
    assert eve.api("GET", "search?q=Peter").json["data"]


def test_the_page_of_a_record_shows_collaborators_and_takes_back_without_a_script(sam, eve):
    record = made(sam)
    sam.post(f"customers/{record}/shares", {"whom": f"member:{eve.member_id}", "level": "view", "until": ""})
    page = sam.get(f"customers/{record}").text
    assert "Shared with Eve Seller." in page and "gx-collaborators" in page
    wrong = sam.post(f"customers/{record}/shares", {"level": "view"})
    assert wrong.status_code == 422 and "Choose a member or a team." in wrong.text
    share_id = sam.api("GET", f"customers/{record}/shares").json["data"][0]["id"]
    assert sam.post(f"customers/{record}/shares/{share_id}/ending").status_code == 303
    assert "gx-collaborators" not in sam.get(f"customers/{record}").text


def test_many_are_shared_by_one_statement_told_once_and_undone_together(sam, eve, run_jobs, statements):
    mine = [made(sam, f"C{n}") for n in range(12)]
    share(sam, mine[0], eve)
    run_jobs()
    before = len(told(eve))
    data = {"id": [str(each) for each in mine], "whom": f"member:{eve.member_id}", "level": "view", "go": "1"}
    with statements() as asked:
        assert sam.post("customers/bulk/shares", data).status_code == 303
    assert len([s for s in asked if s.startswith("INSERT INTO record_share")]) == 1
    assert len(eve.api("GET", "customers").json["data"]) == 12
    run_jobs()
    assert [said for said, _url in told(eve)[: len(told(eve)) - before]] == [
        "Sam Seller shared with you to view (11): Customers"
    ]
    with sam.inside():
        run = db.session().scalars(select(Run.id).where(Run.kind == "bulk_share")).one()
    sam.post(f"runs/{run}/undoing")
    assert [each["name"] for each in eve.api("GET", "customers").json["data"]] == ["C0"]


def test_the_shares_of_merged_records_follow(ada, sam, eve, bob, teams):
    kept, gone = made(sam, "Kept"), made(sam, "Gone")
    share(sam, kept, bob)
    share(sam, gone, bob, eve, teams=[teams[0]], level="edit")
    with ada.inside():
        merge_records(CUSTOMER, kept, [gone])
    found = {each["name"]: each["level"] for each in ada.api("GET", f"customers/{kept}/shares").json["data"]}
    assert found == {"Bob Viewer": "view", "Eve Seller": "edit", "Sales": "edit"}
    assert sees(eve, f"customers/{kept}")


def test_a_token_that_only_reads_shares_nothing(sam, eve):
    record = made(sam)
    token = sam.token(scopes=("read",))
    sent = {"members": [str(eve.member_id)], "until": date.max.isoformat()}
    answer = sam.api("POST", f"customers/{record}/shares", json=sent, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403
    assert share(sam, record, eve, until=date.max.isoformat()).status_code == 422
    with sam.inside():
        assert collaborators.shares_of(CUSTOMER, record) == []
