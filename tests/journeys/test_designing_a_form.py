"""An administrator adds a field, drags it into a section, makes another depend on it, and somebody fills in the form."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect


@pytest.fixture
def designer(visit, ada):
    page = visit(ada)
    page.goto("/w/acme/settings/fields/customers/form")
    return page


def drag(page, source, target):
    """Sortable listens to pointers, and wants to see them move."""
    start, end = source.bounding_box(), target.bounding_box()
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + 12)
    page.mouse.down()
    for part in (0.2, 0.5, 0.8, 1):
        page.mouse.move(
            start["x"] + start["width"] / 2 + (end["x"] + end["width"] / 2 - start["x"] - start["width"] / 2) * part,
            start["y"] + 12 + (end["y"] + end["height"] / 2 - start["y"] - 12) * part,
        )
    page.mouse.up()


def test_a_field_is_made_dragged_into_a_section_and_reacts(designer):
    page, main = designer, designer.locator("main")
    main.get_by_role("button", name="Add section").click()
    main.get_by_label("Heading").fill("Contract")
    main.get_by_label("Heading").blur()
    expect(main.get_by_role("button", name="Contract")).to_be_visible()

    page.locator(".gx-palette-group", has_text="Dates and times").locator("summary").click()
    page.locator(".gx-palette").get_by_role("link", name="Date", exact=True).click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Name").fill("Contract until")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog).not_to_be_visible()
    made = main.locator("[data-section]", has_text="Contract").locator("[data-key=c_contract_until]")
    expect(made).to_be_visible()

    drag(page, main.locator("[data-key=notes]"), made)
    expect(main.locator("[data-section]").last.locator("[data-key=notes]")).to_be_visible()
    main.get_by_role("button", name="Undo").click()
    expect(main.locator("[data-section]").last.locator("[data-key=notes]")).to_have_count(0)

    main.locator("[data-key=c_contract_until] .gx-place-pick").click()
    main.locator("[name=p-visible]").select_option("when")
    main.locator("[name=visible-f0]").select_option("stage")
    main.locator("[name=visible-v0]").select_option("signed")
    expect(main.get_by_text("Not saved yet")).to_be_visible()
    assert Axe().run(page, context={"include": [["main"]]}).response["violations"] == []
    main.get_by_role("button", name="Save").click()
    expect(page.locator("body")).to_contain_text("The form was saved.")

    page.goto("/w/acme/customers/new")
    until = page.get_by_label("Contract until")
    expect(until).to_be_hidden()
    page.get_by_label("Stage").select_option("signed")
    expect(until).to_be_visible()
    page.get_by_label("Name").fill("Fabrikam")
    until.fill("2027-03-08")
    page.get_by_label("Stage").select_option("lost")
    expect(until).to_be_hidden()
    page.get_by_label("Stage").select_option("signed")
    page.locator("main").get_by_role("button", name="Create").click()
    expect(page.locator("main")).to_contain_text("Mar 8, 2027")
