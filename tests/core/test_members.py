"""Inviting colleagues, their roles and teams, and the end of their access."""

import pytest
from sqlalchemy import text

from core import db
from core.access import Member, Role, may
from core.access.roles import GIVEN_BY_ALL, READY
from core.auth import directory, teams
from core.auth.giving import all_roles
from core.auth.members import change_roles, get_member, roles_of
from core.customers.types import CUSTOMER
from core.errors import Conflict, Forbidden
from core.events import EventRow
from core.records.services import create_record
from core.testing.cast import PASSWORD, make_user


def role_id(person, key):
    with person.inside():
        return str(next(role.id for role in all_roles() if role.key == key))


def invite(person, email="new@example.com", role="sales", **more):
    return person.post("members/invite", {"email": email, "role": role_id(person, role), "team": ""} | more)


def member_of(person, email):
    with person.inside():
        return db.session().query(Member).filter(Member.email == email).one_or_none()


# --- inviting ------------------------------------------------------------------------------------------


def test_a_colleague_is_invited_by_mail_chooses_a_password_and_is_in(ada, app, mails):
    assert invite(ada).status_code == 303
    mail = mails.to("new@example.com")[-1]
    assert mail["Subject"] == "Ada Lovelace invites you to Acme"
    link, browser = mails.link("new@example.com"), app.test_client()
    page = browser.get(link)
    assert "Join Acme" in page.text and 'value="new@example.com"' in page.text
    assert browser.post(link, data={"name": "Neo", "password": PASSWORD}).location == "/w/acme/"
    assert browser.get("/w/acme/settings/").status_code == 200
    assert browser.get("/w/acme/members/").status_code == 403
    assert "Neo" in ada.get("members/").text and member_of(ada, "new@example.com").status == "active"


def test_a_colleague_who_has_an_account_joins_by_signing_in(ada, mallory, mails):
    invite(ada, mallory.email)
    link = mails.link(mallory.email)
    browser = ada.app.test_client()
    assert f"next={link}" in browser.get(link).text.replace("%2F", "/")
    assert mallory.get(link).status_code == 200
    assert mallory.post(link).location == "/w/acme/"
    assert mallory.get("/w/acme/settings/").status_code == 200
    assert "/w/globex/" in mallory.get("/w/acme/workspaces").text


def test_an_invitation_to_somebody_else_cannot_be_accepted(ada, mallory, mails):
    invite(ada)
    link = mails.link("new@example.com")
    assert "was sent to new@example.com" in mallory.get(link).text
    assert mallory.post(link).status_code == 409
    assert mallory.get("/w/acme/").status_code == 404


def test_whoever_has_no_password_yet_chooses_one_and_is_confirmed(ada, app, mails, admin):
    make_user("Sleepy", "sleepy@example.com")
    with admin.begin() as connection:
        connection.execute(text("""update guanxi."user" set confirmed_at = null where email = 'sleepy@example.com'"""))
    invite(ada, "sleepy@example.com")
    browser = app.test_client()
    answer = browser.post(mails.link("sleepy@example.com"), data={"name": "Awake", "password": PASSWORD})
    assert answer.location == "/w/acme/"


def test_an_accepted_invitation_does_not_work_again(ada, app, mails):
    invite(ada)
    link = mails.link("new@example.com")
    app.test_client().post(link, data={"name": "Neo", "password": PASSWORD})
    other = app.test_client()
    assert other.get(link).status_code == 410
    assert other.post(link, data={"name": "Eve", "password": "another good password"}).status_code == 410
    assert member_of(ada, "new@example.com").name == "Neo"


def test_an_invitation_expires_after_a_week_and_can_be_sent_again(ada, app, mails, clock):
    invite(ada)
    link = mails.link("new@example.com")
    clock.move(days=7, minutes=1)
    page = app.test_client().get(link)
    assert page.status_code == 410 and "expired" in page.text

    ada.post(f"members/{member_of(ada, 'new@example.com').id}/invitation")
    newer = mails.link("new@example.com")
    assert newer != link and app.test_client().get(newer).status_code == 200


def test_sending_an_invitation_again_ends_the_one_before(ada, app, mails):
    invite(ada)
    link = mails.link("new@example.com")
    ada.post(f"members/{member_of(ada, 'new@example.com').id}/invitation")
    page = app.test_client().get(link)
    assert page.status_code == 410 and "newer one was sent" in page.text


