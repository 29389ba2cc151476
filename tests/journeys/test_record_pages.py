"""The generic pages in a real browser: filter, quick create, inline edit, undo, board; without scripts; and axe."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from core.activities.types import TASK
from core.customers.types import CONTACT, CUSTOMER
from core.records import custom
from core.records.fields import Amount, RecordRef
from core.records.services import create_record


@pytest.fixture
def fabrikam(ada, sam):
    """A customer of ada's with a contact and a task, and another one."""
    with ada.inside():
        custom.add_custom_field(
            "customer", label="Terms", type="choice", taken=(), config={"options": custom.options_of("EXW\nFOB")}
        )
    with ada.inside():
        customer = create_record(
            CUSTOMER, {"name": "Fabrikam", "stage": "quoted", "annual_revenue": Amount(120_000, "CNY"), "tags": ["vip"]}
        )
        create_record(CUSTOMER, {"name": "Northwind", "stage": "lost", "level": "b"})
        contact = create_record(CONTACT, {"name": "Ann Buyer", "customer": customer.id, "title": "Buyer"})
        create_record(TASK, {"title": "Send the offer", "about": RecordRef("contact", contact.id)})
        return contact.id


def test_a_filter_is_put_together_shown_and_taken_away(visit, ada, fabrikam):
    page = visit(ada)
    page.goto("/w/acme/customers/")
    page.locator("main").get_by_role("link", name="Filter").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Field").select_option("stage")
    dialog.get_by_label("Comparison").select_option("in")
    dialog.get_by_label("Quoted").check()
    dialog.get_by_role("button", name="Add condition").click()
    dialog.get_by_label("Field").nth(1).select_option("owner")
    dialog.locator("[name=v1]").select_option("me")
    dialog.get_by_role("button", name="Show results").click()
    expect(page.locator(".gx-chip")).to_have_count(2)
    expect(page.locator("main")).to_contain_text("Fabrikam")
    expect(page.locator("main")).not_to_contain_text("Northwind")
    expect(dialog).not_to_be_visible()
    page.get_by_label("Remove filter: Stage is any of Quoted").click()
    expect(page.locator("main")).to_contain_text("Northwind")


def test_a_record_is_made_in_the_dialog_and_its_link_is_found_as_one_types(visit, ada, fabrikam):
    page = visit(ada)
    page.goto("/w/acme/contacts/")
    page.keyboard.press("c")
    dialog = page.locator("#dialog")
    dialog.get_by_role("combobox", name="Customer").fill("north")
    dialog.get_by_role("option", name="Northwind").click()
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.locator(".gx-form-errors")).to_be_visible()
    expect(dialog.get_by_role("combobox", name="Customer")).to_have_value("Northwind")
    dialog.locator("[name=name]").fill("Bert Boss")
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Bert Boss")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Northwind")


