"""Somebody enters what is there already, and merges what is there twice, in a real browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from core.customers.types import CUSTOMER
from core.records.duplicates.scanning import scan
from core.records.services import create_record


@pytest.fixture
def twice(ada):
    with ada.inside():
        create_record(CUSTOMER, {"name": "Fabrikam, Inc.", "phone": "+8613800138000", "industry": "Steel"})
        create_record(CUSTOMER, {"name": "Fabricam", "phone": "+8613800138000", "email": "hello@fabrikam.com"})
    with ada.inside():
        scan(CUSTOMER)


def test_whoever_types_what_is_there_is_warned_and_may_create_it_anyway(visit, ada, twice):
    page = visit(ada)
    page.goto("/w/acme/customers/")
    page.get_by_role("link", name="New", exact=True).click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Name").fill("FABRIKAM LTD")
    expect(dialog.locator(".gx-alike")).to_contain_text("Fabrikam, Inc.")
    assert Axe().run(page).response["violations"] == []
    dialog.get_by_label("Name").fill("Contoso")
    expect(dialog.locator(".gx-alike")).not_to_contain_text("Fabrikam")
    dialog.get_by_label("Name").fill("fabrikam")
    dialog.get_by_role("button", name="create anyway").click()
    expect(page.get_by_role("heading", name="fabrikam", exact=True)).to_be_visible(timeout=15_000)


def test_a_pair_is_compared_merged_and_given_back(visit, ada, twice):
    page = visit(ada)
    page.goto("/w/acme/customers/duplicates/")
    assert Axe().run(page).response["violations"] == []
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", name="Compare and merge")).to_be_visible()
    assert Axe().run(page).response["violations"] == []
    page.get_by_label("Name: Fabricam").check()
    page.get_by_role("button", name="Merge into").click()
    expect(page.locator("h1")).to_contain_text("Fabricam")
    expect(page.locator("main")).to_contain_text("hello@fabrikam.com")
    page.locator(".gx-toast").get_by_role("button", name="Undo").click()
    expect(page.locator("h1")).to_contain_text("Fabrikam, Inc.")
