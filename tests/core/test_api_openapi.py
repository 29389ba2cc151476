"""The description of the API."""

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from core.api.blueprints import PREFIX
from core.api.blueprints import Resource as ApiResource
from core.host.loader import host


@pytest.fixture
def everything(ada):
    """A workspace with every module on and a field of its own."""
    for name in sorted(host().plugins, key=lambda n: len(host().plugins[n].requires)):
        ada.switch(name)
    ada.api("POST", "record-types/customer/fields", json={"label": "Niche", "type": "choice", "key": "niche",
                                                          "options": [{"label": "a"}]})  # fmt: skip
    return ada


def test_the_description_is_valid_openapi(everything):
    described = everything.api("GET", "openapi.json").json
    validate(described)
    assert described["openapi"] == "3.1.0"
    assert described["components"]["schemas"]["Customer"]["properties"]["niche"]["enum"] == ["a", None]
    assert "/customers/bulk" in described["paths"]
    operations = [o["operationId"] for path in described["paths"].values() for o in path.values()]
    assert len(operations) == len(set(operations))


def test_every_route_of_the_api_is_described_with_what_it_gives(everything, app):
    paths = everything.api("GET", "openapi.json").json["paths"]
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(PREFIX):
            assert isinstance(app.blueprints[rule.endpoint.rpartition(".")[0]], ApiResource), rule
            assert app.view_functions[rule.endpoint].__doc__, rule
            assert app.view_functions[rule.endpoint].permission, rule
    for path, operations in paths.items():
        for method, operation in operations.items():
            success = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
            assert {"4XX", "5XX"} < set(operation["responses"])
            assert method == "delete" or success["content"], path


def test_answers_are_what_the_description_says(everything):
    described = everything.api("GET", "openapi.json").json

    def check(method, path, address=None, **options):
        answer = everything.api(method, address or path.strip("/"), **options)
        responses = described["paths"][path][method.lower()]["responses"]
        if answer.status_code < 400:
            schema = responses[str(answer.status_code)]["content"]["application/json"]["schema"]
        else:
            schema = {"$ref": "#/components/schemas/Problem"}
        OAS31Validator({**schema, "components": described["components"]}).validate(answer.json)
        return answer.json

    body = {"name": "Acme", "niche": "a", "annual_revenue": {"amount": "12.50", "currency": "CNY"}, "tags": ["x"]}
    record = check("POST", "/customers", json=body)["data"]["id"]
    check("POST", "/customers", json={})
    check("GET", "/customers", "customers?total=true")
    check("GET", "/customers/{record_id}", f"customers/{record}")
    check("PATCH", "/customers/{record_id}", f"customers/{record}", json={"name": "B"})
    check("PATCH", "/customers/{record_id}", f"customers/{record}", json={"nome": "B"})
    check("POST", "/customers/bulk", json={"create": [body, {}]})
    for rest in ("history", "timeline", "explain", "actions"):
        check("GET", f"/customers/{{record_id}}/{rest}", f"customers/{record}/{rest}")
    for path in ("me", "modules", "members", "teams", "roles", "record-types", "tokens", "events"):
        check("GET", f"/{path}")
    check("GET", "/record-types/{name}/fields", "record-types/customer/fields")
    check("GET", "/search", "search?q=acme")
