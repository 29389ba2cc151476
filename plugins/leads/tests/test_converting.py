"""A lead becomes a customer."""

import threading

import pytest
from sqlalchemy import func, select

from core import db
from core.activities.models import FollowUp
from core.customers.models import Contact, Customer
from core.customers.types import CONTACT, CUSTOMER
from core.errors import Conflict, NotFound
from core.events import timeline_of
from core.records.services import create_record
from plugins.leads.events import LeadConverted
from plugins.leads.services import convert_lead
from plugins.leads.types import LEAD


def count(person, model) -> int:
    with person.inside():
        return db.session().scalar(select(func.count()).select_from(model))


def customer_of(desk, lead):
    with desk.boss.inside():
        return db.get(Customer, desk.see(lead).customer_id)


def test_a_lead_becomes_a_customer_with_a_contact_and_is_closed(desk, lead, sam):
    desk.act(sam, lead, "convert")

    found, made = desk.see(lead), customer_of(desk, lead)
    assert found.status == "converted" and found.converted_at
    assert (made.name, made.kind, made.owner_id) == ("Lei Trading", "company", sam.member_id)
    with desk.boss.inside():
        contact = db.get(Contact, found.contact_id)
    assert (contact.name, contact.customer_id, contact.phone) == ("Li Lei", made.id, "+8613800138000")


def test_someone_without_a_company_becomes_a_person(desk, sam):
    lead = desk.catch("Han Mei")
    desk.act(sam, lead, "convert")

    assert (customer_of(desk, lead).name, customer_of(desk, lead).kind) == ("Han Mei", "person")


def test_its_history_moves_with_it(desk, lead, sam):
    desk.follow_up(sam, lead, summary="Wants a hundred chairs")
    desk.act(sam, lead, "convert")

    customer = desk.see(lead).customer_id
    with desk.boss.inside():
        names = [row.name for row in timeline_of(customer)]
        (followed,) = db.session().scalars(select(FollowUp))
    assert {"leads.lead_captured", "activities.followed_up", LeadConverted.name} <= set(names)
    assert names.count(LeadConverted.name) == 1 == desk.happened(lead).count(LeadConverted.name)
    assert followed.customer_id == customer


@pytest.mark.parametrize(
    "known",
    [
        {"name": "Elsewhere", "phone": "+8613800138000"},
        {"name": "Elsewhere", "email": "li@lei.example"},
        {"name": "ＬＥＩ  trading"},
    ],
)
def test_a_customer_we_know_by_phone_e_mail_or_name_is_not_made_twice(desk, lead, sam, known):
    with sam.inside():
        there = create_record(CUSTOMER, known).id
    desk.act(sam, lead, "convert")

    assert desk.see(lead).customer_id == there and count(sam, Customer) == 1


def test_a_customer_is_known_by_its_contacts_too(desk, lead, sam):
    with sam.inside():
        there = create_record(CUSTOMER, {"name": "Elsewhere"}).id
        contact = create_record(CONTACT, {"name": "L. Lei", "customer": there, "email": "li@lei.example"}).id
    desk.act(sam, lead, "convert")

    found = desk.see(lead)
    assert (found.customer_id, found.contact_id) == (there, contact)


def test_one_may_choose_the_customer(desk, lead, sam):
    with sam.inside():
        chosen = create_record(CUSTOMER, {"name": "Chosen"}).id
    desk.act(sam, lead, "convert", customer=chosen)

    assert desk.see(lead).customer_id == chosen and count(sam, Customer) == 1


def test_one_may_not_choose_a_customer_one_does_not_see(desk, lead, sam, eve):
    with eve.inside():
        hers = create_record(CUSTOMER, {"name": "Hers"}).id
    with pytest.raises(NotFound):
        desk.act(sam, lead, "convert", customer=hers)


def test_whoever_runs_into_a_colleague_s_customer_is_told_so(desk, lead, sam, eve):
    with eve.inside():
        create_record(CUSTOMER, {"name": "Lei Trading"})
    with pytest.raises(Conflict, match="is a customer of Eve Seller already"):
        desk.act(sam, lead, "convert")

    assert desk.see(lead).status == "new"


def test_when_its_customer_is_merged_into_another_the_lead_follows(desk, lead, sam):
    desk.act(sam, lead, "convert")
    with sam.inside():
        kept = create_record(CUSTOMER, {"name": "Kept"})
    gone = desk.see(lead).customer_id
    answer = desk.boss.api("POST", f"customers/{kept.id}/merge", {"gone": [str(gone)]})
    assert desk.see(lead).customer_id == kept.id

    desk.boss.api("POST", f"merges/{answer.json['data']['id']}/undo")
    assert desk.see(lead).customer_id == gone


