"""Customers in public pools: switched on, their clocks, claiming, giving back, and who sees what."""

import threading
from datetime import timedelta

import pytest
from garage import hooks as garage
from sqlalchemy import select

from core import current, db
from core.activities.models import Notification
from core.activities.services import log_follow_up
from core.customers.models import Customer
from core.customers.types import CONTACT, CUSTOMER
from core.deadlines import due_of
from core.errors import Conflict
from core.records.services import create_record, delete_record, restore_record, update_record
from core.records.shape import raise_schema_version
from core.testing.cast import hire
from plugins.leads.models import CustomerStanding, Movement, Pool
from plugins.leads.services.pools import managing
from plugins.leads.services.pools.customers.holding import claim_customer, find_pooled
from plugins.leads.services.pools.customers.kind import CUSTOMERS
from plugins.leads.services.pools.customers.switching import apply_switch, preview, switch_customer_pools
from plugins.leads.services.pools.rules import default_pool

DAY = timedelta(days=1)
PHONE = "+8613800138000"


@pytest.fixture
def make(ada):
    """Makes a customer, and gives its id."""

    def make_(name="Apple Ltd", **values):
        with ada.inside():
            made = create_record(CUSTOMER, {"name": name, **values})
            made.owner_id = values.get("owner")
            return made.id

    return make_


@pytest.fixture
def switched_on(ada):
    def switch(**rules):
        with ada.inside():
            switch_customer_pools(True)
            pool = db.get(Pool, default_pool(CUSTOMERS).id)
            for key, value in rules.items():
                setattr(pool, key, value)
            raise_schema_version()
        with ada.inside():
            apply_switch()
        return pool.id

    return switch


def standing(ada, customer) -> CustomerStanding:
    with ada.inside():
        found = db.get(CustomerStanding, customer)
        assert found is not None
        owner = db.session().scalar(select(Customer.owner_id).where(Customer.id == customer))
        assert found.owner_id == owner and due_of(customer, CUSTOMERS.deadlines[0]) == found.returns_at
        return found


def moved(ada, customer):
    with ada.inside():
        rows = select(Movement.kind, Movement.how).where(
            Movement.record_id == customer, Movement.record_type == "customer"
        )
        return [tuple(row) for row in db.session().execute(rows.order_by(Movement.at))]


def action(person, customer, name, **values):
    return person.api("POST", f"customers/{customer}/actions/{name}", values)


def test_switching_it_on_begins_all_clocks_now_and_puts_those_that_nobody_has_into_the_pool(
    make, switched_on, ada, sam
):
    hers, signed, free = make(owner=sam.member_id), make("Signed", owner=sam.member_id, stage="signed"), make("Free")
    assert action(ada, hers, "return", reason="x").status_code == 409, "nothing of this before it is switched on"
    with ada.inside():
        assert (preview().held, preview().deals, preview().free) == (1, 1, 1)
    switched_on()
    found = standing(ada, hers)
    assert current.now() - found.assigned_at < timedelta(minutes=1)
    assert found.returns_at == found.assigned_at + 30 * DAY and found.returns_because == "follow_up"
    assert standing(ada, signed).returns_at is None
    assert standing(ada, free).pooled_at is not None and standing(ada, free).returns_at is None


def test_a_claim_takes_the_customer_and_stands_in_its_history_and_the_log(make, switched_on, ada, eve, sam):
    free = make("Pear Ltd")
    switched_on()
    assert action(eve, free, "claim").status_code == 200
    found = standing(ada, free)
    assert found.owner_id == eve.member_id and found.returns_at == found.assigned_at + 30 * DAY
    assert moved(ada, free) == [("claimed", "claim")]
    assert "claimed the customer from the public pool" in eve.get(f"customers/{free}").text
    late = action(sam, free, "claim")
    assert late.status_code == 409 and "Somebody was faster" in late.json["detail"]


