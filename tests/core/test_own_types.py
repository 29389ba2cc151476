"""A tenant's own record types: made in the browser, and at once in every engine that a ready type is in."""

import re

import pytest
from openapi_spec_validator import validate

from core import db
from core.customers.types import CUSTOMER
from core.events import timeline_of
from core.records import making
from core.records.custom import add_custom_field, fields_of, options_of
from core.records.imports import services as imports
from core.records.imports.models import Import
from core.records.pages.related import relations
from core.records.services import create_record
from core.records.types import type_named

PAGE = "settings/record-types/"
STATES = [
    {"value": "stock", "label": "In stock", "color": "gray", "to": ["use"]},
    {"value": "use", "label": "In use", "color": "green", "requires": ["c_serial"]},
    {"value": "gone", "label": "Scrapped", "color": "red", "to": []},
]


def make(person, label="Equipment", states=STATES, **looks):
    """A type that belongs to a customer, with a text, a choice, an amount and a date."""
    with person.inside():
        own = making.make_type(label=label, states=[{**s, "requires": []} for s in states], **looks)
        making.add_link(own, "customer")
        for key, kind, config in (("c_serial", "text", {}), ("c_kind", "choice", {"options": options_of("Pump\nValve")}),
                                  ("c_price", "money", {}), ("c_bought", "date", {})):  # fmt: skip
            taken = [row.key for row in fields_of(own.name)]
            add_custom_field(own.name, label=key[2:].title(), type=kind, taken=taken, key=key, config=config)
        with making.afresh():
            making.set_states(own, states)
        return own.name


@pytest.fixture
def equipment(ada):
    return make(ada)


@pytest.fixture
def fabrikam(ada):
    with ada.inside():
        return create_record(CUSTOMER, {"name": "Fabrikam"}).id


def add(person, name, title="Pump 1", **values):
    with person.inside():
        return create_record(type_named(name), {"name": title} | values).id


def html(person, url, status=200):
    answer = person.get(url)
    assert answer.status_code == status, (url, answer.status_code)
    return answer.get_data(as_text=True)


# --- making one in the browser --------------------------------------------------------------------------


def test_a_type_is_made_and_is_in_navigation_and_create_menu_at_once(ada):
    assert "No record types of your own yet" in html(ada, PAGE)
    answer = ada.post(PAGE, {"label": "设备", "icon": "engine", "color": "teal", "states": "在库\n使用中\n",
                             "parents": ["customer"], "description": "Machines"})  # fmt: skip
    assert answer.status_code == 303 and answer.location.endswith("/settings/fields/c_shebei")
    page = html(ada, "")
    assert 'href="/w/acme/c_shebei/"' in page and "/w/acme/c_shebei/new" in page
    with ada.inside():
        made = type_named("c_shebei")
        assert (str(made.label), made.icon, made.columns) == (
            "设备",
            "engine",
            ("name", "c_customer", "status", "owner", "updated_at"),
        )
        assert [o.label for o in made.state_field().options] == ["在库", "使用中"]
    assert "设备" in html(ada, PAGE) and "Machines" in html(ada, PAGE)


@pytest.mark.parametrize(("typed", "field", "says"), [
    ({"label": "  \x00 "}, "label", "Give it a name"),
    ({"label": "!!!"}, "label", "at least one letter"),
    ({"label": "x" * 41}, "label", "at most 40"),
    ({"label": "Customer"}, "label", "already"),
    ({"label": "客户"}, "label", "already"),
    ({"label": "settings"}, "label", "already"),
    ({"label": "Taken"}, "label", "of this name already"),
    ({"label": "Fine", "icon": "no-such-icon"}, "icon", "Choose an icon"),
    ({"label": "Fine", "color": "mauve"}, "color", "Choose one of"),
    ({"label": "Fine", "states": "\n".join(map(str, range(40)))}, "states", "at most 30"),
    ({"label": "Fine", "states": "<" * 50}, "states", "at least one letter"),
])  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field(ada, typed, field, says):
    with ada.inside():
        making.make_type(label="Taken")
    answer = ada.post(PAGE, {"icon": "box", "color": "teal"} | typed)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422 and f'id="f-{field}-error"' in text and says in text
    with ada.inside():
        assert len(making.own_types()) == 1