def test_converting_twice_is_refused(desk, lead, ada):
    assert ada.api("POST", f"leads/{lead}/actions/convert").status_code == 200
    assert ada.api("POST", f"leads/{lead}/actions/convert").status_code == 409


def test_of_two_who_convert_at_once_one_wins(desk, lead, sam, ada):
    start = threading.Barrier(8)
    outcomes: list[str] = []

    def convert(person) -> None:
        start.wait()
        try:
            with person.inside():
                convert_lead(LEAD.get(lead))
            outcomes.append("won")
        except Conflict:
            outcomes.append("lost")

    crowd = [threading.Thread(target=convert, args=((sam, ada)[n % 2],)) for n in range(8)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()

    assert sorted(outcomes) == ["lost"] * 7 + ["won"]
    assert count(ada, Customer) == count(ada, Contact) == 1


def test_two_leads_of_one_company_become_one_customer(desk, sam, ada):
    leads = [desk.catch(f"Person {n}", company="Lei Trading") for n in range(6)]
    start = threading.Barrier(6)

    def convert(lead) -> None:
        start.wait()
        desk.act(ada, lead, "convert")

    crowd = [threading.Thread(target=convert, args=(lead,)) for lead in leads]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()

    assert count(ada, Customer) == 1 and count(ada, Contact) == 6


def test_a_lead_cannot_be_called_converted_by_editing_it(desk, lead, ada):
    answer = ada.api("PATCH", f"leads/{lead}", json={"status": "converted"})

    assert answer.status_code == 422 and answer.json["errors"][0]["field"] == "status"
    assert ada.api("POST", "leads", json={"name": "X", "status": "converted"}).status_code == 422


# --- choosing, and what goes over --------------------------------------------------------------------------


def test_the_page_names_who_it_may_be_and_why(desk, sam, eve):
    lead = desk.catch("Zhang San", company="腾飞贸易有限公司", phone="+8613800138111")
    with sam.inside():
        create_record(CUSTOMER, {"name": "Elsewhere", "phone": "+8613800138111"})
        create_record(CUSTOMER, {"name": "藤飞贸易"})
    with eve.inside():
        create_record(CUSTOMER, {"name": "腾飞贸易"})
    page = (sam if desk.see(lead).owner_id == sam.member_id else eve).get(f"leads/{lead}/actions/convert").text
    for said in (
        "same phone",
        "name sounds the same",
        "same name",
        "not yours to see",
        "A new customer: 腾飞贸易有限公司",
    ):
        assert said in page
    assert page.index("Elsewhere") < page.index("藤飞贸易"), "the surest first"


def test_what_stands_at_the_customer_stays_unless_one_says_so(ada, desk, sam):
    lead = desk.catch(company="Lei Trading", phone="+8613800138000", email="li@lei.example", industry="Chairs")
    with sam.inside():
        there = create_record(CUSTOMER, {"name": "Lei Trading", "industry": "Tables"}).id
    page = sam.get(f"leads/{lead}/actions/convert").text
    assert "Tables" in page and "Chairs" in page
    ada.api("POST", f"leads/{lead}/actions/convert", {"customer": str(there)})
    with ada.inside():
        kept = db.get(Customer, there)
        assert (kept.industry, kept.phone) == ("Tables", "+8613800138000")

    again = desk.catch("Han Mei", company="Lei Trading", industry="Beds", phone="+8613800138001")
    ada.api(
        "POST", f"leads/{again}/actions/convert", {"customer": str(there), "carry": {"fields": ["customer.industry"]}}
    )
    with ada.inside():
        kept = db.get(Customer, there)
        assert (kept.industry, kept.phone) == ("Beds", "+8613800138000")


def test_fields_of_one_s_own_go_over_to_those_of_the_same_name(ada, desk, sam):
    for plural in ("lead", "customer"):
        made = ada.api("POST", f"record-types/{plural}/fields", {"label": "Floor space", "type": "integer"})
        assert made.status_code == 201, made.text
    keys = {t: ada.api("GET", f"record-types/{t}/fields").json["data"] for t in ("lead", "customer")}
    (mine,), (theirs,) = ([f["key"] for f in keys[t] if f["label"] == "Floor space"] for t in ("lead", "customer"))
    lead = desk.catch("Han Mei")
    ada.api("PATCH", f"leads/{lead}", {mine: 250})
    ada.api("POST", f"leads/{lead}/actions/convert")
    customer = desk.see(lead).customer_id
    assert ada.api("GET", f"customers/{customer}").json["data"][theirs] == 250


@pytest.mark.parametrize("wrong", [["fields"], {"fields": "phone"}, {"gold": True}, {"files": "yes"}])
def test_what_goes_over_is_said_as_the_api_asks_for_it(ada, desk, lead, wrong):
    answer = ada.api("POST", f"leads/{lead}/actions/convert", {"carry": wrong})
    assert answer.status_code == 422 and answer.json["errors"][0]["field"] == "carry"
    assert desk.see(lead).status == "new"


def test_a_new_customer_is_made_where_one_asks_for_it(ada, desk, lead, sam):
    with sam.inside():
        create_record(CUSTOMER, {"name": "Lei Trading"})
    ada.api("POST", f"leads/{lead}/actions/convert", {"as_new": True})
    assert count(ada, Customer) == 2


def test_a_module_offers_more_and_it_goes_with_the_undoing(ada, desk, lead, sam):
    ada.switch("garage")
    page = sam.get(f"leads/{lead}/actions/convert").text
    assert 'value="garage.car" checked' in page
    assert "https://exchange.example/call" in sam.get(f"leads/{lead}").text
    assert 'href="sms:+8613800138000"' in sam.get(f"leads/{lead}").text
    unknown = ada.api("POST", f"leads/{lead}/actions/convert", {"carry": {"offers": ["garage.boat"]}})
    assert unknown.status_code == 422
    sam.post(f"leads/{lead}/actions/convert", {"asked": "1", "customer": "new", "offers": "garage.car"})
    cars = ada.api("GET", "cars").json["data"]
    assert [car["customer"] for car in cars] == [str(desk.see(lead).customer_id)]
    ada.api("POST", f"leads/{lead}/actions/undo-convert")
    assert ada.api("GET", "cars").json["data"] == []


# --- taking it back ----------------------------------------------------------------------------------------


def test_within_a_day_a_conversion_is_undone_without_a_trace_at_the_customer(ada, desk, lead, sam, clock):
    desk.follow_up(sam, lead, summary="Wants chairs", next_step="Quote")
    desk.act(sam, lead, "qualify")
    desk.act(sam, lead, "convert")
    customer = desk.see(lead).customer_id
    clock.move(hours=20)
    assert ada.api("POST", f"leads/{lead}/actions/undo-convert").status_code == 200
    found = desk.see(lead)
    assert (found.status, found.customer_id, found.owner_id) == ("qualified", None, sam.member_id)
    assert found.returns_at is not None, "its clocks run again"
    assert ada.api("GET", f"customers/{customer}").status_code == 404
    with ada.inside():
        (followed,) = db.session().scalars(select(FollowUp))
        assert followed.customer_id is None
    assert ada.api("POST", f"leads/{lead}/actions/undo-convert").status_code in (409, 422)
    assert ada.api("POST", f"leads/{lead}/actions/convert").status_code == 200, "it can become a customer again"


def test_what_somebody_has_worked_on_since_stays_and_is_named(ada, desk, lead, sam):
    desk.act(sam, lead, "convert")
    customer = desk.see(lead).customer_id
    ada.api("PATCH", f"customers/{customer}", {"industry": "Chairs"})
    page = sam.post(f"leads/{lead}/actions/undo-convert", follow_redirects=True).text
    assert "so it stays: Customer: Lei Trading" in page
    assert ada.api("GET", f"customers/{customer}").status_code == 200 and desk.see(lead).is_open


def test_what_was_written_to_a_known_customer_is_taken_back_unless_it_was_changed(ada, desk, sam):
    with sam.inside():
        there = create_record(CUSTOMER, {"name": "Lei Trading"}).id
    lead = desk.catch(company="Lei Trading", phone="+8613800138000", industry="Chairs")
    ada.api("POST", f"leads/{lead}/actions/convert", {"customer": str(there)})
    ada.api("PATCH", f"customers/{there}", {"industry": "Tables"})
    ada.api("POST", f"leads/{lead}/actions/undo-convert")
    with ada.inside():
        kept = db.get(Customer, there)
        assert (kept.phone, kept.industry, kept.deleted_at) == (None, "Tables", None)


def test_after_a_day_a_conversion_stands(ada, desk, lead, sam, clock):
    desk.act(sam, lead, "convert")
    clock.move(hours=25)
    assert ada.api("POST", f"leads/{lead}/actions/undo-convert").status_code in (409, 422)
    assert desk.see(lead).status == "converted"
