"""Records that are there twice: warned of in forms, found at night, kept apart."""

import re

import pytest

from core import db
from core.customers.types import CONTACT, CUSTOMER
from core.nightly import begin_nights
from core.records.custom import add_custom_field
from core.records.duplicates.matching import look_alikes
from core.records.duplicates.models import DuplicatePair
from core.records.duplicates.queue import count_open, open_pairs
from core.records.duplicates.scanning import scan
from core.records.finding_again import make_anew
from core.records.likeness import match_name, match_sound
from core.records.making import make_type
from core.records.services import create_record, delete_record, update_record
from core.records.types import type_named


def make(person, record_type=CUSTOMER, **values):
    with person.inside():
        return create_record(record_type, {"name": "Fabrikam"} | values).id


def look(person, record_type=CUSTOMER, **values):
    with person.inside():
        return look_alikes(record_type, values)


def found(person, record_type=CUSTOMER):
    """The pairs after a search, as names and what they share."""
    with person.inside():
        scan(record_type)
    with person.inside():
        pairs, _next = open_pairs(record_type)
        return {(p.one.name, p.other.name): set(p.row.reasons) for p in pairs}


# --- what makes two names one --------------------------------------------------------------------------


@pytest.mark.parametrize(("one", "other"), [
    ("深圳市腾飞科技有限公司", "深圳腾飞科技（股份）有限公司"),
    ("广东省深圳市腾飞科技", "深圳腾飞科技集团公司"),
    ("Ｆａｂｒｉｋａｍ, Inc.", "fabrikam"),
    ("Müller GmbH & Co. KG", "MÜLLER"),
    ("O'Neil Co., Ltd.", "ONeil"),
    ("Foo S.A.", "foo"),
])  # fmt: skip
def test_names_of_one_company_are_one(one, other):
    assert match_name(one) == match_name(other) != ""


@pytest.mark.parametrize(("one", "other"), [
    ("上海发展银行", "北京发展银行"), ("Ltd", "Inc"), ("集团公司", "公司集团"), ("???", "!!!"), ("Acme Foods", "Acme Tools"),
])  # fmt: skip
def test_names_of_two_companies_stay_two(one, other):
    assert match_name(one) != match_name(other)


@pytest.mark.parametrize(("one", "other"), [("张三", "章三"), ("张三", "Zhang San"), ("Müller", "Muller")])
def test_what_sounds_alike_is_told_by_its_sound(one, other):
    assert match_name(one) != match_name(other)
    assert match_sound(match_name(one)) == match_sound(match_name(other))


# --- while one types -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("typed", "why"), [
    ({"phone": "+8613800138000"}, ["Phone"]),
    ({"email": "hello@fabrikam.com"}, ["E-mail"]),
    ({"name": "FABRIKAM Co., Ltd."}, ["Name"]),
    ({"name": "Fabrikám"}, ["Sounds alike"]),
    ({"name": "fabrikam", "phone": "+8613800138000"}, ["Phone", "Name"]),
])  # fmt: skip
def test_what_is_there_already_is_found_by_each_key(ada, typed, why):
    made = make(ada, phone="+8613800138000", email="hello@fabrikam.com", owner=ada.member_id)
    (alike,) = look(ada, **typed)
    assert (alike.id, alike.title, alike.owner, alike.reasons) == (made, "Fabrikam", "Ada Lovelace", why)
    assert look(ada, name="Contoso", phone="+8613900139000", email="x@example.com") == []


def test_of_what_one_may_not_see_only_the_owner_is_said_and_only_where_it_is_sure(sam, eve):
    make(eve, name="Secret Ltd", phone="+8613800138000", email="boss@secret.com")
    (alike,) = look(sam, phone="+8613800138000")
    assert (alike.is_seen, alike.title, list(alike.details), alike.owner) == (False, "", [], "Eve Seller")
    assert look(sam, name="Sécret") == []

    page = sam.post("customers/duplicates/look", {"phone": "138 0013 8000"}).text
    assert "Ask Eve Seller for access" in page
    assert "Secret" not in page and "boss@" not in page and "customers/" not in page


def test_two_people_of_one_name_are_one_only_at_the_same_customer(ada):
    home, other = make(ada, name="Home"), make(ada, name="Other")
    make(ada, CONTACT, name="王伟", customer=home)
    assert len(look(ada, CONTACT, name="王伟", customer=home)) == 1
    assert look(ada, CONTACT, name="王伟", customer=other) == []
    assert look(ada, CONTACT, name="王伟") == []


def test_the_deleted_and_the_neighbour_s_are_no_duplicates(ada, mallory):
    gone = make(ada, phone="+8613800138000")
    assert look(mallory, phone="+8613800138000", name="Fabrikam") == []
    with ada.inside():
        delete_record(CUSTOMER, CUSTOMER.get(gone))
    assert look(ada, phone="+8613800138000", name="Fabrikam") == []


