"""Making roles, and saying what they may do."""

import pytest

from core import db
from core.access import Role
from core.access.roles import READY
from core.auth import roles
from core.auth.role_advice import advice_on, widened
from core.auth.role_grants import checked_grants
from core.errors import Invalid
from core.events import EventRow
from core.testing.cast import hire


def role_of(person, key):
    with person.inside():
        return db.session().query(Role).filter(Role.key == key).one().id


def make(person, name="Key accounts", **said):
    with person.inside():
        return roles.create_role(name, **said).id


def grants_of(person, role_id):
    with person.inside():
        return dict(roles.get_role(role_id).grants)


def audited(person, name):
    with person.inside():
        found = db.session().query(EventRow).filter(EventRow.name == name).order_by(EventRow.id)
        return [{"data": row.data, "changes": row.changes} for row in found]


def posted(**changed):
    """The matrix as a browser posts it, with nothing granted but what is said."""
    return {"p-others": "chosen", **{key.replace("__", "-"): value for key, value in changed.items()}}


# --- the list ------------------------------------------------------------------------------------------


def test_the_list_shows_the_ready_roles_with_how_many_have_each(ada, sam, eve):
    page = ada.get("settings/roles/").text
    assert page.count("Ready-made") == len(READY)
    assert f"members/?role={role_of(ada, 'sales')}" in page
    assert ada.get("settings/").text.count("settings/roles/") >= 1


def test_a_role_is_made_from_nothing_or_as_a_copy(ada):
    copy = ada.post("settings/roles/new", {"name": "Key accounts", "like": str(role_of(ada, "sales_director"))})
    assert copy.status_code == 303
    made = grants_of(ada, copy.location.rsplit("/", 1)[1])
    assert made["records"] == READY["sales_director"]["grants"]["records"]
    assert "tenant.invite_members" in made["permissions"], "what the ready one has from the start is said in the copy"
    empty = ada.post("settings/roles/new", {"name": "Guest"})
    assert grants_of(ada, empty.location.rsplit("/", 1)[1]) == {"records": {}, "permissions": []}
    assert "There is a role of this name already." in ada.post("settings/roles/new", {"name": "sALEs"}).text
    assert {each["data"]["role"] for each in audited(ada, "auth.role_created")} == {"Key accounts", "Guest"}


def test_a_role_is_renamed_and_described_but_not_a_ready_one(ada):
    role = make(ada)
    assert ada.post(f"settings/roles/{role}/name", {"name": "Big ones", "description": "VIP"}).status_code == 303
    assert "Big ones" in ada.get("settings/roles/").text
    assert ada.api("PATCH", f"roles/{role_of(ada, 'sales')}", json={"name": "Hunters"}).status_code == 409


def test_owners_and_admins_cannot_be_changed_and_it_says_why(ada):
    for key in ("owner", "admin"):
        role = role_of(ada, key)
        assert "so that a workspace always has" in ada.get(f"settings/roles/{role}").text.lower()
        answer = ada.api("PATCH", f"roles/{role}", json={"grants": {"records": {}}})
        assert (answer.status_code, answer.json["type"]) == (409, "urn:guanxi:problem:fixed")
        assert ada.api("POST", f"roles/{role}/reset").status_code == 409


def test_only_who_manages_roles_comes_in(bob, dora, mallory, ada):
    for url in ("settings/roles/", f"settings/roles/{role_of(ada, 'sales')}", "settings/roles/new"):
        assert bob.get(url).status_code == dora.get(url).status_code == 403
    assert mallory.get(f"settings/roles/{role_of(ada, 'sales')}").status_code == 404
    assert bob.api("POST", "roles", json={"name": "Mine"}).status_code == 403


# --- the matrix ----------------------------------------------------------------------------------------


def test_the_matrix_is_saved_as_it_is_chosen_and_counts_at_once(ada, sam):
    role = role_of(ada, "sales")
    assert sam.get("customers/new").status_code == 200
    form = posted(p__others="work", p__customer="chosen", s__customer__view="below", s__customer__edit="own")
    assert ada.post(f"settings/roles/{role}", form).status_code == 303
    kept = grants_of(ada, role)["records"]
    assert kept["customer"] == {"view": "below", "edit": "own"}
    assert sam.get("customers/new").status_code == 403
    changes = audited(ada, "auth.role_changed")[0]["changes"]
    assert changes["records.customer.view"] == [None, "below"]
    ada.post(f"settings/roles/{role}", posted(p__others="work", p__customer="inherit"))
    assert "customer" not in grants_of(ada, role)["records"], "as all others"
    assert sam.get("customers/new").status_code == 200


