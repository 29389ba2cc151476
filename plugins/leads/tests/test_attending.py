"""Three days without a follow-up, and the lead goes back to the pool: exactly once, and never wrongly."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import update

from core import current, db
from core.deadlines import due_of, hand_over_due
from core.records.services import delete_record, restore_record
from plugins.leads.events import LeadReturned
from plugins.leads.models import Lead
from plugins.leads.services import return_unattended
from plugins.leads.services.pools.clocks import PATIENCE, UNATTENDED
from plugins.leads.types import LEAD


def returned(desk, lead) -> int:
    return desk.happened(lead).count(LeadReturned.name)


def test_a_lead_nobody_followed_up_goes_back_to_the_pool_once_and_the_director_is_told(
    desk, lead, dora, clock, run_jobs
):
    clock.move(days=3)
    run_jobs()
    run_jobs()
    clock.move(days=9)
    run_jobs()

    found = desk.see(lead)
    assert (found.owner_id, found.pool_reason) == (None, "No follow-up for 3 days")
    assert returned(desk, lead) == 1
    assert desk.told(dora) == ["Sam Seller did not follow up Li Lei in 3 days. It is back in the pool."]


def test_not_a_minute_early(desk, lead, sam, clock, run_jobs):
    clock.move(days=3, seconds=-60)
    run_jobs()
    assert desk.see(lead).owner_id == sam.member_id

    clock.move(seconds=60)
    run_jobs()
    assert desk.see(lead).owner_id is None


def test_without_a_director_the_owner_of_the_workspace_is_told(desk, lead, ada, clock, run_jobs):
    clock.move(days=3)
    run_jobs()

    assert desk.told(ada) == ["Sam Seller did not follow up Li Lei in 3 days. It is back in the pool."]


def test_a_follow_up_gives_the_full_time_again_and_a_new_lead_is_contacted(desk, lead, sam, clock, run_jobs):
    clock.move(days=2, hours=23)
    desk.follow_up(sam, lead)
    found = desk.see(lead)
    assert found.status == "contacted" and found.last_follow_up_at

    clock.move(days=2, hours=23)
    run_jobs()
    assert desk.see(lead).owner_id == sam.member_id
    clock.move(hours=1)
    run_jobs()
    assert desk.see(lead).owner_id is None and returned(desk, lead) == 1


def test_a_follow_up_counts_at_once_however_far_behind_the_workers_are(desk, lead, sam, clock, run_jobs):
    clock.move(days=3, seconds=-5)
    desk.follow_up(sam, lead)
    clock.move(seconds=10)
    run_jobs()

    assert desk.see(lead).owner_id == sam.member_id and returned(desk, lead) == 0


def test_a_follow_up_between_the_strike_of_the_clock_and_the_worker_saves_the_lead(desk, lead, sam, clock, run_jobs):
    clock.move(days=3, seconds=1)
    assert hand_over_due() == 2, "the warning and the return"
    desk.follow_up(sam, lead)
    run_jobs()

    assert desk.see(lead).owner_id == sam.member_id and returned(desk, lead) == 0


def test_a_follow_up_logged_late_counts_from_when_it_happened(desk, lead, sam, clock):
    clock.move(days=2)
    desk.follow_up(sam, lead, happened_at=current.now() - timedelta(days=1))

    with desk.boss.inside():
        assert due_of(lead, UNATTENDED) == desk.see(lead).last_follow_up_at + PATIENCE


def test_editing_the_row_is_not_following_up(desk, lead, sam, clock, run_jobs):
    clock.move(days=2)
    desk.edit(sam, lead, company="Another name", status="qualified")
    clock.move(days=1)
    run_jobs()

    assert desk.see(lead).owner_id is None


@pytest.mark.parametrize("times", [1, 3])
def test_firing_late_or_twice_does_no_harm(desk, lead, sam, dora, clock, times):
    clock.move(days=4)
    for _ in range(times):
        with desk.boss.inside("deadline"):
            return_unattended(lead)

    assert returned(desk, lead) == 1 and len(desk.told(dora)) == 1


def test_firing_early_arms_the_clock_for_the_right_moment(desk, lead, sam, clock):
    due = desk.see(lead).assigned_at + PATIENCE
    with desk.boss.inside("deadline"):
        return_unattended(lead)

    with desk.boss.inside():
        assert due_of(lead, UNATTENDED) == due and returned(desk, lead) == 0


def test_a_lead_that_someone_holds_is_looked_at_again_shortly(desk, lead, clock, run_jobs):
    clock.move(days=3)
    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        with desk.boss.inside():
            db.get(Lead, lead, lock=True)
            held.set()
            free.wait(5)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    run_jobs()
    assert returned(desk, lead) == 0
    free.set()
    holder.join()

    clock.move(seconds=6)
    run_jobs()
    assert returned(desk, lead) == 1


@pytest.mark.parametrize("close", ["disqualify", "convert"])
def test_a_closed_lead_never_goes_back(desk, lead, sam, clock, run_jobs, close):
    desk.act(sam, lead, close, **({"reason": "No money"} if close == "disqualify" else {}))
    clock.move(days=9)
    run_jobs()

    assert desk.see(lead).owner_id == sam.member_id and returned(desk, lead) == 0


def test_a_lead_closed_behind_the_clock_s_back_stays_closed(desk, lead, sam, clock, run_jobs):
    with desk.boss.inside() as context:
        closing = update(Lead).where(Lead.tenant_id == context.tenant_id, Lead.id == lead)
        db.session().execute(closing.values(status="disqualified"))
    clock.move(days=9)
    run_jobs()

    assert desk.see(lead).owner_id == sam.member_id


def test_a_lead_opened_again_has_the_full_time(desk, lead, sam, clock, run_jobs):
    desk.act(sam, lead, "disqualify", reason="No money")
    clock.move(days=9)
    desk.edit(sam, lead, status="new")
    clock.move(days=2)
    run_jobs()
    assert desk.see(lead).owner_id == sam.member_id

    clock.move(days=1)
    run_jobs()
    assert desk.see(lead).owner_id is None


def test_a_deleted_lead_has_no_clock_and_a_restored_one_the_full_time(desk, lead, sam, ada, clock, run_jobs):
    with ada.inside():
        delete_record(LEAD, LEAD.get(lead))
    clock.move(days=9)
    run_jobs()
    assert returned(desk, lead) == 0

    with ada.inside():
        restore_record(LEAD, lead)
    run_jobs()
    clock.move(days=2)
    run_jobs()
    assert desk.see(lead).owner_id == sam.member_id
    clock.move(days=1)
    run_jobs()
    assert returned(desk, lead) == 1


def test_the_releases_of_two_companies_are_apart(desk, lead, mallory, clock, run_jobs):
    mallory.switch("leads")
    theirs = desk.catch("Han Mei", by=mallory)
    clock.move(days=3)
    run_jobs()

    assert desk.see(lead).owner_id is None
    with mallory.inside():
        assert db.get(Lead, theirs).owner_id is None
