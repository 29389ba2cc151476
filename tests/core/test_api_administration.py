"""What an administrator does in the browser, over the API."""

import pytest

from core.access.roles import READY
from core.customers.types import CUSTOMER
from core.host.loader import host


def test_it_is_told_who_asks_and_what_may_be_done(ada, bob):
    me = ada.api("GET", "me").json["data"]
    assert (me["tenant"]["slug"], me["member"]["name"], me["member"]["roles"]) == ("acme", "Ada Lovelace", ["owner"])
    assert me["records"]["customer"]["delete"] == ["all"]
    assert "tenant.manage_fields" in me["permissions"]
    mine = bob.api("GET", "me").json["data"]
    assert (mine["permissions"], mine["records"]["customer"]) == ([], {"view": ["all"]})


def test_members_teams_and_roles_are_listed(ada, bob, mallory):
    members = ada.api("GET", "members").json["data"]
    assert [(m["name"], m["roles"]) for m in members] == [("Ada Lovelace", ["owner"]), ("Bob Viewer", ["viewer"])]
    assert ada.api("GET", f"members/{bob.member_id}").json["data"] == members[1]
    assert ada.api("GET", f"members/{mallory.member_id}").status_code == 404
    first = ada.api("GET", "members?limit=1").json
    assert ada.api("GET", f"members?limit=1&after={first['next']}").json["data"] == members[1:]
    assert ada.api("GET", "members?status=invited").json["data"] == []
    assert ada.api("GET", "teams").json["data"] == []
    roles = ada.api("GET", "roles").json["data"]
    assert set(READY) == {role["key"] for role in roles}
    assert ada.api("GET", f"roles/{roles[0]['id']}").json["data"] == roles[0]
    theirs = mallory.api("GET", "roles").json["data"][0]
    assert ada.api("GET", f"roles/{theirs['id']}").status_code == 404


def test_somebody_is_invited_written_to_again_and_no_longer_invited(ada, bob, mallory, mails):
    role = next(each for each in ada.api("GET", "roles").json["data"] if each["key"] == "sales")["id"]
    wish = {"email": "Carol@Example.com", "role": role}
    assert bob.api("POST", "invitations", json=wish).status_code == 403
    made = ada.api("POST", "invitations", json=wish)
    assert (made.status_code, made.json["data"]["email"]) == (201, "carol@example.com")
    address = made.headers["Location"]
    assert ada.api("GET", "invitations").json["data"] == [ada.api("GET", address).json["data"]] == [made.json["data"]]
    assert ada.api("POST", "invitations", json=wish).json["errors"][0]["field"] == "email"
    assert ada.api("POST", f"{address}/resend").status_code == 200
    assert mallory.api("GET", address).status_code == mallory.api("DELETE", address).status_code == 404
    assert ada.api("DELETE", address).status_code == 204
    assert ada.api("GET", "invitations").json["data"] == []
    assert ada.api("DELETE", f"invitations/{ada.member_id}").status_code == 404


@pytest.mark.parametrize("wish", [{}, {"email": "carol@example.com"}, {"email": "carol", "role": None},
                                  {"email": "carol", "role": "0193a4c5-7f3e-7c1d-9f67-2b5d3e8a1c44"},
                                  {"email": "carol@example.com", "role": "0193a4c5-7f3e-7c1d-9f67-2b5d3e8a1c44"}])  # fmt: skip
def test_an_invitation_that_cannot_be_is_refused(ada, wish):
    answer = ada.api("POST", "invitations", json=wish)
    assert (answer.status_code, bool(answer.json["errors"])) == (422, True), answer.json


# --- modules -------------------------------------------------------------------------------------------


def test_modules_are_switched_by_those_who_may(ada, bob):
    if not host().plugins:
        pytest.skip("no module is installed")
    name = sorted(host().plugins)[0]
    assert ada.api("GET", f"modules/{name}").json["data"]["enabled"] is False
    assert bob.api("PATCH", f"modules/{name}", json={"enabled": True}).status_code == 403
    assert ada.api("PATCH", f"modules/{name}", json={"enabled": True}).json["data"]["enabled"] is True
    assert name in ada.api("GET", "me").json["data"]["modules"]
    assert ada.api("PATCH", f"modules/{name}", json={"enabled": False}).json["data"]["enabled"] is False
    assert name not in ada.api("GET", "me").json["data"]["modules"]
    for body in ({}, {"enabled": "yes"}, {"enabled": 1}, {"enabled": True, "more": 1}):
        answer = ada.api("PATCH", f"modules/{name}", json=body)
        assert answer.status_code == 422, body
    assert ada.api("PATCH", "modules/nothing", json={"enabled": True}).status_code == 404


