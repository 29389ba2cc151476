"""What people see of the leads."""

import pytest

from core.customers.types import CUSTOMER
from core.records.services import create_record


def test_the_lead_s_page_tells_when_it_goes_back(sam, lead, clock):
    clock.move(hours=20)
    page = sam.get(f"leads/{lead}").text

    assert "Returns to the pool in 2 d 3 h, since no follow-up since it was assigned on" in page


def test_a_follow_up_logged_on_the_page_restarts_the_clock(sam, lead, clock, desk):
    clock.move(days=2)
    sent = sam.post(f"leads/{lead}/follow-ups", {"channel": "call", "summary": "Wants a quote"})

    assert sent.status_code == 303
    page = sam.get(f"leads/{lead}").text
    assert "Returns to the pool in 2 d 23 h, since no follow-up after" in page and "Wants a quote" in page
    assert desk.see(lead).status == "contacted"


def test_a_follow_up_without_words_is_asked_for_again(sam, lead, desk):
    answer = sam.post(f"leads/{lead}/follow-ups", {"channel": "meeting", "summary": " "})

    assert answer.status_code == 422 and "Fill in" in answer.text
    assert desk.see(lead).last_follow_up_at is None


def test_the_pool_shows_who_is_there_and_why(sam, eve, lead, desk):
    assert "Li Lei" not in eve.get("leads/pool").text
    desk.act(sam, lead, "return", reason="No time")

    page = eve.get("leads/pool").text
    assert "Li Lei" in page and "No time" in page and "Claim" in page
    assert "Li Lei" not in eve.get("leads/pool?q=nobody").text


def test_claiming_in_the_pool_swaps_the_row_alone(sam, eve, lead, desk):
    desk.act(sam, lead, "return", reason="No time")
    answer = eve.post(f"leads/pool/{lead}/claim", headers={"HX-Request": "true"})

    assert answer.status_code == 200 and answer.text.strip().startswith(f'<tr id="lead-{lead}">')


def test_my_new_leads_are_on_the_first_page(sam, lead):
    assert "leads/my-new" in sam.get("").text
    assert "Li Lei" in sam.get("leads/my-new", headers={"HX-Request": "true"}).text


def test_my_leads_leads_to_the_list(sam, lead):
    assert "Li Lei" in sam.get("leads/mine", follow_redirects=True).text


def test_a_customer_shows_the_leads_it_came_from(sam, lead, desk):
    desk.act(sam, lead, "convert")
    customer = desk.see(lead).customer_id

    assert f"leads/of-customer/{customer}" in sam.get(f"customers/{customer}").text
    assert "Li Lei" in sam.get(f"leads/of-customer/{customer}", headers={"HX-Request": "true"}).text


def test_the_leads_of_a_customer_one_does_not_see_are_not_shown(sam, eve):
    with eve.inside():
        hers = create_record(CUSTOMER, {"name": "Hers"}).id

    assert sam.get(f"leads/of-customer/{hers}").status_code == 404


@pytest.mark.parametrize("page", ["", "new", "board", "pool", "my-new", "forms", "forms/new"])
def test_every_page_opens(ada, lead, page):
    assert ada.get(f"leads/{page}").status_code == 200


@pytest.mark.parametrize("path", ["leads/{}", "leads/{}/edit"])
def test_another_company_cannot_tell_that_the_lead_exists(mallory, lead, path):
    mallory.switch("leads")

    assert mallory.get(path.format(lead)).status_code == 404
    assert mallory.post(f"leads/pool/{lead}/claim").status_code == 404
    assert mallory.post(f"leads/{lead}/follow-ups", {"channel": "call", "summary": "x"}).status_code == 404


def test_the_buttons_of_a_lead_are_those_that_make_sense(sam, lead, desk):
    page = sam.get(f"leads/{lead}").text
    assert "actions/convert" in page and "actions/return" in page and "actions/claim" not in page
    assert "actions/assign" not in page, "sellers do not hand leads to others"

    desk.act(sam, lead, "return", reason="No time")
    page = sam.get(f"leads/{lead}").text
    assert "actions/claim" in page and "actions/return" not in page


def test_converting_explains_itself_and_says_what_came_of_it(sam, lead):
    asked = sam.get(f"leads/{lead}/actions/convert").text
    assert "A new customer: Lei Trading" in asked and "You can undo this for a day." in asked

    done = sam.post(f"leads/{lead}/actions/convert", follow_redirects=True).text
    assert "The lead is a customer now." in done and "is done." not in done


def test_the_history_tells_a_lead_given_in_turn_from_one_claimed(sam, lead):
    page = sam.get(f"leads/{lead}/history").text
    assert "brought the lead in; it went to" in page and "gave the lead to" not in page

    sam.post(f"leads/{lead}/actions/return", {"reason": "No time"})
    sam.post(f"leads/{lead}/actions/claim")
    assert "claimed the lead" in sam.get(f"leads/{lead}/history").text