def test_a_hostile_label_is_just_text(ada, fabrikam):
    nasty = "<script>alert(1)</script>"
    name = make(ada, label=f"{nasty}\u202e\u200b")
    record = add(ada, name, nasty, c_customer=fabrikam)
    for url in ("", PAGE, f"{PAGE}{name}", f"{PAGE}{name}/states", f"{PAGE}{name}/access", f"{PAGE}{name}/retirement",
                f"{name}/", f"{name}/new", f"{name}/board", f"{name}/{record}", f"customers/{fabrikam}", f"{name}/import",
                "settings/record-types/templates"):  # fmt: skip
        page = html(ada, url)
        assert nasty not in page and "\u202e" not in page, url
    assert re.fullmatch(r"c_[a-z0-9_]+", name)


def test_two_types_of_one_sound_get_two_keys_and_there_are_at_most_a_hundred(ada, monkeypatch):
    with ada.inside():
        assert [making.make_type(label=label).name for label in ("设备", "舍备", "Оборудование")] == [
            "c_shebei",
            "c_shebei_2",
            "c_type",
        ]
    monkeypatch.setattr(making, "MOST_TYPES", 3)
    answer = ada.post(PAGE, {"label": "One more", "icon": "box", "color": "teal"})
    assert answer.status_code == 422 and "at most 3" in answer.get_data(as_text=True)


def test_a_type_is_renamed_and_its_list_shows_the_chosen_columns(ada, equipment):
    add(ada, equipment, c_serial="SN-77")
    ada.post(f"{PAGE}{equipment}", {"label": "Machine", "plural_label": "Machines", "icon": "engine", "color": "red",
                                    "title_label": "Number", "description": "", "columns": ["c_serial", "name"]})  # fmt: skip
    page = html(ada, f"{equipment}/")
    assert "Machines" in page and "SN-77" in page and page.index(">Serial<") < page.index("Number")
    answer = ada.post(f"{PAGE}{equipment}", {"label": "Machine", "columns": ["no_such"], "icon": "x", "color": "red"})
    assert answer.status_code == 422


def test_a_hidden_type_is_gone_everywhere_and_comes_back_whole(ada, equipment, fabrikam):
    record = add(ada, equipment, "Pump 1", c_customer=fabrikam)
    with ada.inside():
        course = making.make_type(label="Course").name
    with ada.inside():
        add_custom_field(course, label="Uses", type="lookup", taken=(), config={"target": equipment})
    asked = html(ada, f"{PAGE}{equipment}/retirement")
    assert "1 record disappears" in asked and "Course: field “Uses”" in asked
    ada.post(f"{PAGE}{equipment}/retirement")
    for url in (f"{equipment}/", f"{equipment}/{record}", f"{equipment}/new", f"{PAGE}{equipment}"):
        assert ada.get(url).status_code == 404, url
    assert ada.api("GET", equipment).status_code == 404
    assert "Pump 1" not in html(ada, f"customers/{fabrikam}") and "Pump 1" not in html(ada, "search?q=pump")
    assert html(ada, f"{course}/") and html(ada, f"{course}/new")
    living, hidden = html(ada, PAGE).split("Hidden record types")
    hidden = hidden.split("Ready record types")[0]
    assert "Equipment" in hidden and "Course" not in hidden and f"{PAGE}{course}" in living
    ada.post(f"{PAGE}{equipment}/restoration")
    assert "Pump 1" in html(ada, f"{equipment}/{record}")


def test_a_name_taken_meanwhile_keeps_a_hidden_type_hidden(ada, equipment):
    ada.post(f"{PAGE}{equipment}/retirement")
    ada.post(PAGE, {"label": "EQUIPMENT", "icon": "box", "color": "teal"})
    ada.post(f"{PAGE}{equipment}/restoration")
    assert "Rename that one first" in html(ada, PAGE)
    assert ada.get(f"{equipment}/").status_code == 404