def test_a_field_is_changed_in_place_and_escape_leaves_it(visit, ada, fabrikam):
    page = visit(ada)
    page.goto(f"/w/acme/contacts/{fabrikam}")
    fact = page.locator(f"#fact-name-{fabrikam}")
    fact.hover()
    fact.get_by_label("Edit Name").click()
    expect(fact.get_by_role("textbox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(fact.get_by_role("textbox")).to_have_count(0)
    fact.hover()
    fact.get_by_label("Edit Name").click()
    fact.get_by_role("textbox").fill("Ann Chief")
    fact.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ann Chief")


def test_what_was_deleted_comes_back_by_undo(visit, ada, fabrikam):
    page = visit(ada)
    page.goto(f"/w/acme/contacts/{fabrikam}")
    page.locator("main").get_by_role("button", name="More").click()
    page.get_by_role("button", name="Delete").click()
    page.locator("#confirm").get_by_role("button", name="Delete").click()
    expect(page.locator(".gx-toast")).to_contain_text("was deleted")
    page.locator(".gx-toast-undo").click()
    expect(page.get_by_role("heading", name="Ann Buyer")).to_be_visible()


def test_a_card_is_dragged_and_the_lanes_count_anew(visit, ada, fabrikam):
    page = visit(ada)
    page.goto("/w/acme/customers/board")
    card = page.locator("article", has_text="Fabrikam")
    card.get_by_role("link").focus()
    with page.expect_response("**/moves"):
        page.keyboard.press("Alt+ArrowRight")
    expect(page.locator("[data-lane=signed]")).to_contain_text("Fabrikam")
    expect(page.locator("#lane-signed")).to_contain_text("1")
    expect(page.locator("#lane-quoted")).to_contain_text("0")
    page.reload()
    expect(page.locator("[data-lane=signed]")).to_contain_text("Fabrikam")


def test_ticked_records_change_hands(visit, ada, sam, fabrikam):
    page = visit(ada)
    page.goto("/w/acme/customers/")
    page.get_by_label("Select all").check()
    page.get_by_role("button", name="Hand over").click()
    page.locator("#dialog").get_by_label("New owner").select_option(label="Sam Seller")
    page.locator("#dialog").get_by_role("button", name="Hand over").click()
    expect(page.locator(".gx-toast")).to_contain_text("2 were handed over")
    expect(page.locator("table")).to_contain_text("Sam Seller")


def test_all_of_it_works_without_scripts(visit, ada, fabrikam):
    page = visit(ada, java_script_enabled=False)
    page.goto("/w/acme/customers/board")
    card = page.locator("article", has_text="Fabrikam")
    card.locator("select").select_option("signed")
    card.get_by_role("button", name="Move").click()
    expect(page.locator("[data-lane=signed]")).to_contain_text("Fabrikam")
    page.goto("/w/acme/customers/")
    page.locator("main").get_by_role("link", name="Filter").click()
    page.get_by_label("Field").select_option("stage")
    page.get_by_role("button", name="Show the comparisons").click()
    page.locator("[name=v0]").select_option("signed")
    page.get_by_role("button", name="Show results").click()
    expect(page.locator("main")).to_contain_text("Stage is Signed")
    expect(page.locator("main")).not_to_contain_text("Northwind")
    page.goto("/w/acme/contacts/new")
    page.get_by_label("Name").fill("Cleo")
    page.get_by_role("combobox", name="Customer").fill("northwind")
    page.get_by_role("button", name="Create").last.click()
    expect(page.get_by_role("heading", name="Cleo")).to_be_visible()
    page.locator("#facts-" + page.url.rsplit("/", 1)[1]).get_by_label("Edit Job title").click()
    page.get_by_label("Job title").fill("Chief")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("Chief")


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_axe_finds_nothing(visit, ada, fabrikam, site, theme, width):
    page = visit(ada, viewport={"width": width, "height": 900})
    page.context.add_cookies([{"name": "theme", "value": theme, "url": site}])
    found = []
    for path in ("customers/", "customers/?q=zebra", "customers/board", "customers/new", f"contacts/{fabrikam}", f"contacts/{fabrikam}/edit",
                 f"contacts/{fabrikam}/fields/customer", "customers/filter?f0=stage&o0=in&f1=owner&step=add", "settings/fields/customers",
                 "settings/fields/customers/new", "search?q=fab", 'customers/?filter={"field":"stage","op":"is","value":"quoted"}'):  # fmt: skip
        page.goto(f"/w/acme/{path}")
        page.wait_for_load_state("networkidle")
        for fault in Axe().run(page).response["violations"]:
            found += [(path, fault["id"], node["html"][:160], node["failureSummary"]) for node in fault["nodes"]]
    assert found == []


def test_no_page_is_wider_than_a_phone(visit, ada, fabrikam):
    with ada.inside():
        create_record(CUSTOMER, {"name": "Contoso" + "x" * 90, "industry": "y" * 100, "notes": "z" * 300})
    page = visit(ada, viewport={"width": 390, "height": 800})
    for path in (
        "customers/",
        "customers/board",
        "customers/new",
        f"contacts/{fabrikam}",
        "settings/fields/customers",
        "search?q=contoso",
        "customers/filter",
    ):
        page.goto(f"/w/acme/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    assert re.search("Contoso", page.content()) is None


def test_what_was_searched_stays_when_columns_and_filter_change(visit, ada, fabrikam):
    page = visit(ada)
    page.goto("/w/acme/customers/")
    page.locator("main").get_by_role("searchbox").fill("fabri")
    expect(page.locator("table")).not_to_contain_text("Northwind")
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("Tags", exact=True).check()
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("table")).to_contain_text("vip")
    expect(page.locator("table")).not_to_contain_text("Northwind")
    page.locator("main").get_by_role("searchbox").fill("")
    expect(page.locator("table")).to_contain_text("Northwind")
    expect(page.locator("table")).to_contain_text("vip")
    page.locator("main").get_by_role("searchbox").fill("fabrik")
    expect(page.locator("table")).not_to_contain_text("Northwind")
    page.locator("main").get_by_role("link", name="Filter").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Field").select_option("stage")
    dialog.locator("[name=v0]").select_option("quoted")
    dialog.get_by_role("button", name="Show results").click()
    expect(page.locator(".gx-chip")).to_have_count(1)
    assert "q=fabrik" in page.url
    expect(page.locator("table")).to_contain_text("vip")
