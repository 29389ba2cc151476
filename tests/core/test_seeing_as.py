"""An administrator looks at the workspace with other eyes: a role's, or a member's."""

import re

import pytest

from core import db
from core.access import Role, Team
from core.auth import roles
from core.db import new_id
from core.events import EventRow
from core.testing.cast import hire


def role_of(person, key):
    with person.inside():
        return db.session().query(Role).filter(Role.key == key).one().id


def try_on(person, role, **said):
    return person.post(f"settings/roles/{role}/trying-on", said)


@pytest.fixture
def customers(ada, sam):
    """One of ada's, one of sam's."""
    for name, owner in (("Shan Steel", ada), ("Hai Silk", sam)):
        ada.api("POST", "customers", json={"name": name, "phone": "+8613812345678", "owner": str(owner.member_id)})


def test_a_role_is_tried_on_with_ones_own_records_and_taken_off_again(ada, customers):
    role = role_of(ada, "sales")
    with ada.inside():
        roles.change_grants(roles.get_role(role), {"fields": {"customer": {"phone": {"level": "masked"}}}})
    assert try_on(ada, role).status_code == 303
    home = ada.get("").text
    assert "You see the workspace as Sales (try-on)." in home
    assert "settings/record-types/" not in home, "what the role may not do is not offered"
    mine = ada.get("customers/").text
    assert ("Shan Steel" in mine, "Hai Silk" in mine, "2345678" in mine) == (True, False, False)
    assert ada.get("settings/roles/").status_code == 403
    assert ada.post("settings/roles/seeing/end").status_code == 303
    after = ada.get("customers/").text
    assert ("Hai Silk" in after, "gx-seeing" in after) == (True, False)
    with ada.inside():
        told = {row.name: row for row in db.session().query(EventRow).filter(EventRow.name.like("auth.seen_as%"))}
    assert told["auth.seen_as"].data["whom"] == "Sales"
    assert {row.actor_id for row in told.values()} == {ada.member_id}
    assert "auth.seen_as_ended" in told


def test_a_team_can_be_chosen_with_the_role(ada, sam, customers):
    with ada.inside():
        team = Team(id=new_id(), name="North", path="/")
        db.session().add(team)
        db.flush()
        team.path = f"/{team.id}/"
    ada.api("PATCH", f"members/{sam.member_id}", json={"team": str(team.id)})
    try_on(ada, role_of(ada, "sales_director"), team=str(team.id))
    page = ada.get("customers/").text
    assert "in the team North" in page
    assert "Hai Silk" in page


def test_the_workspace_is_seen_as_a_member_sees_it(ada, sam, customers):
    assert ada.post("settings/roles/seeing", {"member": str(sam.member_id)}).status_code == 303
    page = ada.get("customers/").text
    assert "You see the workspace as Sam Seller does." in page
    assert ("Hai Silk" in page, "Shan Steel" in page) == (True, False)


def test_a_member_is_found_as_one_types_and_by_the_words_where_no_script_runs(ada, sam, eve):
    assert 'data-lookup="/w/acme/lookup/member"' in ada.get("settings/roles/seeing").text
    nobody = ada.post("settings/roles/seeing", {"member": "", "member-q": "zzz"})
    assert nobody.status_code == 422 and "Nothing found for" in nobody.text
    several = ada.post("settings/roles/seeing", {"member": "", "member-q": "Seller"})
    assert several.status_code == 422 and several.text.count('name="member-pick"') == 2
    assert ada.post("settings/roles/seeing", {"member": "", "member-q": ""}).status_code == 422
    assert ada.post("settings/roles/seeing", {"member": "", "member-q": "sam seller"}).status_code == 303
    assert "You see the workspace as Sam Seller does." in ada.get("customers/").text


def test_the_matrix_begins_with_what_a_company_is_about(ada):
    page = ada.get(f"settings/roles/{role_of(ada, 'sales')}").text
    shown = re.findall(r'<tbody data-line="([^"]+)"', page)
    assert shown[:3] == ["others", "customer", "contact"]
    assert set(shown[-2:]) == {"follow_up", "task"}, shown


def test_nothing_can_be_changed_meanwhile_and_nothing_is_kept(ada, sam, customers):
    ada.post("settings/roles/seeing", {"member": str(sam.member_id)})
    refused = ada.post("customers/", {"name": "Made by nobody"}, headers={"HX-Request": "true"})
    assert refused.status_code == 403
    assert "You only look now" in refused.headers["HX-Trigger"]
    assert ada.post(f"settings/roles/{role_of(ada, 'sales')}/trying-on").status_code in (303, 403)
    ada.get("notifications/")
    with ada.inside():
        assert db.session().query(EventRow).filter(EventRow.actor_id == sam.member_id).count() == 0
    assert "Sam Seller does" in ada.get("").text, "refused, one still looks"
    assert [c["name"] for c in ada.api("GET", "customers").json["data"]].count("Made by nobody") == 0


def test_it_ends_by_itself_after_half_an_hour_and_with_the_role(ada, clock):
    role = role_of(ada, "viewer")
    try_on(ada, role)
    clock.move(minutes=29)
    assert "gx-seeing" in ada.get("").text
    clock.move(minutes=2)
    ended = ada.get("")
    assert ("gx-seeing" in ended.text, "your own eyes" in ended.text) == (False, True)
    with ada.inside():
        own = roles.create_role("Own", grants={"records": {"*": {"view": "all"}}}).id
    try_on(ada, own)
    ada.api("DELETE", f"roles/{own}")
    boosted = ada.get("customers/", headers={"HX-Request": "true"})
    assert boosted.headers["HX-Redirect"] == "/w/acme/", "the bar above the page goes, too"
    assert "gx-seeing" not in ada.get("").text


def test_it_ends_with_signing_out_and_holds_in_one_workspace_only(ada, mallory):
    try_on(ada, role_of(ada, "viewer"))
    with ada.client.session_transaction() as session:
        kept = dict(session["seeing"])
    with mallory.client.session_transaction() as session:
        session["seeing"] = kept
    assert "gx-seeing" not in mallory.get("").text
    ada.post("/sign-out")
    with ada.client.session_transaction() as session:
        assert "seeing" not in session


def test_only_who_may_do_everything_sees_as_others(ada, sam):
    with ada.inside():
        own = roles.create_role(
            "Makers", grants={"records": {"*": {"view": "all"}}, "permissions": ["tenant.manage_roles"]}
        ).id
    rita = hire(ada, "Rita Roles", "rita@example.com", "viewer")
    ada.api("PATCH", f"members/{rita.member_id}", json={"roles": [str(own)]})
    assert "Try on" not in rita.get("settings/roles/").text
    assert (
        rita.post(f"settings/roles/{role_of(ada, 'viewer')}/trying-on", headers={"HX-Request": "true"}).status_code
        == 403
    )
    assert sam.post("settings/roles/seeing", {"member": str(ada.member_id)}).status_code == 403
    with rita.client.session_transaction() as session:
        session["seeing"] = {str(ada.tenant_id): {"kind": "member", "id": str(ada.member_id), "team": None, "whom": "Ada",
                                                  "by": str(rita.member_id), "at": 9e9}}  # fmt: skip
    assert rita.get("settings/fields/").status_code == 403, "even with a cookie that says so"