def test_a_renamed_record_is_found_by_its_new_name_alone(ada):
    made = make(ada)
    with ada.inside():
        update_record(CUSTOMER, CUSTOMER.get(made), {"name": "Contoso"})
    assert look(ada, name="Fabrikam") == []
    assert [each.id for each in look(ada, name="contoso inc")] == [made]


def test_types_that_the_tenant_made_warn_too(ada):
    with ada.inside():
        own = make_type(label="Machine").name
    with ada.inside():
        machine = type_named(own)
        made = create_record(machine, {"name": "压缩机 A-7"}).id
        assert [each.id for each in look_alikes(machine, {"name": "压缩机A7"})] == [made]
        assert look_alikes(CUSTOMER, {"name": "压缩机A7"}) == []
    assert ada.get(f"{own}/duplicates/").status_code == 200


def test_the_form_looks_as_one_types_and_names_what_it_found(ada):
    make(ada, phone="+8613800138000")
    form = ada.get("customers/new").text
    assert 'hx-post="/w/acme/customers/duplicates/look"' in form
    box = ada.post("customers/duplicates/look", {"phone": "138 0013 8000", "name": ""}).text
    assert "Is this the one?" in box and "Use this one" in box and "create anyway" in box
    assert "<html" not in box
    assert "Is this" not in ada.post("customers/duplicates/look", {"phone": "not yet", "name": ""}).text


def test_a_form_does_not_warn_of_the_record_that_it_edits(ada):
    made = make(ada, phone="+8613800138000")
    page = ada.get(f"customers/{made}/edit").text
    assert f"duplicates/look?besides={made}" in page
    box = ada.post(f"customers/duplicates/look?besides={made}", {"phone": "13800138000", "name": "Fabrikam"}).text
    assert "Is this the one?" not in box


def test_whoever_saves_unwarned_is_told_once_and_may_save_anyway(ada):
    make(ada)
    answer = ada.post("customers/", {"name": "Fabrikam Ltd", "stage": "potential", "kind": "company"})
    assert answer.status_code == 422 and "Is this the one?" in answer.text
    told = re.findall(r'name="alike" value="([^"]*)"', answer.text)
    again = ada.post("customers/", {"name": "Fabrikam Ltd", "stage": "potential", "kind": "company", "alike": told})
    assert again.status_code == 303


def test_whoever_only_looks_cannot_probe(bob):
    assert bob.post("customers/duplicates/look", {"phone": "13800138000"}).status_code == 403


# --- at night ------------------------------------------------------------------------------------------


def test_pairs_are_found_with_what_they_share(ada):
    make(ada, name="Fabrikam", phone="+8613800138000")
    make(ada, name="Other", phone="+8613800138000")
    make(ada, name="FABRIKAM Inc.", email="a@b.com")
    make(ada, name="张三")
    make(ada, name="章三")
    make(ada, name="Alone")

    assert found(ada) == {
        ("Fabrikam", "Other"): {"phone"},
        ("Fabrikam", "FABRIKAM Inc."): {"name", "sound"},
        ("张三", "章三"): {"sound"},
    }


def test_the_tenant_s_own_match_keys_find_pairs_as_well(ada, monkeypatch):
    with ada.inside():
        add_custom_field("customer", label="Tax number", key="c_tax", type="text", taken=())
    make(ada, name="One", c_tax="91440300X")
    make(ada, name="Two", c_tax="91440300X")
    with ada.inside():
        field = CUSTOMER.fields()["c_tax"]
        monkeypatch.setattr(field, "match_key", True)
        assert [each.title for each in look_alikes(CUSTOMER, {"c_tax": "91440300X"})] != []
        scan(CUSTOMER)
        (pair,) = open_pairs(CUSTOMER)[0]
        assert pair.row.reasons == ["c_tax"]


def test_a_pair_that_was_kept_apart_does_not_come_back(ada):
    make(ada, name="One", phone="+8613800138000")
    make(ada, name="Two", phone="+8613800138000")
    assert len(found(ada)) == 1
    with ada.inside():
        pair = open_pairs(CUSTOMER)[0][0].row.id
    answer = ada.post(f"customers/duplicates/{pair}/dismissal")
    assert answer.status_code == 303
    assert found(ada) == {}
    ada.post(f"customers/duplicates/{pair}/return")
    assert len(found(ada)) == 1


def test_pairs_that_no_longer_fit_are_gone(ada):
    make(ada, name="One", phone="+8613800138000")
    other = make(ada, name="Two", phone="+8613800138000")
    assert len(found(ada)) == 1
    with ada.inside():
        update_record(CUSTOMER, CUSTOMER.get(other), {"phone": "+8613900139000"})
    assert found(ada) == {}


