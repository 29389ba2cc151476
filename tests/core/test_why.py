"""“Why can I see this?”, “why can Bob not?”: the sentences, the pages, and who may ask about whom."""

from datetime import timedelta

import pytest

from core import current, db
from core.access import Member, Role
from core.auth.teams import create_team
from core.customers.types import CONTACT, CUSTOMER
from core.records.services import create_record


@pytest.fixture
def company(ada, dora, sam, eve):
    """Dora directs Sales, Eve works in Sales East below it, Sam in Support."""
    with ada.inside():
        sales = create_team("Sales", None)
        east = create_team("Sales East", sales.id)
        support = create_team("Support", None)
        for person, team in ((dora, sales), (eve, east), (sam, support)):
            db.get(Member, person.member_id).team_id = team.id


def made(person, name="Initech", **more):
    with person.inside():
        return create_record(CUSTOMER, {"name": name} | more).id


def why(person, record, plural="customers", **asked):
    return person.api("GET", f"{plural}/{record}/explain", query_string=asked).json["data"]


def lines(found):
    return [line["text"] for line in found["lines"]]


def test_the_chain_goes_from_role_to_grant_to_scope_to_team(company, dora, eve):
    found = why(dora, made(eve))
    assert found["sentence"] == (
        "You may view this customer."
        " The role “Sales director” gives “view: own team and below”."
        " The record is Eve Seller’s, Eve Seller is in Sales East, which is below Sales, your team."
    )
    assert found["chain"]["owners"][0]["team"] == ["Sales", "Sales East"] and found["chain"]["team"] == ["Sales"]


def test_of_another_member_it_says_why_not_and_what_would_change_it(company, ada, sam, eve):
    found = why(ada, made(eve), member=sam.member_id)
    assert not found["allowed"]
    assert found["sentence"].startswith("Sam Seller may not view this customer.")
    assert lines(found) == [
        "The role “Sales” gives “view: own”.",
        "The record is Eve Seller’s, who is in Sales East: neither Support, the team of Sam Seller, nor below it.",
    ]
    assert found["remedies"][:2] == [
        "Share the record with Sam Seller.", "Give “view: all” in the role “Sales”.",
    ]  # fmt: skip
    assert "Give Sam Seller the role “Viewer”, which has “view: all”." in found["remedies"]


def test_shares_deputies_and_contacts_are_told_of(company, ada, sam, eve):
    record = made(eve)
    with eve.inside():
        contact = create_record(CONTACT, {"name": "Peter", "customer": record}).id
    mine = why(eve, contact, "contacts")
    assert "The customer “Initech”, to which it belongs, is yours." in lines(mine)
    with ada.inside():
        member, now = db.get(Member, eve.member_id), current.now()
        member.away_from, member.away_until, member.deputy_id = now, now + timedelta(days=3), sam.member_id
    assert "The record is Eve Seller’s, and you stand in for Eve Seller until" in lines(why(sam, record))[1]
    with ada.inside():
        db.get(Member, eve.member_id).away_until = current.now()
        db.get(Member, eve.member_id).deputy_id = None
    ada.api("POST", f"customers/{record}/shares", json={"members": [str(sam.member_id)], "level": "edit"})
    assert "The record is shared with you to edit, by Ada Lovelace." in lines(why(sam, record, action="edit"))
    found = why(sam, contact, "contacts")
    assert found["allowed"] and found["shared"][0]["level"] == "edit"
    assert any(
        text.startswith("The customer “Initech”, to which it belongs, is shared with you") for text in lines(found)
    )


def test_a_token_and_a_lost_access_are_named(ada, sam, bob):
    record = made(sam)
    token = sam.token(scopes=("read",))
    headers = {"Authorization": f"Bearer {token}"}
    found = sam.api("GET", f"customers/{record}/explain?action=edit", headers=headers).json["data"]
    assert not found["allowed"] and "customer:write" in lines(found)[0]
    with ada.inside():
        db.get(Member, bob.member_id).status = "deactivated"
    found = why(ada, record, member=bob.member_id)
    assert lines(found)[0] == "Bob Viewer has no access to the workspace at present."


