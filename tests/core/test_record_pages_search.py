"""The search over everything, and what stands around the pages."""

import pytest

from core.customers.types import CONTACT, CUSTOMER
from core.host import asking
from core.host.manifest import SearchResult
from core.records.services import create_record

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def known(ada):
    with ada.inside():
        customer = create_record(CUSTOMER, {"name": "北京建国科技", "phone": "+8613800138000"})
        create_record(CONTACT, {"name": "李建国", "customer": customer.id})
        return customer.id


def found(person, text, **options):
    return person.get("search", query_string={"q": text}, **options).get_data(as_text=True)


def test_every_type_is_searched_at_once_and_grouped(ada, known):
    page = found(ada, "建国")
    assert "北京建国科技" in page and "李建国" in page
    assert page.index("北京建国科技") < page.index("李建国")
    assert f"/w/acme/customers/{known}" in page


@pytest.mark.parametrize("typed", ["bjjg", "BJ", "8000", "138 0013", "138-0013-8000", "建国科技", "科技 138"])
def test_a_customer_is_found_by_pinyin_initials_and_digits(ada, known, typed):
    assert "北京建国科技" in found(ada, typed)


def test_the_search_field_gets_only_the_hits(ada, known):
    part = found(ada, "建国", headers=PART)
    assert part.lstrip().startswith('<div class="gx-hits" id="search-hits">') and "李建国" in part


def test_nothing_found_and_nothing_typed_are_said(ada, known):
    assert "Nothing found for “zebra”" in found(ada, "zebra")
    assert "What are you looking for" in found(ada, " ")


@pytest.mark.parametrize(
    "nasty",
    ["<script>alert(1)</script>", "'; drop table customer; --", "%", "\\", "a" * 5000, "\x00x", "& | !", "' : *"],
)
def test_nasty_words_find_nothing_and_harm_nothing(ada, known, nasty):
    assert "<script>alert" not in found(ada, nasty)
    assert ada.get("search", query_string={"q": nasty}).status_code == 200
    assert ada.get("customers/", query_string={"q": nasty}).status_code == 200
    assert ada.get("lookup/any", query_string={"q": nasty}).status_code == 200


def test_a_neighbour_finds_nothing(mallory, known):
    assert "北京建国科技" not in found(mallory, "建国")


def test_each_type_is_asked_once(ada, known, statements):
    found(ada, "建国")
    with statements() as sent:
        found(ada, "建国")
    assert len([s for s in sent if "search_text" in s or "search_norm" in s]) <= 5


def test_a_plugin_adds_what_it_finds(ada, known, monkeypatch):
    result = SearchResult("A page about 建国", "in the handbook", "/w/acme/handbook/1", "book")
    monkeypatch.setattr(
        "core.search.views.ask", lambda question, **about: [result] if question == "search_results" else []
    )
    page = found(ada, "建国")
    assert "A page about 建国" in page and "in the handbook" in page
    assert asking.ask is not None


def test_the_frame_shows_what_one_may_see_and_make(ada, bob):
    mine, theirs = ada.get("customers/").get_data(as_text=True), bob.get("customers/").get_data(as_text=True)
    for entry in ("Customers", "Contacts", "Tasks"):
        assert f'title="{entry}"' in mine and f'title="{entry}"' in theirs
    assert "Administration" in mine and "/w/acme/settings/fields/" in mine
    assert "Administration" not in theirs and "customers/new" not in theirs
    assert mine.count('aria-current="page"') and 'href="/w/acme/customers/" aria-current="page"' in mine


def test_the_frame_costs_no_statement(ada, statements):
    with statements() as sent:
        ada.get("settings/fields/customers/new")
    assert len(sent) <= 4, "\n".join(sent)
