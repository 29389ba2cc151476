"""A stranger's module does all that ours do, and cannot hurt anybody."""

import pytest
from garage import hooks
from garage.types import CAR
from sqlalchemy import select

from core import db, events
from core.activities.models import Notification
from core.customers.types import CUSTOMER
from core.deadlines import due_of
from core.errors import Conflict, NotFound
from core.host.asking import ask, tell
from core.host.enablement import switch_module
from core.records.field_changes import InUse, retire_field
from core.records.query import Listing
from core.records.services import create_record, update_record
from core.records.usage import where_used
from core.sdk import MemberRow, _l, notify, watches


@pytest.fixture(autouse=True)
def garage_on(ada):
    hooks.broken.clear()
    hooks.slow.clear()
    ada.switch("garage")
    hooks.called.clear()
    hooks.queue.clear()
    hooks.sent.clear()


@pytest.fixture
def customer(ada):
    with ada.inside():
        return create_record(CUSTOMER, {"name": "Lei Trading"})


@pytest.fixture
def car(ada, customer):
    with ada.inside():
        return create_record(CAR, {"plate": "京A12345", "customer": customer.id, "owner": ada.member_id}).id


def told(person) -> list[str]:
    with person.inside():
        return [n.text % n.values for n in db.session().scalars(select(Notification).order_by(Notification.id))]


def test_its_record_type_has_pages_and_an_api(ada, car):
    assert "京A12345" in ada.get("cars/").text
    assert ada.get(f"cars/{car}").status_code == 200
    assert ada.api("GET", f"cars/{car}").json["data"]["plate"] == "京A12345"


def test_its_field_type_reads_what_people_write(ada):
    made = ada.api("POST", "cars", json={"plate": " 京a·12 345 "})
    assert made.status_code == 201 and made.json["data"]["plate"] == "京A12345"

    wrong = ada.api("POST", "cars", json={"plate": "?"})
    assert wrong.status_code == 422 and wrong.json["errors"][0]["code"] == "not_a_plate"


def test_its_field_type_serves_custom_fields_too(ada):
    made = ada.api(
        "POST",
        "record-types/customer/fields",
        json={"label": "Second car", "type": "garage_plate", "key": "second_car"},
    )
    assert made.status_code == 201, made.json
    kept = ada.api("POST", "customers", json={"name": "Lei", "second_car": "沪b 99999"}).json["data"]
    assert kept["second_car"] == "沪B99999"


def test_its_action_emits_its_listener_hears_its_job_runs_and_its_clock_is_armed(ada, car, run_jobs, clock):
    assert ada.api("POST", f"cars/{car}/actions/service").json["data"]["visits"] == 1
    run_jobs()
    assert told(ada) == ["Well done: 京A12345"]

    clock.move(days=365)
    run_jobs()
    run_jobs()
    assert told(ada) == ["Well done: 京A12345", "京A12345 is due for service."]


def test_what_happens_to_the_car_is_in_the_customer_s_timeline(ada, car, customer):
    ada.api("POST", f"cars/{car}/actions/service")

    assert "serviced the car 京A12345" in ada.get(f"customers/{customer.id}").text


def test_its_panel_is_on_the_customer_s_page(ada, car, customer):
    assert f"garage/of-customer/{customer.id}" in ada.get(f"customers/{customer.id}").text
    assert "京A12345" in ada.get(f"garage/of-customer/{customer.id}", headers={"HX-Request": "true"}).text


@pytest.mark.parametrize("question", ["customer_panels", "home_cards", "search_results"])
def test_a_question_that_fails_is_left_out_and_the_page_is_shown(ada, customer, question):
    hooks.broken.add(question)
    about = {"customer_panels": {"customer": customer}, "search_results": {"text": "lei"}}.get(question, {})

    with ada.inside():
        assert ask(question, **about) == []
    for page in ("", f"customers/{customer.id}", "search?q=lei"):
        assert ada.get(page).status_code == 200, page