def test_of_fifty_who_claim_a_customer_at_once_one_gets_it(make, switched_on, ada):
    free = make("Wanted Ltd")
    switched_on(holding_cap=5)
    crowd = [hire(ada, f"Seller {n}", f"crowd{n}@example.com", "sales") for n in range(50)]
    start, won, told = threading.Barrier(len(crowd)), [], []

    def grab(person) -> None:
        start.wait()
        try:
            with person.inside():
                claim_customer(find_pooled(free))
            won.append(person.member_id)
        except Conflict as conflict:
            told.append(conflict.message)

    threads = [threading.Thread(target=grab, args=(person,)) for person in crowd]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert won == [standing(ada, free).owner_id] and told == ["Somebody was faster: the customer is taken."] * 49
    assert moved(ada, free) == [("claimed", "claim")]


def test_caps_and_the_pause_of_the_previous_owner_hold_for_customers(make, switched_on, ada, sam, eve, clock):
    first, second, third = make("A", owner=sam.member_id), make("B"), make("C")
    switched_on(holding_cap=2, cool_down_hours=12)
    assert action(sam, first, "return", reason=" ").status_code == 422
    assert action(sam, first, "return", reason="No time").status_code == 200
    refused = action(sam, first, "claim")
    assert refused.status_code == 409 and "You had this customer before" in refused.json["detail"]
    assert [action(sam, each, "claim").status_code for each in (second, third)] == [200, 200]
    clock.move(hours=12)
    assert "the most that one may have" in action(sam, first, "claim").json["detail"]
    with ada.inside():
        update_record(CUSTOMER, CUSTOMER.get(second), {"stage": "signed"})
    assert action(eve, first, "claim").status_code == 200


def test_both_clocks_a_follow_up_and_a_signature(make, switched_on, ada, sam, clock, run_jobs):
    quiet, busy, signed = (make(name, owner=sam.member_id) for name in ("Quiet", "Busy", "Signed"))
    switched_on(follow_up_days=10, follow_up_warn_days=2, deal_days=15, deal_warn_days=None)
    with ada.inside():
        person = create_record(CONTACT, {"name": "Carl", "customer": busy})
        update_record(CUSTOMER, CUSTOMER.get(signed), {"stage": "signed"})
    run_jobs()
    assert standing(ada, signed).returns_at is None
    start = standing(ada, busy).assigned_at
    clock.move(days=8, hours=1)
    with sam.inside():
        log_follow_up("contact", CONTACT.get(person.id), channel="call", summary="Rang.")
    assert standing(ada, busy).returns_at == start + 15 * DAY and standing(ada, busy).returns_because == "deal"
    run_jobs()
    assert "Quiet goes back to the pool in 47 hours" in str(told(sam))
    assert "since no deal since" in sam.get(f"leads/standing-of-customer/{busy}").text
    clock.move(days=2)
    run_jobs()
    assert standing(ada, quiet).owner_id is None and standing(ada, busy).owner_id == sam.member_id
    assert standing(ada, quiet).pool_reason == "No follow-up for 10 days"
    assert moved(ada, quiet) == [("returned", "clock")]
    clock.move(days=5)
    run_jobs()
    assert standing(ada, busy).pool_reason == "No deal for 15 days"
    assert standing(ada, signed).owner_id == sam.member_id


def told(person):
    with person.inside():
        mine = select(Notification).where(Notification.member_id == person.member_id).order_by(Notification.id)
        return [row.text % row.values for row in db.session().scalars(mine)]


def test_who_gets_a_customer_by_any_other_way_has_the_full_time(make, switched_on, ada, sam, eve, clock, run_jobs):
    edited, many, back = (make(name, owner=sam.member_id) for name in ("Edited", "Many", "Back"))
    switched_on()
    clock.move(days=20)
    with ada.inside():
        update_record(CUSTOMER, CUSTOMER.get(edited), {"owner": eve.member_id})
        delete_record(CUSTOMER, CUSTOMER.get(back))
        new = create_record(CUSTOMER, {"name": "New", "owner": sam.member_id}).id
    body = {"update": [{"id": str(many), "owner": str(eve.member_id)}]}
    assert ada.api("POST", "customers/bulk", body).status_code == 200
    run_jobs()
    for each in (edited, many, new):
        assert standing(ada, each).returns_at - current.now() > 30 * DAY - timedelta(minutes=1)
    assert moved(ada, edited) == [("assigned", "choice")] and moved(ada, new) == [("captured", "choice")]
    assert standing(ada, back).returns_at is None
    with ada.inside():
        restore_record(CUSTOMER, back)
    run_jobs()
    assert standing(ada, back).returns_at - current.now() > 30 * DAY - timedelta(minutes=1)