# --- states ---------------------------------------------------------------------------------------------


def states_form(page: str) -> dict[str, list[str]]:
    """What a browser would post of the page as it is."""
    form: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]*>", page.split('id="states"')[1].split("</form>")[0]):
        at = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if "name" in at and (at.get("type") != "checkbox" or " checked" in tag):
            form.setdefault(at["name"], []).append(at.get("value", ""))
    for name, body in re.findall(r'<select [^>]*name="([^"]+)".*?>(.*?)</select>', page.split('id="states"')[1], re.S):
        form[name] = re.findall(r'value="([^"]+)" selected', body)
    return form


def test_states_are_added_ordered_and_tied_on_their_page(ada, equipment):
    url = f"{PAGE}{equipment}/states"
    form = states_form(html(ada, url))
    added = ada.post(url, form | {"step": "add"}).get_data(as_text=True)
    form = states_form(added)
    assert form["state"] == ["0", "1", "2", "3"]
    form = states_form(ada.post(url, form | {"label-3": "Lent", "step": "up-3"}).get_data(as_text=True))
    assert form["state"] == ["0", "1", "3", "2"]
    answer = ada.post(url, form | {"to-3": ["1"], "color-3": "purple", "requires-3": ["c_kind"], "step": "save"})
    assert answer.status_code == 303
    with ada.inside():
        states = making.get_own_type(equipment).states
    assert [s["label"] for s in states] == ["In stock", "In use", "Lent", "Scrapped"]
    assert states[2] == {"value": "Lent", "label": "Lent", "color": "purple", "to": ["use"], "requires": ["c_kind"]}
    assert states[0]["to"] == ["use"] and states[1]["requires"] == ["c_serial"]


def test_a_state_that_records_are_in_stays(ada, equipment):
    add(ada, equipment)
    url = f"{PAGE}{equipment}/states"
    form = states_form(html(ada, url))
    form = states_form(ada.post(url, form | {"step": "drop-0"}).get_data(as_text=True))
    answer = ada.post(url, form | {"step": "save"})
    assert answer.status_code == 422 and "1 records are “In stock”" in answer.get_data(as_text=True)
    twice = ada.post(url, form | {"label-1": "Same", "label-2": "same", "step": "save"})
    assert twice.status_code == 422 and "called the same" in twice.get_data(as_text=True)


def test_records_that_were_there_before_get_the_first_state(ada):
    with ada.inside():
        name = making.make_type(label="Case").name
    record = add(ada, name, "A case")
    with ada.inside():
        making.set_states(making.get_own_type(name), [{"label": "Open"}, {"label": "Closed"}])
    with ada.inside():
        assert type_named(name).get(record).status == "Open"


def test_a_move_that_is_not_allowed_or_lacks_a_field_is_refused(ada, equipment):
    record = add(ada, equipment)
    assert ada.api("PATCH", f"{equipment}/{record}", json={"status": "gone"}).status_code == 422
    lacking = ada.api("PATCH", f"{equipment}/{record}", json={"status": "use"})
    assert lacking.status_code == 422 and "Serial" in lacking.json["errors"][0]["message"]
    assert ada.api("PATCH", f"{equipment}/{record}", json={"status": "use", "c_serial": "1"}).status_code == 200


# --- who may do what ------------------------------------------------------------------------------------


def role_id(person, key):
    with person.inside():
        return next(role.id for role in making.open_roles() if role.key == key)


