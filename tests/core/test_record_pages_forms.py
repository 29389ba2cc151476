"""The forms of any record type: making, changing, deleting, and somebody else being faster."""

import re

import pytest
from markupsafe import escape

from core import db
from core.activities.types import FOLLOW_UP, TASK
from core.customers.types import CONTACT, CUSTOMER
from core.records import custom
from core.records.fields import Amount, RecordRef
from core.records.services import create_record, update_record

NASTY = (
    "<script>alert(1)</script>",
    "'; drop table customer; --",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }} %s {0}",
)


def make(person, **values):
    with person.inside():
        return create_record(CUSTOMER, {"name": "Fabrikam"} | values).id


def the(record_type, person, record_id):
    with person.inside():
        return record_type.get(record_id)


def form_of(page):
    """What a browser would post: the controls of the record's form as they stand."""
    form = page.split('<form class="gx-form', 1)[1].split("</form>")[0]
    typed = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ("checked" in tag or not re.search(r'type="(checkbox|radio)"', tag)):
            typed[name[1]] = unescape(value[1]) if value else ""
    for name, inner in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', inner) or re.search(
            r'<option value="([^"]*)">', inner
        )
        typed[name] = unescape(chosen[1] if chosen[1] is not None else chosen[2])
    for name, inner in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.S):
        typed[name] = unescape(inner)
    return typed


def unescape(text):
    for entity, plain in (("&lt;", "<"), ("&gt;", ">"), ("&#34;", '"'), ("&#39;", "'"), ("&amp;", "&")):
        text = text.replace(entity, plain)
    return text


def test_a_record_is_made_and_one_lands_on_its_page(ada):
    answer = ada.post("contacts/", {"name": "王小明", "customer": str(make(ada)), "phone": "138 0013 8000"})
    assert answer.status_code == 303
    page = ada.get(answer.location).get_data(as_text=True)
    assert "王小明" in page and "+86 138 0013 8000" in page and "was created" in page


def test_faults_stand_beside_their_fields_and_nothing_typed_is_lost(ada):
    answer = ada.post("customers/", {
        "name": "", "email": "not an address", "employees": "a dozen", "notes": "Long story", "stage": "signed",
        "annual_revenue": "1,2,3", "annual_revenue_currency": "EUR", "tags": "vip; 出口", "founded": "12",
    })  # fmt: skip
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for name in ("name", "email", "employees", "annual_revenue", "founded"):
        assert f'id="f-{name}-error"' in page, name
    typed = form_of(page)
    assert (typed["email"], typed["employees"], typed["notes"]) == ("not an address", "a dozen", "Long story")
    assert (typed["stage"], typed["annual_revenue_currency"], typed["tags"]) == ("signed", "EUR", "vip; 出口")


@pytest.mark.parametrize("nasty", NASTY)
def test_script_and_sql_are_just_text_in_every_field(ada, nasty):
    every = dict.fromkeys(CUSTOMER.builtin, nasty)
    refused = ada.post("customers/", every).get_data(as_text=True)
    assert nasty not in refused.replace("{{ 7*7 }} %s {0}", "") and "<script>alert" not in refused
    record_id = make(ada, name=nasty, industry=nasty, notes=nasty, tags=[nasty[:50]])
    for url in (
        "customers/",
        "customers/board",
        f"customers/{record_id}/edit",
        f"customers/{record_id}/history",
        f"customers/?q={nasty}",
    ):
        page = ada.get(url).get_data(as_text=True)
        assert "<script>alert" not in page and "<img src=x" not in page and "49 %s" not in page, url
    assert str(escape(nasty)) in ada.get("customers/").get_data(as_text=True)


def test_a_text_too_long_is_the_fields_fault(ada):
    for key in ("name", "industry", "location", "source", "website", "email", "phone", "tags"):
        answer = ada.post("customers/", {"name": "Fabrikam", key: "x" * 5000})
        assert answer.status_code == 422 and f'id="f-{key}-error"' in answer.get_data(as_text=True), key