def test_an_invitation_can_be_taken_back(ada, app, mails):
    invite(ada)
    link = mails.link("new@example.com")
    ada.post(f"members/{member_of(ada, 'new@example.com').id}/invitation/revocation")
    assert app.test_client().get(link).status_code == 410
    assert member_of(ada, "new@example.com") is None
    assert invite(ada).status_code == 303


def test_a_forged_invitation_is_refused(app, ada):
    page = app.test_client().get("/invitations/forged.x.y")
    assert page.status_code == 410 and "not one of ours" in page.text


@pytest.mark.parametrize("email", ["", "nobody", "a@b@c", "x" * 400])
def test_an_address_that_is_none_is_refused_beside_its_field(ada, email):
    page = invite(ada, email)
    assert page.status_code == 422 and 'id="f-email-error"' in page.text


def test_who_is_a_member_or_invited_already_is_not_invited_twice(ada, bob):
    invite(ada)
    for email in (bob.email, "new@example.com", "NEW@example.com"):
        page = invite(ada, email)
        assert page.status_code == 422 and 'id="f-email-error"' in page.text


def test_a_director_invites_those_who_work_and_no_director_or_administrator(ada, dora):
    page = dora.get("members/invite").text
    offered = [READY[key]["name"] for key in READY if f"<b>{READY[key]['name']}</b>" in page]
    assert [str(name) for name in offered] == ["Sales", "Marketing", "Service", "Finance", "Viewer"]
    for key in READY:
        data = {"email": f"{key}@example.com", "role": role_id(ada, key)}
        status = 303 if key in GIVEN_BY_ALL else 403
        assert dora.post("members/invite", data).status_code == status, key
        assert (member_of(ada, f"{key}@example.com") is not None) is (status == 303)


def test_a_role_of_another_tenant_cannot_be_given(ada, mallory):
    page = ada.post("members/invite", {"email": "new@example.com", "role": role_id(mallory, "owner")})
    assert page.status_code == 422


# --- who may see and do it ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["members/", "members/invite", "members/teams", "settings/programs/", "settings/jobs",
                                  "settings/modules", "settings/workspace"])  # fmt: skip
def test_who_only_looks_may_not_see_the_administration(bob, path):
    assert bob.get(path).status_code == 403


def test_who_only_looks_changes_nothing(ada, bob, sam):
    assert invite_as(bob, ada).status_code == 403
    assert bob.post(f"members/{sam.member_id}/deactivation").status_code == 403
    assert bob.post(f"members/{bob.member_id}", {"role": role_id(ada, "owner")}).status_code == 403
    assert bob.post("members/teams/new", {"name": "Mine"}).status_code == 403


def invite_as(person, ada):
    return person.post("members/invite", {"email": "new@example.com", "role": role_id(ada, "viewer")})


@pytest.mark.parametrize("path", ["", "members/", "settings/", "settings/profile", "members/teams"])
def test_the_neighbour_cannot_tell_that_the_workspace_exists(ada, mallory, path):
    assert mallory.get(f"/w/acme/{path}").status_code == 404
    assert mallory.get(f"/w/nowhere/{path}").status_code == 404


def test_a_member_of_another_tenant_is_not_found(ada, mallory):
    for path in (f"members/{mallory.member_id}", f"members/{mallory.member_id}/deactivation"):
        assert ada.post(path, {"role": role_id(ada, "viewer")}).status_code == 404


# --- roles and access ----------------------------------------------------------------------------------


def test_a_role_is_changed_and_holds_at_once(ada, bob):
    assert bob.get("members/").status_code == 403
    assert ada.post(f"members/{bob.member_id}", {"role": role_id(ada, "admin"), "team": ""}).status_code == 303
    assert bob.get("members/").status_code == 200
    with ada.inside():
        event = db.session().query(EventRow).filter(EventRow.name == "auth.member_role_changed").one()
        assert event.changes == {"role": ["Viewer", "Admin"]} and event.record_id == bob.member_id


def test_only_an_owner_makes_and_unmakes_owners(ada, bob, sam):
    ada.post(f"members/{bob.member_id}", {"role": role_id(ada, "admin"), "team": ""})
    page = bob.post(f"members/{sam.member_id}", {"role": role_id(ada, "owner"), "team": ""})
    assert page.status_code == 422 and "Ask an owner" in page.text
    page = bob.post(f"members/{ada.member_id}", {"role": role_id(ada, "viewer"), "team": ""})
    assert page.status_code == 422 and "Only an owner" in page.text
    assert bob.post(f"members/{ada.member_id}/deactivation").status_code == 403
    with ada.inside():
        assert [r.key for r in roles_of([ada.member_id])[ada.member_id]] == ["owner"]