def test_members_see_their_own_unless_the_type_says_all(ada, sam, equipment):
    add(ada, equipment, "Adas pump")
    mine = add(sam, equipment, "Sams pump")
    assert "Adas pump" not in html(sam, f"{equipment}/") and "Sams pump" in html(sam, f"{equipment}/")
    member = role_id(ada, "sales")
    ada.post(f"{PAGE}{equipment}/access", {f"sees-{member}": "all", f"changes-{member}": "own"})
    assert "Adas pump" in html(sam, f"{equipment}/")
    assert sam.api("PATCH", f"{equipment}/{mine}", json={"name": "Mine"}).status_code == 200
    ada.post(f"{PAGE}{equipment}/access", {f"sees-{member}": "none", f"changes-{member}": "all"})
    assert sam.get(f"{equipment}/").status_code == 403 and f"/{equipment}/" not in html(sam, "")
    ada.post(f"{PAGE}{equipment}/access", {f"sees-{member}": "", f"changes-{member}": ""})
    assert "Mine" in html(sam, f"{equipment}/")


def test_only_who_may_makes_types_and_says_who_may_do_what(ada, sam, equipment):
    for url in (
        PAGE,
        f"{PAGE}new",
        f"{PAGE}{equipment}",
        f"{PAGE}{equipment}/states",
        f"{PAGE}sheet",
        f"{PAGE}templates",
    ):
        assert sam.get(url).status_code == 403, url
    assert sam.post(PAGE, {"label": "Mine"}).status_code == 403
    assert sam.api("POST", "record-types", json={"label": "Mine"}).status_code == 403
    answer = ada.post(f"{PAGE}{equipment}/access", {f"sees-{role_id(ada, 'sales')}": "everything"})
    assert answer.status_code == 422


def test_a_token_reads_the_type_it_is_for_and_nothing_else(ada, equipment):
    with ada.inside():
        other = making.make_type(label="Other").name
    token = ada.token(scopes=(f"{equipment}:read",))
    ask = {"headers": {"Authorization": f"Bearer {token}"}}
    assert ada.api("GET", equipment, **ask).status_code == 200
    assert ada.api("POST", equipment, json={"name": "x"}, **ask).status_code == 403
    assert ada.api("GET", other, **ask).status_code == 403


# --- every engine ---------------------------------------------------------------------------------------


def test_list_filter_sort_search_and_board(ada, equipment, fabrikam):
    add(ada, equipment, "离心泵一号", c_serial="SN-1", c_kind="Pump", c_customer=fabrikam)
    add(ada, equipment, "Valve 2", c_serial="SN-2", c_kind="Valve")
    page = html(ada, f"{equipment}/")
    assert "离心泵一号" in page and "Valve 2" in page and "Fabrikam" in page
    for filter in ('{"field":"c_kind","op":"is","value":"Pump"}', f'{{"field":"c_customer","op":"is","value":"{fabrikam}"}}',
                   '{"field":"c_customer.name","op":"contains","value":"fabri"}',
                   '{"field":"status","op":"is","value":"stock"}'):  # fmt: skip
        page = html(ada, f"{equipment}/?filter={filter}")
        assert "离心泵一号" in page and ("Valve 2" not in page or "status" in filter), filter
    ordered = html(ada, f"{equipment}/?sort=-c_serial")
    assert ordered.index("Valve 2") < ordered.index("离心泵一号")
    assert "离心泵一号" in html(ada, f"{equipment}/?q=lixin") and "Valve 2" not in html(ada, f"{equipment}/?q=lixin")
    assert "离心泵一号" in html(ada, "search?q=离心泵")
    board = html(ada, f"{equipment}/board")
    assert "In stock" in board and "Scrapped" in board and "Valve 2" in board


def test_a_card_is_moved_on_the_board(ada, equipment):
    record = add(ada, equipment, c_serial="1")
    form = re.search(r'data-board="([^"]+)"', html(ada, f"{equipment}/board"))
    answer = ada.post(form[1], {"id": str(record), "to": "use", "after": ""}, headers={"HX-Request": "true"})
    assert answer.status_code < 400, answer.get_data(as_text=True)
    with ada.inside():
        assert type_named(equipment).get(record).status == "use"


