"""A workspace's own record types over the API: the same calls as for any, and nobody else's."""

import json

import pytest
from openapi_schema_validator import OAS31Validator

from core.records import fields as kinds
from core.records import making
from core.records.custom import CUSTOM_TYPES, add_custom_field, fields_of


def has_field(person, name, key, kind, **config):
    with person.inside():
        taken = [row.key for row in fields_of(name)]
        add_custom_field(name, label=key, type=kind, taken=taken, key=key, config=config)


@pytest.fixture
def machine(ada):
    """A type of Acme's own: machines at customers, with the contacts who may call about them."""
    with ada.inside():
        making.make_type(
            label="Machine", key="c_machine", states=[{"value": "runs", "label": "Runs", "color": "green"}]
        )
    has_field(ada, "c_machine", "c_at", "lookup", target="customer")
    has_field(ada, "c_machine", "c_callers", "multi_lookup", target="contact")
    has_field(ada, "c_machine", "c_power", "integer")
    return ada


@pytest.fixture
def pump(machine):
    customer = made(machine, "customers", name="Acme", industry="software")["id"]
    callers = [made(machine, "contacts", name=name, customer=customer)["id"] for name in ("Wile", "Bugs")]
    return made(machine, "c_machine", name="Pump", c_at=customer, c_callers=callers, c_power=7)


def made(person, plural, **values):
    answer = person.api("POST", plural, json=values)
    assert answer.status_code == 201, answer.json
    return answer.json["data"]


def found(person, plural, **query):
    query = {name: json.dumps(value) if isinstance(value, dict) else value for name, value in query.items()}
    answer = person.api("GET", plural, query_string=query)
    assert answer.status_code == 200, answer.json
    return [each["name"] for each in answer.json["data"]]


def test_its_records_are_made_read_changed_and_deleted_like_any(machine, pump):
    address = f"c_machine/{pump['id']}"
    assert machine.api("GET", address).json["data"] == pump
    assert machine.api("PATCH", address, json={"c_power": 8}).json["data"]["c_power"] == 8
    assert machine.api("GET", "c_machine?total=true&fields=name").json["total"] == 1
    assert [e["name"] for e in machine.api("GET", f"{address}/history").json["data"]] != []
    assert machine.api("GET", f"{address}/timeline").status_code == 200
    assert machine.api("GET", f"{address}/explain").json["data"]["allowed"] is True
    assert machine.api("POST", "c_machine/bulk", json={"create": [{"name": "Fan"}]}).json["data"][0]["status"] == 201
    assert [e["record_type"] for e in machine.api("GET", "search?q=Pump").json["data"]] == ["c_machine"]
    assert machine.api("DELETE", address).status_code == 204
    assert machine.api("GET", address).status_code == 404
    assert machine.api("POST", f"{address}/restore").json["data"]["name"] == "Pump"


def test_lists_are_filtered_through_links_and_over_what_points_here(machine, pump):
    made(machine, "customers", name="Globex", industry="medical")
    made(machine, "c_machine", name="Fan", c_power=3)
    by_industry = {"field": "c_at.industry", "op": "is", "value": "software"}
    assert found(machine, "c_machine", filter=by_industry) == ["Pump"]
    assert found(machine, "customers", filter={"field": "contacts.count()", "op": "gt", "value": 1}) == ["Acme"]
    power = {"field": "c_machine.sum(c_power)", "op": "gt", "value": 6}
    assert found(machine, "customers", filter=power) == ["Acme"]
    assert found(machine, "customers", filter={**power, "value": 7}) == []


def test_lists_are_sorted_by_several_keys(machine, pump):
    for name, power in (("Fan", 3), ("Belt", 7)):
        made(machine, "c_machine", name=name, c_power=power)
    assert found(machine, "c_machine", sort="c_power,name") == ["Fan", "Belt", "Pump"]
    assert found(machine, "c_machine", sort="-c_power,-name") == ["Pump", "Belt", "Fan"]


