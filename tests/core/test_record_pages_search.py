"""The search over everything, and what stands around the pages."""

import pytest

from core.customers.types import CONTACT, CUSTOMER
from core.host import asking
from core.host.manifest import SearchResult
from core.records.custom import add_custom_field
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


@pytest.fixture
def many_kinds(ada):
    with ada.inside():
        for name, phone in (
            ("Kowalski & Sons Corporation", "+48600123456"),
            ("张三", "+8613912345678"),
            ("深圳市腾飞科技", None),
        ):
            create_record(CUSTOMER, {"name": name, "phone": phone})


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("zs", "张三"),
        ("zhangsan", "张三"),
        ("张三", "张三"),
        ("张", "张三"),
        ("5678", "张三"),
        ("139 1234", "张三"),
        ("tf", "腾飞"),
        ("tengfei", "腾飞"),
        ("飞科", "腾飞"),
        ("owalsk", "Kowalski"),
        ("kowalski sons", "Kowalski"),
        ("3456", "Kowalski"),
        ("kowalsky", "Kowalski"),
        ("kowlaski", "Kowalski"),
        ("kowalki", "Kowalski"),
        ("koowalski", "Kowalski"),
        ("kowalski coporation", "Kowalski"),
    ],
)
def test_names_are_found_however_one_types_them(ada, many_kinds, typed, name):
    assert name in found(ada, typed)


@pytest.mark.parametrize("typed", ["kafkaesque", "zt", "5679", "kowall"])
def test_what_is_not_there_is_not_found(ada, many_kinds, typed):
    assert "Nothing found" in found(ada, typed)


def test_a_guess_is_called_one(ada, many_kinds):
    assert "Nothing has “kowalsky” in it" in found(ada, "kowalsky")
    assert "Nothing has" not in found(ada, "kowalski")
    (hit,) = ada.api("GET", "search?q=kowalsky").json["data"]
    assert hit["title"] == "Kowalski & Sons Corporation" and hit["guessed"] is True


def test_all_types_together_cost_few_statements(ada, known, statements):
    found(ada, "建国")
    with statements() as sent:
        found(ada, "建国")
    assert len(sent) <= 8, "\n".join(sent)


def test_an_empty_search_shows_what_one_looked_at_last(ada, bob, known):
    with ada.inside():
        contact = create_record(CONTACT, {"name": "王小明", "customer": known})
    ada.get(f"customers/{known}")
    ada.get(f"contacts/{contact.id}")
    part = found(ada, "", headers=PART)
    assert "Recent" in part and part.index("王小明") < part.index("北京建国科技")
    assert "Recent" not in found(bob, "", headers=PART)


def test_a_tenants_own_numbers_find_the_record(ada):
    with ada.inside():
        for type_, key in (("barcode", "c_code"), ("phone", "c_phone"), ("text", "c_text")):
            add_custom_field("customer", label=key, key=key, type=type_, taken=["name"])
    with ada.inside():
        values = {"name": "Acme", "c_code": "SB-77881", "c_phone": "+8613700137000", "c_text": "whatever"}
        create_record(CUSTOMER, values)
    assert "Acme" in found(ada, "SB-77881") and "Acme" in found(ada, "7881") and "Acme" in found(ada, "13700137000")
    assert "Nothing found" in found(ada, "whatever")