def test_the_last_owner_stays(ada, bob):
    page = ada.post(f"members/{ada.member_id}", {"role": role_id(ada, "admin"), "team": ""})
    assert page.status_code == 422 and "last owner" in page.text
    assert ada.post(f"members/{ada.member_id}/deactivation").status_code == 409
    ada.post(f"members/{bob.member_id}", {"role": role_id(ada, "owner"), "team": ""})
    assert ada.post(f"members/{ada.member_id}", {"role": role_id(ada, "admin"), "team": ""}).status_code == 303


def test_two_owners_cannot_unmake_each_other_at_once(ada, bob):
    """The second to come waits for the first and then is the last."""
    ada.post(f"members/{bob.member_id}", {"role": role_id(ada, "owner"), "team": ""})
    viewer = role_id(ada, "viewer")
    with ada.inside():
        change_roles(get_member(bob.member_id, lock=True), [viewer])
    with ada.inside(), pytest.raises(Conflict):
        change_roles(get_member(ada.member_id, lock=True), [viewer])


def test_access_ends_at_once_and_can_be_restored(ada, bob):
    bob.token()
    assert bob.get("settings/").status_code == 200 and bob.api("GET", "me").status_code == 200
    ada.post(f"members/{bob.member_id}/deactivation")
    assert bob.get("settings/").status_code == 404 and bob.api("GET", "me").status_code == 401
    ada.post(f"members/{bob.member_id}/reactivation")
    assert bob.get("settings/").status_code == 200 and bob.api("GET", "me").status_code == 200


def test_a_service_refuses_who_may_not(bob, sam):
    with bob.inside(), pytest.raises(Forbidden):
        change_roles(get_member(sam.member_id), [sam.member_id])


def test_the_list_finds_by_name_and_address(ada, bob, sam):
    page = ada.get("members/?q=SAM@")
    assert "Sam Seller" in page.text and "Bob Viewer" not in page.text
    assert "Nobody found" in ada.get("members/?q=%25").text


# --- teams ---------------------------------------------------------------------------------------------


def make_team(person, name, parent=""):
    assert person.post("members/teams/new", {"name": name, "parent": str(parent)}).status_code == 303
    with person.inside():
        return next(team for team in teams.list_teams() if team.name == name)


def put(ada, person, team):
    with ada.inside():
        role = roles_of([person.member_id])[person.member_id][0]
    assert ada.post(f"members/{person.member_id}", {"role": role.id, "team": team.id}).status_code == 303


def test_a_manager_sees_the_work_of_the_team_and_of_those_below(ada, dora, sam, eve):
    sales = make_team(ada, "Sales")
    north = make_team(ada, "North", sales.id)
    support = make_team(ada, "Support")
    for person, team in ((dora, sales), (sam, north), (eve, support)):
        put(ada, person, team)
    with sam.inside():
        of_sam = create_record(CUSTOMER, {"name": "Sam's", "owner": sam.member_id})
    with eve.inside():
        of_eve = create_record(CUSTOMER, {"name": "Eve's", "owner": eve.member_id})
    with dora.inside():
        assert may("view", CUSTOMER, of_sam) and not may("view", CUSTOMER, of_eve)

    ada.post(f"members/teams/{support.id}", {"name": "Support", "parent": str(north.id)})
    with dora.inside():
        assert may("view", CUSTOMER, of_eve)
    ada.post(f"members/teams/{north.id}", {"name": "North", "parent": ""})
    with dora.inside():
        assert not may("view", CUSTOMER, of_sam) and not may("view", CUSTOMER, of_eve)


def test_a_team_cannot_be_below_itself(ada):
    sales = make_team(ada, "Sales")
    north = make_team(ada, "North", sales.id)
    for parent in (sales.id, north.id):
        page = ada.post(f"members/teams/{sales.id}", {"name": "Sales", "parent": str(parent)})
        assert page.status_code == 422 and 'id="f-parent-error"' in page.text


def test_a_team_with_people_or_teams_in_it_is_not_deleted(ada, sam):
    sales = make_team(ada, "Sales")
    north = make_team(ada, "North", sales.id)
    put(ada, sam, north)
    assert ada.post(f"members/teams/{sales.id}/deletion").status_code == 409
    assert ada.post(f"members/teams/{north.id}/deletion").status_code == 409
    ada.post(f"members/{sam.member_id}", {"role": role_id(ada, "sales"), "team": ""})
    assert ada.post(f"members/teams/{north.id}/deletion").status_code == 303
    ada.get("members/teams")
    assert "North" not in ada.get("members/teams").text


