"""Somebody leaves: what they have goes to a colleague and comes back, in a real browser."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from core.activities.services import create_task
from core.customers.types import CUSTOMER
from core.records.fields import RecordRef
from core.records.services import create_record


def faults(page):
    return [(each["id"], each["nodes"][0]["html"][:160]) for each in Axe().run(page).response["violations"]]


def test_a_leaver_hands_over_some_records_by_a_filter_and_gets_them_back(visit, ada, sam, eve):
    with sam.inside():
        for name in ("Initech", "Umbrella"):
            made = create_record(CUSTOMER, {"name": name}).id
            create_task(title=f"Call {name}", about=RecordRef("customer", made))
    page = visit(ada)
    page.goto(f"/w/acme/members/{sam.member_id}")
    page.get_by_role("link", name="Hand over their records").click()
    expect(page.get_by_role("heading", name="Hand over what Sam Seller has")).to_be_visible()
    page.get_by_label("Who takes over").select_option(label="Eve Seller")
    page.locator("button[value=only-customer]").click()
    page.locator("[name=only-customer-f0]").select_option("name")
    value = page.locator("[name^=only-customer-v0]")
    expect(value).to_be_visible()
    value.fill("Umbrella")
    assert not faults(page)
    page.get_by_role("button", name="Show what will happen").last.click()
    expect(page.get_by_text("1 stays with Sam Seller.").first).to_be_visible()
    assert not faults(page)
    page.get_by_role("button", name="Hand over").click()
    expect(page.get_by_text("Who got what")).to_be_visible()
    assert not faults(page)
    page.locator(".gx-actions").get_by_role("button", name="Undo").click()
    page.locator("dialog#confirm [value=yes]").click()
    expect(page.get_by_role("heading", name="Taken back: handover of what Sam Seller had")).to_be_visible()
    page.get_by_role("link", name="See what is left").click()
    expect(page.get_by_text("Umbrella, Initech")).to_be_visible()
