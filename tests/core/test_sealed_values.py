"""Values that are kept encrypted: nowhere readable, found by the whole number, opened one at a time."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from core import sealing
from core.customers.types import CUSTOMER
from core.errors import Invalid
from core.events import history_of
from core.records import revealing
from core.records.conditions import holds
from core.records.custom import add_custom_field
from core.records.fields import FieldError, Identity
from core.records.query import Listing
from core.records.schemas import from_json
from core.records.services import create_record, update_record
from core.settings import settings

PASSWORD = "correct horse battery staple"
NUMBER = "11010519491231002X"
COVER = "110***********002X"
DOTS = "••••••••"


@pytest.fixture
def fields(ada):
    with ada.inside():
        add_custom_field("customer", label="Password", key="password", type="secret", taken=())
        add_custom_field("customer", label="Identity card", key="card", type="identity", taken=())


@pytest.fixture
def fabrikam(ada, fields):
    with ada.inside():
        return create_record(
            CUSTOMER, from_json(CUSTOMER, {"name": "Fabrikam", "password": PASSWORD, "card": NUMBER})
        ).id


def opened(person, record_id, key):
    with person.inside():
        return CUSTOMER.field(key).get(CUSTOMER.get(record_id)).open()


def everything_stored(admin):
    """Every row of every table, as text."""
    with admin.connect() as connection:
        tables = connection.execute(text("select tablename from pg_tables where schemaname = 'guanxi'")).scalars().all()
        return {
            table: "\n".join(
                connection.execute(text(f'select concat(whole::text) from guanxi."{table}" whole')).scalars()
            )
            for table in tables
        }


def found_by(person, **test):
    with person.inside():
        return {r.name for r in Listing(CUSTOMER, {"field": "card"} | test).page().records}


# --- at rest ---------------------------------------------------------------------------------------------


def test_nothing_of_it_can_be_read_in_any_row_of_the_database(ada, fabrikam, admin):
    ada.post(f"customers/{fabrikam}/fields/card/revelation")
    with ada.inside():
        record = CUSTOMER.get(fabrikam)
        update_record(CUSTOMER, record, from_json(CUSTOMER, {"password": PASSWORD + "!"}, partial=True))
    stored = everything_stored(admin)
    assert "sealed:" in stored["customer"] and "Fabrikam" in stored["customer"]
    for table, rows in stored.items():
        assert PASSWORD not in rows and NUMBER not in rows and "19491231" not in rows, table
    for table in ("event", "custom_value", "job"):
        assert "sealed:" not in stored[table] and "gAAAA" not in stored[table], table
    assert opened(ada, fabrikam, "password") == PASSWORD + "!" and opened(ada, fabrikam, "card") == NUMBER


def test_two_equal_values_look_different_and_another_tenants_key_opens_neither(ada, mallory, fields):
    with ada.inside():
        one, two = sealing.seal(NUMBER), sealing.seal(NUMBER)
        mine = sealing.fingerprint(NUMBER, "x")
        assert one != two and sealing.unseal(one) == sealing.unseal(two) == NUMBER
        assert sealing.fingerprint(NUMBER, "y") != mine
    with mallory.inside():
        assert sealing.fingerprint(NUMBER, "x") != mine
        with pytest.raises(sealing.CannotOpen):
            sealing.unseal(one)


def test_a_new_key_is_used_from_now_on_and_the_old_one_still_opens_and_finds(ada, fabrikam, monkeypatch):
    old = settings()
    new = replace(old, secret_key="another", secret_key_fallbacks=(old.secret_key,))
    monkeypatch.setattr(sealing, "settings", lambda: new)
    assert opened(ada, fabrikam, "password") == PASSWORD
    assert found_by(ada, op="is", value=NUMBER) == {"Fabrikam"}
    with ada.inside():
        create_record(CUSTOMER, from_json(CUSTOMER, {"name": "Newer", "card": NUMBER}))
    assert found_by(ada, op="is", value=NUMBER) == {"Fabrikam", "Newer"}
    monkeypatch.setattr(sealing, "settings", lambda: replace(old, secret_key="another"))
    page = ada.get(f"customers/{fabrikam}")
    assert page.status_code == 200 and DOTS in page.text
    assert ada.api("POST", f"customers/{fabrikam}/fields/card/reveal").json["title"] == "Conflict"


# --- covered everywhere ----------------------------------------------------------------------------------


def test_pages_lists_forms_api_and_history_show_covers_only(ada, fabrikam):
    with ada.inside():
        update_record(CUSTOMER, CUSTOMER.get(fabrikam), from_json(CUSTOMER, {"password": "other"}, partial=True))
    answer = ada.api("GET", f"customers/{fabrikam}")
    assert (answer.json["data"]["password"], answer.json["data"]["card"]) == (DOTS, COVER)
    (listed,) = ada.api("GET", "customers").json["data"]
    assert (listed["password"], listed["card"]) == (DOTS, COVER)
    assert ada.api("GET", "events").json["data"][-1]["changes"] == {"password": [DOTS, DOTS]}
    shown = [ada.get(f"customers/{fabrikam}{path}").text for path in ("", "/edit", "/history", "/fields/card")]
    shown += [str(answer.json), ada.api("GET", "events").text]
    for each in shown:
        assert PASSWORD not in each and NUMBER not in each and "sealed:" not in each and "gAAAA" not in each
    assert COVER in shown[0] and COVER in shown[1]
    with ada.inside():
        value = CUSTOMER.field("card").get(CUSTOMER.get(fabrikam))
        assert NUMBER not in repr(value) and NUMBER not in str(value)


def test_searching_does_not_find_it(ada, fabrikam):
    for words in (PASSWORD, NUMBER, "staple"):
        assert ada.api("GET", "customers", query_string={"q": words}).json["data"] == []


def test_a_cover_that_comes_back_leaves_the_value_and_a_changed_one_is_refused(ada, fabrikam):
    url = f"customers/{fabrikam}"
    data = ada.api("GET", url).json["data"]
    again = ada.api("PATCH", url, {"password": data["password"], "card": data["card"], "name": "Renamed"})
    assert again.status_code == 200
    assert opened(ada, fabrikam, "password") == PASSWORD and opened(ada, fabrikam, "card") == NUMBER
    with ada.inside():
        assert list(history_of("customer", fabrikam)[0].changes) == ["name"]
    for wrong in ({"card": "120***********002X"}, {"password": "abc•••"}):
        assert ada.api("PATCH", url, wrong).json["errors"][0]["code"] == "covered"
    assert ada.api("POST", "customers", {"name": "New", "card": COVER}).json["errors"][0]["code"] == "covered"


def test_the_form_keeps_replaces_and_empties(ada, fabrikam):
    url = f"customers/{fabrikam}/fields/password"
    ada.post(url, {"password": DOTS})
    assert opened(ada, fabrikam, "password") == PASSWORD
    ada.post(url, {"password": "other"})
    assert opened(ada, fabrikam, "password") == "other"
    ada.post(f"customers/{fabrikam}/fields/card", {"card": "360426199101010071"})
    assert opened(ada, fabrikam, "card") == "360426199101010071"
    ada.post(url, {"password": ""})
    with ada.inside():
        assert "password" not in CUSTOMER.get(fabrikam).custom


# --- identity numbers ------------------------------------------------------------------------------------


def test_an_identity_number_is_found_by_the_whole_number_alone(ada, fabrikam):
    with ada.inside():
        without = create_record(CUSTOMER, {"name": "Without"})
    assert found_by(ada, op="is", value=NUMBER.lower()) == {"Fabrikam"}
    assert found_by(ada, op="is", value="360426199101010071") == set()
    assert found_by(ada, op="is_not", value=NUMBER) == {"Without"}
    assert found_by(ada, op="in", value=["360426199101010071", NUMBER]) == {"Fabrikam"}
    assert found_by(ada, op="empty") == {"Without"} and found_by(ada, op="not_empty") == {"Fabrikam"}
    with ada.inside():
        assert not holds(CUSTOMER, without, {"field": "card", "op": "is", "value": NUMBER})
        for bad in (COVER, "110", ""):
            with pytest.raises(Invalid):
                Listing(CUSTOMER, {"field": "card", "op": "is", "value": bad}).page()
        with pytest.raises(Invalid):
            Listing(CUSTOMER, {"field": "card", "op": "contains", "value": "1101"}).page()


@pytest.mark.parametrize("wrong", ["110105194912310021", "110105194913310020", "11010519491231002", "1" * 5000, "<b>"])
def test_a_wrong_chinese_number_is_told(ada, fields, wrong):
    with ada.inside(), pytest.raises(FieldError) as refused:
        CUSTOMER.field("card").parse(wrong)
    assert refused.value.code == "not_an_id_number"


def test_other_countries_numbers_and_patterns(ada):
    with ada.inside():
        american, other = Identity("SSN", country="us"), Identity("HKID", country="other", shape="A000000(0)")
        assert american.parse("536-90-4399").open() == "536904399" and other.parse("a123456(7)").open() == "A123456(7)"
        assert american.parse("536-90-4399").cover == "5******99"
        for of, wrong in ((american, "000-00-0000"), (other, "AB123456(7)"), (Identity("Any", country="other"), "!")):
            with pytest.raises(FieldError):
                of.parse(wrong)
    for config in ({"country": "xx"}, {"country": "other", "shape": "[0-9]+"}, {"shape": "()()"}):
        with pytest.raises(FieldError):
            Identity.check_settings(config)


# --- revealing -------------------------------------------------------------------------------------------


def test_a_value_is_opened_by_who_may_and_noted(ada, bob, fabrikam):
    page = ada.get(f"customers/{fabrikam}").text
    assert f"customers/{fabrikam}/fields/card/revelation" in page
    answer = ada.post(f"customers/{fabrikam}/fields/card/revelation", headers={"HX-Request": "true"})
    assert NUMBER in answer.text and PASSWORD not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    with ada.inside():
        (noted, *_rest) = history_of("customer", fabrikam)
        assert noted.name == "customer.revealed" and noted.data == {"field_key": "card", "field_label": "Identity card"}
    assert "looked at the hidden “Identity card”" in ada.get(f"customers/{fabrikam}").text
    assert ada.api("POST", f"customers/{fabrikam}/fields/password/reveal").json["data"] == {
        "field": "password", "value": PASSWORD,
    }  # fmt: skip


def test_who_may_not_is_refused_and_offered_no_button(ada, bob, mallory, fabrikam):
    assert "revelation" not in bob.get(f"customers/{fabrikam}").text
    assert bob.post(f"customers/{fabrikam}/fields/card/revelation").status_code == 403
    assert bob.api("POST", f"customers/{fabrikam}/fields/card/reveal").status_code == 403
    assert mallory.post(f"customers/{fabrikam}/fields/card/revelation").status_code == 404
    assert mallory.api("POST", f"customers/{fabrikam}/fields/card/reveal").status_code == 404
    for other in ("name", "nothing"):
        assert ada.api("POST", f"customers/{fabrikam}/fields/{other}/reveal").status_code == 404


def test_an_opened_value_is_never_remembered_for_a_repeated_request(ada, fabrikam, admin):
    url = f"customers/{fabrikam}/fields/card/reveal"
    for _n in range(2):
        assert ada.api("POST", url, headers={"Idempotency-Key": "k"}).json["data"]["value"] == NUMBER
    assert NUMBER not in str(everything_stored(admin))


def test_only_so_many_are_opened_in_a_day(ada, fabrikam, monkeypatch, clock):
    monkeypatch.setattr(revealing, "REVEALS_A_DAY", 3)
    url = f"customers/{fabrikam}/fields/card/reveal"
    answers = [ada.api("POST", url).status_code for _n in range(5)]
    assert answers == [200, 200, 200, 429, 429]
    refused = ada.post(f"customers/{fabrikam}/fields/card/revelation", headers={"HX-Request": "true"})
    assert refused.status_code == 429 and NUMBER not in refused.text
    with ada.inside():
        assert [row.name for row in history_of("customer", fabrikam)].count("customer.revealed") == 3
    clock.move(days=1)
    assert ada.api("POST", url).status_code == 200
