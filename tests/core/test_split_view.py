"""The list and the record side by side."""

import re

from core.customers.types import CUSTOMER
from core.records.services import create_record


def test_the_list_stands_beside_the_record_that_was_chosen(ada):
    with ada.inside():
        ids = [create_record(CUSTOMER, {"name": f"Customer {n}"}).id for n in range(3)]
    page = ada.get("customers/split?sort=name").get_data(as_text=True)
    assert page.index("Customer 0") < page.index("Customer 2")
    assert f"/customers/{ids[0]}?next=" in page.split("data-first=")[1][:300], "the first is shown at first"
    page = ada.get(f"customers/split?sort=name&record={ids[1]}").get_data(as_text=True)
    marked = page.split('aria-current="true"><span class="gx-split-title">')[1]
    assert marked.startswith("Customer 1")


def test_its_links_lead_to_the_record_where_no_script_runs(ada):
    with ada.inside():
        record_id = create_record(CUSTOMER, {"name": "Fabrikam"}).id
    page = ada.get("customers/split").get_data(as_text=True)
    assert f'<a href="/w/acme/customers/{record_id}"' in page


def test_it_obeys_filter_and_search_and_pages(ada):
    with ada.inside():
        for n in range(60):
            create_record(CUSTOMER, {"name": f"Customer {n:02d}"})
    page = ada.get("customers/split?q=customer&sort=name").get_data(as_text=True)
    assert "50 of 60" in page
    url = re.search(r'rel="next" href="([^"]+)"', page)[1].replace("&amp;", "&")
    assert "/split?" in url and "Customer 55" in ada.get(url).get_data(as_text=True)
    assert "Nothing matches" in ada.get("customers/split?q=zebra").get_data(as_text=True)
    assert ada.get("customers/split?filter=nonsense").status_code == 422


def test_nobody_sees_more_there_than_elsewhere(ada, sam, mallory):
    with ada.inside():
        create_record(CUSTOMER, {"name": "Adas customer"})
    assert "Adas" not in sam.get("customers/split").get_data(as_text=True)
    assert "Adas" not in mallory.get("customers/split").get_data(as_text=True)


def test_an_empty_one_says_what_it_is_for(ada):
    assert "No customers yet" in ada.get("customers/split").get_data(as_text=True)
