"""Handing over what a member has: seen before, done as one change, taken back as one, nothing left behind."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core import current, db
from core.access import Member, RecordShare, Team
from core.activities.models import Task
from core.activities.notifications import notifications_of_me
from core.activities.services import complete_task, create_task
from core.auth.absences import set_absence
from core.auth.handover.doing import hand_over
from core.auth.handover.plan import Part, Plan
from core.auth.handover.undoing import undo_handover
from core.auth.teams import create_team
from core.customers.models import Customer
from core.customers.types import CUSTOMER
from core.errors import Conflict, Invalid
from core.events import EventRow
from core.records.collaborators import Whom
from core.records.fields import RecordRef
from core.records.following import Follower, follow
from core.records.runs.models import Run
from core.records.services import create_record, update_record
from core.records.sharing import put_shares
from core.records.views.models import View


@pytest.fixture
def sams(ada, sam, eve, bob):
    """All that Sam has: three customers with tasks, and what else depends on him. Returns the customers' ids."""
    with eve.inside():
        hers, both = (create_record(CUSTOMER, {"name": name}).id for name in ("Eve's", "Shared with both"))
        with_sam = [Whom(sam.member_id, "Sam Seller")]
        put_shares(CUSTOMER, [hers, both], with_sam, level="edit")
        put_shares(CUSTOMER, [both], [Whom(bob.member_id, "Bob Viewer")], level="view")
    with sam.inside():
        mine = [create_record(CUSTOMER, {"name": f"C{number}"}).id for number in range(3)]
        create_task(title="About C0", about=RecordRef("customer", mine[0]))
        create_task(title="By itself")
        complete_task(create_task(title="Done", about=RecordRef("customer", mine[0])))
        put_shares(CUSTOMER, mine[:1], [Whom(eve.member_id, "Eve Seller")], level="view")
        view = {"record_type": "customer", "owner_id": sam.member_id}
        db.session().add_all([View(name="Ours", shared="all", **view), View(name="Mine", **view)])
        follow("customer", hers, [sam.member_id, bob.member_id])
        follow("customer", both, [sam.member_id])
    with ada.inside():
        create_team("South", None, sam.member_id)
        now = current.now()
        set_absence(db.get(Member, eve.member_id), now, now + timedelta(days=3), sam.member_id)
    return mine


ALL = {"customer": 3, "task": 2, "teams": 1, "deputies": 1, "views": 1, "collaborations": 2, "shares": 1, "followed": 2}


def held(ada, person):
    """What the person has by kind, as whoever would hand it over is told."""
    data = ada.api("GET", f"members/{person.member_id}/handover").json["data"]
    return {each["name"]: each["count"] for each in (*data["records"], *data["rest"])}


def everything(person):
    """All rows that say whose something is."""
    with person.inside():
        pairs = [select(each.id, column) for each, column in (
            (Customer, Customer.owner_id), (Task, Task.owner_id), (Team, Team.head_id), (Member, Member.deputy_id),
            (View, View.owner_id), (RecordShare, RecordShare.member_id), (Follower, Follower.member_id),
        )]  # fmt: skip
        pairs += [select(RecordShare.id, RecordShare.shared_by_id), select(Member.id, Member.team_id)]
        return [sorted(map(str, db.session().execute(each))) for each in pairs]


def give(ada, person, **said):
    """Hand over by the API. Returns the run."""
    answer = ada.api("POST", f"members/{person.member_id}/handover", json=said)
    assert answer.status_code == 202, answer.json
    return answer.json["data"]


def owner_of(ada, record):
    with ada.inside():
        return db.get(Customer, record).owner_id


def told(person):
    with person.inside():
        return [each.said for each in notifications_of_me()]


# --- everything ----------------------------------------------------------------------------------------


def test_everything_goes_to_one_person_nothing_stays_behind_and_an_undo_puts_it_all_back(ada, sam, bob, sams):
    assert held(ada, sam) == ALL
    before = everything(ada)

    run = give(ada, sam, to=[str(bob.member_id)], deactivate=True)

    assert run["status"] == "done" and run["refused"] == 0, run
    assert {name: count for name, of in run["given"].items() for count in of.values()} == ALL | {
        "collaborations": 1, "followed": 1  # Bob had the other one already
    }  # fmt: skip
    assert held(ada, sam) == {}
    with ada.inside():
        assert db.get(Member, sam.member_id).status == "deactivated"
        done = db.session().scalars(select(Task.owner_id).where(Task.title == "Done")).one()
        private = db.session().scalars(select(View.owner_id).where(View.name == "Mine")).one()
        assert done == private == sam.member_id
        [said] = db.session().scalars(select(EventRow).where(EventRow.name == "auth.handed_over"))
        assert said.data["member"] == "Sam Seller" and said.data["counts"]["customer"] == {str(bob.member_id): 3}

    taken = ada.api("POST", f"handovers/{run['id']}/undo").json["data"]

    assert taken["status"] == "done" and taken["refused"] == 0, taken
    assert everything(ada) == before and held(ada, sam) == ALL
    with ada.inside():
        assert db.get(Member, sam.member_id).status == "active"
    again = ada.api("POST", f"handovers/{run['id']}/undo")
    assert again.status_code == 409


