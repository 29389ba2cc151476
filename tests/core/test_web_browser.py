"""The kit in a real browser: navigation, dialog, questions, drafts, boards, and what axe says of every page."""

import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from tests.core.web_app import make_app

PAGES = ("", "list", "board", "record", "form", "empty", "auth", "public", "failure/404")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, make_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def page(browser_program: Browser, address: str) -> Iterator[Page]:
    context = browser_program.new_context(base_url=address, reduced_motion="reduce")
    context.set_default_timeout(8000)
    page = context.new_page()
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda message: "Content Security" in message.text and page.complaints.append(message.text))
    yield page
    assert page.complaints == []
    context.close()


def open_page(page: Page, path: str) -> None:
    page.goto(path)
    page.wait_for_load_state("networkidle")


def test_a_link_exchanges_the_page_but_not_the_document(page):
    open_page(page, "/styleguide/record")
    page.evaluate("window.mark = 1")

    page.click("#nav >> text=Leads")
    page.wait_for_url("**/list")
    assert page.get_attribute("#nav a[href$=list]", "aria-current") == "page"
    assert page.title() == "Leads · Acme"

    page.go_back()
    page.wait_for_selector("text=Timeline")
    assert page.evaluate("window.mark") == 1


def test_the_dialog_keeps_a_faulty_form_and_leaves_with_a_good_one(page):
    open_page(page, "/styleguide/list")
    page.keyboard.press("c")
    page.click("#dialog >> text=Save")
    page.wait_for_selector("#dialog .gx-form-errors")
    assert page.get_attribute("#d-name", "aria-invalid") == "true"

    page.fill("#d-name", "王小明")
    page.click("#dialog >> text=Save")
    page.wait_for_selector(".gx-toast-success")
    assert page.url.endswith("/styleguide/")
    assert not page.is_visible("#dialog")

    page.click(".gx-toast-undo")
    page.wait_for_selector(".gx-toast-info")


def test_nothing_grave_happens_without_a_yes(page):
    open_page(page, "/styleguide/")
    page.click("text=Ask first")
    assert page.inner_text("#confirm-text") == "Hand 24 leads to 王小明?"
    page.keyboard.press("Escape")
    assert page.locator(".gx-toast").count() == 0

    page.click("text=Ask first")
    page.click("#confirm >> text=Continue")
    page.wait_for_selector(".gx-toast-success")


def test_a_failure_is_told_and_the_page_stays(page):
    open_page(page, "/styleguide/")
    page.click("text=405 by htmx")
    page.wait_for_selector(".gx-toast-error")
    assert page.is_visible("text=Style guide")


def test_half_a_form_is_still_there_after_a_reload_and_gone_after_saving(page):
    open_page(page, "/styleguide/form")
    page.fill("[name=notes]", "wants an offer")
    page.wait_for_timeout(700)
    page.reload()
    expect(page.locator("[name=notes]")).to_have_value("wants an offer")

    page.fill("[name=name]", "Ada")
    page.click("main >> text=Save")
    page.wait_for_selector(".gx-toast-success")
    assert page.evaluate("localStorage.length") == 0


def test_a_card_moves_by_mouse_and_by_keyboard(page):
    open_page(page, "/styleguide/board")
    card, goal = page.locator("[data-card]").first, page.locator("[data-lane=Lost]")
    start, end = card.bounding_box(), goal.bounding_box()
    with page.expect_request("**/moves") as dragged:
        page.mouse.move(start["x"] + 20, start["y"] + 20)
        page.mouse.down()
        page.mouse.move(start["x"] + 60, start["y"] + 30, steps=4)
        page.mouse.move(end["x"] + 80, end["y"] + 20, steps=10)
        page.wait_for_timeout(200)
        page.mouse.up()
    assert "to=Lost" in dragged.value.post_data

    with page.expect_request("**/moves") as moved:
        page.locator("[data-lane=Contacted] [data-card] a").first.focus()
        page.keyboard.press("Alt+ArrowLeft")
    assert "to=New" in moved.value.post_data


def test_search_answers_as_one_types(page):
    open_page(page, "/styleguide/list")
    page.keyboard.press("/")
    page.keyboard.type("王")
    page.wait_for_selector("[data-search-panel] >> text=王小明")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/record")

    page.keyboard.press("Control+k")
    page.keyboard.type("deal")
    page.click("[data-search-panel] >> text=Deals")
    page.wait_for_url("**/board")


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_axe_finds_nothing(page, address, theme, width):
    page.context.add_cookies([{"name": "theme", "value": theme, "url": address}])
    page.set_viewport_size({"width": width, "height": 900})
    found = []
    for name in PAGES:
        open_page(page, f"/styleguide/{name}")
        for fault in Axe().run(page).response["violations"]:
            found += [(name, fault["id"], node["html"][:160], node["failureSummary"]) for node in fault["nodes"]]
    assert found == []
