"""Fields that a role hides, masks or shows only: what is left of them on every surface."""

import io

import pytest

from core import access, db
from core.access import Role
from core.customers.types import CUSTOMER
from core.records.fields import Amount
from core.records.runs.selection import Selection
from core.records.services import create_record
from tests.core.test_bulk_changes import edit, refused
from tests.core.test_exporting import export, lines_of, sheet_of

PHONE = "+8613812345678"


@pytest.fixture
def rule(ada):
    """Write a role's rules for the customer's fields, and perhaps how far it sees."""

    def write(scopes=None, role="sales", **fields):
        with ada.inside():
            row = db.session().query(Role).filter_by(key=role).one()
            records = dict(row.grants["records"])
            records["customer"] = {**records.get("customer", records["*"]), **(scopes or {})}
            row.grants = row.grants | {"records": records, "fields": {"customer": fields}}

    return write


def made(person, name, **more):
    with person.inside():
        return create_record(CUSTOMER, {"name": name, "phone": PHONE} | more)


def get(person, record, **more):
    return person.api("GET", f"customers/{record.id}", **more).json["data"]


def test_a_hidden_field_is_not_there(ada, sam, rule):
    rule(phone={"level": "hidden"})
    record = made(sam, "Acme")
    assert "phone" not in get(sam, record)
    assert get(ada, record)["phone"] == PHONE
    assert "138" not in sam.get(f"customers/{record.id}").text
    found = sam.api("GET", 'customers?filter={"field":"phone","op":"is","value":"' + PHONE[1:] + '"}')
    assert found.status_code == 422
    assert sam.api("GET", "customers?sort=phone").status_code == 422
    assert sam.api("PATCH", f"customers/{record.id}", json={"phone": "+8613900000000"}).status_code == 422
    assert sam.api("GET", "customers?q=12345678").json["data"] == []
    assert sam.api("GET", "search?q=12345678").json["data"] == []


def test_a_masked_field_shows_its_cover_and_takes_nothing(sam, rule):
    rule(phone={"level": "masked"})
    record = made(sam, "Acme")
    assert get(sam, record)["phone"].endswith("••••5678")
    page = sam.get(f"customers/{record.id}").text
    assert "12345678" not in page and "••••5678" in page
    assert "12345678" not in sam.get("customers/").text
    assert sam.api("PATCH", f"customers/{record.id}", json={"phone": "+8613900000000"}).status_code == 422


def test_a_field_may_be_masked_except_on_ones_own_records(ada, sam, eve, rule):
    rule({"view": "all"}, phone={"level": "masked", "except": "own"})
    mine, hers = made(sam, "Mine"), made(eve, "Hers")
    assert get(sam, mine)["phone"] == PHONE and "••••" in get(sam, hers)["phone"]
    shown = {row["name"]: row["phone"] for row in sam.api("GET", "customers").json["data"]}
    assert shown["Mine"] == PHONE and "••••" in shown["Hers"]
    found = sam.api("GET", "customers?q=12345678").json["data"]
    assert [row["name"] for row in found] == ["Mine"]
    asked = '{"field":"phone","op":"is","value":"13812345678"}'
    assert [row["name"] for row in sam.api("GET", f"customers?filter={asked}").json["data"]] == ["Mine"]
    negated = '{"not":{"field":"phone","op":"is","value":"13812345678"}}'
    assert [row["name"] for row in sam.api("GET", f"customers?filter={negated}").json["data"]] == ["Hers"]
    assert sam.api("PATCH", f"customers/{mine.id}", json={"phone": "+8613900000000"}).status_code == 200


def test_several_roles_are_as_open_as_the_more_generous_leaves_it():
    sales = ("Sales", {"records": {"customer": {"view": "own"}}})
    looks = (
        "Looks",
        {"records": {"customer": {"view": "all"}}, "fields": {"customer": {"phone": {"level": "masked"}}}},
    )
    ((key, found),) = access.add_up([sales, looks]).fields["customer"]
    assert (key, found.floor, found.raised) == ("phone", 1, (("own", 3),))
    blind = ("Blind", {"records": {}})
    assert access.add_up([looks, blind]).fields["customer"][0][1].raised == ()
    assert not access.add_up([looks, ("Boss", {"records": {"*": {"view": "all"}}})]).fields


ALL = {"view": "all", "edit": "all", "export": "all", "import": "all"}


