"""A form is dragged together, and somebody fills it in whose browser does what the page asks of it."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from plugins.leads.tests.web_forms import kept, leads_of, make_form, path_of


def drag(page, source, target):
    start, end = source.bounding_box(), target.bounding_box()
    page.mouse.move(start["x"] + 40, start["y"] + 12)
    page.mouse.down()
    for part in (0.2, 0.6, 1):
        page.mouse.move(
            start["x"] + 40 + (end["x"] - start["x"]) * part, start["y"] + 12 + (end["y"] - start["y"] + 8) * part
        )
    page.mouse.up()


def test_a_form_is_dragged_together_and_sent_by_a_browser_that_calculates(visit, ada, clock):
    form_id = make_form(ada, consent_text="You may call me.")
    page = visit(ada)
    page.goto(f"/w/acme/leads/forms/{form_id}")
    drag(page, page.locator("[data-palette] [data-key=industry]"), page.locator("[data-fields] [data-key=need]"))
    expect(page.locator("[data-fields] [data-key=industry]")).to_be_visible()
    page.locator("#at-need").click()
    page.locator("[name=p-when]").select_option("industry")
    expect(page.locator("[name=p-when-op]")).to_be_visible()
    assert Axe().run(page, context={"include": [["main"]]}).response["violations"] == []
    page.get_by_role("button", name="Save").click()
    expect(page.locator("body")).to_contain_text("The form was saved.")
    keys = [place["key"] for place in kept(ada, form_id).steps[0]["fields"]]
    assert keys.index("industry") + 1 == keys.index("need")

    stranger = visit(None, viewport={"width": 390, "height": 844}, color_scheme="dark")
    stranger.goto(path_of(ada, form_id) + "?utm_source=expo")
    expect(stranger.get_by_label("What they need")).to_be_hidden()
    stranger.get_by_label("Name").fill("Li Lei")
    stranger.get_by_label("Industry").fill("Chairs")
    stranger.get_by_label("What they need").fill("A hundred")
    stranger.get_by_label("Phone").fill("13800138000")
    clock.move(seconds=5)
    stranger.get_by_role("button", name="Send").click()
    expect(stranger.locator("#f-consent-error")).to_contain_text("only if you agree")
    assert Axe().run(stranger).response["violations"] == []
    stranger.get_by_label("You may call me.").check()
    stranger.get_by_role("button", name="Send").click()
    expect(stranger.get_by_role("heading", name="Thank you")).to_be_visible()

    (lead,) = leads_of(ada)
    assert (lead.need, lead.industry) == ("A hundred", "Chairs")