def test_links_to_several_are_expanded_in_their_order(machine, pump):
    (shown,) = machine.api("GET", "c_machine?expand=c_callers,c_at").json["data"]
    assert [each["name"] for each in shown["c_callers"]] == ["Wile", "Bugs"]
    assert shown["c_at"]["name"] == "Acme"
    schema = machine.api("GET", "openapi.json").json
    described = schema["paths"]["/c_machine"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    page = machine.api("GET", "c_machine?expand=c_callers,c_at").json
    OAS31Validator({**described, "components": schema["components"]}).validate(page)


def test_an_example_of_every_field_is_what_its_description_takes(machine):
    for kind in CUSTOM_TYPES:
        has_field(machine, "c_machine", f"c_a_{kind}", kind, **kinds.FIELD_TYPES[kind].example_config())
    described = machine.api("GET", "openapi.json").json["components"]["schemas"]["CMachineCreate"]["properties"]
    for key, schema in described.items():
        (example,) = schema["examples"]
        OAS31Validator(schema, format_checker=OAS31Validator.FORMAT_CHECKER).validate(example)
        assert schema["title"], key


def test_a_neighbour_finds_neither_the_type_nor_its_records(machine, pump, mallory):
    for path in ("c_machine", f"c_machine/{pump['id']}", f"c_machine/{pump['id']}/files", "c_machine/duplicates",
                 "record-types/c_machine", "record-types/c_machine/fields"):  # fmt: skip
        assert mallory.api("GET", path).status_code == 404, path
    for path, body in (("c_machine", {"name": "X"}), ("c_machine/bulk", {"create": [{"name": "X"}]}),
                       ("c_machine/exports", {}), ("c_machine/runs", {"kind": "delete", "filter": {}})):  # fmt: skip
        assert mallory.api("POST", path, json=body).status_code == 404, path
    assert "c_machine" not in mallory.api("GET", "openapi.json").text
    with mallory.inside():
        making.make_type(label="Machine", key="c_machine")
    assert mallory.api("GET", "c_machine").json["data"] == []
    assert mallory.api("GET", f"c_machine/{pump['id']}").status_code == 404
    assert mallory.api("PATCH", f"c_machine/{pump['id']}", json={"name": "Mine"}).status_code == 404


def test_ids_of_a_neighbour_are_nobodys(machine, pump, mallory):
    theirs = made(mallory, "customers", name="Theirs")["id"]
    answer = machine.api("PATCH", f"c_machine/{pump['id']}", json={"c_at": theirs})
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "unknown_reference")


def test_a_hidden_type_answers_no_more(machine, pump):
    assert machine.api("DELETE", "record-types/c_machine").status_code == 204
    assert machine.api("GET", "c_machine").status_code == 404
    assert machine.api("GET", f"c_machine/{pump['id']}").status_code == 404


def test_a_tokens_scopes_are_for_one_type_or_for_all(machine, pump, app):
    def ask(method, path, scope, json=None):
        headers = {"Authorization": f"Bearer {machine.token(scopes=tuple(scope.split()))}"}
        return app.test_client().open(f"/api/v1/{path}", method=method, json=json, headers=headers).status_code

    address = f"c_machine/{pump['id']}"
    assert ask("GET", address, "c_machine:read") == ask("GET", address, "read") == 200
    assert ask("GET", address, "customer:read") == ask("GET", "customers", "c_machine:read") == 403
    assert ask("PATCH", address, "c_machine:read", {"c_power": 1}) == 403
    assert ask("PATCH", address, "c_machine:read c_machine:write", {"c_power": 1}) == 200
    assert ask("POST", "c_machine", "c_machine:write", {"name": "Fan"}) == 201
    assert ask("POST", "c_machine", "customer:write", {"name": "Fan"}) == 403
    assert ask("POST", "c_machine/runs", "c_machine:read", {"kind": "delete", "filter": {}}) == 403


def test_a_token_for_one_type_is_made_by_name(machine):
    made_ = machine.api("POST", "tokens", json={"name": "PLC", "scopes": ["c_machine:read"]})
    assert (made_.status_code, made_.json["data"]["scopes"]) == (201, ["c_machine:read"])
    assert machine.api("POST", "tokens", json={"name": "PLC", "scopes": ["c_nothing:read"]}).status_code == 422
