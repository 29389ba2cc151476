"""Working with records over the API."""

import json
from urllib.parse import quote

import pytest
from flask import Response

from core.customers.types import CUSTOMER
from core.host.loader import host
from core.records.services import create_record
from core.records.types import RecordAction

NOBODY = "0193a4c5-7f3e-7c1d-9f67-2b5d3e8a1c44"
FILTER = {"field": "name", "op": "is", "value": "Acme"}


@pytest.fixture
def acme(ada):
    return ada.api("POST", "customers", json={"name": "Acme", "industry": "software"}).json["data"]


@pytest.fixture
def many(ada):
    """Seven customers, made in this order."""
    with ada.inside():
        return [str(create_record(CUSTOMER, {"name": f"Customer {n}", "employees": n % 3}).id) for n in range(7)]


# --- one record ----------------------------------------------------------------------------------------


def test_a_record_is_created_with_all_that_was_sent_and_shown_where_it_says(ada):
    sent = {
        "name": "北京建国科技有限公司",
        "phone": "010-8888 6666",
        "email": "Info@Example.com",
        "annual_revenue": {"amount": "1200000.50", "currency": "CNY"},
        "tags": ["vip", "north"],
        "employees": 120,
        "owner": str(ada.member_id),
    }
    created = ada.api("POST", "customers", json=sent)
    assert created.status_code == 201
    data = created.json["data"]
    assert data["name"] == "北京建国科技有限公司"
    assert (data["phone"], data["email"]) == ("+861088886666", "info@example.com")
    assert data["annual_revenue"] == {"amount": "1200000.50", "currency": "CNY"}
    assert data["tags"] == ["north", "vip"]
    assert data["created_at"].endswith("Z")
    assert data["version"] == 1
    assert set(data) == {"id", "version", *CUSTOMER.builtin}

    shown = ada.api("GET", created.headers["Location"])
    assert shown.json["data"] == data
    assert shown.headers["ETag"] == '"1"'
    assert ada.api("GET", "customers").json["data"] == [data]


def test_a_change_touches_only_what_was_sent_and_raises_the_version(ada, acme):
    answer = ada.api("PATCH", f"customers/{acme['id']}", json={"industry": "medical"})
    assert answer.status_code == 200
    changed = answer.json["data"]
    assert (changed["name"], changed["industry"], changed["version"]) == ("Acme", "medical", 2)
    assert answer.headers["ETag"] == '"2"'


def test_what_was_read_may_be_sent_back_with_a_change(ada, acme):
    answer = ada.api("PATCH", f"customers/{acme['id']}", json={**acme, "industry": "medical"})
    assert answer.status_code == 200
    assert answer.json["data"]["industry"] == "medical"


@pytest.mark.parametrize("system", [{"id": NOBODY}, {"created_at": "2020-01-01T00:00:00Z"}, {"created_by": None}])
def test_what_only_the_system_sets_cannot_be_changed(ada, acme, system):
    answer = ada.api("PATCH", f"customers/{acme['id']}", json=system)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["code"] == "read_only"
    assert ada.api("POST", "customers", json={"name": "New", **system}).json["errors"][0]["code"] == "read_only"


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("version", ["7", '"7"', 'W/"7"', "abc"])
def test_a_stale_version_is_told_and_changes_nothing(ada, acme, method, version):
    body = {"name": "Late"} if method == "PATCH" else None
    answer = ada.api(method, f"customers/{acme['id']}", json=body, headers={"If-Match": version})
    assert answer.status_code == 412
    assert answer.json["type"] == "urn:guanxi:problem:stale"
    assert ada.api("GET", f"customers/{acme['id']}").json["data"] == acme


@pytest.mark.parametrize("version", ["1", '"1"', 'W/"1"', "*", '"9", "1"'])
def test_the_version_last_seen_lets_a_change_through(ada, acme, version):
    answer = ada.api("PATCH", f"customers/{acme['id']}", json={"name": "Timely"}, headers={"If-Match": version})
    assert answer.status_code == 200


def test_a_stale_version_in_the_body_is_told_too(ada, acme):
    answer = ada.api("PATCH", f"customers/{acme['id']}", json={"name": "Late", "version": 7})
    assert answer.status_code == 412