def test_opening_a_form_and_saving_it_changes_nothing(ada, eve):
    with ada.inside():
        own = custom.add_custom_field(
            "customer", label="Channels", type="multi_choice", taken=(), config={"options": custom.options_of("a\nb")}
        )
        key = own.key
    record_id = make(
        ada, name="Fabrikam", phone="+8613800138000", annual_revenue=Amount(123450, "USD"), founded=1996, employees=12500,
        tags=["vip", "出口"], notes="One.\nTwo.", parent=make(ada, name="Holding"), owner=eve.member_id, website="https://example.com",
        **{key: ["a"]},
    )  # fmt: skip
    before = the(CUSTOMER, ada, record_id)
    page = ada.get(f"customers/{record_id}/edit").get_data(as_text=True)
    answer = ada.post(f"customers/{record_id}", form_of(page), follow_redirects=True)
    assert "Nothing was changed" in answer.get_data(as_text=True)
    assert the(CUSTOMER, ada, record_id).version == before.version


def test_saving_keeps_the_seconds_of_a_moment_that_was_not_touched(ada):
    with ada.inside():
        logged = create_record(
            FOLLOW_UP, {"summary": "Called", "channel": "call", "about": RecordRef("customer", make(ada))}
        )
        record_id, moment = logged.id, logged.happened_at
    typed = form_of(ada.get(f"follow-ups/{record_id}/edit").get_data(as_text=True)) | {"summary": "Called twice"}
    assert ada.post(f"follow-ups/{record_id}", typed).status_code == 303
    with ada.inside():
        kept = FOLLOW_UP.get(record_id)
        assert (kept.summary, kept.happened_at) == ("Called twice", moment)


def test_a_moment_is_typed_and_shown_in_the_zone_of_the_member(ada):
    about = f"customer:{make(ada)}"
    answer = ada.post("tasks/", {"title": "Call", "due_at": "2026-03-08T14:30", "about": about})
    assert answer.status_code == 303
    page = ada.get(answer.location).get_data(as_text=True)
    assert "2:30" in page
    with ada.inside():
        assert db.session().scalars(TASK.visible()).one().due_at.isoformat().startswith("2026-03-08T06:30")


def test_a_link_is_found_from_its_words_where_no_script_runs(ada):
    make(ada, name="Fabrikam")
    northwind = make(ada, name="Northwind")
    answer = ada.post("contacts/", {"name": "Ann", "customer": "", "customer-q": "northw"})
    assert answer.status_code == 303
    page = ada.get(answer.location).get_data(as_text=True)
    assert f"/go/customer/{northwind}" in page