def test_a_protected_customer_stays_and_so_do_all_once_it_is_switched_off(make, switched_on, ada, sam, clock, run_jobs):
    kept, other = make("Kept", owner=sam.member_id), make("Other", owner=sam.member_id)
    ada.switch("garage")
    garage.protected.add(kept)
    try:
        switched_on(follow_up_days=5)
        assert standing(ada, kept).returns_because == "protected"
        assert "while a deal is open" in sam.get(f"leads/standing-of-customer/{kept}").text
        assert ada.post("leads/settings/customer-pools", {"on": "0"}).status_code == 303
        run_jobs()
        clock.move(days=6)
        run_jobs()
        assert standing(ada, other).owner_id == sam.member_id and standing(ada, other).returns_at is None
        assert sam.get("leads/customer-pool").status_code == 404
        assert "return" not in [each["name"] for each in sam.api("GET", f"customers/{other}/actions").json["data"]]
    finally:
        garage.protected.clear()
    assert ada.post("leads/settings/customer-pools", {"on": "1"}).status_code == 303
    ada.switch("leads", on=False)
    assert action(ada, other, "return", reason="x").status_code == 404
    run_jobs()
    with ada.inside():
        update_record(CUSTOMER, CUSTOMER.get(other), {"owner": None})
    ada.switch("leads")
    run_jobs()
    assert standing(ada, other).owner_id is None and standing(ada, kept).returns_at > current.now() + 4 * DAY


def test_nothing_of_a_pooled_customer_leaks_to_whoever_sees_their_own_alone(make, switched_on, ada, sam, bob, mallory):
    free = make("Secret Pear", phone=PHONE, email="pear@example.cn", notes="hush", industry="Fruit")
    with ada.inside():
        person = create_record(CONTACT, {"name": "Carl Core", "customer": free, "phone": "+8613900139000"}).id
    before = bob.api("GET", f"customers/{free}")
    assert before.json["data"]["phone"] == PHONE
    switched_on()
    page = sam.get("leads/customer-pool").text
    assert "Secret Pear" in page and "Fruit" in page and "/claim" in page and "pear@" not in page and "hush" not in page
    for path in (f"customers/{free}", f"contacts/{person}", f"customers/{free}/history", "customers", "contacts",
                 f"leads/standing-of-customer/{free}"):  # fmt: skip
        for answer in (sam.api("GET", path), sam.get(path)):
            assert "138001" not in answer.text and "139001" not in answer.text and "Secret" not in answer.text, path
    assert "Secret" not in sam.get("leads/movements?of=customer").text
    seen = bob.api("GET", f"customers/{free}").text + bob.get(f"customers/{free}").text
    seen += bob.api("GET", f"contacts/{person}").text
    assert "138001" not in seen and "0013 8000" not in seen and "139001" not in seen and "pear@" not in seen
    assert action(bob, free, "claim").status_code == 403
    assert action(sam, free, "assign", owner=str(sam.member_id)).status_code == 403
    mallory.switch("leads")
    assert action(mallory, free, "claim").status_code == 404
    assert sam.post(f"leads/customer-pool/{free}/claim").status_code == 303
    assert sam.api("GET", f"customers/{free}").json["data"]["phone"] == PHONE
    assert sam.api("GET", f"contacts/{person}").json["data"]["phone"] == "+8613900139000"
    assert "Public pool" in sam.get(f"customers/{free}").text