@pytest.mark.parametrize("name", ["", "x" * 5000])
def test_a_team_needs_a_name_of_reasonable_length(ada, name):
    page = ada.post("members/teams/new", {"name": name, "parent": ""})
    assert page.status_code == 422 and 'id="f-name-error"' in page.text


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "😀", "فريق المبيعات", "华东大区"])
def test_a_team_may_be_called_anything_and_is_shown_as_typed(ada, name):
    make_team(ada, name)
    page = ada.get("members/teams")
    assert name.replace("<", "&lt;").replace(">", "&gt;") in page.text and "<img src=x" not in page.text


def test_names_of_members_are_shown_and_never_run(ada, mallory, mails):
    with mallory.inside():
        mallory_row = db.session().query(Member).one()
        mallory_row.name = "<script>alert(1)</script>"
    page = mallory.get("members/")
    assert "&lt;script&gt;alert(1)" in page.text and "<script>alert" not in page.text


def test_every_tenant_has_the_ready_roles(ada):
    with ada.inside():
        assert [r.key for r in all_roles()] == list(READY)
        assert db.session().query(Role).count() == len(READY)


# --- several roles -------------------------------------------------------------------------------------


def test_several_roles_add_up_and_all_of_them_are_shown(ada, sam):
    chosen = [role_id(ada, "sales"), role_id(ada, "finance")]
    assert ada.post(f"members/{sam.member_id}", {"role": chosen, "team": ""}).status_code == 303
    page = ada.get(f"members/{sam.member_id}").text
    assert "Sales" in page and "Finance" in page
    with sam.inside():
        assert may("create", CUSTOMER) and may("export", CUSTOMER)
    page = ada.post(f"members/{sam.member_id}", {"team": ""})
    assert page.status_code == 422 and 'id="f-role-error"' in page.text, "nobody is without a role"


def test_an_owner_may_have_other_roles_besides_and_stays_the_last_owner(ada):
    owner, sales = role_id(ada, "owner"), role_id(ada, "sales")
    assert ada.post(f"members/{ada.member_id}", {"role": [owner, sales], "team": ""}).status_code == 303
    page = ada.post(f"members/{ada.member_id}", {"role": [sales], "team": ""})
    assert page.status_code == 422 and "last owner" in page.text


def own_role(ada, name, **grants):
    with ada.inside():
        role = Role(name=name, grants={"records": {}, "permissions": []} | grants)
        db.session().add(role)
        db.flush()
        return role.id


@pytest.mark.parametrize(("grants", "given"), [
    ({"records": {"*": {"view": "own"}}}, True),
    ({"records": {"customer": {"view": "team"}}}, True),
    ({"records": {"*": {"view": "all"}}}, False),
    ({"records": {"customer": {"delete": "own"}}}, False),
    ({"permissions": ["tenant.manage_members"]}, True),
    ({"permissions": ["tenant.manage_fields"]}, False),
    ({"permissions": ["*"]}, False),
])  # fmt: skip
def test_who_manages_members_gives_no_more_than_is_theirs(ada, sam, eve, grants, given):
    lead = own_role(ada, "Lead", records={"*": {"view": "team"}},
                    permissions=["tenant.manage_members", "tenant.invite_members"])  # fmt: skip
    wished = own_role(ada, "Wished", **grants)
    ada.post(f"members/{sam.member_id}", {"role": str(lead), "team": ""})
    page = sam.post(f"members/{eve.member_id}", {"role": str(wished), "team": ""})
    assert page.status_code == (303 if given else 422)
    assert given or "You cannot give the role Wished" in page.text


def test_who_manages_members_neither_ends_nor_restores_the_access_of_the_mightier(ada, sam, bob):
    lead = own_role(ada, "Lead", records={"*": {"view": "team"}}, permissions=["tenant.manage_members"])
    ada.post(f"members/{sam.member_id}", {"role": str(lead), "team": ""})
    ada.post(f"members/{bob.member_id}", {"role": role_id(ada, "admin"), "team": ""})
    assert sam.post(f"members/{bob.member_id}/deactivation").status_code == 403
    ada.post(f"members/{bob.member_id}/deactivation")
    assert sam.post(f"members/{bob.member_id}/reactivation").status_code == 403