def test_those_who_take_over_are_told_once_and_histories_keep_the_old_name(ada, sam, bob, sams, run_jobs):
    run_jobs()
    run = give(ada, sam, to=[str(bob.member_id)])
    run_jobs()

    assert [said for said in told(bob) if "Ada" in said] == [
        "Ada Lovelace handed over to you what Sam Seller had (11)."
    ]  # fmt: skip
    assert "Ada Lovelace handed over what you had to Bob Viewer (11)." in told(sam)
    page = ada.get(f"customers/{sams[0]}/history").text
    assert "Sam Seller" in page and "Bob Viewer" in page and "Ada Lovelace" in page
    for who, status in ((bob, 200), (sam, 200), (ada, 200)):
        assert who.get(f"handovers/{run['id']}").status_code == status
    assert "undoing" not in bob.get(f"handovers/{run['id']}").text


# --- choosing ------------------------------------------------------------------------------------------


def test_some_of_it_goes_to_others_and_tasks_go_with_their_records(ada, sam, eve, bob, sams):
    only = {"field": "name", "op": "is", "value": "C0"}
    run = give(ada, sam, to=[str(bob.member_id)], rest=False,
               types={"customer": {"to": [str(eve.member_id)], "filter": only}})  # fmt: skip
    assert run["given"]["customer"] == {str(eve.member_id): 1}
    with ada.inside():
        tasks = dict(db.session().execute(select(Task.title, Task.owner_id)).all())
    assert tasks == {"About C0": eve.member_id, "By itself": bob.member_id, "Done": sam.member_id}
    assert held(ada, sam) == {key: count for key, count in ALL.items() if key != "task"} | {"customer": 2}

    give(ada, sam, types={"customer": {"to": [str(bob.member_id)], "ids": [str(sams[1])]}})
    assert [owner_of(ada, each) for each in sams] == [eve.member_id, bob.member_id, sam.member_id]


def test_records_are_spread_evenly_in_turn_and_always_alike(ada, sam, eve, bob, dora):
    with sam.inside():
        mine = [create_record(CUSTOMER, {"name": f"C{number}"}).id for number in range(7)]
    to = [eve.member_id, bob.member_id, dora.member_id]
    said = {"to": [str(each) for each in to], "types": {"task": {"stay": True}}}
    seen = ada.api("POST", f"members/{sam.member_id}/handover", json=said | {"dry_run": True})
    assert seen.status_code == 200 and owner_of(ada, mine[0]) == sam.member_id
    [customers] = seen.json["data"]["records"]
    run = give(ada, sam, **said)
    assert customers["to"] == run["given"]["customer"] == dict(zip(said["to"], (3, 2, 2), strict=True))
    assert [owner_of(ada, each) for each in mine] == [to[place % 3] for place in range(7)]


def test_who_only_changes_teams_can_stay_as_a_collaborator(ada, sam, dora, sams):
    with ada.inside():
        north = create_team("North", None).id
    run = give(ada, sam, to=[str(dora.member_id)], rest=False, keep="view", team=str(north))
    assert sam.api("GET", f"customers/{sams[0]}").status_code == 200
    assert sam.api("PATCH", f"customers/{sams[0]}", json={"name": "X"}).status_code == 403
    with ada.inside():
        assert db.get(Member, sam.member_id).team_id == north
    ada.api("POST", f"handovers/{run['id']}/undo")
    assert sam.api("PATCH", f"customers/{sams[0]}", json={"name": "X"}).status_code == 200
    with ada.inside():
        assert db.get(Member, sam.member_id).team_id is None
        shares = select(func.count()).where(RecordShare.member_id == sam.member_id)
        assert db.session().scalar(shares.where(RecordShare.record_id.in_(sams))) == 0


# --- taking back ---------------------------------------------------------------------------------------


def test_what_went_on_to_somebody_else_meanwhile_stays_there_and_is_named(ada, sam, eve, bob, sams):
    run = give(ada, sam, to=[str(bob.member_id)])
    with ada.inside():
        update_record(CUSTOMER, db.get(Customer, sams[0]), {"owner": eve.member_id})
        db.session().scalars(select(Team)).one().head_id = eve.member_id
    taken = ada.api("POST", f"handovers/{run['id']}/undo").json["data"]
    assert taken["refused"] == 2
    assert [owner_of(ada, each) for each in sams] == [eve.member_id, sam.member_id, sam.member_id]
    page = ada.get(f"handovers/{taken['id']}").text
    assert "C0" in page and "“Owner” was changed again since." in page and "Teams that they lead" in page