def test_a_deleted_record_is_gone_and_comes_back(ada, acme):
    address = f"customers/{acme['id']}"
    deleted = ada.api("DELETE", address)
    assert (deleted.status_code, deleted.data) == (204, b"")
    assert ada.api("GET", address).status_code == 404
    assert ada.api("DELETE", address).status_code == 404
    assert ada.api("GET", "customers").json["data"] == []
    assert ada.api("POST", f"{address}/restore").status_code == 200
    assert ada.api("GET", address).json["data"]["name"] == "Acme"


# --- lists ---------------------------------------------------------------------------------------------


def test_pages_follow_each_other_without_gap_or_overlap(ada, many):
    for sort in ("created_at", "-created_at", "name", "-employees", "employees", "updated_at"):
        seen, after = [], ""
        while True:
            page = ada.api("GET", f"customers?limit=3&sort={sort}{after}").json
            seen += [each["id"] for each in page["data"]]
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
        assert sorted(seen) == sorted(many), sort
    assert [e["id"] for e in ada.api("GET", "customers?sort=created_at").json["data"]] == many


def test_a_list_shows_only_what_is_asked_for(ada, acme):
    page = ada.api("GET", "customers?fields=name,industry&total=true").json
    assert page == {"data": [{"id": acme["id"], "name": "Acme", "industry": "software"}], "next": None, "total": 1}


def test_links_are_expanded_in_place(ada, acme):
    ada.api("POST", "contacts", json={"name": "Wile", "customer": acme["id"]})
    (contact,) = ada.api("GET", "contacts?expand=customer,created_by").json["data"]
    assert contact["customer"]["name"] == "Acme"
    assert contact["created_by"]["name"] == "Ada Lovelace"
    shown = ada.api("GET", f"contacts/{contact['id']}?expand=customer").json["data"]
    assert shown["customer"] == acme
    assert ada.api("GET", "contacts").json["data"][0]["customer"] == acme["id"]


def test_a_filter_keeps_what_meets_it(ada, acme):
    ada.api("POST", "customers", json={"name": "Other"})
    found = ada.api("GET", f"customers?total=true&filter={quote(json.dumps(FILTER))}").json
    assert ([each["name"] for each in found["data"]], found["total"]) == (["Acme"], 1)
    assert [each["name"] for each in ada.api("GET", "customers?q=oth").json["data"]] == ["Other"]


def deep(levels):
    return '{"all":[' * levels + json.dumps(FILTER) + "]}" * levels


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=201", "limit=-1", "limit=many", "limit=1e2", "total=perhaps", "sort=nothing", "sort=tags",
        "fields=nothing", "expand=name", "after=rubbish", "after=e30", "limt=5", "filter=nonsense", "filter=[]",
        "filter=null", "filter={}", 'filter={"field":"nothing","op":"is","value":1}',
        'filter={"field":"name","op":"near"}', 'filter={"field":"name","op":"contains","value":"\\u0000"}',
        'filter={"field":"employees","op":"is","value":"x"}',
        "filter=" + deep(9), "filter=" + deep(100), "filter=" + deep(3000), "q=" + "x" * 201,
        'filter={"all":[' + ",".join([json.dumps(FILTER)] * 101) + "]}",
        "sort=employees&after=WyJ4IiwgMV0", "sort=employees&after=" + "A" * 500,
    ],
)  # fmt: skip
def test_a_list_says_what_is_wrong_with_its_parameters(ada, query):
    key, _sign, value = query.rpartition("=") if query.startswith("sort=employees&") else query.partition("=")
    answer = ada.api("GET", f"customers?{key}={quote(value)}")
    assert answer.status_code == 422, answer.json
    assert answer.json["errors"][0]["message"]


def test_a_list_of_fifty_costs_at_most_five_statements(ada, statements):
    with ada.inside():
        for n in range(60):
            create_record(CUSTOMER, {"name": f"Customer {n}"})
    ada.api("GET", "customers")
    with statements() as sent:
        assert len(ada.api("GET", "customers?limit=50").json["data"]) == 50
    assert len(sent) <= 5, sent


# --- who may -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "rest"), [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/restore"),
                                              ("GET", "/history"), ("GET", "/timeline"), ("GET", "/explain"),
                                              ("GET", "/actions")])  # fmt: skip