# --- the list and the page -----------------------------------------------------------------------------


def names_in(page):
    return [name for name in ("Ada Lovelace", "Bob Viewer", "Dora Director", "Eve Seller", "Sam Seller")
            if f"<span>{name}</span>" in page.text]  # fmt: skip


def test_the_list_is_filtered_by_role_team_and_status(ada, bob, dora, eve, sam):
    sales = make_team(ada, "Sales")
    north = make_team(ada, "North", sales.id)
    put(ada, dora, sales)
    put(ada, sam, north)
    ada.post(f"members/{bob.member_id}/deactivation")
    assert names_in(ada.get(f"members/?role={role_id(ada, 'sales')}")) == ["Eve Seller", "Sam Seller"]
    assert names_in(ada.get(f"members/?team={sales.id}")) == ["Dora Director", "Sam Seller"]
    assert names_in(ada.get("members/?team=none")) == ["Ada Lovelace", "Bob Viewer", "Eve Seller"]
    assert names_in(ada.get("members/?status=deactivated")) == ["Bob Viewer"]
    assert names_in(ada.get(f"members/?team={sales.id}&q=dora")) == ["Dora Director"]
    for junk in ("role=x", "team=x", "status=x", "after=x", "after=0193a4c5-7f3e-7c1d-9f67-2b5d3e8a1c44", "q=%00"):
        assert ada.get(f"members/?{junk}").status_code == 200, junk


def test_the_list_turns_its_pages_there_and_back(ada, bob, dora, eve, sam, monkeypatch):
    with ada.inside():
        wish, seen = directory.Wish(), []
        page = directory.find_members(wish, limit=2)
        while True:
            seen += [member.name for member in page.members]
            if page.next is None:
                break
            page = directory.find_members(wish, after=page.next, limit=2)
        assert seen == ["Ada Lovelace", "Bob Viewer", "Dora Director", "Eve Seller", "Sam Seller"]
        back = directory.find_members(wish, before=page.previous, limit=2)
        assert [member.name for member in back.members] == ["Dora Director", "Eve Seller"] and back.total == 5
        first = directory.find_members(wish, before=back.previous, limit=2)
        assert [member.name for member in first.members] == ["Ada Lovelace", "Bob Viewer"] and first.previous is None


def test_many_are_moved_given_a_role_and_ended_at_once_and_each_refusal_is_told(ada, bob, sam, eve):
    sales = make_team(ada, "Sales")
    chosen = [str(person.member_id) for person in (sam, eve)]
    assert ada.post("members/bulk", {"id": chosen, "do": "move", "to_team": str(sales.id)}).status_code == 303
    assert ada.post("members/bulk", {"id": chosen, "do": "role", "add_role": role_id(ada, "viewer")}).status_code == 303
    with ada.inside():
        assert {get_member(person.member_id).team_id for person in (sam, eve)} == {sales.id}
        assert [role.key for role in roles_of([sam.member_id])[sam.member_id]] == ["sales", "viewer"]
    page = ada.post("members/bulk", {"id": [*chosen, str(ada.member_id)], "do": "deactivate"})
    assert page.status_code == 200 and "cannot end your own access" in page.text
    with ada.inside():
        assert [get_member(person.member_id).status for person in (sam, eve, ada)] == ["deactivated"] * 2 + ["active"]
    assert bob.post("members/bulk", {"id": chosen, "do": "deactivate"}).status_code == 403
    assert ada.post("members/bulk", {"id": "junk", "do": "move"}).status_code == 422


def test_the_page_of_a_member_tells_what_an_administrator_needs(ada, sam, bob, mallory):
    sales = make_team(ada, "Sales")
    put(ada, sam, sales)
    form = {"role": role_id(ada, "sales"), "team": str(sales.id), "title": "Key accounts", "phone": "+1 202 555 0123"}
    assert ada.post(f"members/{sam.member_id}", form).status_code == 303
    page = ada.get(f"members/{sam.member_id}").text
    for said in ("Sam Seller", "Key accounts", "tel:+12025550123", "sam@example.com", "Sales", "Not set up"):
        assert said in page
    assert ada.post(f"members/{sam.member_id}", form | {"phone": "abc"}).status_code == 422
    assert bob.get(f"members/{sam.member_id}").status_code == 403
    assert ada.get(f"members/{mallory.member_id}").status_code == 404


