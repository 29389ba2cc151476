"""Work on many records over the API: begun by a condition, watched, taken back."""

import io

import pytest


@pytest.fixture
def three(ada):
    for name, industry in (("Acme", "software"), ("Bolt", "software"), ("Crate", "medical")):
        assert ada.api("POST", "customers", json={"name": name, "industry": industry}).status_code == 201
    return ada


SOFTWARE = {"field": "industry", "op": "is", "value": "software"}


def names(person, **values):
    shown = person.api("GET", "customers?sort=name").json["data"]
    return [each["name"] for each in shown if all(each[key] == value for key, value in values.items())]


def begin(person, **wish):
    answer = person.api("POST", "customers/runs", json=wish)
    assert answer.status_code == 202, answer.json
    return person.api("GET", answer.headers["Location"]).json["data"]


def test_all_that_meet_a_condition_are_changed_and_changed_back(three):
    run = begin(three, kind="edit", filter=SOFTWARE, values={"location": "Leeds"})
    assert (run["status"], run["changed"], run["refused"], run["undoable"]) == ("done", 2, 0, True)
    assert names(three, location="Leeds") == ["Acme", "Bolt"]
    assert three.api("GET", "runs").json["data"] == [run]

    undoing = three.api("POST", f"runs/{run['id']}/undo")
    assert (undoing.status_code, undoing.json["data"]["changed"]) == (202, 2)
    assert names(three, location="Leeds") == []
    assert three.api("POST", f"runs/{run['id']}/undo").status_code == 409


def test_what_was_found_is_deleted_and_comes_back(three):
    run = begin(three, kind="delete", q="Crate")
    assert names(three) == ["Acme", "Bolt"]
    three.api("POST", f"runs/{run['id']}/undo")
    assert names(three) == ["Acme", "Bolt", "Crate"]


@pytest.mark.parametrize(
    "wish",
    [
        {}, {"kind": "delete"}, {"kind": "fly", "filter": {}}, {"kind": "edit", "filter": {}},
        {"kind": "edit", "filter": {}, "values": {}}, {"kind": "edit", "filter": {}, "values": {"name": None}},
        {"kind": "edit", "filter": {}, "values": {"nome": "x"}}, {"kind": "edit", "filter": {}, "values": {"id": "x"}},
        {"kind": "delete", "filter": {"field": "nome", "op": "is", "value": 1}}, {"kind": "delete", "ids": []},
        {"kind": "delete", "ids": ["x"]}, {"kind": "delete", "filter": {}, "values": {"name": "x"}},
        {"kind": "delete", "ids": ["0193a4c5-7f3e-7c1d-9f67-2b5d3e8a1c44"], "filter": {}},
    ],
)  # fmt: skip
def test_a_run_that_cannot_be_is_refused_and_changes_nothing(three, wish):
    answer = three.api("POST", "customers/runs", json=wish)
    assert (answer.status_code, bool(answer.json["errors"])) == (422, True), answer.json
    assert names(three) == ["Acme", "Bolt", "Crate"]


def test_runs_are_for_those_who_may_and_seen_by_whose_they_are(three, bob, sam, mallory):
    run = begin(three, kind="edit", filter=SOFTWARE, values={"location": "Leeds"})
    assert bob.api("POST", "customers/runs", json={"kind": "delete", "filter": {}}).status_code == 403
    for other in (bob, sam, mallory):
        assert other.api("GET", f"runs/{run['id']}").status_code == 404
        assert other.api("POST", f"runs/{run['id']}/undo").status_code == 404
        assert other.api("GET", "runs").json["data"] == []


