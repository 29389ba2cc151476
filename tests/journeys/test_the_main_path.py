"""From signing up to a lead that became a customer, as people go it, in a real browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.testing.cast import PASSWORD

ACCOUNTS = (
    "account,sector,year_established,revenue,employees,office_location,subsidiary_of\n"
    "Acme Corporation,technolgy,1996,1100.04,2822,United States,\n"
    "Bluth Company,technolgy,1993,1242.32,3027,United States,Acme Corporation\n"
    "Konex,,1980,7708.38,13756,United States,\n"
    ",retail,1999,1,1,Nowhere,\n"
)


def sign_up(page: Page, mails, name: str, company: str, email: str) -> str:
    """Sign up, confirm by the mail, arrive. Returns the address of the workspace."""
    page.goto("/sign-up")
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Company").fill(company)
    page.get_by_label("E-mail").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Create the workspace").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    page.goto(mails.link(email))
    if page.get_by_role("button", name="Confirm").count():
        page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(re.compile(r"/w/[a-z0-9-]+/$"))
    return page.url


def sign_in(page: Page, email: str) -> None:
    """Come back after more than a day, and go on where one wanted to."""
    page.get_by_label("E-mail").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile("/w/"))


def import_accounts(page: Page, workspace: str, folder: Path, run_jobs) -> None:
    path = folder / "accounts.csv"
    path.write_text(ACCOUNTS)
    page.goto(f"{workspace}customers/import")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_label("subsidiary_of")).to_have_value("parent")
    page.get_by_role("button", name="Start import").click()
    expect(page.get_by_text("Bringing in the rows")).to_be_visible()
    run_jobs()
    expect(page.get_by_text("Rows to look at")).to_be_visible()


def test_from_signing_up_to_a_converted_lead(visit, mails, run_jobs, clock, tmp_path, app):
    ada = visit()
    workspace = sign_up(ada, mails, "Ada Lovelace", "Analytical Engines", "ada@engines.example")

    import_accounts(ada, workspace, tmp_path, run_jobs)
    with ada.expect_download() as download:
        ada.get_by_role("link", name="Rows to mend (CSV)").click()
    assert ",retail,1999" in Path(download.value.path()).read_text(encoding="utf-8-sig")

    ada.goto(f"{workspace}customers/")
    ada.get_by_role("link", name="Bluth Company").click()
    expect(ada.get_by_role("heading", name="Bluth Company")).to_be_visible()
    expect(ada.get_by_role("link", name="Acme Corporation").first).to_be_visible()
    log_follow_up(ada, "They like the engine", "Send the punched cards")
    expect(ada.locator("#story")).to_contain_text("They like the engine")
    expect(ada.get_by_text("Send the punched cards").first).to_be_visible()
    clock.move(days=2)
    run_jobs()
    ada.goto(f"{workspace}notifications/")
    sign_in(ada, "ada@engines.example")
    expect(ada.get_by_text("Task due: Send the punched cards")).to_be_visible()

    sam = invite(ada, visit, mails, workspace, "sam@engines.example", "Sam Seller", "Sales")
    sam.goto(f"{workspace}customers/")
    expect(sam.get_by_text("Bluth Company")).to_have_count(0)
    assert sam.goto(f"{workspace}settings/modules").status == 403

    switch_leads(ada, workspace, "Switch on")
    ada.goto(f"{workspace}leads/new")
    ada.get_by_label("Name", exact=False).first.fill("Charles Babbage")
    ada.get_by_label("Company").fill("Difference Ltd")
    ada.locator("#main").get_by_role("button", name=re.compile("Create|Save")).last.click()
    expect(ada.get_by_role("heading", name="Charles Babbage")).to_be_visible()
    expect(ada.get_by_text("Sam Seller").first).to_be_visible()
    lead = ada.url
    run_jobs()
    sam.goto(f"{workspace}notifications/")
    expect(sam.get_by_text("Charles Babbage").first).to_be_visible()

    clock.move(days=3, minutes=1)
    run_jobs()
    run_jobs()
    sam.goto(f"{workspace}leads/pool")
    sign_in(sam, "sam@engines.example")
    expect(sam.get_by_text("Charles Babbage")).to_be_visible()
    ada.goto(f"{workspace}notifications/")
    expect(ada.get_by_text(re.compile("Charles Babbage.*pool|pool.*Charles Babbage"))).to_have_count(1)
    sam.get_by_role("button", name="Claim").first.click()
    sam.goto(lead)
    log_follow_up(sam, "He wants two engines", "")
    convert(sam)
    run_jobs()

    ada.goto(f"{workspace}customers/")
    ada.get_by_role("link", name="Difference Ltd").click()
    story = ada.locator("#story")
    expect(story).to_contain_text("He wants two engines")
    expect(story).to_contain_text(re.compile("pool"))
    expect(ada.get_by_text("Charles Babbage").first).to_be_visible()

    switch_leads(ada, workspace, "Switch off")
    assert ada.goto(f"{workspace}leads/").status == 404
    assert ada.goto(lead).status == 404
    ada.goto(f"{workspace}customers/")
    expect(ada.get_by_role("link", name="Leads", exact=True)).to_have_count(0)
    switch_leads(ada, workspace, "Switch on")
    assert ada.goto(lead).status == 200

    mallory = visit()
    other = sign_up(mallory, mails, "Mallory", "Globex", "mallory@globex.example")
    mallory.goto(f"{other}customers/")
    expect(mallory.get_by_text("Bluth")).to_have_count(0)
    for address in (workspace, lead, f"{workspace}customers/"):
        assert mallory.goto(address).status == 404
    assert mallory.goto(lead.replace(workspace, other)).status == 404


def log_follow_up(page: Page, summary: str, next_step: str) -> None:
    composer = page.locator(".gx-composer")
    composer.get_by_label("Meeting").check()
    composer.get_by_label("Key points").fill(summary)
    if next_step:
        composer.locator("input[name=next_step]").fill(next_step)
        composer.get_by_label("Tomorrow").check()
    composer.get_by_role("button", name="Log follow-up").click()
    expect(page.get_by_text(summary).first).to_be_visible()


def invite(page: Page, visit, mails, workspace: str, email: str, name: str, role: str) -> Page:
    page.goto(f"{workspace}members/")
    page.get_by_role("link", name="Invite", exact=True).first.click()
    page.get_by_label("E-mail").fill(email)
    page.locator("label", has=page.get_by_text(role, exact=True)).check()
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text(email).first).to_be_visible()
    guest = visit()
    guest.goto(mails.link(email))
    guest.get_by_label("Your name").fill(name)
    guest.locator("input[name=password]").fill(PASSWORD)
    guest.get_by_role("button", name="Join").click()
    guest.wait_for_url(workspace)
    return guest


def switch_leads(page: Page, workspace: str, verb: str) -> None:
    page.goto(f"{workspace}settings/modules")
    leads = page.locator("form[action$='/leads']")
    leads.get_by_role("button", name=verb).click()
    if verb == "Switch off":
        page.locator("dialog#confirm [value=yes]").click()
    other = "Switch off" if verb == "Switch on" else "Switch on"
    expect(leads.get_by_role("button", name=other)).to_be_visible()


def convert(page: Page) -> None:
    page.get_by_role("link", name="Convert").or_(page.get_by_role("button", name="Convert")).first.click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name=re.compile("Convert|Save")).click()
    expect(page.get_by_text("The lead is a customer now.")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_spills_over_the_edge(ada, visit, language, width):
    ada.switch("leads")
    page = visit(ada, viewport={"width": width, "height": 844}, locale="zh-CN" if language == "zh" else "en-US")
    for path in ("", "customers/", "customers/new", "customers/board", "customers/import", "tasks/", "leads/",
                 "leads/pool", "members/", "settings/modules", "settings/tokens", "notifications/"):  # fmt: skip
        assert page.goto(ada.within(path)).status == 200, path
        spilled = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert spilled <= 0, f"{path} is {spilled} pixels too wide"