def test_without_scripts_a_changed_cell_counts_more_than_the_preset_that_still_stands_beside_it(ada):
    role = make(ada, grants={"records": {"*": {"view": "all"}, "contact": {"view": "own"}}})
    cells = {"s-others-view": "all", "s-customer-view": "own"}
    ada.post(f"settings/roles/{role}", {"p-others": "look", "p-customer": "inherit", "p-contact": "look", **cells})
    kept = grants_of(ada, role)["records"]
    assert (kept["*"], kept["customer"], kept["contact"]) == ({"view": "all"}, {"view": "own"}, {"view": "all"})
    assert "task" not in kept


def test_a_condition_is_built_below_the_matrix(ada, sam):
    role = role_of(ada, "sales")
    piece = ada.get(f"settings/roles/{role}/condition?type=customer&action=view")
    assert 'name="if-customer-view-f0"' in piece.text
    form = posted(p__others="work", p__customer="chosen", s__customer__view="if")
    unsaid = ada.post(f"settings/roles/{role}", form)
    assert (unsaid.status_code, "Say below which records are meant." in unsaid.text) == (422, True)
    builder = {"if-customer-view-match": "all", "if-customer-view-f0": "name", "if-customer-view-o0": "contains",
               "if-customer-view-v0": "Steel"}  # fmt: skip
    assert ada.post(f"settings/roles/{role}", form | builder).status_code == 303
    for name in ("Shan Steel", "Hai Silk"):
        ada.api("POST", "customers", json={"name": name})
    assert [each["name"] for each in sam.api("GET", "customers").json["data"]] == ["Shan Steel"]
    assert 'value="Steel"' in ada.get(f"settings/roles/{role}").text


def test_what_goes_further_than_may_be_seen_is_asked_about_and_widened(ada):
    role = role_of(ada, "sales")
    form = posted(p__others="work", p__customer="chosen", s__customer__view="own", s__customer__edit="all")
    asked = ada.post(f"settings/roles/{role}", form)
    assert (asked.status_code, "Widen what may be seen" in asked.text) == (422, True)
    assert "customer" not in grants_of(ada, role)["records"]
    assert ada.post(f"settings/roles/{role}", form | {"step": "widen"}).status_code == 303
    assert grants_of(ada, role)["records"]["customer"] == {"view": "all", "edit": "all"}
    again = ada.post(f"settings/roles/{role}", form | {"step": "insist"})
    assert (again.status_code, grants_of(ada, role)["records"]["customer"]["view"]) == (303, "own")
    assert ada.post(f"settings/roles/{role}", form).status_code == 303, "what was insisted on is not asked again"


def test_who_looked_at_the_role_before_somebody_else_changed_it_does_not_undo_that(ada):
    role = role_of(ada, "sales")
    with ada.inside():
        mark = roles.mark_of(roles.get_role(role))
    ada.post(f"settings/roles/{role}", posted(p__others="look"))
    assert ada.post(f"settings/roles/{role}", posted(p__others="everything", mark=mark)).status_code in (303, 412)
    assert grants_of(ada, role)["records"]["*"] == {"view": "all"}


# --- grants --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("grants", "field"), [
    ({"records": {"dragon": {"view": "all"}}}, "records.dragon"),
    ({"records": {"customer": {"fly": "all"}}}, "records.customer.fly"),
    ({"records": {"customer": {"view": "galaxy"}}}, "records.customer.view"),
    ({"records": {"customer": {"create": "own"}}}, "records.customer.create"),
    ({"records": {"customer": {"import": {"if": {"field": "name", "op": "is", "value": "x"}}}}},
     "records.customer.import"),
    ({"records": {"customer": {"view": {"if": {"field": "gone", "op": "is", "value": 1}}}}}, "records.customer.view"),
    ({"records": {"*": {"view": {"if": {"field": "name", "op": "is", "value": "x"}}}}}, "records.*.view"),
    ({"records": []}, "records"),
    ({"fields": {"customer": {"gone": {"level": "hidden"}}}}, "fields.customer.gone"),
    ({"fields": {"customer": {"phone": {"level": "foggy"}}}}, "fields.customer.phone.level"),
    ({"fields": {"customer": {"phone": {"level": "masked", "except": "all"}}}}, "fields.customer.phone.except"),
    ({"fields": {"customer": {"name": {"level": "masked"}}}}, "fields.customer.name"),
    ({"records": {"customer": {"view": "own"}}, "fields": {"customer": {"owner": {"level": "hidden"}}}},
     "fields.customer.owner"),
    ({"permissions": ["leads.fly"]}, "permissions.leads.fly"),
    ({"permissions": "everything"}, "permissions"),
    ({"colours": {}}, "colours"),
])  # fmt: skip
def test_grants_that_cannot_be_are_refused_by_name(ada, grants, field):
    with ada.inside(), pytest.raises(Invalid) as refused:
        checked_grants(grants)
    assert field in [problem.field for problem in refused.value.problems]