def test_words_that_fit_several_records_are_asked_about(ada):
    one, _two = make(ada, name="Fabrikam East"), make(ada, name="Fabrikam West")
    answer = ada.post("contacts/", {"name": "Ann", "customer": "", "customer-q": "fabrikam"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and 'name="customer-pick"' in page and "Fabrikam West" in page
    done = ada.post("contacts/", {"name": "Ann", "customer": "", "customer-q": "fabrikam", "customer-pick": str(one)})
    assert done.status_code == 303


def test_words_that_fit_nothing_and_a_neighbours_id_are_refused(ada, mallory):
    theirs = make(mallory, name="Theirs")
    for typed in (
        {"customer-q": "nobody"},
        {"customer": str(theirs), "customer-q": "Theirs"},
        {"customer": str(theirs)},
        {"customer": "x"},
    ):
        answer = ada.post("contacts/", {"name": "Ann"} | typed)
        assert answer.status_code == 422 and "Theirs<" not in answer.get_data(as_text=True), typed


def test_the_address_fills_in_and_leads_back(ada):
    customer = make(ada, name="Northwind")
    page = ada.get(f"contacts/new?customer={customer}&next=/w/acme/customers/{customer}").get_data(as_text=True)
    typed = form_of(page)
    assert (typed["customer"], typed["customer-q"]) == (str(customer), "Northwind")
    answer = ada.post("contacts/", typed | {"name": "Ann"})
    assert answer.location == f"/w/acme/customers/{customer}"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/w/globex/", "/w/acme/\\evil", "javascript:alert(1)"]
)
def test_the_address_leads_nowhere_else(ada, elsewhere):
    answer = ada.post("customers/", {"name": "X", "kind": "company", "stage": "potential", "next": elsewhere})
    assert answer.status_code == 303 and answer.location.startswith("/w/acme/customers/")


def test_who_was_slower_sees_what_changed_and_chooses(ada, eve, dora):
    record_id = make(ada, name="Fabrikam", industry="Retail", location="Berlin")
    typed = form_of(ada.get(f"customers/{record_id}/edit").get_data(as_text=True))
    with ada.inside():
        update_record(CUSTOMER, CUSTOMER.get(record_id), {"industry": "Shipping", "level": "a"})
    mine = typed | {"industry": "Software", "location": "Hamburg"}
    answer = ada.post(f"customers/{record_id}", mine)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "was changed while you had it open" in page and "Shipping" in page and "Ada Lovelace" in page
    again = form_of(page)
    assert (again["industry"], again["location"], again["level"]) == ("Software", "Hamburg", "a")
    assert ada.post(f"customers/{record_id}", again | {"choice-industry": "theirs"}).status_code == 303
    kept = the(CUSTOMER, ada, record_id)
    assert (kept.industry, kept.location, kept.level) == ("Shipping", "Hamburg", "a")


def test_who_keeps_their_own_overwrites(ada):
    record_id = make(ada, industry="Retail")
    typed = form_of(ada.get(f"customers/{record_id}/edit").get_data(as_text=True))
    with ada.inside():
        update_record(CUSTOMER, CUSTOMER.get(record_id), {"industry": "Shipping"})
    again = form_of(ada.post(f"customers/{record_id}", typed | {"industry": "Software"}).get_data(as_text=True))
    assert again["choice-industry"] == "mine"
    ada.post(f"customers/{record_id}", again)
    assert the(CUSTOMER, ada, record_id).industry == "Software"


def test_changes_to_what_the_form_does_not_touch_are_not_undone(ada):
    record_id = make(ada, industry="Retail")
    with ada.inside():
        update_record(CUSTOMER, CUSTOMER.get(record_id), {"level": "a"})
    typed = form_of(ada.get(f"customers/{record_id}/edit").get_data(as_text=True))
    ada.post(
        f"customers/{record_id}",
        {k: v for k, v in typed.items() if k in ("version", "opened", "name")} | {"name": "New name"},
    )
    assert the(CUSTOMER, ada, record_id).name == "New name"


def test_a_viewer_may_neither_make_nor_change_nor_delete(ada, bob):
    record_id = make(ada)
    for url in ("customers/new", f"customers/{record_id}/edit", f"customers/{record_id}/fields/name"):
        assert bob.get(url).status_code == 403, url
    for url in (
        "customers/",
        f"customers/{record_id}",
        f"customers/{record_id}/fields/name",
        f"customers/{record_id}/deletion",
    ):
        assert bob.post(url, {"name": "Bobs"}).status_code == 403, url
    assert the(CUSTOMER, ada, record_id).name == "Fabrikam"


def test_a_neighbours_record_is_not_there(ada, mallory):
    record_id = make(ada)
    contact = make_contact(ada, record_id)
    for url in (
        f"contacts/{contact}",
        f"contacts/{contact}/edit",
        f"contacts/{contact}/fields/name",
        f"contacts/{contact}/history",
    ):
        assert mallory.get(url).status_code == 404, url
    for url in (
        f"contacts/{contact}",
        f"contacts/{contact}/fields/name",
        f"contacts/{contact}/deletion",
        f"contacts/{contact}/restoration",
    ):
        assert mallory.post(url, {"name": "Mine now"}).status_code == 404, url


def make_contact(person, customer, **values):
    with person.inside():
        return create_record(CONTACT, {"name": "Ann", "customer": customer} | values).id


def test_a_record_is_deleted_and_brought_back(ada):
    record_id = make_contact(ada, make(ada))
    page = ada.post(f"contacts/{record_id}/deletion", follow_redirects=True).get_data(as_text=True)
    assert "was deleted" in page and f"/contacts/{record_id}/restoration" in page
    assert ada.get(f"contacts/{record_id}").status_code == 404
    page = ada.post(f"contacts/{record_id}/restoration", follow_redirects=True).get_data(as_text=True)
    assert "is back" in page and "Ann" in page


def test_a_seller_cannot_give_a_record_away_in_the_form(sam, eve):
    record_id = make(sam)
    page = sam.get(f"customers/{record_id}/edit").get_data(as_text=True)
    assert 'name="owner"' not in page
    sam.post(f"customers/{record_id}", {"name": "Fabrikam", "owner": str(eve.member_id), "version": "1"})
    assert the(CUSTOMER, sam, record_id).owner_id == sam.member_id


def test_custom_fields_are_part_of_the_form(ada):
    with ada.inside():
        made = custom.add_custom_field(
            "customer", label="Credit limit", type="money", taken=(), required=True, help="In their currency"
        )
        key = made.key
    page = ada.get("customers/new").get_data(as_text=True)
    assert "Credit limit" in page and "In their currency" in page
    assert f'id="f-{key}-error"' in ada.post("customers/", {"name": "X"}).get_data(as_text=True)
    answer = ada.post(
        "customers/", {"name": "X", "kind": "company", "stage": "potential", key: "1,200.50", f"{key}_currency": "EUR"}
    )
    assert answer.status_code == 303
    with ada.inside():
        assert CUSTOMER.field(key).get(db.session().scalars(CUSTOMER.visible()).one()) == Amount(120050, "EUR")


def test_one_field_is_changed_where_it_stands(ada):
    record_id = make_contact(ada, make(ada), title="Buyer")
    url = f"contacts/{record_id}/fields/title"
    part = {"HX-Request": "true", "HX-Request-Type": "partial"}
    form = ada.get(url, headers=part).get_data(as_text=True)
    assert 'value="Buyer"' in form and "<html" not in form
    answer = ada.post(url, form_of(form) | {"title": "Chief"}, headers=part).get_data(as_text=True)
    assert answer.startswith(f'<div class="gx-fact" id="fact-title-{record_id}">') and "Chief" in answer
    assert "hx-swap-oob" in answer
    assert ada.post(url, {"title": "Boss"}).location == f"/w/acme/contacts/{record_id}"
    faulty = ada.post(url, {"title": "x" * 5000}, headers=part)
    assert (
        faulty.status_code == 422
        and "at most 100" in faulty.get_data(as_text=True)
        and "x" * 5000 in faulty.get_data(as_text=True)
    )


def test_one_field_that_somebody_else_changed_is_told_of(ada):
    record_id = make_contact(ada, make(ada), title="Buyer")
    url = f"contacts/{record_id}/fields/title"
    typed = form_of(ada.get(url).get_data(as_text=True))
    with ada.inside():
        update_record(CONTACT, CONTACT.get(record_id), {"title": "Head of purchasing"})
    answer = ada.post(url, typed | {"title": "Chief"})
    assert answer.status_code == 422 and "Head of purchasing" in answer.get_data(as_text=True)
    assert ada.post(url, form_of(answer.get_data(as_text=True))).status_code == 303
    assert the(CONTACT, ada, record_id).title == "Chief"


def test_what_the_system_keeps_has_no_form(ada):
    record_id = make(ada)
    assert ada.get(f"customers/{record_id}/fields/created_at").status_code == 404
    assert ada.get(f"customers/{record_id}/fields/nonsense").status_code == 404