def test_it_cannot_be_taken_back_twice_at_once_or_after_a_month(ada, sam, eve, sams, clock):
    run = give(ada, sam, to=[str(eve.member_id)], rest=False)
    clock.move(days=31)
    with ada.inside(), pytest.raises(Conflict):
        undo_handover(run["id"])
    assert 'undoing"' not in ada.get(f"handovers/{run['id']}").text


# --- much of it ----------------------------------------------------------------------------------------


def test_much_goes_in_a_worker_by_statements_that_do_not_grow_with_it(ada, sam, eve, run_jobs, statements):
    def have(count):
        with sam.inside():
            for number in range(count):
                made = create_record(CUSTOMER, {"name": f"C{number}"}).id
                create_task(title=f"T{number}", about=RecordRef("customer", made))

    def sent(count):
        have(count)
        with ada.inside():
            run = hand_over(db.get(Member, sam.member_id), Plan(to=(eve.member_id,)))
        if count > 25:
            assert give_status(ada, run) == ("running", 2 * count)
            with ada.inside(), pytest.raises(Conflict):
                hand_over(db.get(Member, sam.member_id), Plan(to=(eve.member_id,)))
        with statements() as seen:
            run_jobs()
        assert give_status(ada, run)[0] == "done"
        return len(seen)

    assert sent(30) == sent(60)
    assert held(ada, eve)["customer"] == 90


def give_status(ada, run):
    with ada.inside():
        row = db.get(Run, run.id)
        return row.status, row.total


def test_a_handover_that_waits_can_be_cancelled_and_changes_nothing(ada, sam, eve, run_jobs):
    with sam.inside():
        for number in range(51):
            create_record(CUSTOMER, {"name": f"C{number}"})
    run = give(ada, sam, to=[str(eve.member_id)])
    assert "Working on it" in ada.get(f"handovers/{run['id']}").text
    ada.post(f"handovers/{run['id']}/cancellation")
    run_jobs()
    assert held(ada, sam) == {"customer": 51}
    assert "It was cancelled" in ada.get(f"handovers/{run['id']}").text


# --- what cannot be ------------------------------------------------------------------------------------


def test_nobody_takes_over_who_cannot(ada, sam, eve, bob, mallory, sams):
    with ada.inside():
        db.get(Member, eve.member_id).status = "deactivated"
        invited = Member(name="Ivy", email="ivy@example.com", status="invited")
        db.session().add(invited)
        db.flush()
        ivy = invited.id
    url = f"members/{sam.member_id}/handover"

    def faults(**said):
        answer = ada.api("POST", url, json=said)
        return answer.status_code, [(each["field"], each["code"]) for each in answer.json.get("errors", ())]

    for whom, code in ((sam.member_id, "oneself"), (eve.member_id, "inactive"), (ivy, "inactive"),
                       (mallory.member_id, "unknown_reference")):  # fmt: skip
        assert faults(to=[str(whom)]) == (422, [("to", code)])
    assert faults() == (422, [("to", "required")])
    assert faults(to=[str(bob.member_id)], types={"nothing": {}}) == (422, [("types.nothing", "unknown_field")])
    wrong = {"field": "no", "op": "is", "value": 1}
    assert faults(to=[str(bob.member_id)], types={"customer": {"filter": wrong}})[1][0][0] == "types.customer"
    assert faults(to=[str(bob.member_id)], keep="view", deactivate=True) == (422, [("keep", "leaves")])
    assert faults(to=[str(bob.member_id)], team=str(sam.member_id))[0] == 422
    assert ada.api("POST", f"members/{ivy}/handover", json={"to": [str(bob.member_id)]}).status_code == 409
    assert ada.api("POST", f"members/{ada.member_id}/handover",
                   json={"to": [str(bob.member_id)], "deactivate": True}).status_code == 409  # fmt: skip
    assert mallory.api("GET", url).status_code == 404 and mallory.get(url).status_code == 404
    assert bob.api("GET", url).status_code == 403 and bob.get(url).status_code == 403
    assert held(ada, sam) == ALL


