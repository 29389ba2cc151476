"""The page that documents the API."""

import re
from html import unescape

from core.records.custom import add_custom_field


def test_it_shows_every_call_and_the_fields_of_this_workspace(ada):
    with ada.inside():
        add_custom_field("customer", label="Shoe size", key="c_shoe", type="integer", taken=["name"])
    page = ada.get("settings/api")
    assert page.status_code == 200
    spec = ada.api("GET", "openapi.json").json
    operations = [o["operationId"] for each in spec["paths"].values() for o in each.values()]
    assert set(operations) == set(re.findall(r'<details class="gx-api-call" id="(\w+)"', page.text))
    assert "c_shoe" in page.text and "curl -X POST" in page.text


def test_a_neighbours_fields_are_not_in_it(ada, mallory):
    with ada.inside():
        add_custom_field("customer", label="Shoe size", key="c_shoe", type="integer", taken=["name"])
    assert "c_shoe" not in mallory.get("settings/api").text


def test_the_description_can_be_taken_along_without_a_token(ada, mallory):
    with ada.inside():
        add_custom_field("customer", label="Shoe size", key="c_shoe", type="integer", taken=["name"])
    assert 'href="/w/acme/settings/api/openapi.json"' in ada.get("settings/api").text
    file = ada.get("settings/api/openapi.json")
    assert file.json == ada.api("GET", "openapi.json").json
    assert "attachment" in file.headers["Content-Disposition"]
    assert "c_shoe" not in mallory.get("settings/api/openapi.json").text


def test_an_example_sends_a_file_as_a_form(ada):
    page = unescape(ada.get("settings/api").text)
    assert "curl -X POST" in page and "-F 'file=@file.csv'" in page
