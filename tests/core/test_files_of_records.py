"""The files of a record as a whole: the panel, its history, and the API."""

import io

import pytest

from core.customers.types import CONTACT, CUSTOMER
from core.events import history_of
from core.files import files_of, upload_file
from core.records.duplicates.merging import merge_records
from core.records.services import create_record

PDF = b"%PDF-1.7\n%%EOF"


@pytest.fixture
def contact(sam):
    with sam.inside():
        customer = create_record(CUSTOMER, {"name": "Fabrikam"})
        return create_record(CONTACT, {"name": "Ann Buyer", "customer": customer.id}).id


def drop(person, contact, *files, **more):
    sent = [(io.BytesIO(content), name) for name, content in files]
    return person.post(f"contacts/{contact}/files", {"file": sent}, content_type="multipart/form-data", **more)


def panel(person, contact):
    answer = person.get(f"contacts/{contact}/files", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def one_file(person, contact):
    with person.inside():
        (file,) = files_of("contact", contact)
    return file


def test_every_record_page_has_room_for_files(sam, contact):
    for page in (f"contacts/{contact}", f"customers/{the_customer(sam)}"):
        assert "data-panel-body" in (html := sam.get(page).get_data(as_text=True)) and "/files" in html
    assert "drop them here" in panel(sam, contact)


def the_customer(person):
    return person.api("GET", "customers").json["data"][0]["id"]


def test_files_are_added_listed_and_told_of_in_the_history(sam, contact):
    assert drop(sam, contact, ("offer.pdf", PDF), ("<i>.txt", b"hi")).status_code == 303
    html = panel(sam, contact)
    assert "offer.pdf" in html and "&lt;i&gt;.txt" in html and "Sam Seller" in html and "14 bytes" in html
    page = sam.get(f"contacts/{contact}").get_data(as_text=True)
    assert "added the file “offer.pdf”" in page
    fragment = drop(sam, contact, ("more.pdf", PDF), headers={"HX-Request": "true"})
    assert fragment.get_data(as_text=True).lstrip().startswith("<section") and "more.pdf" in fragment.text


def test_a_file_is_removed_and_brought_back(sam, contact):
    drop(sam, contact, ("offer.pdf", PDF))
    file = one_file(sam, contact)
    sam.post(f"contacts/{contact}/files/{file.id}/removal")
    assert "offer.pdf" not in panel(sam, contact)
    assert sam.get(f"files/{file.id}").status_code == 404
    sam.post(f"contacts/{contact}/files/{file.id}/restoration")
    assert "offer.pdf" in panel(sam, contact)
    with sam.inside():
        names = [row.name for row in history_of("contact", contact)]
    assert names[:3] == ["contact.file_restored", "contact.file_removed", "contact.file_added"]


def test_doing_it_twice_tells_of_it_once(sam, contact):
    drop(sam, contact, ("offer.pdf", PDF))
    file = one_file(sam, contact)
    for _n in range(2):
        sam.post(f"contacts/{contact}/files/{file.id}/removal")
    with sam.inside():
        assert [row.name for row in history_of("contact", contact)].count("contact.file_removed") == 1


def test_who_may_only_look_sees_the_files_and_changes_nothing(sam, bob, contact, mallory):
    drop(sam, contact, ("offer.pdf", PDF))
    file = one_file(sam, contact)
    html = panel(bob, contact)
    assert "offer.pdf" in html and "removal" not in html and 'type="file"' not in html
    assert bob.get(f"files/{file.id}").status_code == 200
    assert drop(bob, contact, ("x.pdf", PDF)).status_code == 403
    assert bob.post(f"contacts/{contact}/files/{file.id}/removal").status_code == 403
    assert mallory.get(f"contacts/{contact}/files").status_code == 404
    assert mallory.get(f"files/{file.id}").status_code == 404


def test_bad_files_are_refused_in_words_and_nothing_is_kept(sam, contact):
    answer = drop(sam, contact, ("empty.pdf", b""), headers={"HX-Request": "true"})
    assert answer.status_code == 422 and "empty.pdf" in answer.headers["HX-Trigger"].encode().decode("unicode_escape")
    assert drop(sam, contact, headers={"HX-Request": "true"}).status_code == 422
    with sam.inside():
        assert files_of("contact", contact) == []


def test_a_file_of_a_field_or_of_another_record_is_not_removed_through_this_one(sam, contact):
    with sam.inside():
        other = create_record(CONTACT, {"name": "Other", "customer": CONTACT.get(contact).customer_id}).id
    drop(sam, other, ("offer.pdf", PDF))
    assert sam.post(f"contacts/{contact}/files/{one_file(sam, other).id}/removal").status_code == 404
    assert "offer.pdf" in panel(sam, other)


def test_the_api_does_all_of_it(sam, bob, contact):
    with sam.inside():
        file = str(upload_file("offer.pdf", PDF).id)
    url = f"contacts/{contact}/files"
    assert bob.api("POST", url, {"files": [file]}).status_code == 403
    added = sam.api("POST", url, {"files": [file]})
    assert added.status_code == 201 and added.json["data"][0]["record_id"] == str(contact)
    assert [each["id"] for each in bob.api("GET", url).json["data"]] == [file]
    assert sam.api("DELETE", f"{url}/{file}").status_code == 204
    assert sam.api("GET", url).json["data"] == []
    assert sam.api("POST", f"{url}/{file}/restore").status_code == 200
    assert len(sam.api("GET", url).json["data"]) == 1
    for bad in ({"files": []}, {"files": ["x"]}, {}, {"files": ["0193a4c5-7f3e-7c1d-9f67-2b5d3e8a1c44"]}):
        assert sam.api("POST", url, bad).status_code == 422


def test_merged_records_keep_all_files(ada, sam, contact):
    with sam.inside():
        other = create_record(CONTACT, {"name": "Twin", "customer": CONTACT.get(contact).customer_id}).id
    drop(sam, other, ("offer.pdf", PDF))
    with ada.inside():
        merge_records(CONTACT, contact, [other])
    assert one_file(sam, contact).name == "offer.pdf"