def test_what_too_many_share_is_reported_and_makes_no_pairs(ada):
    with ada.inside():
        for n in range(51):
            create_record(CUSTOMER, {"name": f"Branch {n}", "phone": "+8675588888888"})
    assert found(ada) == {}
    page = ada.get("settings/duplicates/").text
    assert "shared by too many" in page and "+86 755 8888 8888" in page and "51 records" in page


def test_rows_written_past_the_models_are_made_comparable(ada):
    make(ada, name="深圳市腾飞科技有限公司")
    made = make(ada, name="深圳腾飞科技")
    with ada.inside():
        db.session().execute(CUSTOMER.model.__table__.update().values(match_name="", match_sound=""))
    with ada.inside():
        assert make_anew(CUSTOMER, missing=True) == 2 and make_anew(CUSTOMER, missing=True) == 0
    assert made in [each.id for each in look(ada, name="腾飞科技", phone=None)] or len(found(ada)) == 1


def test_everyone_sees_the_pairs_of_their_own_records_only(ada, sam, eve, mallory):
    for person in (sam, eve):
        make(person, name="One", phone="+8613800138000")
    make(eve, name="Two", phone="+8613800138000")
    found(ada)
    with ada.inside():
        assert count_open(CUSTOMER) == 3
    with sam.inside():
        assert count_open(CUSTOMER) == 0
    with eve.inside():
        assert count_open(CUSTOMER) == 1
        pair = open_pairs(CUSTOMER)[0][0].row.id
    for person in (sam, mallory):
        assert person.post(f"customers/duplicates/{pair}/dismissal").status_code == 404


def test_each_night_every_tenant_is_searched_once(ada, mallory, run_jobs, clock):
    for person in (ada, mallory):
        make(person, name="One", phone="+8613800138000")
        make(person, name="Two", phone="+8613800138000")
    assert begin_nights() >= 2
    assert begin_nights() == 0
    run_jobs()
    for person in (ada, mallory):
        with person.inside():
            assert count_open(CUSTOMER) == 1
    clock.move(days=1)
    assert begin_nights() >= 2


def test_an_admin_has_it_searched_now(ada, bob, run_jobs):
    make(ada, name="One", phone="+8613800138000")
    make(ada, name="Two", phone="+8613800138000")
    assert "Nobody has looked yet" in ada.get("customers/duplicates/").text
    assert bob.post("customers/duplicates/search").status_code == 403
    ada.post("customers/duplicates/search")
    assert "Looking for duplicates" in ada.get("customers/duplicates/").text
    run_jobs()
    page = ada.get("customers/duplicates/").text
    assert "Duplicates (1)" in page and "One" in page and "Not the same" in page


def test_the_list_goes_on_where_the_page_ends(ada):
    for n in range(4):
        make(ada, name=f"C{n}", phone="+8613800138000")
    found(ada)
    with ada.inside():
        first, after = open_pairs(CUSTOMER, limit=4)
        rest, end = open_pairs(CUSTOMER, limit=4, after=after)
    assert (len(first), len(rest), end) == (4, 2, None)
    assert len({p.row.id for p in [*first, *rest]}) == 6


def test_a_merge_settles_its_pair_and_an_unmerge_keeps_the_two_apart(ada):
    one, two = make(ada, name="One", phone="+8613800138000"), make(ada, name="Two", phone="+8613800138000")
    found(ada)
    answer = ada.post("customers/merge", {"id": [str(one), str(two)], "kept": str(one)})
    assert answer.location.endswith(str(one))
    with ada.inside():
        assert [p.status for p in db.session().query(DuplicatePair)] == ["merged"]
    undo = re.search(r'/w/acme/customers/merges/[^"]+/undo', ada.get(f"customers/{one}/merges").text)[0]
    assert ada.post(undo).status_code == 303
    assert found(ada) == {}
    assert ada.get(f"customers/{two}").status_code == 200


# --- side by side --------------------------------------------------------------------------------------


def test_side_by_side_one_chooses_whose_value(ada):
    one = make(ada, name="One", phone="+8613800138000", tags=["a"])
    two = make(ada, name="Two", phone="+8613900139000", email="two@example.com", tags=["b"])
    page = ada.get(f"customers/merge?id={one}&id={two}").text
    assert "is kept" in page and "All together" in page
    checked = re.findall(r'name="pick-(\w+)" value="([^"]+)" checked', page)
    assert dict(checked)["phone"] == str(one) and dict(checked)["email"] == str(two)
    form = {"id": [str(one), str(two)], "kept": str(two), "pick-name": str(one), "pick-phone": str(two)}
    answer = ada.post("customers/merge", form)
    assert answer.location.endswith(str(two))
    with ada.inside():
        kept = CUSTOMER.get(two)
        assert (kept.name, kept.phone, kept.tags) == ("One", "+8613900139000", ["a", "b"])