# --- fields of one's own -------------------------------------------------------------------------------

FIELDS = "record-types/customer/fields"


def test_a_field_of_ones_own_is_made_used_changed_and_retired(ada):
    made = ada.api("POST", FIELDS, json={"label": "行业细分", "type": "text", "max_length": 20})
    assert made.status_code == 201
    key = made.json["data"]["key"]
    assert (key, made.json["data"]["custom"]) == ("c_hangyexifen", True)
    assert ada.api("GET", made.headers["Location"]).json == made.json

    customer = ada.api("POST", "customers", json={"name": "Acme", key: "robots"}).json["data"]
    assert customer[key] == "robots"
    assert ada.api("PATCH", f"customers/{customer['id']}", json={key: "x" * 21}).json["errors"][0]["field"] == key
    query = {"filter": f'{{"field": "{key}", "op": "is", "value": "robots"}}', "sort": key, "fields": key}
    assert ada.api("GET", "customers", query_string=query).json["data"] == [{"id": customer["id"], key: "robots"}]
    assert key in ada.api("GET", "openapi.json").json["components"]["schemas"]["Customer"]["properties"]

    changed = ada.api("PATCH", f"{FIELDS}/{key}", json={"label": "Niche", "help": "In a word"}).json["data"]
    assert (changed["label"], changed["help"], changed["key"]) == ("Niche", "In a word", key)
    assert ada.api("DELETE", f"{FIELDS}/{key}").status_code == 204
    assert key not in ada.api("GET", f"customers/{customer['id']}").json["data"]
    assert ada.api("PATCH", f"customers/{customer['id']}", json={key: "x"}).status_code == 422
    assert ada.api("PATCH", f"{FIELDS}/{key}", json={"retired": False}).json["data"]["retired"] is False
    assert ada.api("GET", f"customers/{customer['id']}").json["data"][key] == "robots"


def test_choices_are_named_with_values_of_their_own(ada):
    body = {
        "label": "Tier",
        "type": "choice",
        "options": [{"label": "Gold", "value": "gold", "color": "orange"}, {"label": "Silver"}],
    }
    made = ada.api("POST", FIELDS, json=body).json["data"]
    assert [each["value"] for each in made["options"]] == ["gold", "Silver"]
    more = [*made["options"], {"label": "Bronze"}]
    changed = ada.api("PATCH", f"{FIELDS}/{made['key']}", json={"options": more}).json["data"]
    assert [each["value"] for each in changed["options"]] == ["gold", "Silver", "Bronze"]


