"""Merging records that are one, and giving each side its own back."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Column, Index, MetaData, Table, Text, Uuid, insert, select, text

from core import current, db
from core.activities.types import FOLLOW_UP, TASK
from core.customers.types import CONTACT, CUSTOMER
from core.deadlines import arm, due_of
from core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Stale
from core.events import timeline_of
from core.files import keep_file
from core.records.custom import add_custom_field
from core.records.duplicates.merging import kept_for, merge_records
from core.records.duplicates.models import Merge, MergeMoved
from core.records.duplicates.references import Move, TableSource
from core.records.duplicates.unmerging import undo_merge
from core.records.fields import RecordRef
from core.records.making import make_type
from core.records.query import Listing
from core.records.services import create_record, delete_record, update_record
from core.records.types import type_named

SILENCE = "task.due"


def make(person, record_type=CUSTOMER, **values):
    with person.inside():
        return create_record(record_type, ({"name": "Acme"} if record_type is CUSTOMER else {}) | values).id


def the(person, record_id, record_type=CUSTOMER):
    with person.inside():
        return record_type.get(record_id)


def merge(person, kept, *gone, record_type=CUSTOMER, **values):
    with person.inside():
        return merge_records(record_type, kept, gone, values).id


def undo(person, merge_id):
    with person.inside():
        undo_merge(merge_id)


def values_of(person, record_id, *keys, record_type=CUSTOMER):
    record = the(person, record_id, record_type)
    return tuple(record_type.fields()[key].get(record) for key in keys)


@pytest.fixture
def pair(ada):
    """Kept: a phone and a tag. Gone: another phone, an e-mail, another tag."""
    kept = make(ada, name="Acme Ltd", phone="+8613800138000", tags=["vip"])
    gone = make(ada, name="Acme", phone="+8613900139000", email="hello@acme.com", tags=["export"], industry="Steel")
    return kept, gone


def test_the_kept_one_fills_its_gaps_and_unites_the_tags(ada, pair):
    kept, gone = pair
    merge(ada, kept, gone)

    assert values_of(ada, kept, "name", "phone", "email", "industry") == (
        "Acme Ltd", "+8613800138000", "hello@acme.com", "Steel",
    )  # fmt: skip
    assert values_of(ada, kept, "tags") == (["export", "vip"],)
    with pytest.raises(NotFound):
        the(ada, gone)


def test_one_chooses_per_field(ada, pair):
    kept, gone = pair
    merge(ada, kept, gone, phone="+8613900139000", industry=None)

    assert values_of(ada, kept, "phone", "industry", "email") == ("+8613900139000", None, "hello@acme.com")


def test_a_state_may_be_taken_over_that_no_step_leads_to(ada):
    kept, gone = make(ada), make(ada, stage="signed")
    merge(ada, kept, gone, stage="signed")

    assert values_of(ada, kept, "stage") == ("signed",)


def test_everything_that_points_at_the_gone_one_follows_and_comes_back(ada, pair):
    kept, gone = pair
    contact = make(ada, CONTACT, name="Lei", customer=gone)
    child = make(ada, name="Branch", parent=gone)
    task = make(ada, TASK, title="Call", about=RecordRef("customer", gone))
    said = make(ada, FOLLOW_UP, channel="call", summary="Hello", about=RecordRef("customer", gone))
    with ada.inside():
        paper = keep_file("offer.pdf", b"%PDF")
        paper.record_type, paper.record_id = "customer", gone

    def whose():
        with ada.inside():
            file = db.get(type(paper), paper.id)
            return (
                CONTACT.get(contact).customer_id, CUSTOMER.get(child).parent_id,
                TASK.get(task).customer_id, TASK.get(task).about_id,
                FOLLOW_UP.get(said).customer_id, FOLLOW_UP.get(said).about_id, file.record_id,
            )  # fmt: skip

    assert set(whose()) == {gone}
    done = merge(ada, kept, gone)
    assert set(whose()) == {kept}
    undo(ada, done)
    assert set(whose()) == {gone}


def test_links_that_the_tenant_made_follow_in_data_and_filters(ada, pair):
    kept, gone = pair
    with ada.inside():
        add_custom_field("contact", label="Former employer", key="c_former", type="lookup",
                         config={"target": "customer"}, taken=())  # fmt: skip
        add_custom_field("contact", label="Clients", key="c_clients", type="multi_lookup",
                         config={"target": "customer"}, taken=())  # fmt: skip
    home, other = make(ada, name="Home"), make(ada, name="Other")
    lei = make(ada, CONTACT, name="Lei", customer=home, c_former=gone, c_clients=[other, gone])
    han = make(ada, CONTACT, name="Han", customer=home, c_former=other, c_clients=[gone, kept])

    def links():
        with ada.inside():
            found = {"field": "c_former", "op": "is", "value": str(kept)}
            fields = CONTACT.fields()
            people = [CONTACT.get(lei), CONTACT.get(han)]
            return (
                [c.name for c in Listing(CONTACT, found).page().records],
                [fields["c_former"].get(p) for p in people],
                [fields["c_clients"].get(p) for p in people],
            )

    before = links()
    done = merge(ada, kept, gone)
    assert links() == (["Lei"], [kept, other], [[other, kept], [kept]])
    undo(ada, done)
    named, former, clients = links()
    assert (named, former) == before[:2]
    assert clients[0] == [other, gone] and set(clients[1]) == {gone, kept}


def test_the_timeline_of_the_kept_one_has_both_stories_and_each_its_own_again(ada, pair):
    kept, gone = pair
    make(ada, FOLLOW_UP, channel="call", summary="Said to the gone one", about=RecordRef("customer", gone))

    def told(record_id):
        with ada.inside():
            return [row.data.get("summary") for row in timeline_of(record_id) if row.data.get("summary")]

    done = merge(ada, kept, gone)
    assert told(kept) == ["Said to the gone one"]
    undo(ada, done)
    assert (told(kept), told(gone)) == ([], ["Said to the gone one"])


def test_a_story_is_told_once_through_two_merges_in_a_row(ada):
    first, second, third = (make(ada, name=name) for name in ("One", "Two", "Three"))
    make(ada, FOLLOW_UP, channel="call", summary="Long ago", about=RecordRef("customer", first))
    merge(ada, second, first)
    merge(ada, third, second)

    with ada.inside():
        assert [r.data["summary"] for r in timeline_of(third) if "summary" in r.data] == ["Long ago"]
        assert kept_for(first) == third


def test_weeks_later_what_was_made_and_changed_since_stays(ada, pair, clock):
    kept, gone = pair
    theirs = make(ada, CONTACT, name="Lei", customer=gone)
    done = merge(ada, kept, gone)
    clock.move(days=30)
    since = make(ada, CONTACT, name="Han", customer=kept)
    with ada.inside():
        update_record(CUSTOMER, CUSTOMER.get(kept), {"industry": "Copper"})
    undo(ada, done)

    assert values_of(ada, kept, "email", "industry", "tags") == (None, "Copper", ["vip"])
    assert values_of(ada, gone, "email", "industry", "tags") == ("hello@acme.com", "Steel", ["export"])
    assert the(ada, theirs, CONTACT).customer_id == gone
    assert the(ada, since, CONTACT).customer_id == kept


def test_what_was_pointed_elsewhere_since_stays_there(ada, pair):
    kept, gone = pair
    contact, third = make(ada, CONTACT, name="Lei", customer=gone), make(ada, name="Third")
    done = merge(ada, kept, gone)
    with ada.inside():
        update_record(CONTACT, CONTACT.get(contact), {"customer": third})
    undo(ada, done)

    assert the(ada, contact, CONTACT).customer_id == third


def test_whoever_follows_both_follows_once_and_each_again_afterwards(ada):
    """A table of pairs (record, member), as a module may have one, where the same pair may stand only once."""
    one, both = uuid4(), uuid4()
    columns = [Column(name, kind, primary_key=key) for name, kind, key in (
        ("tenant_id", Uuid, True), ("id", Uuid, True), ("record_type", Text, False), ("record_id", Uuid, False),
        ("member_id", Uuid, False),
    )]  # fmt: skip
    table = Table("fan", MetaData(), *columns)
    Index("fan_uq", table.c.tenant_id, table.c.record_id, table.c.member_id, unique=True)
    kept, gone = make(ada), make(ada)
    with ada.inside():
        db.session().execute(text("create temp table fan (tenant_id uuid, id uuid, record_type text, record_id uuid,"
                                  " member_id uuid) on commit drop"))  # fmt: skip
        rows = [(gone, one), (gone, both), (kept, both)]
        db.session().execute(insert(table), [
            {"tenant_id": ada.tenant_id, "id": uuid4(), "record_type": "customer", "record_id": r, "member_id": m}
            for r, m in rows
        ])  # fmt: skip
        merge = Merge(id=uuid4(), record_type="customer", kept_id=kept)
        db.session().add(merge)
        db.session().flush()
        move = Move(merge.id, "customer", gone, kept, (kept, gone))
        source = TableSource(table, (("record_id", "record_type"),))

        def fans():
            found = db.session().execute(select(table.c.record_id, table.c.member_id))
            return {tuple(row) for row in found}

        source.move(move)
        assert fans() == {(kept, one), (gone, both), (kept, both)}
        (moved,) = db.session().query(MergeMoved)
        source.give_back("record_id", move, moved.ids)
        assert fans() == set(rows)


def test_deadlines_of_the_gone_one_rest_until_it_is_back(ada, clock):
    one, other = make(ada), make(ada)
    due = current.now() + timedelta(days=3)
    with ada.inside():
        arm(CUSTOMER.get(other), SILENCE, due)
    done = merge(ada, one, other)
    with ada.inside():
        assert due_of(other, SILENCE) is None
    undo(ada, done)
    with ada.inside():
        assert due_of(other, SILENCE) == due


def test_three_become_one(ada, pair):
    kept, gone = pair
    third = make(ada, name="ACME", website="https://acme.com")
    done = merge(ada, kept, gone, third)

    assert values_of(ada, kept, "email", "website") == ("hello@acme.com", "https://acme.com")
    undo(ada, done)
    assert values_of(ada, kept, "email", "website") == (None, None)
    assert values_of(ada, third, "website") == ("https://acme.com",)


def test_records_of_a_type_that_the_tenant_made_are_merged_alike(ada):
    with ada.inside():
        name = make_type(label="Machine").name
        add_custom_field("contact", label="Machine", key="c_machine", type="lookup", config={"target": name}, taken=())
    with ada.inside():
        machine = type_named(name)
        kept, gone = (create_record(machine, {"name": each}).id for each in ("Press", "Old press"))
    lei = make(ada, CONTACT, name="Lei", customer=make(ada), c_machine=gone)
    said = make(ada, FOLLOW_UP, channel="call", summary="It leaks", about=RecordRef(name, gone))

    def whose():
        with ada.inside():
            return CONTACT.fields()["c_machine"].get(CONTACT.get(lei)), FOLLOW_UP.get(said).about_id

    done = ada.api("POST", f"{name}/{kept}/merge", {"gone": [str(gone)]})
    assert done.status_code == 200 and whose() == (kept, kept)
    assert ada.get(f"{name}/{gone}").location == f"/w/acme/{name}/{kept}"
    undo(ada, done.json["data"]["id"])
    assert whose() == (gone, gone)


def test_whoever_edits_a_record_that_is_merged_meanwhile_is_told(ada, pair):
    kept, gone = pair
    with pytest.raises(Stale), ada.inside():
        record = CUSTOMER.get(gone)
        merging = threading.Thread(target=merge, args=(ada, kept, gone))
        merging.start()
        merging.join()
        update_record(CUSTOMER, record, {"name": "Typed meanwhile"})
    assert ada.post(f"customers/{gone}", {"name": "Too late", "version": "1"}).status_code == 404


def test_of_more_than_five_none_is_merged(ada, pair):
    kept, gone = pair
    with pytest.raises(Invalid, match="At most 5"):
        merge(ada, kept, gone, *(make(ada, name=f"A{n}") for n in range(4)))
    with pytest.raises(Invalid):
        merge(ada, kept, kept)


def test_a_family_stays_a_tree(ada):
    top = make(ada, name="Top")
    gone = make(ada, name="Middle", parent=top)
    below = make(ada, name="Below", parent=gone)
    kept = make(ada, name="Bottom", parent=below)
    done = merge(ada, kept, gone)

    assert values_of(ada, kept, "parent") == (top,) and values_of(ada, below, "parent") == (kept,)
    undo(ada, done)
    assert values_of(ada, kept, "parent") == (below,) and values_of(ada, below, "parent") == (gone,)


def test_its_own_child_or_parent_can_go_into_a_customer(ada):
    parent = make(ada, name="Parent")
    child = make(ada, name="Child", parent=parent)
    done = merge(ada, child, parent)
    assert values_of(ada, child, "parent") == (None,)
    undo(ada, done)
    assert values_of(ada, child, "parent") == (parent,)


def test_both_records_tell_of_it(ada, pair):
    kept, gone = pair
    merge_id = merge(ada, kept, gone)
    told = {
        e["record_id"]: e for e in ada.api("GET", "events?limit=200").json["data"] if e["name"] == "customer.merged"
    }
    assert set(told) == {str(kept), str(gone)}
    assert told[str(kept)]["changes"]["email"] == [None, "hello@acme.com"]
    page = ada.get(f"customers/{kept}").text
    assert "merged “Acme” into “Acme Ltd”" in page
    undo(ada, merge_id)
    assert "undid the merge of “Acme”" in ada.get(f"customers/{gone}").text


def test_a_merge_is_undone_once_and_the_later_one_first(ada):
    first, second, third = (make(ada, name=name) for name in ("One", "Two", "Three"))
    earlier, later = merge(ada, second, first), merge(ada, third, second)
    with pytest.raises(Conflict, match="went into “Three” since"):
        undo(ada, earlier)
    undo(ada, later)
    undo(ada, earlier)
    with pytest.raises(Conflict, match="undone already"):
        undo(ada, earlier)
    assert {values_of(ada, each, "name") for each in (first, second, third)} == {("One",), ("Two",), ("Three",)}


def test_one_needs_the_right_to_change_all_and_to_delete_what_goes(ada, bob, sam, eve, pair):
    kept, gone = pair
    with pytest.raises(Forbidden):
        merge(bob, kept, gone)
    hers, his = make(eve, name="Hers"), make(sam, name="His")
    with pytest.raises(NotFound):
        merge(sam, his, hers)
    with pytest.raises(NotFound):
        merge(sam, hers, his)


def test_a_neighbour_can_neither_merge_nor_undo(ada, mallory, pair):
    kept, gone = pair
    with pytest.raises(NotFound):
        merge(mallory, kept, gone)
    with pytest.raises(NotFound):
        merge(mallory, make(mallory), gone)
    done = merge(ada, kept, gone)
    with pytest.raises(NotFound):
        undo(mallory, done)


def test_what_was_merged_meanwhile_is_named_with_where_it_is_now(ada, pair):
    kept, gone = pair
    merge(ada, kept, gone)
    with pytest.raises(Conflict, match="“Acme” was merged into “Acme Ltd” meanwhile"):
        merge(ada, gone, kept)
    third = make(ada, name="Third")
    with ada.inside():
        delete_record(CUSTOMER, CUSTOMER.get(third))
    with pytest.raises(Conflict, match="was deleted meanwhile"):
        merge(ada, kept, third)


def test_of_those_who_merge_the_same_pair_both_ways_at_once_one_wins(ada, pair):
    start, outcomes = threading.Barrier(6), []

    def run(kept, gone) -> None:
        start.wait()
        try:
            merge(ada, kept, gone)
            outcomes.append("done")
        except DomainError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=run, args=pair if n % 2 else pair[::-1]) for n in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(outcomes) == ["done", *["merged_already"] * 5]
    with ada.inside():
        assert len(Listing(CUSTOMER).page().records) == 1


def test_a_contact_made_while_its_customer_is_merged_is_refused_or_follows(ada, pair):
    kept, gone = pair
    outcomes = []

    def run() -> None:
        try:
            outcomes.append(make(ada, CONTACT, name="Late", customer=gone))
        except Invalid:
            outcomes.append(None)

    late = threading.Thread(target=run)
    with ada.inside():
        merge_records(CUSTOMER, kept, [gone], {})
        late.start()
        late.join(0.3)
    late.join()
    assert outcomes[0] is None or the(ada, outcomes[0], CONTACT).customer_id == kept


def test_the_address_of_the_gone_one_leads_to_the_kept_one(ada, bob, pair):
    kept, gone = pair
    merge(ada, kept, gone)
    for path in ("", "/edit", "/history"):
        answer = ada.get(f"customers/{gone}{path}")
        assert (answer.status_code, answer.location) == (302, f"/w/acme/customers/{kept}"), path