def test_what_it_uses_of_a_field_is_told_before_the_field_is_retired(ada):
    with ada.inside():
        assert any(use.title == "Repair" for use in where_used(CUSTOMER, "industry"))
        with pytest.raises(InUse, match="Repair"):
            retire_field(CUSTOMER, "industry")
        hooks.broken.add("field_uses")
        assert not any(use.title == "Repair" for use in where_used(CUSTOMER, "industry"))


def test_a_duty_that_fails_undoes_what_made_it_necessary(ada, car, customer):
    hooks.broken.add("customer_merging")
    with ada.inside():
        other = create_record(CUSTOMER, {"name": "Other"})

    with pytest.raises(RuntimeError), ada.inside():
        update_record(CUSTOMER, CUSTOMER.get(other.id), {"name": "Changed"})
        tell("customer_merging", kept=other, gone=customer)
    with ada.inside():
        assert CUSTOMER.get(other.id).name == "Other"


def test_when_its_customer_is_merged_the_car_follows_and_comes_back(ada, car, customer):
    with ada.inside():
        kept = create_record(CUSTOMER, {"name": "Other"}).id
    merge = ada.api("POST", f"customers/{kept}/merge", {"gone": [str(customer.id)]}).json["data"]["id"]
    assert ada.api("GET", f"cars/{car}").json["data"]["customer"] == str(kept)
    ada.api("POST", f"merges/{merge}/undo")
    assert ada.api("GET", f"cars/{car}").json["data"]["customer"] == str(customer.id)
    assert hooks.called == ["customer_merging", "customer_unmerging"]


def test_what_a_plugin_keeps_about_a_member_is_handed_over_and_given_back(ada, sam, eve):
    hooks.queue += [sam.member_id, ada.member_id, sam.member_id]
    url = f"members/{sam.member_id}/handover"
    [seen] = ada.api("GET", url).json["data"]["rest"]
    assert (seen["label"], seen["count"]) == ("Places in the queue", 2)
    run = ada.api("POST", url, json={"to": [str(eve.member_id)]}).json["data"]
    assert hooks.queue == [eve.member_id, ada.member_id, eve.member_id]
    assert run["given"] == {"modules": {str(eve.member_id): 2}} and ada.api("GET", url).json["data"]["rest"] == []
    assert ada.api("POST", f"handovers/{run['id']}/undo").json["data"]["status"] == "done"
    assert hooks.queue == [sam.member_id, ada.member_id, sam.member_id]
    assert [each for each in hooks.called if "handing" in each] == ["member_handing_over", "member_handing_back"]


def test_a_plugin_that_cannot_hand_over_what_it_keeps_undoes_all_of_it(ada, sam, eve, customer):
    hooks.broken.add("member_handing_over")
    with sam.inside():
        mine = create_record(CUSTOMER, {"name": "Sam's"}).id
    with pytest.raises(RuntimeError):
        ada.api("POST", f"members/{sam.member_id}/handover", json={"to": [str(eve.member_id)]})
    with ada.inside():
        assert db.get(CUSTOMER.model, mine).owner_id == sam.member_id


def test_what_cannot_wait_goes_out_by_what_modules_connect_and_failing_to_send_undoes_nothing(ada, sam, dora, run_jobs):
    with ada.inside():
        for each, phone in ((dora, "+8613900139000"), (sam, None)):
            db.get(MemberRow, each.member_id).phone = phone
    hooks.broken.add("send_sms")
    with ada.inside():
        notify([dora.member_id, sam.member_id], _l("%(what)s is on fire"), url="customers/", urgent=True, what="Acme")
    run_jobs()
    assert hooks.sent == [] and told(dora)[-1] == "Acme is on fire"

    hooks.broken.clear()
    with ada.inside():
        notify([dora.member_id, sam.member_id], _l("%(what)s is on fire"), url="customers/", urgent=True, what="Globex")
    run_jobs()
    assert [phone for phone, _text in hooks.sent] == ["+8613900139000"]
    assert hooks.sent[0][1].startswith("Globex is on fire http") and hooks.sent[0][1].endswith("/w/acme/customers/")


