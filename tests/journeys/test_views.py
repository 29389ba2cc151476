"""Looking at many records in a real browser: views, columns, nested filters, board, calendar, split view."""

import re
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from core.activities.types import TASK
from core.customers.types import CUSTOMER
from core.records import custom
from core.records.fields import Amount
from core.records.services import create_record


@pytest.fixture
def customers(ada):
    with ada.inside():
        custom.add_custom_field("customer", label="Score", type="integer", taken=(), key="c_score")
    with ada.inside():
        for n, (name, stage) in enumerate((("Contoso", "lost"), ("Fabrikam", "quoted"), ("Northwind", "signed"))):
            money = Amount(1_000_000 * (n + 1), "CNY")
            create_record(
                CUSTOMER, {"name": name, "stage": stage, "employees": n, "annual_revenue": money, "c_score": n}
            )


@pytest.fixture
def task(ada):
    with ada.inside():
        return create_record(TASK, {"title": "Call back", "due_at": datetime(2026, 11, 18, 6, 30, tzinfo=UTC)}).id


def _wait_for_dragging(page):
    while not page.evaluate("Boolean(window.Sortable)"):
        page.wait_for_timeout(50)


def drag(page, one, to):
    start, end = one.bounding_box(), to.bounding_box()
    page.mouse.move(start["x"] + 20, start["y"] + 6)
    page.mouse.down()
    page.mouse.move(end["x"] + 30, end["y"] - 20, steps=6)
    page.mouse.move(end["x"] + 30, end["y"] + 10, steps=4)
    page.mouse.up()


def heads(page):
    return page.locator("th[data-column]").evaluate_all("all => all.map((one) => one.dataset.column)")


def test_a_nested_filter_is_saved_as_a_view_and_its_columns_are_dragged(visit, ada, customers):
    page = visit(ada)
    page.goto("/w/acme/customers/")
    page.locator("main").get_by_role("link", name="Filter").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Field").select_option("stage")
    dialog.locator("[name=o0]").select_option("is_not")
    dialog.locator("[name=v0]").select_option("lost")
    dialog.get_by_role("button", name="Add group").click()
    dialog.locator("[name=f2]").select_option("c_score")
    dialog.locator("[name=o2]").select_option("gt")
    dialog.locator("[name=v2]").fill("1")
    dialog.get_by_role("button", name="Add condition").nth(0).click()
    dialog.locator("[name=f3]").select_option("name")
    dialog.locator("[name=v3]").fill("fab")
    dialog.get_by_role("button", name="Show results").click()
    expect(page.locator(".gx-chip")).to_have_count(2)
    expect(page.locator("table")).to_contain_text("Fabrikam")
    expect(page.locator("table")).not_to_contain_text("Contoso")
    page.get_by_role("link", name="Save as…").click()
    dialog.get_by_label("Name").fill("Promising")
    dialog.get_by_label("Everyone", exact=True).check()
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator(".gx-views [aria-current]")).to_have_text("Promising")
    expect(page.locator(".gx-chip")).to_have_count(2)

    _wait_for_dragging(page)
    before = heads(page)
    first, second = (page.locator("th[data-column]").nth(n).bounding_box() for n in (1, 2))
    page.mouse.move(second["x"] + 20, second["y"] + 10)
    page.mouse.down()
    page.mouse.move(first["x"] + 40, first["y"] + 10, steps=6)
    page.mouse.move(first["x"] + 8, first["y"] + 10, steps=4)
    page.mouse.up()
    expect(page.locator(".gx-views-unsaved")).to_contain_text("Changed")
    moved = [before[0], before[2], before[1], *before[3:]]
    assert heads(page) == moved
    page.locator("th[data-column] a").nth(0).focus()
    page.keyboard.press("Alt+Shift+ArrowUp")
    expect(page).to_have_url(re.compile("columns=name%3A"))
    expect(page.locator("th[data-column]").nth(0)).to_have_attribute("width", re.compile(r"\d+"))
    page.locator(".gx-views-unsaved").get_by_role("button", name="Save").click()
    expect(page.locator(".gx-views-unsaved")).to_have_count(0)
    page.goto("/w/acme/customers/")
    page.get_by_role("link", name="Promising").click()
    expect(page.locator(".gx-views [aria-current]")).to_have_text("Promising")
    assert heads(page) == moved


