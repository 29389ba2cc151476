"""Charts in a real browser: drawn under the page's policy, beside a table, and again when what they show is swapped."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from core.records.services import create_record
from core.records.types import type_named


def test_a_chart_is_drawn_swapped_and_leads_to_what_it_counts(visit, ada):
    ada.switch("leads")
    with ada.inside():
        for source in ("website", "event", "event"):
            create_record(type_named("lead"), {"name": f"From {source}", "source": source})
    page, faults = visit(ada), []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.goto("/w/acme/leads/figures/funnel")
    expect(page.locator("figure.gx-drawn canvas")).to_have_count(2)
    assert not Axe().run(page).response["violations"]

    page.get_by_label("Told apart by").select_option("week")
    expect(page.locator("table.leads-table th").first).to_have_text("Week")
    expect(page.locator("figure.gx-drawn canvas")).to_have_count(2)
    page.get_by_label("Period").select_option("custom")
    expect(page.get_by_label("Up to")).to_be_visible()
    expect(page.locator("figure.gx-drawn canvas")).to_have_count(2)
    assert faults == [], "nothing that the page's policy forbids"

    page.locator(".leads-total a").first.click()
    expect(page.locator("main tbody tr")).to_have_count(3)