def test_who_may_not_see_what_they_would_get_is_named_and_gets_it_only_when_that_is_wanted(ada, sam, bob, sams):
    role = ada.api("POST", "roles", json={"name": "Blind", "grants": {"records": {"*": {}}}}).json["data"]["id"]
    assert ada.api("PATCH", f"members/{bob.member_id}", json={"roles": [role]}).status_code == 200
    form = {"to": str(bob.member_id), "team": "as-it-is", "restart_clocks": "1"}
    shown = ada.post(f"members/{sam.member_id}/handover", form | {"step": "show"}).text
    assert "The roles of Bob Viewer do not let them see customers." in shown
    refused = ada.post(f"members/{sam.member_id}/handover", form | {"step": "go"})
    assert refused.status_code == 422 and "Hand it over all the same" in refused.text
    done = ada.post(f"members/{sam.member_id}/handover", form | {"step": "go", "confirmed": "1"})
    assert done.status_code == 303 and owner_of(ada, sams[0]) == bob.member_id


def test_who_manages_members_but_not_the_records_hands_over_only_what_they_may(ada, sam, eve, bob, sams):
    grants = {"records": {"customer": {"view": "all"}}, "permissions": ["tenant.manage_members"]}
    role = ada.api("POST", "roles", json={"name": "People", "grants": grants}).json["data"]["id"]
    ada.api("PATCH", f"members/{bob.member_id}", json={"roles": [role]})
    seen = bob.api("GET", f"members/{sam.member_id}/handover").json["data"]["records"]
    assert [(each["name"], each["count"], each["allowed"]) for each in seen] == [("customer", 3, 0), ("task", 2, 0)]
    run = bob.api("POST", f"members/{sam.member_id}/handover", json={"to": [str(eve.member_id)]}).json["data"]
    assert "customer" not in run["given"] and run["given"]["teams"] == {str(eve.member_id): 1}
    assert owner_of(ada, sams[0]) == sam.member_id


def test_a_receiver_who_left_before_the_worker_came_stops_all_of_it(ada, sam, eve, run_jobs):
    with sam.inside():
        for number in range(51):
            create_record(CUSTOMER, {"name": f"C{number}"})
    run = give(ada, sam, to=[str(eve.member_id)], types={"customer": {"to": [str(eve.member_id)]}})
    with ada.inside():
        db.get(Member, eve.member_id).status = "deactivated"
    run_jobs()
    assert ada.api("GET", f"handovers/{run['id']}").json["data"]["status"] == "failed"
    assert held(ada, sam)["customer"] == 51


# --- pages ---------------------------------------------------------------------------------------------


def test_the_page_shows_what_there_is_then_what_will_happen_then_what_did(ada, sam, eve, bob, sams):
    url = f"members/{sam.member_id}/handover"
    assert f"/{url}" in ada.get(f"members/{sam.member_id}").text
    assert f"/{url}" in ada.get(f"members/{sam.member_id}/deactivation").text
    page = ada.get(url).text
    for words in ("Customers", "C2", "Tasks", "Teams that they lead", "Views that others use", "Clocks start anew"):
        assert words in page, words
    empty = ada.post(url, {"step": "show", "to": "", "team": "as-it-is"})
    assert empty.status_code == 422 and "Choose who takes over." in empty.text
    some = {"to": str(eve.member_id), "team": "as-it-is", "rest": "1", "step": "only-customer"}
    assert 'name="only-customer-f0"' in ada.post(url, some).text
    chosen = some | {"only-customer-match": "all", "only-customer-f0": "name", "only-customer-o0": "is",
                     "only-customer-v0": "C1"}  # fmt: skip
    shown = ada.post(url, chosen | {"step": "show"}).text
    assert "2 stay with Sam Seller." in shown and owner_of(ada, sams[1]) == sam.member_id
    done = ada.post(url, chosen | {"step": "go"}, follow_redirects=True).text
    assert "Who got what" in done and "Eve Seller" in done
    assert [owner_of(ada, each) for each in sams] == [sam.member_id, eve.member_id, sam.member_id]
    assert "Handover of all that a member has" in ada.get("runs").text
    assert ada.get(ada.within("runs")).status_code == 200


def test_who_has_nothing_is_said_so(ada, bob):
    page = ada.get(f"members/{bob.member_id}/handover").text
    assert "There is nothing to hand over" in page and "End access" in page


def test_a_plan_is_the_same_after_it_was_kept(ada, sam, eve, bob):
    plan = Plan((eve.member_id, bob.member_id), {"customer": Part((bob.member_id,), ids=(sam.member_id,))}, keep="edit",
                restart_clocks=False)  # fmt: skip
    with ada.inside():
        assert Plan.read(plan.kept()) == plan


def test_nothing_is_given_to_more_people_than_can_be_overseen(ada, sam, eve, sams):
    with ada.inside(), pytest.raises(Invalid) as refused:
        hand_over(db.get(Member, sam.member_id), Plan(to=(eve.member_id,) * 51))
    assert [each.code for each in refused.value.problems] == ["too_many"]