def test_another_tenants_record_is_not_there(mallory, acme, method, rest):
    body = {"name": "Mine"} if method == "PATCH" else None
    answer = mallory.api(method, f"customers/{acme['id']}{rest}", json=body)
    unknown = mallory.api(method, f"customers/{NOBODY}{rest}", json=body)
    assert answer.status_code == unknown.status_code == 404
    assert {**answer.json, "request_id": ""} == {**unknown.json, "request_id": ""}


def test_another_tenants_record_cannot_be_linked_to(mallory, acme):
    answer = mallory.api("POST", "contacts", json={"name": "Spy", "customer": acme["id"]})
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "unknown_reference")


def test_who_may_only_look_may_only_look(ada, bob, acme):
    assert bob.api("GET", f"customers/{acme['id']}").status_code == 200
    assert bob.api("POST", "customers", json={"name": "Mine"}).status_code == 403
    assert bob.api("PATCH", f"customers/{acme['id']}", json={"name": "Mine"}).status_code == 403
    assert bob.api("DELETE", f"customers/{acme['id']}").status_code == 403
    result = bob.api("POST", "customers/bulk", json={"create": [{"name": "Mine"}]})
    assert result.status_code == 403


def test_a_seller_sees_no_colleagues_customers(sam, eve):
    mine = sam.api("POST", "customers", json={"name": "Sam's"}).json["data"]
    assert eve.api("GET", "customers").json["data"] == []
    assert eve.api("GET", f"customers/{mine['id']}").status_code == 404
    assert [e["name"] for e in sam.api("GET", "customers").json["data"]] == ["Sam's"]


def test_a_module_that_is_off_has_no_addresses(ada):
    module = next((p for p in host().plugins.values() if p.record_types), None)
    if module is None:
        pytest.skip("no module with records is installed")
    plural = module.record_types[0].plural
    assert ada.api("GET", plural).status_code == 404
    assert f"/{plural}" not in ada.api("GET", "openapi.json").json["paths"]
    ada.switch(module.name)
    assert ada.api("GET", plural).status_code == 200
    assert f"/{plural}" in ada.api("GET", "openapi.json").json["paths"]


def test_an_explanation_names_the_role_that_decides(ada, sam, eve):
    mine = sam.api("POST", "customers", json={"name": "Sam's"}).json["data"]
    why = sam.api("GET", f"customers/{mine['id']}/explain?action=edit").json["data"]
    assert (why["allowed"], why["reasons"]) == (True, [{"role": "Sales", "scope": "own", "covers": True}])
    why = ada.api("GET", f"customers/{mine['id']}/explain?action=view&member={eve.member_id}").json["data"]
    assert (why["allowed"], why["reasons"][0]["covers"]) == (False, False)
    assert sam.api("GET", f"customers/{mine['id']}/explain?member={eve.member_id}").status_code == 403
    assert ada.api("GET", f"customers/{mine['id']}/explain?action=fly").status_code == 422


# --- actions -------------------------------------------------------------------------------------------


@pytest.fixture
def lose(monkeypatch):
    """An action that customers get for the length of a test."""

    def run(customer):
        customer.stage = "lost"

    action = RecordAction("lose", "Lose", run, shown=lambda customer: customer.stage != "lost")
    monkeypatch.setattr(CUSTOMER, "actions", (*CUSTOMER.actions, action))


def test_an_action_runs_once_it_makes_sense_and_is_allowed(ada, bob, acme, lose):
    address = f"customers/{acme['id']}/actions"
    assert "lose" in [each["name"] for each in ada.api("GET", address).json["data"]]
    assert ada.api("POST", f"{address}/fly").status_code == 404
    assert bob.api("POST", f"{address}/lose").status_code == 403
    assert ada.api("POST", f"{address}/lose", json={"unknown": 1}).json["errors"][0]["field"] == "unknown"
    assert ada.api("POST", f"{address}/lose", headers={"If-Match": "9"}).status_code == 412
    done = ada.api("POST", f"{address}/lose")
    assert (done.status_code, done.json["data"]["stage"], done.json["data"]["version"]) == (200, "lost", 2)
    assert ada.api("POST", f"{address}/lose").status_code == 409
    assert f"/customers/{{record_id}}/actions/lose" in ada.api("GET", "openapi.json").json["paths"]  # noqa: F541


def test_answers_carry_no_cookie_and_are_not_kept(ada, acme):
    answer = ada.api("GET", "customers")
    assert isinstance(answer, Response)
    assert "Set-Cookie" not in answer.headers
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