def test_ending_an_access_says_before_what_ends_and_what_stays(ada, sam):
    sam.token()
    page = ada.get(f"members/{sam.member_id}/deactivation").text
    assert "1 API token of theirs stops working" in page and "Everything they own" in page
    assert "Hand over" not in page or "/handover" in page


def test_one_changes_ones_own_name_title_phone_language_and_zone(ada, sam):
    form = {"name": "Samuel", "title": "Seller", "phone": "13800138000", "locale": "en", "timezone": "Europe/Berlin"}
    assert sam.post("settings/profile", form).status_code == 303
    page = sam.get("settings/profile").text
    assert 'value="Samuel"' in page and 'value="Seller"' in page and 'value="+8613800138000"' in page
    page = sam.post("settings/profile", form | {"phone": "12"})
    assert page.status_code == 422 and 'id="f-phone-error"' in page.text
    with ada.inside():
        event = db.session().query(EventRow).filter(EventRow.name == "auth.member_changed").one()
        assert event.changes["title"] == [None, "Seller"] and event.actor_id == sam.member_id


# --- over the API --------------------------------------------------------------------------------------


def test_members_are_changed_over_the_api(ada, bob, sam, mallory):
    team = ada.api("POST", "teams", {"name": "Sales"}).json["data"]["id"]
    address = f"members/{sam.member_id}"
    wish = {
        "title": "Lead",
        "phone": "13800138000",
        "roles": [role_id(ada, "sales"), role_id(ada, "viewer")],
        "team": team,
    }
    said = ada.api("PATCH", address, wish).json["data"]
    assert (said["title"], said["phone"], said["team"]) == ("Lead", "+8613800138000", team)
    assert sorted(said["roles"]) == ["sales", "viewer"] and sorted(said["role_ids"]) == sorted(wish["roles"])
    assert [m["name"] for m in ada.api("GET", f"members?team={team}&q=SAM").json["data"]] == ["Sam Seller"]
    assert [m["name"] for m in ada.api("GET", f"members?role={role_id(ada, 'viewer')}").json["data"]] == [
        "Bob Viewer", "Sam Seller"]  # fmt: skip
    for refused, field in (({"roles": []}, "roles"), ({"roles": [team]}, "roles"), ({"phone": "x"}, "phone"),
                           ({"team": str(sam.member_id)}, "team"), ({"name": "x"}, "name")):  # fmt: skip
        answer = ada.api("PATCH", address, refused)
        assert answer.status_code == 422 and answer.json["errors"][0]["field"].startswith(field), refused
    assert ada.api("PATCH", f"members/{ada.member_id}", {"roles": [role_id(ada, "sales")]}).status_code == 409
    assert sam.api("PATCH", address, {"title": "Chief"}).json["data"]["title"] == "Chief"
    assert bob.api("PATCH", address, {"title": "Nobody"}).status_code == 403
    assert sam.api("PATCH", address, {"roles": [role_id(ada, "admin")]}).status_code == 403
    assert mallory.api("PATCH", address, {"title": "Ours"}).status_code == 404
    assert ada.api("POST", f"{address}/deactivation").json["data"]["status"] == "deactivated"
    assert ada.api("POST", f"{address}/reactivation").json["data"]["status"] == "active"
    assert bob.api("POST", f"{address}/deactivation").status_code == 403


def test_many_members_are_changed_at_once_over_the_api(ada, sam, eve, bob):
    team = ada.api("POST", "teams", json={"name": "East"}).json["data"]["id"]
    change = {"do": "move", "ids": [str(sam.member_id), str(eve.member_id)], "team": team}
    assert sam.api("POST", "members/bulk", json=change).status_code == 403
    assert ada.api("POST", "members/bulk", json=change).json["data"] == {"changed": 2, "refused": []}
    assert {ada.api("GET", f"members/{one.member_id}").json["data"]["team"] for one in (sam, eve)} == {team}
    ending = ada.api("POST", "members/bulk", json={"do": "deactivate", "ids": [str(ada.member_id), str(bob.member_id)]})
    assert ending.json["data"]["changed"] == 1
    assert [each["id"] for each in ending.json["data"]["refused"]] == [str(ada.member_id)]
    for wrong, field in (({"do": "move"}, "team"), ({"do": "role", "role": team}, "role"),
                         ({"do": "deactivate", "team": team}, "team"),
                         ({"do": "move", "team": str(bob.member_id)}, "team")):  # fmt: skip
        answer = ada.api("POST", "members/bulk", json={"ids": [str(sam.member_id)]} | wrong)
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field), wrong