def test_imports_exports_and_merges_are_listed(three, bob):
    three.api("POST", "customers/imports", data={"file": (io.BytesIO(b"name\nDyn"), "d.csv"), "dry_run": "true"})
    (imported,) = three.api("GET", "customers/imports").json["data"]
    assert (imported["file"], imported["rows"]) == ("d.csv", [])
    assert bob.api("GET", "customers/imports").status_code == 403

    begin(three, kind="edit", filter=SOFTWARE, values={"location": "Leeds"})
    export = three.api("POST", "customers/exports", json={}).json["data"]["id"]
    assert [each["id"] for each in three.api("GET", "exports").json["data"]] == [export]

    kept, gone = (each["id"] for each in three.api("GET", "customers?sort=name&limit=2").json["data"])
    merge = three.api("POST", f"customers/{kept}/merge", json={"gone": [gone]}).json["data"]
    assert three.api("GET", f"customers/{kept}/merges").json["data"] == [merge]
    assert three.api("POST", f"merges/{merge['id']}/undo").status_code == 200
    assert three.api("GET", f"customers/{kept}/merges").json["data"][0]["undone_at"] is not None


# --- handing over and sharing --------------------------------------------------------------------------


def owners(person):
    shown = person.api("GET", "customers?sort=name&expand=owner").json["data"]
    return [each["owner"]["name"].split()[0] for each in shown]


def test_many_are_handed_over_with_the_options_of_the_page_and_taken_back(three, sam):
    run = begin(three, kind="transfer", filter=SOFTWARE, owner=str(sam.member_id), tasks=True, keep="edit")
    assert (run["kind"], run["changed"]) == ("bulk_transfer", 2)
    assert owners(three) == ["Sam", "Sam", "Ada"]
    kept = three.api("GET", "customers?sort=name").json["data"][0]["id"]
    (share,) = three.api("GET", f"customers/{kept}/shares").json["data"]
    assert (share["member"], share["level"]) == (str(three.member_id), "edit")

    assert three.api("POST", f"runs/{run['id']}/undo").status_code == 202
    assert owners(three) == ["Ada", "Ada", "Ada"]


def test_many_are_shared_and_shared_no_longer(three, sam):
    assert names(sam) == []
    run = begin(three, kind="share", filter=SOFTWARE, members=[str(sam.member_id)], until="2099-12-31")
    assert (run["kind"], run["changed"], names(sam)) == ("bulk_share", 2, ["Acme", "Bolt"])
    three.api("POST", f"runs/{run['id']}/undo")
    assert names(sam) == []


@pytest.mark.parametrize(("wish", "field"), [
    ({"kind": "transfer"}, "owner"), ({"kind": "transfer", "owner": "0193a4c5-7f3e-7c1d-9f67-2b5d3e8a1c44"}, "owner"),
    ({"kind": "transfer", "owner": "0193a4c5-7f3e-7c1d-9f67-2b5d3e8a1c44", "keep": "own"}, "keep"),
    ({"kind": "transfer", "level": "view"}, "level"), ({"kind": "share"}, "members"),
    ({"kind": "share", "teams": ["0193a4c5-7f3e-7c1d-9f67-2b5d3e8a1c44"]}, "teams"),
    ({"kind": "share", "until": "2001-01-01", "members": ["me"]}, "members.0"),
    ({"kind": "delete", "tasks": True}, "tasks"),
])  # fmt: skip
def test_a_handover_or_share_that_cannot_be_is_refused_beside_its_field(three, wish, field):
    answer = three.api("POST", "customers/runs", json=wish | {"filter": {}})
    assert answer.status_code == 422, answer.json
    assert field in {each["field"] for each in answer.json["errors"]}, answer.json


def test_many_are_shared_only_by_those_who_may_and_by_tokens_that_write(three, bob):
    whom = {"kind": "share", "filter": {}, "members": [str(three.member_id)]}
    assert bob.api("POST", "customers/runs", json=whom).status_code == 403
    wish = {"kind": "share", "filter": {}, "members": [str(bob.member_id)]}
    reads = {"Authorization": f"Bearer {three.token(scopes=('customer:read',))}"}
    assert three.api("POST", "customers/runs", json=wish, headers=reads).status_code == 403
