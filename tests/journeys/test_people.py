"""The people of a company in a real browser: departments dragged and moved by keyboard, many members at once."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from core import db
from core.access import Member
from core.auth import teams


def outline(page):
    return page.locator("#teams [data-team]").evaluate_all(
        "all => all.map((one) => [one.parentElement.closest('[data-team]')?.querySelector('.gx-team-name').textContent"
        " ?? '', one.querySelector('.gx-team-name').textContent])"
    )


def drag(page, grip, to):
    start = grip.bounding_box()
    page.mouse.move(start["x"] + 6, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(start["x"] + 10, start["y"] + 24, steps=4)
    expect(page.locator(".gx-dragging")).to_be_visible()  # from now on there is room below every team
    for _once_more in range(3):  # what one drags over makes room, so that the aim moves
        end = to.bounding_box()
        page.mouse.move(end["x"] + 40, end["y"] + end["height"] / 2, steps=5)
        page.wait_for_timeout(200)
    page.mouse.up()


def faults(page):
    return [(each["id"], each["nodes"][0]["html"][:160]) for each in Axe().run(page).response["violations"]]


def test_departments_are_dragged_and_moved_by_keyboard_and_members_changed_together(visit, ada, sam, eve):
    with ada.inside():
        sales, service = (teams.create_team(name, None).id for name in ("Sales", "Service"))
        north = teams.create_team("North", sales).id
    page = visit(ada)
    page.goto("/w/acme/members/teams")
    while not page.evaluate("Boolean(window.Sortable)"):
        page.wait_for_timeout(50)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        drag(page, page.locator(f"#team-{north} [data-grip]"), page.locator(f"#team-{service} > .gx-branch"))
    expect(page.locator(f"#team-{service} #team-{north}")).to_be_visible()
    page.reload()
    assert outline(page) == [["", "Sales"], ["", "Service"], ["Service", "North"]]

    menu = page.get_by_role("button", name="Actions for Service")
    menu.focus()
    page.keyboard.press("Enter")
    up = page.locator(f"#team-{service} > .gx-team").get_by_role("button", name="Move up")
    expect(up).to_be_visible()
    up.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#teams .gx-team-name").first).to_have_text("Service")
    assert faults(page) == []

    page.goto("/w/acme/members/")
    for person in (sam, eve):
        page.locator(f"#member-{person.member_id} input[type=checkbox]").check()
    expect(page.locator("[data-bulk]")).to_be_visible()
    assert faults(page) == []
    page.locator("[name=to_team]").select_option(str(service))
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.locator(f"#member-{eve.member_id}")).to_contain_text("Service")
    with ada.inside():
        assert {db.get(Member, person.member_id).team_id for person in (sam, eve)} == {service}