def test_what_is_gone_meanwhile_may_stay_in_a_role(ada):
    old = {"records": {"dragon": {"view": "all"}}, "fields": {"customer": {"gone": {"level": "hidden"}}},
           "permissions": ["dragons.ride"]}  # fmt: skip
    with ada.inside():
        assert checked_grants(old, old) == old
        assert advice_on(old) == []
    role = make(ada, name="Rider")
    with ada.inside():
        roles.get_role(role).grants = old
    assert ada.post(f"settings/roles/{role}", posted(p__others="look")).status_code == 303
    assert grants_of(ada, role)["fields"] == old["fields"]
    assert ada.get(f"settings/roles/{role}/fields?type=customer").status_code == 200


def test_a_required_field_that_is_closed_to_who_creates_is_pointed_out(ada):
    grants = {"records": {"task": {"view": "own", "create": "all"}}, "fields": {"task": {"due_at": {"level": "read"}}}}
    with ada.inside():
        assert advice_on(grants) == []
        ada_field = ada.api("POST", "record-types/customer/fields", json={"label": "Grade", "type": "text",
                                                                          "required": True}).json["data"]["key"]  # fmt: skip
    with ada.inside():
        grants = {"records": {"customer": {"view": "own", "create": "all"}},
                  "fields": {"customer": {ada_field: {"level": "hidden"}}}}  # fmt: skip
        assert [each.code for each in advice_on(grants)] == ["required_hidden"]
        grants["fields"]["customer"][ada_field]["except"] = "own"
        assert advice_on(grants) == [], "a new record is one's own"
        assert (
            widened({"records": {"customer": {"view": "own", "delete": "below"}}})["records"]["customer"]["view"]
            == "below"
        )


# --- fields and permissions ----------------------------------------------------------------------------


def test_fields_are_closed_one_by_one_or_several_at_once(ada, sam):
    role = role_of(ada, "sales")
    ada.api("POST", "customers", json={"name": "Shan Steel", "phone": "+8613812345678", "owner": str(sam.member_id)})
    url = f"settings/roles/{role}/fields"
    assert ada.post(url, {"type": "customer", "level-phone": "masked"}).status_code == 303
    assert "2345678" not in str(sam.api("GET", "customers").json["data"][0]["phone"])
    assert ada.post(url, {"type": "customer", "level-phone": "masked", "except-phone": "own"}).status_code == 303
    assert sam.api("GET", "customers").json["data"][0]["phone"] == "+8613812345678"
    some = {"type": "customer", "step": "set", "pick": ["phone", "source"], "set-level": "hidden"}
    assert ada.post(url, some).status_code == 303
    assert grants_of(ada, role)["fields"]["customer"] == {"phone": {"level": "hidden"}, "source": {"level": "hidden"}}
    assert "phone" not in sam.api("GET", "customers").json["data"][0]
    assert "2 fields are not open" in ada.get(f"settings/roles/{role}").text
    wrong = ada.post(url, {"type": "customer", "level-name": "hidden"})
    assert (wrong.status_code, "Records are called by this field" in wrong.text) == (422, True)


def test_a_permission_that_a_ready_role_has_from_the_start_can_be_taken_away_and_comes_back_with_a_reset(ada, dora):
    role = role_of(ada, "sales_director")
    assert dora.get("members/").status_code == 200
    assert ada.post(f"settings/roles/{role}/permissions", {"permission": ["tenant.see_jobs"]}).status_code == 303
    kept = grants_of(ada, role)
    assert (kept["permissions"], "tenant.invite_members" in kept["without"]) == (["tenant.see_jobs"], True)
    assert dora.get("members/").status_code == 403
    assert "tenant.invite_members" not in dora.api("GET", "me").json["data"]["permissions"]
    assert ada.post(f"settings/roles/{role}/reset").status_code == 303
    assert dora.get("members/").status_code == 200
    assert audited(ada, "auth.role_reset")


# --- nobody gives more than is theirs ------------------------------------------------------------------


@pytest.fixture
def rita(ada):
    """Makes roles, and may not do everything herself: customers' phones are masked for her."""
    role = make(ada, "Role maker", grants={
        "records": {"*": {"view": "below", "edit": "own"}}, "permissions": ["tenant.manage_roles"],
        "fields": {"customer": {"phone": {"level": "masked"}}},
    })  # fmt: skip
    person = hire(ada, "Rita Roles", "rita@example.com", "viewer")
    ada.api("PATCH", f"members/{person.member_id}", json={"roles": [str(role)]})
    person.role = role
    return person


