"""Pages of a list in any order: nothing left out, nothing twice, both ways; by fields of one's own in two steps."""

import random

import pytest

from core.customers.types import CUSTOMER
from core.errors import Invalid
from core.records import custom
from core.records.query import Listing
from core.records.services import create_record

ROWS = 40


@pytest.fixture
def keys(ada):
    """Customers of whom some have no score, no grade and no employees."""
    with ada.inside():
        score = custom.add_custom_field("customer", label="Score", type="integer", taken=()).key
        grade = custom.add_custom_field("customer", label="Grade", type="text", taken=(score,)).key
    dice = random.Random(7)
    with ada.inside():
        for n in range(ROWS):
            values = {"name": f"C {n:02d}"}
            for key, value in (
                (score, dice.randrange(6)),
                (grade, dice.choice("abc")),
                ("employees", dice.randrange(4)),
            ):
                if dice.random() < 0.7:
                    values[key] = value
            create_record(CUSTOMER, values)
    return {"score": score, "grade": grade}


def everything(sort, condition=None, limit=7):
    """All names, read page by page to the end and back to the beginning."""
    forth, after = [], None
    while True:
        page = Listing(CUSTOMER, condition, sort=sort, limit=limit, after=after).page()
        forth.append(page)
        if page.next is None:
            break
        after = page.next
    back, before = [forth[-1]], forth[-1].previous
    while before:
        page = Listing(CUSTOMER, condition, sort=sort, limit=limit, before=before).page()
        back.insert(0, page)
        before = page.previous
    names = [record.name for page in forth for record in page.records]
    assert [record.name for page in back for record in page.records] == names
    return [record for page in forth for record in page.records]


SORTS = ("{score}", "-{score}", "{grade},-{score}", "-{grade},employees", "employees,-{score}", "-employees,name", "{score},-created_at",
         "stage,{grade},-name", "-created_at", "employees,created_at")  # fmt: skip


@pytest.mark.parametrize("sort", SORTS)
def test_pages_leave_nothing_out_and_repeat_nothing(ada, keys, sort):
    sort = sort.format(**keys)
    with ada.inside():
        found = everything(sort)
        assert len({record.id for record in found}) == len(found) == ROWS
        fields = CUSTOMER.fields()
        expected = list(found)
        for part in reversed(sort.split(",")):
            of, falls = fields[part.lstrip("-")], part.startswith("-")
            if of.key == "created_at":
                expected.sort(key=lambda record: record.id, reverse=falls)
                continue
            filled = sorted((r for r in expected if of.get(r) is not None), key=of.get, reverse=falls)
            expected = filled + [r for r in expected if of.get(r) is None]
        mine = [[f.get(r) for f in map(fields.get, (p.lstrip("-") for p in sort.split(",")))] for r in found]
        theirs = [[f.get(r) for f in map(fields.get, (p.lstrip("-") for p in sort.split(",")))] for r in expected]
        assert mine == theirs


@pytest.mark.parametrize("condition, expected", [
    ({"field": "{score}", "op": "gte", "value": 3}, lambda score: score is not None and score >= 3),
    ({"field": "{score}", "op": "is_not", "value": 3}, lambda score: score != 3),
    ({"field": "{score}", "op": "empty"}, lambda score: score is None),
    ({"field": "{score}", "op": "not_empty"}, lambda score: score is not None),
    ({"not": {"field": "{score}", "op": "lt", "value": 3}}, lambda score: score is None or score >= 3),
    ({"any": [{"field": "{score}", "op": "is", "value": 1}, {"field": "{score}", "op": "empty"}]}, lambda score: score in (1, None)),
])  # fmt: skip
@pytest.mark.parametrize("sort", ["{score}", "-{score},name", "name", "{grade}"])
def test_a_filter_by_the_field_that_it_is_sorted_by_finds_the_same(ada, keys, condition, expected, sort):
    condition = eval(repr(condition).replace("{score}", keys["score"]))
    with ada.inside():
        found = everything(sort.format(**keys), condition)
        of = CUSTOMER.fields()[keys["score"]]
        every = everything("name")
        assert sorted(r.name for r in found) == [r.name for r in every if expected(of.get(r))]
        assert Listing(CUSTOMER, condition, sort=sort.format(**keys)).page(total=True).total == len(found)


def test_records_without_a_value_are_not_looked_for_where_none_can_match(ada, keys, statements):
    condition = {"field": keys["score"], "op": "gte", "value": 3}
    with ada.inside():
        CUSTOMER.fields()
        with statements() as sent:
            Listing(CUSTOMER, condition, sort=keys["score"]).page()
        assert len([s for s in sent if "FROM customer" in s]) == 1


@pytest.mark.parametrize("cursor", ["!!", "bm90aGluZw", "W10", "W251bGxd", "WzEsMiwzLDRd", "WyJ4IiwgIngiXQ"])
def test_a_cursor_of_something_else_is_refused(ada, keys, cursor):
    with ada.inside():
        for sort in ("name", keys["score"], f"{keys['grade']},name", "-created_at"):
            with pytest.raises(Invalid):
                Listing(CUSTOMER, sort=sort, after=cursor).page()


def test_a_cursor_of_another_order_is_refused(ada, keys):
    with ada.inside():
        by_name = Listing(CUSTOMER, sort="name", limit=3).page().next
        with pytest.raises(Invalid):
            Listing(CUSTOMER, sort=keys["score"], limit=3, after=by_name).page()
        with pytest.raises(Invalid):
            Listing(CUSTOMER, sort="name,stage", limit=3, after=by_name).page()