@pytest.mark.parametrize(
    "body",
    [
        {}, {"label": "", "type": "text"}, {"label": " ", "type": "text"}, {"label": "x" * 101, "type": "text"},
        {"label": "X", "type": "nothing"}, {"label": "X", "type": "state"}, {"label": "X", "type": "lookup"},
        {"label": "X", "type": []}, {"label": "X", "type": "text", "key": "name"},
        {"label": "X", "type": "text", "key": "id"}, {"label": "X", "type": "text", "key": "version"},
        {"label": "X", "type": "text", "key": "Bad Key"}, {"label": "X", "type": "choice"},
        {"label": "X", "type": "choice", "options": []}, {"label": "X", "type": "choice", "options": ["a"]},
        {"label": "X", "type": "choice", "options": [{"label": "a"}, {"label": "a"}]},
        {"label": "X", "type": "choice", "options": [{"label": "a", "more": 1}]},
        {"label": "X", "type": "choice", "options": [{"label": "a", "color": "puce"}]},
        {"label": "X", "type": "text", "options": [{"label": "a"}]}, {"label": "X", "type": "integer", "range": [2, 1]},
        {"label": "X", "type": "text", "max_length": 0}, {"label": "X", "type": "text", "required": "yes"},
        {"label": "X", "type": "text", "more": 1},
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_is_refused(ada, body):
    answer = ada.api("POST", FIELDS, json=body)
    assert (answer.status_code, bool(answer.json["errors"])) == (422, True), answer.json
    assert len(ada.api("GET", FIELDS).json["data"]) == len(CUSTOMER.builtin)


def test_keys_are_never_used_twice_even_after_retirement(ada):
    ada.api("POST", FIELDS, json={"label": "One", "type": "text", "key": "mine"})
    ada.api("DELETE", f"{FIELDS}/mine")
    assert ada.api("POST", FIELDS, json={"label": "Two", "type": "integer", "key": "mine"}).status_code == 422
    assert ada.api("POST", FIELDS, json={"label": "One", "type": "text"}).status_code == 201


def test_built_in_fields_are_called_otherwise_hidden_and_brought_back(ada, bob, mallory):
    was = ada.api("GET", f"{FIELDS}/industry").json["data"]
    changed = ada.api("PATCH", f"{FIELDS}/industry", json={"label": "Trade", "required": True})
    assert (changed.status_code, changed.json["data"]) == (200, was | {"label": "Trade", "required": True})
    assert ada.api("GET", f"{FIELDS}/industry").json == changed.json
    assert ada.api("POST", "customers", json={"name": "Acme"}).json["errors"][0]["field"] == "industry"
    assert mallory.api("GET", f"{FIELDS}/industry").json["data"] == was
    assert bob.api("PATCH", f"{FIELDS}/industry", json={"label": "X"}).status_code == 403

    assert ada.api("DELETE", f"{FIELDS}/industry?although_used=true").status_code == 204
    assert ada.api("DELETE", f"{FIELDS}/industry").status_code == 204
    assert ada.api("GET", f"{FIELDS}/industry").json["data"]["retired"] is True
    assert "industry" not in ada.api("POST", "customers", json={"name": "Acme"}).json["data"]
    back = ada.api("PATCH", f"{FIELDS}/industry", json={"retired": False, "required": False}).json["data"]
    assert (back["retired"], back["required"], back["label"]) == (False, False, "Trade")


def test_what_built_in_fields_are_stays_and_only_some_may_make_others(ada, bob, mallory):
    assert ada.api("DELETE", f"{FIELDS}/name?although_used=true").status_code == 409
    refused = ada.api("PATCH", f"{FIELDS}/level", json={"options": [{"label": "X"}]})
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "built_in")
    assert ada.api("POST", "record-types/follow_up/fields", json={"label": "X", "type": "text"}).status_code == 409
    assert ada.api("POST", "record-types/nothing/fields", json={"label": "X", "type": "text"}).status_code == 404
    assert bob.api("POST", FIELDS, json={"label": "X", "type": "text"}).status_code == 403
    ada.api("POST", FIELDS, json={"label": "X", "type": "text", "key": "nobody_knows"})
    assert mallory.api("GET", f"{FIELDS}/nobody_knows").status_code == 404
    assert "nobody_knows" not in mallory.api("GET", "openapi.json").text


# --- tokens --------------------------------------------------------------------------------------------


def test_a_token_is_made_shown_once_used_and_revoked(ada, app):
    made = ada.api("POST", "tokens", json={"name": "ERP", "scopes": ["read"], "days": 30})
    assert made.status_code == 201
    token = made.json["data"]
    headers = {"Authorization": f"Bearer {token['token']}"}
    assert app.test_client().get("/api/v1/me", headers=headers).json["data"]["scopes"] == ["read"]
    listed = ada.api("GET", "tokens")
    assert token["token"] not in listed.text
    assert token["id"] in [each["id"] for each in listed.json["data"]]
    assert ada.api("DELETE", f"tokens/{token['id']}").status_code == 204
    assert app.test_client().get("/api/v1/me", headers=headers).json["type"] == "urn:guanxi:problem:token_revoked"


@pytest.mark.parametrize(
    "body",
    [
        {}, {"scopes": ["read"]}, {"name": "x", "scopes": []}, {"name": "x", "scopes": ["fly"]},
        {"name": "x", "scopes": "read"}, {"name": "x", "scopes": ["read"], "days": 0},
    ],
)  # fmt: skip
def test_a_token_that_cannot_be_is_refused(ada, body):
    assert ada.api("POST", "tokens", json=body).status_code == 422


def test_a_token_of_another_workspace_is_not_found(ada, mallory):
    theirs = mallory.api("POST", "tokens", json={"name": "x", "scopes": ["read"]}).json["data"]["id"]
    assert ada.api("DELETE", f"tokens/{theirs}").status_code == 404


# --- search --------------------------------------------------------------------------------------------


def test_everything_is_searched_at_once(ada, eve, mallory):
    customer = ada.api("POST", "customers", json={"name": "北京建国科技"}).json["data"]["id"]
    ada.api("POST", "contacts", json={"name": "王建国", "customer": customer})
    found = ada.api("GET", "search?q=建国").json["data"]
    assert {(each["record_type"], each["title"]) for each in found} == {
        ("customer", "北京建国科技"),
        ("contact", "王建国"),
    }
    assert ada.api("GET", found[0]["url"]).status_code == 200
    assert eve.api("GET", "search?q=建国").json["data"] == mallory.api("GET", "search?q=建国").json["data"] == []
    assert ada.api("GET", "search?q=").status_code == 422