@pytest.mark.parametrize(("more", "field"), [
    ({"records": {"customer": {"view": "all"}}}, "records.customer.view"),
    ({"records": {"customer": {"delete": "own"}}}, "records.customer.delete"),
    ({"permissions": ["tenant.manage_roles", "tenant.manage_members"]}, "permissions.tenant.manage_members"),
    ({"permissions": ["*"]}, "permissions.*"),
    ({"fields": {}}, "fields.customer.phone"),
])  # fmt: skip
def test_who_makes_roles_cannot_grant_what_they_do_not_have(rita, ada, more, field):
    before = grants_of(ada, rita.role)
    answer = rita.api("PATCH", f"roles/{rita.role}", json={"grants": more})
    assert answer.status_code == 422, answer.json
    assert (field, "beyond") in [(e["field"], e["code"]) for e in answer.json["errors"]]
    assert grants_of(ada, rita.role) == before


def test_a_new_role_is_held_to_the_same(rita, ada):
    within = {"records": {"customer": {"view": "own"}}, "fields": {"customer": {"phone": {"level": "masked"}}}}
    assert rita.api("POST", "roles", json={"name": "Small", "grants": within}).status_code == 201
    beyond = rita.api("POST", "roles", json={"name": "Open", "grants": {"records": {"customer": {"view": "own"}}}})
    assert [e["field"] for e in beyond.json["errors"]] == ["fields.customer.phone"]
    copied = rita.post("settings/roles/new", {"name": "Director", "like": str(role_of(ada, "sales_director"))})
    assert (copied.status_code, "You cannot grant" in copied.text) == (422, True)
    mighty = make(ada, "Second in command", grants={"records": {}, "permissions": ["*"]})
    assert rita.api("PATCH", f"roles/{mighty}", json={"grants": {"permissions": []}}).status_code == 403
    assert rita.api("DELETE", f"roles/{mighty}").status_code == 403
    assert rita.api("PATCH", f"roles/{role_of(ada, 'sales')}", json={"grants": {"records": {}}}).status_code == 200


# --- deleting ------------------------------------------------------------------------------------------


def test_a_role_in_use_is_deleted_only_by_giving_another_one_instead(ada, sam, bob):
    role, other = make(ada), role_of(ada, "viewer")
    for person in (sam, bob):
        ada.api("PATCH", f"members/{person.member_id}", json={"roles": [str(role), str(other)]
                                                              if person is bob else [str(role)]})  # fmt: skip
    ada.api("POST", "invitations", json={"email": "carol@example.com", "role": str(role)})
    wish = {"role": str(role), "domains": ["steel.example"]}
    link = ada.api("POST", "invitation-links", json=wish).json["data"]["id"]
    refused = ada.post(f"settings/roles/{role}/deletion", {})
    assert refused.status_code == 422
    assert "2 members, 1 invitation, 1 invitation link" in refused.text
    assert ada.post(f"settings/roles/{role}/deletion", {"instead": str(other)}).status_code == 303
    assert ada.api("GET", f"members/{sam.member_id}").json["data"]["roles"] == ["viewer"]
    assert sam.get("customers/").status_code == 200, "whoever had it goes on with the other one"
    assert len(ada.api("GET", f"roles/{other}/members").json["data"]) == 3
    assert ada.api("GET", f"invitation-links/{link}").json["data"]["role"] == str(other)
    assert len(audited(ada, "auth.member_role_changed")) >= 3, "each member's history tells it"
    gone = audited(ada, "auth.role_deleted")[0]["data"]
    assert (gone["role"], gone["members"]) == ("Key accounts", 3)
    assert ada.api("DELETE", f"roles/{other}").status_code == 409, "ready ones stay"


# --- the API -------------------------------------------------------------------------------------------


def test_roles_are_made_changed_and_deleted_over_the_api(ada, mallory):
    grants = {"records": {"*": {"view": "own", "edit": "all"}}, "permissions": []}
    made = ada.api("POST", "roles", json={"name": "Helpers", "description": "Help", "grants": grants})
    assert made.status_code == 201
    role = made.json["data"]
    assert (role["grants"], role["members"], role["editable"]) == (grants, 0, True)
    assert [each["code"] for each in role["advice"]] == ["wider_than_view"]
    url = f"roles/{role['id']}"
    changed = ada.api("PATCH", url, json={"name": "Helpers 2", "grants": {"permissions": ["tenant.see_jobs"]}})
    assert changed.json["data"]["grants"] == {**grants, "permissions": ["tenant.see_jobs"]}
    assert ada.api("GET", url).json["data"]["name"] == "Helpers 2"
    assert ada.api("GET", f"{url}/members").json["data"] == []
    assert ada.api("POST", "roles", json={"name": "Helpers 2"}).status_code == 422
    assert mallory.api("GET", url).status_code == mallory.api("DELETE", url).status_code == 404
    assert ada.api("DELETE", url).status_code == 204
    assert ada.api("GET", url).status_code == 404