def test_a_director_switches_it_on_and_makes_pools_for_customers(make, ada, dora, sam, run_jobs):
    small, big = make("Small", level="c"), make("Big", level="a")
    page = dora.get("leads/settings/pools").text
    assert "Pools for customers" in page and "2 customers that nobody has" in page
    assert sam.post("leads/settings/customer-pools", {"on": "1"}).status_code == 403
    assert dora.post("leads/settings/customer-pools", {"on": "1"}).status_code == 303
    run_jobs()
    form = {
        "of": "customer", "name": "Big ones", "mode": "manager", "mask": "never", "follow_up_days": "60", "key_factor": "2",
        "cool_down_hours": "0", "lock_limit": "0", "lock_days": "0", "extend_days": "7", "batch_cap": "100",
        "condition-0-field": "level", "condition-0-op": "in", "condition-0-value": "a",
    }  # fmt: skip
    assert dora.get("leads/settings/pools/new?of=customer").status_code == 200
    refused = dora.post("leads/settings/pools", form | {"mode": "automatic"})
    assert refused.status_code == 422
    with dora.inside():
        pool = managing.create_pool({"name": "Big ones", "mode": "manager", "follow_up_days": 60,
                                     "condition": {"field": "level", "op": "is", "value": "a"}}, CUSTOMERS)  # fmt: skip
    assert dora.get(f"leads/settings/pools/{pool.id}").status_code == 200
    with dora.inside("job"):
        managing.rules_changed(None, forgive=True, kind=CUSTOMERS)
    assert "Big ones" in dora.get("leads/settings/pools?of=customer").text
    assert (standing(ada, big).pool_id == pool.id) and standing(ada, small).pool_id != pool.id
    assert "given out by whoever" in sam.get(f"leads/customer-pool?pool={pool.id}").text
    assert action(sam, big, "claim").status_code == 409
    given = action(dora, big, "assign", owner=str(sam.member_id))
    assert given.status_code == 200 and standing(ada, big).returns_at == standing(ada, big).assigned_at + 60 * DAY
    assert "You have a new customer: Big" in told(sam)


def test_where_a_manager_decides_a_customer_and_more_time_are_asked_for(make, switched_on, ada, dora, sam, eve):
    free = make("Hidden Pear", notes="hush")
    switched_on(mode="request", extend_days=10)
    assert action(eve, free, "claim").status_code == 409
    asked = action(eve, free, "request-claim", reason="I know them")
    assert asked.status_code == 200 and asked.json["data"] == {"id": str(free)}, "nothing that is not hers to see"
    assert sam.post(f"leads/customer-pool/{free}/request", {"reason": "Me too"}).status_code == 303
    assert "Asked for" in sam.get("leads/customer-pool").text
    page = dora.get("leads/requests").text
    assert (
        "Eve Seller wants it" in page and "Hidden Pear" in page and "Hidden Pear" not in eve.get("leads/requests").text
    )
    ids = {each["member"]: each["id"] for each in dora.api("GET", "lead-pool-requests").json["data"]}
    assert dora.post(f"leads/requests/{ids[str(eve.member_id)]}/decision", {"decision": "grant"}).status_code == 303
    before = standing(ada, free).returns_at
    assert standing(ada, free).owner_id == eve.member_id and moved(ada, free) == [("claimed", "request")]
    assert "Hidden Pear, which you asked for, went to Eve Seller." in told(sam)

    assert action(eve, free, "extend", days=11, reason="Trade fair").status_code == 422
    assert action(eve, free, "extend", days=10, reason="Trade fair").status_code == 200
    assert "You asked for 10 more days" in eve.get(f"leads/standing-of-customer/{free}").text
    (wanted,) = dora.api("GET", "lead-pool-requests?status=open").json["data"]
    assert wanted["customer"] == str(free) and wanted["lead"] is None
    assert dora.api("PATCH", f"lead-pool-requests/{wanted['id']}", {"status": "granted"}).status_code == 200
    assert standing(ada, free).returns_at == before + 10 * DAY
