"""The board of any record type: lanes, counts, sums, and moving a card."""

import json
from urllib.parse import quote

import pytest

from core.activities.types import TASK
from core.customers.types import CUSTOMER
from core.records import custom
from core.records.fields import Amount
from core.records.services import create_record

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


def make(person, **values):
    with person.inside():
        return create_record(CUSTOMER, {"name": "Fabrikam"} | values).id


def board(person, query=""):
    answer = person.get(f"customers/board{query}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def lane(page, key):
    return page.split(f'id="lane-{key}"')[1].split("</section>")[0]


def test_cards_lie_in_the_lane_of_their_state_with_count_and_sum(ada):
    make(ada, name="First", stage="quoted", annual_revenue=Amount(150_000_000, "CNY"))
    make(ada, name="Second", stage="quoted", annual_revenue=Amount(50_000_000, "CNY"))
    make(ada, name="Third", stage="lost")
    page = board(ada)
    assert "First" in lane(page, "quoted") and "Third" in lane(page, "lost")
    assert ">2</span>" in lane(page, "quoted") and "¥2M" in lane(page, "quoted")
    assert ">0</span>" in lane(page, "signed")


def test_the_board_obeys_filter_and_search_and_says_when_it_is_empty(ada):
    assert "The board is empty" in board(ada)
    make(ada, name="First", stage="quoted", industry="x")
    make(ada, name="Second", stage="quoted")
    condition = {"all": [{"field": "industry", "op": "is", "value": "x"}]}
    page = board(ada, f"?filter={quote(json.dumps(condition))}")
    assert "First" in page and "Second" not in page and "Industry is x" in page
    assert "Second" in board(ada, "?q=sec") and "First" not in board(ada, "?q=sec")


def test_the_board_can_be_made_of_another_choice(ada):
    make(ada, name="First", level="a")
    make(ada, name="Second")
    page = board(ada, "?by=level")
    assert "First" in lane(page, "a") and "Second" in lane(page, "-")
    assert ada.get("customers/board?by=name").status_code == 404
    assert ada.get("customers/board?by=nothing").status_code == 404


def test_a_moved_card_stays_moved_and_the_counts_follow(ada):
    record_id = make(ada, stage="quoted")
    answer = ada.post("customers/moves", {"id": str(record_id), "to": "signed", "after": ""}, headers=PART)
    moved = answer.get_data(as_text=True)
    assert answer.status_code == 200 and moved.startswith("<article") and f'data-card="{record_id}"' in moved
    assert 'id="lane-signed" hx-swap-oob="true"' in moved
    assert "Fabrikam" in lane(board(ada), "signed")


def test_a_card_moves_by_its_select_where_no_script_runs(ada):
    record_id = make(ada, stage="quoted")
    page = board(ada)
    assert f'name="to-{record_id}"' in page and 'id="mover"' in page
    answer = ada.post("customers/moves", {"id": str(record_id), f"to-{record_id}": "lost"})
    assert answer.location == "/w/acme/customers/board"
    assert "Fabrikam" in lane(board(ada), "lost")


def test_a_card_can_lose_its_choice(ada):
    record_id = make(ada, level="a")
    ada.post("customers/moves?by=level", {"id": str(record_id), "to": "-"})
    assert "Fabrikam" in lane(board(ada, "?by=level"), "-")


def test_a_refused_move_comes_back_with_the_reason(ada, monkeypatch):
    state = CUSTOMER.builtin["stage"]
    quoted = state.by_value["quoted"]
    monkeypatch.setitem(state.by_value, "quoted", type(quoted)("quoted", "Quoted", "orange", to=("signed",)))
    record_id = make(ada, stage="quoted")
    answer = ada.post("customers/moves", {"id": str(record_id), "to": "lost"}, headers=PART)
    assert answer.status_code == 422 and "cannot follow" in answer.headers["HX-Trigger"]
    assert "Fabrikam" in lane(board(ada), "quoted")


@pytest.mark.parametrize("wrong", [{"to": "nonsense"}, {"to": "-"}, {"to": ""}, {}])
def test_a_move_to_nowhere_is_refused(ada, wrong):
    record_id = make(ada)
    assert ada.post("customers/moves", {"id": str(record_id)} | wrong).status_code == 422
    assert ada.post("customers/moves", {"id": "nonsense", "to": "lost"}).status_code == 404


def test_people_and_yes_or_no_make_lanes_too(ada, sam):
    with ada.inside():
        key = custom.add_custom_field("customer", label="Key account", type="yes_no", taken=()).key
    record_id = make(ada, owner=sam.member_id, **{key: True})
    make(ada, name="Other")
    page = board(ada, "?by=owner")
    assert "Fabrikam" in lane(page, sam.member_id) and "Other" in lane(page, ada.member_id)
    ada.post("customers/moves?by=owner", {"id": str(record_id), "to": str(ada.member_id)})
    assert "Fabrikam" in lane(board(ada, "?by=owner"), ada.member_id)
    page = board(ada, f"?by={key}")
    assert "Fabrikam" in lane(page, "yes") and "Other" in lane(page, "-")
    ada.post(f"customers/moves?by={key}", {"id": str(record_id), "to": "no"})
    assert "Fabrikam" in lane(board(ada, f"?by={key}"), "no")


def test_what_the_system_sets_cannot_be_moved(ada, sam):
    record_id = make(ada)
    assert "data-board" not in board(ada, "?by=created_by")
    answer = ada.post("customers/moves?by=created_by", {"id": str(record_id), "to": str(sam.member_id)})
    assert answer.status_code == 422


def test_another_number_is_added_up(ada):
    with ada.inside():
        key = custom.add_custom_field("customer", label="Score", type="integer", taken=()).key
    for n in (3, 4):
        make(ada, stage="quoted", employees=n * 1000, **{key: n})
    assert "7,000" in lane(board(ada, "?sum=employees"), "quoted")
    assert ">7<" in lane(board(ada, f"?sum={key}"), "quoted")


def test_lanes_change_places_and_fold(ada):
    make(ada, stage="quoted")
    page = board(ada, "?lanes=lost,~quoted,signed")
    assert (
        page.index('id="lane-lost"')
        < page.index('id="lane-quoted"')
        < page.index('id="lane-signed"')
        < page.index('id="lane-potential"')
    )
    assert "Fabrikam" not in page and 'data-lane="quoted"' not in page and "gx-lane-folded" in page


def test_cards_follow_the_columns_that_were_chosen(ada):
    make(ada, stage="quoted", industry="Steel", location="Berlin")
    assert "Berlin" in board(ada, "?columns=name,location") and "Steel" not in board(ada, "?columns=name,location")


def test_those_who_may_only_look_cannot_move(ada, bob, mallory):
    record_id = make(ada)
    assert "data-board" not in board(bob) and "Fabrikam" in board(bob)
    assert bob.post("customers/moves", {"id": str(record_id), "to": "lost"}).status_code == 403
    assert mallory.post("customers/moves", {"id": str(record_id), "to": "lost"}).status_code == 404


def test_a_lane_shows_fifty_and_then_more(ada):
    with ada.inside():
        for n in range(55):
            create_record(TASK, {"title": f"Task {n:02d}"})
    page = ada.get("tasks/board").get_data(as_text=True)
    assert page.count("<article") == 50
    more = page.split('gx-lane-more" href="')[1]
    url = more.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    rest = ada.get(url, headers=PART).get_data(as_text=True)
    assert rest.count("<article") == 5 and "<html" not in rest


def test_a_board_asks_the_database_little(ada, statements):
    for n in range(60):
        make(ada, name=f"Customer {n}", stage="lost" if n % 2 else "signed")
    board(ada)
    with statements() as sent:
        board(ada)
    assert len(sent) <= 8, "\n".join(sent)