def test_columns_are_arranged_in_their_panel_and_figures_stand_below(visit, ada, customers):
    page = visit(ada)
    page.goto("/w/acme/customers/")
    page.get_by_role("button", name="Columns").click()
    panel = page.locator(".gx-arrange")
    panel.get_by_label("Score", exact=True).check()
    panel.get_by_label("Figure below Score").select_option("sum")
    row = panel.locator("li[data-key=owner]")
    row.hover()
    row.get_by_label("Move Owner up").click()
    panel.get_by_label("Sort by").select_option("employees")
    panel.get_by_label("Direction").first.select_option("-")
    panel.get_by_label("Row height").select_option("compact")
    with page.expect_response("**/arrangement"):
        panel.get_by_role("button", name="Show").click()
    expect(page.locator("tfoot")).to_contain_text("Sum 3")
    assert heads(page)[-3:] == ["owner", "annual_revenue", "c_score"]
    expect(page.locator("tbody tr").first).to_contain_text("Northwind")
    page.goto("/w/acme/customers/")
    expect(page.locator("table.gx-compact tfoot")).to_contain_text("Sum 3")


def test_a_board_is_made_of_another_field_and_its_lanes_fold(visit, ada, customers):
    page = visit(ada)
    page.goto("/w/acme/customers/board")
    page.get_by_role("button", name="Add up").click()
    page.get_by_role("link", name="Score", exact=True).click()
    expect(page.locator("#lane-signed")).to_contain_text("2")
    lane = page.locator(".gx-lane", has=page.locator("#lane-quoted"))
    lane.get_by_role("button", name="Options of this column").click()
    page.get_by_role("link", name="Fold", exact=True).click()
    expect(page.locator(".gx-lane-folded")).to_contain_text("Quoted")
    page.get_by_role("button", name="Columns by").click()
    page.get_by_role("link", name="Owner", exact=True).click()
    lane = page.locator(".gx-lane", has=page.get_by_role("heading", name="Ada Lovelace"))
    expect(lane.locator("article")).to_have_count(3)


def test_a_task_is_dragged_to_another_day_and_back_by_undo(visit, ada, task):
    page = visit(ada)
    page.goto("/w/acme/tasks/calendar?month=2026-11")
    entry = page.locator(".gx-cal-entry")
    _wait_for_dragging(page)
    with page.expect_response("**/calendar/moves*"):
        drag(page, entry, page.locator("[data-day='2026-11-25']"))
    expect(page.locator("[data-day='2026-11-25']")).to_contain_text("Call back")
    expect(page.locator(".gx-toast")).to_contain_text("Call back")
    with page.expect_response("**/calendar/moves*"):
        entry.locator("a").focus()
        page.keyboard.press("Alt+ArrowLeft")
    expect(page.locator("[data-day='2026-11-24']")).to_contain_text("Call back")
    page.locator(".gx-toast-undo").first.click()
    expect(page.locator("[data-day='2026-11-18']")).to_contain_text("Call back")


def test_j_and_k_go_through_the_records(visit, ada, customers):
    page = visit(ada, viewport={"width": 1280, "height": 800})
    page.goto("/w/acme/customers/split?sort=name")
    record = page.locator("#split-record")
    expect(record.get_by_role("heading", level=1)).to_contain_text("Contoso")
    page.keyboard.press("j")
    expect(record.get_by_role("heading", level=1)).to_contain_text("Fabrikam")
    assert "record=" in page.url
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(record.get_by_role("heading", level=1)).to_contain_text("Fabrikam")
    page.reload()
    expect(record.get_by_role("heading", level=1)).to_contain_text("Fabrikam")
    page.get_by_role("link", name="Northwind").click()
    expect(record.get_by_role("heading", level=1)).to_contain_text("Northwind")
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/w/acme/customers/split?sort=name")
    page.get_by_role("link", name="Northwind").click()
    expect(page).to_have_url(re.compile(r"/customers/[0-9a-f-]{36}$"))


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_axe_finds_nothing_and_no_page_is_too_wide(visit, ada, customers, task, site, theme, width):
    page = visit(ada, viewport={"width": width, "height": 900})
    page.context.add_cookies([{"name": "theme", "value": theme, "url": site}])
    found = []
    for path in ("customers/?group=stage&totals=employees:sum", "customers/split", "customers/board?by=owner", "customers/board?lanes=~lost",
                 "tasks/calendar?month=2026-11", "tasks/calendar?week=2026-11-18", "customers/views/new?sort=name",
                 "customers/filter?match=all&g0=any&f1=stage&p1=0&step=show", "customers/totals?columns=employees&totals=employees:sum"):  # fmt: skip
        page.goto(f"/w/acme/{path}")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        for fault in Axe().run(page).response["violations"]:
            found += [(path, fault["id"], node["html"][:160], node["failureSummary"]) for node in fault["nodes"]]
    assert found == []
