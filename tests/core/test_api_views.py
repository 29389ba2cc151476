"""Saved views over the API."""

import pytest

from core.access import Role
from core.customers.types import CUSTOMER
from core.db import session
from core.records.services import create_record

SIGNED = {"all": [{"field": "stage", "op": "is", "value": "signed"}]}
BODY = {
    "record_type": "customer",
    "name": "Signed",
    "condition": SIGNED,
    "sort": "-name",
    "columns": [{"key": "name", "width": 200}, {"key": "stage"}],
}


def made(person, **more):
    answer = person.api("POST", "views", json=BODY | more)
    assert answer.status_code == 201, answer.json
    return answer.json["data"]


def test_a_view_is_made_read_changed_and_deleted(ada):
    view = made(ada)
    assert view["columns"] == [{"key": "name", "width": 200}, {"key": "stage", "width": None}]
    assert (view["shared"], view["owner"], view["changeable"], view["first"]) == (
        "private",
        str(ada.member_id),
        True,
        False,
    )
    url = f"views/{view['id']}"
    assert ada.api("GET", url).json["data"] == view
    changed = ada.api(
        "PATCH", url, json={"name": "Won", "kind": "board", "lanes_by": "level", "totals": {"employees": "sum"}}
    ).json["data"]
    assert (changed["name"], changed["kind"], changed["lanes_by"], changed["condition"]) == (
        "Won",
        "board",
        "level",
        SIGNED,
    )
    assert [v["name"] for v in ada.api("GET", "views?record_type=customer").json["data"]] == ["Won"]
    assert ada.api("DELETE", url).status_code == 204
    assert ada.api("GET", url).status_code == 404


def test_what_a_program_saved_opens_in_the_browser(ada):
    with ada.inside():
        create_record(CUSTOMER, {"name": "Signed one", "stage": "signed"})
        create_record(CUSTOMER, {"name": "Lost one", "stage": "lost"})
    view = made(ada, first=True)
    assert view["first"] is True
    page = ada.get("customers/").get_data(as_text=True)
    assert "Signed one" in page and "Lost one" not in page
    ada.api("PATCH", f"views/{view['id']}", json={"first": False})
    assert "Lost one" in ada.get("customers/").get_data(as_text=True)


def test_others_see_what_is_shared_and_change_nothing(ada, sam, bob, mallory):
    view = made(sam)
    url = f"views/{view['id']}"
    for person in (bob, mallory):
        assert person.api("GET", url).status_code == 404
        assert person.api("DELETE", url).status_code == 404
    sam.api("PATCH", url, json={"shared": "all"})
    assert bob.api("GET", url).json["data"]["changeable"] is False
    assert bob.api("PATCH", url, json={"name": "Mine"}).status_code == 403
    assert bob.api("PATCH", url, json={}).status_code == 403
    assert bob.api("DELETE", url).status_code == 403
    assert mallory.api("GET", url).status_code == 404
    assert ada.api("PATCH", url, json={"name": "Ours"}).json["data"]["name"] == "Ours"


def test_a_role_begins_with_a_view_when_an_administrator_says_so(ada, sam):
    with ada.inside():
        role = str(session().query(Role).filter_by(key="sales").one().id)
    view = made(sam, shared="all")
    url = f"views/{view['id']}"
    assert sam.api("PATCH", url, json={"default_roles": [role]}).status_code == 403
    assert ada.api("PATCH", url, json={"default_roles": [role]}).json["data"]["default_roles"] == [role]
    assert ada.api("PATCH", url, json={"default_roles": [view["id"]]}).status_code == 422


@pytest.mark.parametrize("wrong", [
    {"name": ""}, {"name": " "}, {"name": "x" * 101}, {"name": None}, {"record_type": "nope"}, {"record_type": 7}, {"kind": "table"},
    {"condition": {"field": "nope", "op": "is"}}, {"condition": {"all": 7}}, {"condition": "x"}, {"sort": "nope"}, {"columns": [{"key": "nope"}]},
    {"columns": ["name"]}, {"columns": [{"key": "name", "width": 5}]}, {"lanes_by": "name"}, {"dates_by": "name"}, {"sum_of": "name"},
    {"totals": {"name": "sum"}}, {"totals": {"employees": "sum", "x": "sum"}}, {"totals": {"employees": 7}}, {"density": "huge"},
    {"shared": "world"}, {"shared": "team"}, {"group_by": "nope"}, {"first": "yes"}, {"more": 1}, {"position": -1}, {"team": "x"},
])  # fmt: skip
def test_what_does_not_fit_is_refused(ada, wrong):
    answer = ada.api("POST", "views", json=BODY | wrong)
    assert answer.status_code == 422 and answer.json["errors"], answer.json
    assert ada.api("GET", "views").json["data"] == []


def test_a_token_that_reads_only_changes_nothing(ada):
    view = made(ada)
    token = ada.token(scopes=("read",))
    headers = {"Authorization": f"Bearer {token}"}
    assert ada.app.test_client().get(f"/api/v1/views/{view['id']}", headers=headers).status_code == 200
    url = f"views/{view['id']}"
    for method, path, body in (
        ("POST", "views", BODY),
        ("PATCH", url, {"name": "x"}),
        ("PATCH", url, {"first": True}),
        ("DELETE", url, None),
    ):
        answer = ada.app.test_client().open(f"/api/v1/{path}", method=method, json=body, headers=headers)
        assert answer.status_code == 403, (method, answer.json)


def test_it_stands_in_the_description(ada):
    paths = ada.api("GET", "openapi.json").json["paths"]
    assert {"get", "post"} <= set(paths["/api/v1/views"] if "/api/v1/views" in paths else paths["/views"])