def test_form_detail_inline_edit_history_deletion_and_restoration(ada, equipment, fabrikam):
    assert "Serial" in html(ada, f"{equipment}/new")
    answer = ada.post(
        f"{equipment}/", {"name": "Pump 9", "c_serial": "A1", "c_customer": str(fabrikam), "c_price": "12.50"}
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)
    record = answer.location.rpartition("/")[2].partition("?")[0]
    page = html(ada, f"{equipment}/{record}")
    assert "Pump 9" in page and "Fabrikam" in page and "In stock" in page
    ada.post(f"{equipment}/{record}/fields/c_serial", {"c_serial": "B2", "was": "A1"})
    assert "B2" in html(ada, f"{equipment}/{record}")
    history = ada.api("GET", f"{equipment}/{record}/history").json["data"]
    assert history[0]["changes"]["c_serial"] == ["A1", "B2"]
    ada.post(f"{equipment}/{record}/deletion")
    assert ada.get(f"{equipment}/{record}").status_code == 404 and "Pump 9" not in html(ada, f"{equipment}/")
    ada.post(f"{equipment}/{record}/restoration")
    assert "Pump 9" in html(ada, f"{equipment}/{record}")


def test_the_api_makes_reads_changes_and_deletes_in_bulk_too(ada, equipment, fabrikam):
    made = ada.api(
        "POST",
        equipment,
        json={"name": "P", "c_customer": str(fabrikam), "c_price": {"amount": "1.50", "currency": "CNY"}},
    )
    assert made.status_code == 201 and made.json["data"]["status"] == "stock", made.json
    record = made.json["data"]["id"]
    assert ada.api("GET", f"{equipment}/{record}?expand=c_customer").status_code == 200
    assert ada.api("PATCH", f"{equipment}/{record}", json={"c_serial": "7"}).json["data"]["c_serial"] == "7"
    bulk = ada.api(
        "POST", f"{equipment}/bulk", json={"create": [{"name": "Q"}, {}], "update": [{"id": record, "name": "R"}]}
    )
    assert [each["status"] for each in bulk.json["data"]] == [201, 422, 200], bulk.json
    assert {each["name"] for each in ada.api("GET", equipment).json["data"]} == {"Q", "R"}
    assert ada.api("DELETE", f"{equipment}/{record}").status_code == 204
    assert ada.api("GET", f"{equipment}/{record}").status_code == 404


def test_openapi_describes_it(ada, equipment, mallory):
    described = ada.api("GET", "openapi.json").json
    validate(described)
    assert f"/{equipment}/{{record_id}}" in described["paths"]
    assert "c_serial" in str(described["components"]["schemas"])
    assert equipment not in str(mallory.api("GET", "openapi.json").json["paths"])


def test_the_customer_shows_what_belongs_to_it_and_what_happened_to_it(ada, equipment, fabrikam):
    record = add(ada, equipment, "Pump 1", c_customer=fabrikam)
    with ada.inside():
        shown = next(r for r in relations(CUSTOMER, CUSTOMER.get(fabrikam)) if r.record_type.name == equipment)
        assert [row[1] for row in shown.rows] == ["Pump 1"] and equipment in shown.new_url
        assert [event.record_id for event in timeline_of(fabrikam)][0] == record
    page = html(ada, f"customers/{fabrikam}")
    assert "Pump 1" in page and "Equipment" in page
    assert any(row["record_type"] == equipment for row in ada.api("GET", f"customers/{fabrikam}/timeline").json["data"])


def test_one_own_type_shows_what_belongs_to_it_of_another(ada, equipment):
    with ada.inside():
        visit = making.make_type(label="Visit").name
        making.add_link(making.get_own_type(visit), equipment)
    pump = add(ada, equipment, "Pump 1")
    add(ada, visit, "First visit", c_equipment=pump)
    assert "First visit" in html(ada, f"{equipment}/{pump}")
    assert "Pump 1" in html(ada, f"{visit}/")