def test_after_a_merge_one_goes_on_to_the_next_pair(ada):
    one, two = make(ada, name="One", phone="+8613800138000"), make(ada, name="Two", phone="+8613800138000")
    three, four = make(ada, name="Three", email="a@b.com"), make(ada, name="Four", email="a@b.com")
    found(ada)
    answer = ada.post("customers/merge", {"id": [str(one), str(two)], "kept": str(one), "then": "next"})
    assert f"id={three}&id={four}" in answer.location


@pytest.mark.parametrize("ids", [0, 1, 6])
def test_two_to_five_are_compared(ada, ids):
    query = "&".join(f"id={make(ada, name=f'C{n}')}" for n in range(ids))
    assert ada.get(f"customers/merge?{query}").status_code == 422
    assert ada.get("customers/merge?id=junk&id=more").status_code == 422


def test_whoever_may_not_delete_may_compare_but_not_merge(ada, bob):
    one, two = make(ada, name="One"), make(ada, name="Two")
    assert bob.get(f"customers/merge?id={one}&id={two}").status_code == 403
    assert bob.post("customers/merge", {"id": [str(one), str(two)], "kept": str(one)}).status_code == 403


def test_what_was_ticked_in_the_list_is_compared(ada):
    one, two = make(ada, name="One"), make(ada, name="Two")
    answer = ada.post("customers/bulk/comparison", {"id": [str(one), str(two)]})
    assert answer.location == f"/w/acme/customers/merge?id={one}&id={two}"
    answer = ada.post("customers/bulk/comparison", {"id": [str(one)]})
    assert answer.location == "/w/acme/customers/"


def test_what_is_like_a_record_is_a_click_away(ada):
    one, two = make(ada, name="One", phone="+8613800138000"), make(ada, name="Two", phone="+8613800138000")
    page = ada.get(f"customers/{one}/duplicates").text
    assert "Two" in page and f"id={one}&amp;id={two}" in page
    assert f"customers/{one}/duplicates" in ada.get(f"customers/{one}").text


def test_tasks_and_follow_ups_are_never_duplicates(ada):
    for path in ("tasks/duplicates/", "follow-ups/duplicates/"):
        assert ada.get(path).status_code == 404


# --- over the API --------------------------------------------------------------------------------------


def test_the_api_finds_merges_and_undoes(ada):
    one, two = make(ada, name="One", phone="+8613800138000"), make(ada, name="Two", phone="+8613800138000")
    found(ada)
    (pair,) = ada.api("GET", "customers/duplicates").json["data"]
    assert {pair["one"], pair["other"]} == {str(one), str(two)} and pair["reasons"] == ["phone"]
    (alike,) = ada.api("GET", f"customers/{one}/duplicates").json["data"]
    assert (alike["id"], alike["reasons"]) == (str(two), ["Phone"])

    answer = ada.api("POST", f"customers/{one}/merge", {"gone": [str(two)], "values": {"name": "Both"}})
    assert answer.status_code == 200, answer.json
    merge = answer.json["data"]
    assert (merge["kept"], merge["gone"]) == (str(one), [str(two)])
    assert ada.api("GET", f"customers/{one}").json["data"]["name"] == "Both"
    again = ada.api("POST", f"customers/{one}/merge", {"gone": [str(two)]})
    assert (again.status_code, again.json["type"]) == (409, "urn:guanxi:problem:merged_already")

    undone = ada.api("POST", f"merges/{merge['id']}/undo")
    assert undone.status_code == 200 and undone.json["data"]["undone_at"]
    assert ada.api("GET", f"customers/{one}").json["data"]["name"] == "One"
    assert ada.api("POST", f"merges/{merge['id']}/undo").status_code == 409


def test_the_api_refuses_what_it_does_not_understand(ada, mallory):
    one, two = make(ada), make(ada)
    for sent in ({}, {"gone": "x"}, {"gone": ["x"]}, {"gone": []}, {"gone": [str(two)], "values": {"nope": 1}},
                 {"gone": [str(two)], "values": {"created_at": "2020-01-01"}}, {"gone": [str(one)]}):  # fmt: skip
        assert ada.api("POST", f"customers/{one}/merge", sent).status_code == 422, sent
    assert mallory.api("POST", f"customers/{one}/merge", {"gone": [str(two)]}).status_code == 404
    assert ada.api("GET", "tasks/duplicates").status_code == 404
    paths = ada.api("GET", "openapi.json").json["paths"]
    assert {"/customers/duplicates", "/customers/{record_id}/merge", "/merges/{merge_id}/undo"} <= set(paths)