def test_the_director_gets_an_sms_about_a_lead_that_nobody_touched_and_it_waits_for_others(
    ada, sam, dora, clock, run_jobs
):
    ada.switch("leads")
    with ada.inside():
        db.get(MemberRow, dora.member_id).phone = "+8613900139000"
    lead = ada.api("POST", "leads", json={"name": "Li Lei", "phone": "13800138000", "owner": str(sam.member_id)})
    clock.move(days=3, minutes=1)
    hooks.broken.add("send_sms")
    run_jobs()
    run_jobs()
    assert ada.api("GET", f"leads/{lead.json['data']['id']}").json["data"]["owner"] is None and hooks.sent == []

    hooks.broken.clear()
    clock.move(minutes=5)
    run_jobs()
    run_jobs()
    [(phone, text)] = hooks.sent
    assert phone == "+8613900139000" and "did not follow up Li Lei in 3 days" in text


@pytest.fixture
def watching():
    """A watcher of the garage, which notes what it is asked about and wants none of it."""
    asked = []

    def choose(rows):
        asked.extend(row["name"] for row in rows)
        return []

    def watch(event):
        raise AssertionError("nothing was wanted")

    watch.__module__ = "garage.jobs"
    watches(choose)(watch)
    yield asked
    events._watchers.pop()


def test_a_module_watches_only_where_it_is_on(ada, car, watching):
    with ada.inside():
        update_record(CAR, CAR.get(car), {"make": "BYD"})
    assert watching == ["car.updated"]
    ada.switch("garage", on=False)
    watching.clear()
    with ada.inside():
        create_record(CUSTOMER, {"name": "Other"})
    assert watching == []


def test_duties_and_questions_reach_only_tenants_that_switched_it_on(ada, mallory):
    with mallory.inside():
        assert ask("home_cards") == []
    assert hooks.called == []


def test_it_is_told_when_it_is_switched_on_and_off(ada):
    ada.switch("garage", on=False)
    ada.switch("garage")

    assert hooks.called == ["module_disabled", "module_enabled"]


def test_a_module_that_cannot_be_switched_off_stays_on(ada):
    hooks.broken.add("module_disabled")
    with pytest.raises(RuntimeError):
        ada.switch("garage", on=False)

    assert ada.get("cars/").status_code == 200


def test_off_hides_everything_and_loses_nothing(ada, car, customer):
    ada.switch("garage", on=False)
    for page in ("cars/", f"cars/{car}", "garage/cars", f"garage/of-customer/{customer.id}"):
        assert ada.get(page).status_code == 404, page
    assert ada.api("GET", f"cars/{car}").status_code == 404
    assert "garage/of-customer" not in ada.get(f"customers/{customer.id}").text

    ada.switch("garage")
    assert ada.api("GET", f"cars/{car}").json["data"]["plate"] == "京A12345"


def test_its_clock_waits_while_it_is_off(ada, car, clock, run_jobs):
    ada.api("POST", f"cars/{car}/actions/service")
    run_jobs()
    ada.switch("garage", on=False)
    clock.move(days=400)
    run_jobs()
    assert len(told(ada)) == 1

    ada.switch("garage")
    run_jobs()
    assert len(told(ada)) == 2
    with ada.inside():
        assert due_of(car, "garage.service_due") is None


def test_its_permission_is_asked(ada, car, bob):
    assert bob.api("POST", f"cars/{car}/actions/service").status_code == 403


def test_another_company_sees_none_of_it(ada, car, mallory):
    mallory.switch("garage")

    assert mallory.get(f"cars/{car}").status_code == 404
    assert mallory.api("GET", "cars").json["data"] == []
    with mallory.inside():
        assert Listing(CAR).page(total=True).total == 0


def test_who_is_not_installed_cannot_be_switched_on(ada):
    with pytest.raises(NotFound):
        ada.switch("nobody")


def test_what_the_plan_does_not_cover_cannot_be_switched_on(ada):
    ada.switch("garage", on=False)
    with pytest.raises(Conflict), ada.inside():
        switch_module("garage", on=True, covered=["leads"])