def test_rows_come_in_from_a_file_with_links_choices_and_states(ada, equipment, fabrikam, run_jobs):
    other = make(ada, label="Other")
    content = "Name,Serial,Kind,Customer,State,Bought\nPump 1,S1,pump,fabrikam,In use,2024-05-01\nPump 2,,Valve,,,\nPump 3,,Nonsense,,,\n"
    with ada.inside():
        run = imports.begin_import(type_named(equipment), "e.csv", content.encode())
        assert run.mapping == ["name", "c_serial", "c_kind", "c_customer", "status", "c_bought"]
        imports.start_import(run)
    run_jobs()
    with ada.inside():
        run = db.get(Import, run.id)
        rows = {r.name: r for r in db.session().scalars(type_named(equipment).visible())}
        assert run.status == "done" and {"Pump 1", "Pump 2"} <= set(rows), run.error
        first = rows["Pump 1"]
        assert (first.type, first.status, first.custom["c_kind"]) == (equipment, "use", "Pump")
        assert first.custom["c_customer"] == str(fabrikam) and rows["Pump 2"].status == "stock"
        assert not list(db.session().scalars(type_named(other).visible()))
        assert first.id in [event.record_id for event in timeline_of(fabrikam)]
    again = html(ada, f'{equipment}/?filter={{"field":"c_customer","op":"is","value":"{fabrikam}"}}')
    assert "Pump 1" in again and "Pump 2" not in again


# --- the neighbour --------------------------------------------------------------------------------------


def test_the_neighbour_cannot_tell_that_type_or_record_exist(ada, mallory, equipment, fabrikam):
    record = add(ada, equipment, c_customer=fabrikam)
    for url in (f"{equipment}/", f"{equipment}/new", f"{equipment}/board", f"{equipment}/{record}", f"{equipment}/import",
                f"{PAGE}{equipment}", f"{PAGE}{equipment}/states", f"{PAGE}{equipment}/access", f"settings/fields/{equipment}",
                f"lookup/{equipment}?q=p", f"go/{equipment}/{record}", f"{PAGE}templates/download?type={equipment}"):  # fmt: skip
        assert mallory.get(url).status_code == 404, url
    for method, path in (("GET", equipment), ("GET", f"{equipment}/{record}"), ("PATCH", f"{equipment}/{record}"),
                         ("DELETE", f"{equipment}/{record}"), ("GET", f"record-types/{equipment}"),
                         ("PATCH", f"record-types/{equipment}"), ("DELETE", f"record-types/{equipment}"),
                         ("GET", f"record-type-templates?types={equipment}")):  # fmt: skip
        assert mallory.api(method, path, json={} if method == "PATCH" else None).status_code == 404, (method, path)
    same = make(mallory)
    assert same == equipment
    assert mallory.get(f"{equipment}/{record}").status_code == 404
    assert "Pump 1" not in html(mallory, f"{equipment}/") and "Pump 1" not in html(mallory, "search?q=pump")


def test_records_of_one_type_are_none_of_another(ada, equipment):
    other = make(ada, label="Other")
    record = add(ada, equipment)
    assert ada.get(f"{other}/{record}").status_code == 404
    assert "Pump 1" not in html(ada, f"{other}/")
    assert ada.api("PATCH", f"{other}/{record}", json={"name": "x"}).status_code == 404
    assert ada.post(f"{other}/{record}/restoration").status_code == 404


def test_a_customers_page_lists_the_own_records_that_belong_to_it(ada, equipment, fabrikam):
    with ada.inside():
        link = next(f.key for f in type_named(equipment).fields().values() if f.refers_to() == "customer")
    add(ada, equipment, "Pump 7", **{link: fabrikam})
    page = html(ada, f"customers/{fabrikam}")
    assert f'id="related-{equipment}-' in page and "Pump 7" in page


def test_what_points_at_several_customers_stands_with_each_of_them(ada, equipment, fabrikam):
    with ada.inside():
        taken = [row.key for row in fields_of(equipment)]
        config = {"target": "customer"}
        add_custom_field(equipment, label="Users", key="c_users", type="multi_lookup", taken=taken, config=config)
        other = create_record(CUSTOMER, {"name": "Contoso"}).id
    add(ada, equipment, "Pump 8", c_users=[fabrikam, other])
    for customer in (fabrikam, other):
        assert f'id="related-{equipment}-c_users"' in (page := html(ada, f"customers/{customer}")) and "Pump 8" in page