def test_exports_tell_what_the_page_tells(sam, eve, rule):
    rule(ALL, phone={"level": "masked", "except": "own"}, annual_revenue={"level": "masked"}, email={"level": "hidden"})
    made(sam, "Mine"), made(eve, "Hers", annual_revenue=Amount(1250, "CNY"))
    _run, content = export(sam, ["name", "phone", "annual_revenue"], format="csv")
    rows = {row[0]: row[1:] for row in lines_of(content)}
    assert "12345678" in rows["Mine"][0].replace(" ", "")
    assert rows["Hers"][0].endswith("5678") and "1234" not in rows["Hers"][0] and rows["Hers"][1] == "•••"
    _run, content = export(sam, ["name", "phone", "annual_revenue"])
    assert "•••" in [cell.value for row in sheet_of(content).iter_rows() for cell in row]
    refused_ = sam.api("POST", "customers/exports", json={"fields": ["name", "email"]})
    assert (refused_.status_code, refused_.json["errors"][0]["code"]) == (422, "unknown_field")


def test_many_records_are_changed_only_where_the_field_is_open(sam, eve, rule):
    rule(ALL, phone={"level": "masked", "except": "own"}, level={"level": "read"})
    mine, hers = made(sam, "Mine"), made(eve, "Hers")
    run = edit(sam, Selection(CUSTOMER, (mine.id, hers.id)), set={"phone": "+8613900000000"})
    assert [title for title, _why in refused(sam, run)] == ["Hers"]
    assert (get(sam, mine)["phone"], get(eve, hers)["phone"]) == ("+8613900000000", PHONE)
    sent = sam.api("POST", "customers/bulk", json={"update": [{"id": str(mine.id), "level": "a"}]})
    assert sent.json["data"][0]["status"] == 422


def test_what_is_covered_may_come_back_as_it_is(sam, eve, rule):
    rule(ALL, phone={"level": "masked", "except": "own"})
    hers = made(eve, "Hers")
    seen = get(sam, hers)
    assert sam.api("PATCH", f"customers/{hers.id}", json=seen | {"name": "Hers too"}).status_code == 200
    assert get(eve, hers)["phone"] == PHONE
    wrong = sam.api("PATCH", f"customers/{hers.id}", json={"phone": "+8613900000000"})
    assert (wrong.status_code, wrong.json["errors"][0]["code"]) == (422, "not_allowed")


def test_the_history_covers_what_the_field_covers(ada, sam, eve, rule):
    rule(ALL, phone={"level": "masked", "except": "own"}, email={"level": "hidden"})
    mine, hers = made(sam, "Mine"), made(eve, "Hers")
    for record in (mine, hers):
        change = {"phone": "+8613900001111", "email": "secret@example.com"}
        assert ada.api("PATCH", f"customers/{record.id}", json=change).status_code == 200
    for path in ("history", "timeline"):
        told = str(sam.api("GET", f"customers/{hers.id}/{path}").json)
        assert "0000111" not in told and "12345678" not in told and "••••1111" in told
    feed = sam.api("GET", "events?limit=200").text
    assert "secret@example.com" not in feed and feed.count("+8613900001111") == 1


def test_an_import_leaves_closed_cells_and_takes_the_rest(sam, eve, rule, run_jobs):
    rule(ALL, phone={"level": "masked", "except": "own"})
    mine, hers = made(sam, "Mine"), made(eve, "Hers")
    content = "Name,Phone,Website\nMine,13900002222,mine.example.com\nHers,13900003333,hers.example.com\n"
    asked = {"file": (io.BytesIO(content.encode()), "c.csv"), "mode": "update", "match": '["name"]'}
    answer = sam.api("POST", "customers/imports", data=asked)
    assert answer.status_code == 202, answer.text
    run_jobs()
    assert (get(sam, mine)["phone"], get(eve, hers)["phone"]) == ("+8613900002222", PHONE)
    assert get(eve, hers)["website"] == "https://hers.example.com"


def test_a_covered_link_is_not_expanded_and_a_hidden_follow_up_is_not_told_of(ada, sam, eve, rule):
    rule({"view": "all"}, parent={"level": "masked", "except": "own"})
    group = made(eve, "Group")
    hers = made(eve, "Hers", parent=group.id)
    assert get(sam, hers, query_string={"expand": "parent"})["parent"] == "•••"
    assert get(eve, hers, query_string={"expand": "parent"})["parent"]["name"] == "Group"
    assert eve.api("POST", "follow-ups", json={
        "about": {"type": "customer", "id": str(hers.id)}, "channel": "call", "summary": "They want a discount"
    }).status_code == 201  # fmt: skip
    assert "They want a discount" in str(eve.api("GET", f"customers/{hers.id}/timeline").json)
    assert "They want a discount" not in str(sam.api("GET", f"customers/{hers.id}/timeline").json)
