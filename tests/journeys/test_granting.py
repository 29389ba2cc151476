"""A role is given records in a real browser, by mouse and by keyboard, then tried on; and axe finds nothing."""

from axe_playwright_python.sync_playwright import Axe

from core import db
from core.access import Role
from core.auth import roles


def test_a_role_is_made_to_measure_and_tried_on(visit, ada, sam):
    for name, owner in (("Shan Steel", ada), ("Hai Silk", sam)):
        ada.api("POST", "customers", json={"name": name, "phone": "+8613812345678", "owner": str(owner.member_id)})
    page = visit(ada)
    page.goto("/w/acme/settings/roles/new")
    page.get_by_label("Name").fill("Steel desk")
    page.get_by_role("button", name="Make role").click()
    page.wait_for_selector("[data-matrix]")

    page.get_by_label("All others: as a whole").select_option("Look")
    assert page.get_by_label("Customers: View").input_value() == "all", "what follows all others follows at once"
    page.get_by_label("Contacts: as a whole").select_option("No access")
    scope = page.get_by_label("Customers: View")
    scope.focus()
    page.keyboard.press("I")
    scope.dispatch_event("change")
    row = page.locator("#if-customer-view")
    row.get_by_label("Field").select_option("name")
    row.get_by_label("Comparison").select_option("contains")
    row.locator("[name='if-customer-view-v0']").fill("Steel")
    assert page.locator("[data-role-count]").inner_text().startswith("Changed: ")
    faults = [fault["id"] for fault in Axe().run(page).response["violations"]]
    page.locator("[data-role-save]").get_by_role("button", name="Save").click()
    page.get_by_text("Saved. It counts from now on.").wait_for()
    with ada.inside():
        made = db.session().query(Role).filter(Role.name == "Steel desk").one()
        granted = made.grants["records"]
    assert (granted["*"], granted["contact"]) == ({"view": "all"}, {})
    assert granted["customer"]["view"]["if"]

    page.get_by_role("link", name="Fields", exact=True).last.click()
    page.wait_for_url("**/fields*")
    page.get_by_role("link", name="Customers").last.click()
    page.wait_for_url("**type=customer")
    page.get_by_placeholder("Find a field").fill("pho")
    page.get_by_label("Select all").check()
    page.get_by_label("Access", exact=True).first.select_option("masked")
    page.get_by_role("button", name="Set ticked").click()
    faults += [fault["id"] for fault in Axe().run(page).response["violations"]]
    page.locator("[data-role-save]").get_by_role("button", name="Save").click()
    page.locator("[name='level-phone'][data-saved='masked']").wait_for()
    with ada.inside():
        assert "phone" in roles.get_role(made.id).grants["fields"]["customer"]

    page.get_by_role("link", name="Try on").click()
    page.locator("#dialog").get_by_role("button", name="Try on").click()
    page.locator(".gx-seeing").wait_for()
    page.goto("/w/acme/customers/")
    assert page.get_by_text("Hai Silk").count() == 0
    assert page.get_by_text("Shan Steel").count() >= 1
    assert page.get_by_text("2345678").count() == 0
    faults += [fault["id"] for fault in Axe().run(page).response["violations"]]
    page.get_by_role("button", name="Stop").click()
    page.locator(".gx-seeing").wait_for(state="detached")
    assert faults == []