def test_fields_say_which_role_covers_them(ada, sam):
    record = made(sam, phone="+8613812345678")
    with ada.inside():
        role = db.session().query(Role).filter_by(key="sales").one()
        role.grants = role.grants | {"fields": {"customer": {"phone": {"level": "masked"}}}}
    found = why(sam, record, field="phone")
    assert (found["allowed"], found["level"]) == (False, "masked")
    assert found["sentence"] == "“Phone” is masked for you here. The role “Sales” masks “Phone”."
    assert f"customers/{record}/why?field=phone" in sam.get(f"customers/{record}").text
    assert "“Phone” is masked for you here." in sam.get(f"customers/{record}/why?field=phone").text
    theirs = why(ada, record, field="phone", member=sam.member_id)
    assert theirs["level"] == "masked" and theirs["remedies"] == ["Leave “Phone” open in the role “Sales”."]
    assert why(ada, record, field="phone")["allowed"]
    assert ada.api("GET", f"customers/{record}/explain?field=nothing").status_code == 422


def test_actions_say_the_permission_or_the_right_they_take_and_when_they_make_sense(ada, sam, bob, leads):
    lead = ada.api("POST", "leads", json={"name": "Peter", "phone": "+8613812345678"}).json["data"]["id"]
    found = why(ada, lead, "leads", action="assign", member=bob.member_id)
    assert not found["allowed"] and "“Assign” takes the right to “hand over” the record." in lines(found)
    ada.api("POST", f"leads/{lead}/actions/disqualify", json={"reason": "No budget"})
    found = why(ada, lead, "leads", action="assign")
    assert not found["allowed"]
    assert lines(found)[0] == "It makes no sense for the record as it is now, and so it is not offered."


def test_nobody_learns_of_a_record_that_they_may_not_see_nor_of_others_rights(ada, sam, eve, mallory):
    record = made(eve)
    for path in (f"customers/{record}/why", f"customers/{record}/shares"):
        assert sam.get(path).status_code == 404
    assert sam.api("GET", f"customers/{record}/explain").status_code == 404
    assert eve.get(f"customers/{record}/why?member={sam.member_id}").status_code == 403
    assert eve.get("settings/who-may").status_code == 403
    assert ada.get(f"customers/{record}/why?member={mallory.member_id}").status_code == 404


def test_the_page_answers_for_a_chosen_member_and_record(ada, sam, eve):
    record = made(eve)
    assert "Why can Bob not see it?" in ada.get("settings/who-may").text
    page = ada.get(f"settings/who-may?member={sam.member_id}&record=customer:{record}").text
    assert "Sam Seller may not view this customer." in page and "Share the record with Sam Seller." in page
    assert f"settings/who-may?record=customer:{record}&amp;member={sam.member_id}&amp;action=edit" in page
    assert "Sam Seller may not edit this customer." in ada.get(
        f"settings/who-may?member={sam.member_id}&record=customer:{record}&action=edit").text  # fmt: skip
    assert ada.get(f"settings/who-may?member={sam.member_id}&record=rubbish").status_code == 200
    dialog = ada.get(f"customers/{record}/why").text
    assert "You may view this customer." in dialog and "Owner" in dialog


def test_what_is_refused_says_where_it_is_explained(ada, bob, sam, eve):
    record = made(ada)
    told = f"/w/acme/customers/{record}/why?action="
    assert f'href="{told}edit"' in bob.get(f"customers/{record}/edit").text
    refused = bob.post(f"customers/{record}/deletion", headers={"HX-Request": "true"})
    assert (refused.status_code, f"{told}delete" in refused.headers["HX-Trigger"]) == (403, True)
    bob.post(f"customers/{record}/deletion", headers={"Referer": f"http://localhost/w/acme/customers/{record}"})
    page = bob.get(f"customers/{record}").text
    assert f'data-why href="{told}delete"' in page and bob.get(f"{told}delete").status_code == 200

    unseen = eve.get(f"customers/{made(sam)}/edit")
    assert unseen.status_code == 404 and "/why?" not in unseen.text
