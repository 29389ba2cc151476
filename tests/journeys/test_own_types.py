"""A record type is made in a real browser, a record of it too, and the customer shows it; and axe finds nothing."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from core.customers.types import CUSTOMER
from core.records import making
from core.records.custom import add_custom_field
from core.records.services import create_record


@pytest.fixture
def fabrikam(ada):
    with ada.inside():
        return create_record(CUSTOMER, {"name": "Fabrikam"}).id


def test_from_a_new_type_to_its_record_at_the_customer(visit, ada, fabrikam):
    page = visit(ada)
    page.goto("/w/acme/settings/record-types/")
    page.get_by_role("link", name="New record type").first.click()
    page.get_by_label("Name of one").fill("Machine")
    page.get_by_label("Name of many").fill("Machines")
    page.get_by_role("textbox", name="States").fill("In use\nScrapped")
    page.get_by_placeholder("Search icons").fill("工厂")
    expect(page.locator(".gx-icon-choice:visible")).to_have_count(1)
    page.locator(".gx-icon-choice:visible").click()
    page.get_by_role("button", name="Make the record type").click()
    expect(page.get_by_text("“Machine” was made")).to_be_visible()

    with ada.inside():
        own = making.get_own_type("c_machine")
        assert own.icon == "building-factory-2"
        add_custom_field(own.name, label="Serial", type="text", taken=(), key="c_serial")
        add_custom_field(own.name, label="Bought on", type="date", taken=(), key="c_bought")

    page.goto("/w/acme/")
    page.get_by_role("link", name="Machines").first.click()
    expect(page.get_by_text("No machines yet")).to_be_visible()
    page.locator("main").get_by_role("link", name="New machine").first.click()
    dialog = page.locator("#dialog")
    dialog.get_by_role("textbox", name="Name").fill("Press 7")
    dialog.get_by_role("combobox", name="Customer").fill("fabri")
    dialog.get_by_role("option", name="Fabrikam").click()
    dialog.get_by_role("textbox", name="Serial").fill("SN-1")
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Press 7")).to_be_visible()

    page.goto(f"/w/acme/customers/{fabrikam}")
    expect(page.locator("main").get_by_role("link", name="Press 7").first).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("press 7")
    expect(page.locator("#search-hits")).to_contain_text("Press 7")


def test_states_and_looks_are_set_up_and_axe_finds_nothing(visit, ada):
    with ada.inside():
        making.make_type(label="Machine", states=[{"label": "New"}, {"label": "Old"}])
    page = visit(ada)
    page.goto("/w/acme/settings/record-types/c_machine/states")
    page.get_by_role("button", name="Add a state").click()
    page.get_by_label("Name of state 3").fill("Gone")
    page.locator(".gx-state").nth(2).get_by_role("checkbox", name="New").uncheck()
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("“Machine” was saved")).to_be_visible()
    with ada.inside():
        assert [s["to"] for s in making.get_own_type("c_machine").states] == [None, None, ["Old"]]
    for url in (
        "",
        "new",
        "c_machine",
        "c_machine/states",
        "c_machine/access",
        "templates",
        "templates/ready/equipment",
        "sheet",
    ):
        page.goto(f"/w/acme/settings/record-types/{url}")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{url}: {found.generate_report()}"
