"""Many records in one request."""

import pytest

from core import db
from core.customers.models import Customer


def named(person):
    return sorted(each["name"] for each in person.api("GET", "customers?limit=200").json["data"])


def test_one_bad_item_spoils_only_itself(ada, mallory):
    theirs = mallory.api("POST", "customers", json={"name": "Theirs"}).json["data"]["id"]
    first, second = (ada.api("POST", "customers", json={"name": n}).json["data"] for n in ("First", "Second"))
    answer = ada.api("POST", "customers/bulk", json={
        "create": [{"name": "New"}, {"name": ""}, {"industry": "software"}, 7, {"name": "Newer", "id": "x"}],
        "update": [{"id": first["id"], "name": "Changed"}, {"id": theirs, "name": "Mine"}, {"name": "No id"}, None,
                   {"id": first["id"], "version": 1, "name": "Late"}, {"id": second["id"], "employees": "many"}],
        "delete": [second["id"], theirs, "rubbish", 5, {"id": second["id"]}],
    })  # fmt: skip
    assert answer.status_code == 200
    results = [(each["operation"], each["index"], each["status"]) for each in answer.json["data"]]
    assert results == [
        ("create", 0, 201), ("create", 1, 422), ("create", 2, 422), ("create", 3, 422), ("create", 4, 422),
        ("update", 0, 200), ("update", 1, 404), ("update", 2, 422), ("update", 3, 422), ("update", 4, 412),
        ("update", 5, 422), ("delete", 0, 204), ("delete", 1, 404), ("delete", 2, 422), ("delete", 3, 422),
        ("delete", 4, 404),
    ]  # fmt: skip
    assert answer.json["data"][1]["problem"]["errors"][0]["field"] == "name"
    assert named(ada) == ["Changed", "New"]
    assert named(mallory) == ["Theirs"]


@pytest.mark.parametrize(
    "body", [{}, {"create": []}, {"create": {}}, {"make": [{}]}, [], {"create": [{"name": "x"}] * 1001}]
)
def test_a_request_that_is_no_list_of_a_thousand_is_refused_whole(ada, body):
    assert ada.api("POST", "customers/bulk", json=body).status_code == 422


def test_a_thousand_records_are_made_in_one_request(ada):
    answer = ada.api("POST", "customers/bulk", json={"create": [{"name": f"Customer {n}"} for n in range(1000)]})
    assert {each["status"] for each in answer.json["data"]} == {201}
    with ada.inside():
        assert db.session().query(Customer).count() == 1000
