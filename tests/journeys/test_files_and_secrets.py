"""Files, signatures and covered values in a real browser."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from core.customers.types import CUSTOMER
from core.records.custom import add_custom_field
from core.records.schemas import from_json
from core.records.services import create_record

NUMBER = "11010519491231002X"


def picture():
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(made, "PNG")
    return made.getvalue()


@pytest.fixture
def fabrikam(ada):
    with ada.inside():
        for label, kind in (("Papers", "file"), ("Signed", "signature"), ("Card", "identity")):
            add_custom_field("customer", label=label, key=label.lower(), type=kind, taken=())
    with ada.inside():
        return create_record(CUSTOMER, from_json(CUSTOMER, {"name": "Fabrikam", "card": NUMBER})).id


def test_files_are_sent_as_they_are_chosen_and_a_signature_with_the_form(visit, ada, fabrikam):
    page = visit(ada)
    page.goto(f"/w/acme/customers/{fabrikam}/edit")
    page.set_input_files("input[name=papers-file]", [
        {"name": "offer.pdf", "mimeType": "text/html", "buffer": b"%PDF-1.7"},
        {"name": "empty.pdf", "mimeType": "application/pdf", "buffer": b""},
    ])  # fmt: skip
    expect(page.locator("[data-name=papers] .gx-upload-list")).to_contain_text("offer.pdf")
    expect(page.locator("[data-name=papers] [role=alert]")).to_contain_text("“empty.pdf” is empty")
    pad = page.locator("[data-signature] canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 90, steps=5)
    page.mouse.up()
    page.set_input_files("input[name=papers-file]", [{"name": "b.txt", "mimeType": "text/plain", "buffer": b"b"}])
    expect(page.locator("[data-name=papers] .gx-upload-list li")).to_have_count(2)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/customers/{fabrikam}")
    with ada.inside():
        record = CUSTOMER.get(fabrikam)
        assert [f.name for f in CUSTOMER.field("papers").get(record)] == ["offer.pdf", "b.txt"]
        assert [f.type for f in CUSTOMER.field("signed").get(record)] == ["image/png"]


def test_a_name_written_by_the_keyboard_is_a_signature_too(visit, ada, fabrikam):
    page = visit(ada)
    page.goto(f"/w/acme/customers/{fabrikam}/edit")
    page.get_by_label("or write your name").fill("Ada Lovelace")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**/customers/{fabrikam}")
    with ada.inside():
        assert CUSTOMER.field("signed").get(CUSTOMER.get(fabrikam))[0].is_image


def test_the_panel_takes_files_shows_them_and_takes_them_back(visit, ada, fabrikam):
    page = visit(ada)
    page.goto(f"/w/acme/customers/{fabrikam}/files")
    page.set_input_files("[data-file-add] input[type=file]", [
        {"name": "site.png", "mimeType": "image/png", "buffer": picture()},
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"<b>hello"},
    ])  # fmt: skip
    rows = page.locator(".gx-file-row")
    expect(rows).to_have_count(2)
    page.get_by_role("link", name="notes.txt", exact=True).click()
    expect(page.locator("#dialog pre")).to_have_text("<b>hello")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Remove site.png").click()
    expect(rows).to_have_count(1)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_role("button", name="Undo").click()
    page.goto(f"/w/acme/customers/{fabrikam}/files")
    expect(rows).to_have_count(2)


def test_a_covered_value_is_opened_and_covered_again(visit, ada, fabrikam):
    page = visit(ada)
    page.goto(f"/w/acme/customers/{fabrikam}")
    fact = page.locator(f"#fact-card-{fabrikam}")
    expect(fact).to_contain_text("110***********002X")
    page.get_by_role("button", name="Reveal Card").click()
    expect(fact).to_contain_text(NUMBER)
    page.get_by_role("link", name="Hide Card").click()
    expect(fact).to_contain_text("110***********002X")
    expect(fact).not_to_contain_text(NUMBER)
    page.goto(f"/w/acme/customers/{fabrikam}/edit")
    page.locator("[name=card]").fill("360426199101010071")
    page.locator("[name=name]").fill("Fabrikam 2")
    for _n in range(100):
        page.wait_for_timeout(50)
        if "Fabrikam 2" in (kept := page.evaluate("JSON.stringify(localStorage)")):
            break
    assert "Fabrikam 2" in kept and "360426" not in kept
