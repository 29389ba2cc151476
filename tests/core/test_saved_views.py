"""Ways of looking at a list that are kept, shared, begun with, and still open when a field is gone."""

import json
import re
from urllib.parse import quote

import pytest
from sqlalchemy import select

from core import access, db
from core.auth.teams import create_team, delete_team
from core.customers.types import CUSTOMER
from core.records import custom
from core.records.fields import Amount
from core.records.services import create_record
from core.records.views import views_of

SIGNED = {"all": [{"field": "stage", "op": "is", "value": "signed"}]}
FILTER = f"filter={quote(json.dumps(SIGNED))}"


@pytest.fixture
def customers(ada):
    with ada.inside():
        create_record(CUSTOMER, {"name": "Signed one", "stage": "signed", "industry": "Steel", "employees": 10})
        create_record(CUSTOMER, {"name": "Lost one", "stage": "lost", "industry": "Arms", "employees": 30})


def read(person, url, status=200):
    answer = person.get(url)
    assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
    return answer.get_data(as_text=True)


def save(person, name="Signed", more=None, **given):
    """The address of a new view, saved as from a list that is filtered."""
    answer = person.post("customers/views", {"name": name, "filter": json.dumps(SIGNED), **(more or {}), **given})
    assert answer.status_code == 303, answer.get_data(as_text=True)[:3000]
    return answer.location


def id_of(location):
    return re.search("view=([0-9a-f-]{36})", location)[1]


def test_a_view_is_saved_and_opened_again(ada, customers):
    page = read(ada, f"customers/?{FILTER}&sort=-name")
    assert "Not saved" in page and "Save as" in page
    form = read(ada, f"customers/views/new?{FILTER}&sort=-name")
    assert 'name="shared"' in form and "Everyone" in form and "signed" in form
    location = save(ada, sort="-name", columns="name:240,stage,employees")
    page = read(ada, location)
    assert "Signed one" in page and "Lost one" not in page and "Stage is Signed" in page
    assert 'aria-sort="descending"' in page and 'data-column="employees"' in page and 'width="240"' in page
    assert "Not saved" not in page and "Changed" not in page
    assert "Signed</span></a>" in read(ada, "customers/")


def test_what_is_changed_in_a_view_is_marked_saved_or_taken_back(ada, customers):
    location = save(ada)
    changed = read(ada, f"{location}&sort=name")
    assert "Changed" in changed and ">Reset<" in changed and ">Save<" in changed
    answer = ada.post(f"customers/views/{id_of(location)}/setup", {"view": id_of(location), "sort": "name"})
    assert answer.status_code == 303
    page = read(ada, location)
    assert 'aria-sort="ascending"' in page and "Changed" not in page and "Stage is Signed" in page


def test_a_filter_of_a_view_can_be_cleared_without_losing_it(ada, customers):
    location = save(ada)
    cleared = re.search(r'<a class="gx-btn gx-btn-ghost gx-btn-sm" href="([^"]+)">Clear', read(ada, location))[1]
    page = read(ada, cleared.replace("&amp;", "&"))
    assert "Lost one" in page and "Changed" in page
    assert "Lost one" not in read(ada, location)


def test_a_view_is_renamed_copied_and_deleted(ada, customers):
    view_id = id_of(save(ada))
    assert 'value="Signed"' in read(ada, f"customers/views/{view_id}/edit")
    ada.post(f"customers/views/{view_id}", {"name": "Won", "shared": "private"})
    copied = ada.post(f"customers/views/{view_id}/copy").location
    page = read(ada, copied)
    assert "Won (copy)" in page and "Lost one" not in page
    ada.post(f"customers/views/{view_id}/deletion")
    page = read(ada, "customers/")
    assert "Won (copy)" in page and "<span>Won</span>" not in page
    assert "This view is gone" in read(ada, f"customers/?view={view_id}")


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "\x00"])
def test_a_view_needs_a_name(ada, name):
    answer = ada.post("customers/views", {"name": name})
    assert answer.status_code == 422 and "gx-error" in answer.get_data(as_text=True)


def test_a_view_is_private_until_it_is_shared(ada, sam, mallory, customers):
    view_id = id_of(save(ada))
    assert "<span>Signed</span>" not in read(sam, "customers/")
    assert "This view is gone" in read(sam, f"customers/?view={view_id}")
    ada.post(f"customers/views/{view_id}", {"name": "Signed", "shared": "all"})
    assert "<span>Signed</span>" in read(sam, "customers/")
    assert "<span>Signed</span>" not in read(mallory, "customers/")
    assert mallory.get(f"customers/views/{view_id}/edit").status_code == 404


def test_only_its_owner_and_administrators_change_a_shared_view(ada, sam, eve, customers):
    view_id = id_of(save(sam, shared="all"))
    for url, form in ((f"{view_id}", {"name": "Mine now"}), (f"{view_id}/setup", {"view": view_id}),
                      (f"{view_id}/deletion", {})):  # fmt: skip
        assert eve.post(f"customers/views/{url}", form).status_code == 403
    assert eve.get(f"customers/views/{view_id}/edit").status_code == 403
    page = read(eve, f"customers/?view={view_id}&sort=name")
    assert "Delete view" not in page and ">Save<" not in page and "Save as" in page
    assert ada.post(f"customers/views/{view_id}", {"name": "Ours", "shared": "all"}).status_code == 303
    assert "<span>Ours</span>" in read(eve, "customers/")


def test_a_view_is_shared_with_ones_team_and_outlives_it(ada, sam, eve, customers):
    with ada.inside():
        team = create_team("Sales", None)
        team_id = team.id
    assert sam.post("customers/views", {"name": "Ours", "shared": "team"}).status_code == 422
    for person in (sam, eve):
        _join(ada, person, team_id)
    view_id = id_of(save(sam, "Ours", shared="team"))
    assert "<span>Ours</span>" in read(eve, "customers/") and "<span>Ours</span>" not in read(ada, "customers/")
    for person in (sam, eve):
        _join(ada, person, None)
    with ada.inside():
        from_db = _team(team_id)
        delete_team(from_db)
    assert "<span>Ours</span>" not in read(eve, "customers/") and "<span>Ours</span>" in read(sam, "customers/")
    assert "Stage is Signed" in read(sam, f"customers/?view={view_id}")


def _team(team_id):
    return db.get(access.Team, team_id)


def _join(ada, person, team_id):
    with ada.inside():
        db.get(access.Member, person.member_id).team_id = team_id


def test_one_begins_with_the_view_that_one_chose(ada, sam, customers):
    view_id = id_of(save(ada, first="1"))
    page = read(ada, "customers/")
    assert "Lost one" not in page and "No longer begin with it" in page
    assert "Lost one" in read(ada, "customers/?view=all")
    assert "Lost one" in read(ada, "customers/?q=lost")
    ada.post("customers/views/first", {})
    assert "Lost one" in read(ada, "customers/")
    ada.post("customers/views/first", {"view": view_id})
    ada.post(f"customers/views/{view_id}/deletion")
    assert "Lost one" in read(ada, "customers/")


def test_a_role_begins_with_what_an_administrator_chose(ada, bob, sam, customers):
    with ada.inside():
        roles = {role.key: str(role.id) for role in db.session().scalars(select(access.Role))}
    view_id = id_of(save(ada, shared="all"))
    form = {"name": "Signed", "shared": "all", "has-roles": "1", "roles": [roles["viewer"]]}
    assert sam.post(f"customers/views/{view_id}", form).status_code == 403
    assert ada.post(f"customers/views/{view_id}", form).status_code == 303
    assert "Lost one" not in read(bob, "customers/") and "Lost one" in read(ada, "customers/")
    bob.post("customers/views/first", {})
    assert "Lost one" not in read(bob, "customers/"), "who chose nothing begins with the role's"
    other = id_of(save(ada, "Other", shared="all", has_roles="1"))
    ada.post(f"customers/views/{other}", {**form, "name": "Other"})
    with bob.inside():
        views = {view.name: view.default_roles for view in views_of(CUSTOMER).all}
    assert views == {"Signed": [], "Other": [roles["viewer"]]}
    private = ada.post(f"customers/views/{other}", {**form, "shared": "private"})
    assert private.status_code == 422 and "Share the view with everyone first" in private.get_data(as_text=True)


def test_a_view_whose_fields_were_retired_says_so_and_still_opens(ada, customers):
    with ada.inside():
        row = custom.add_custom_field("customer", label="Terms", type="text", taken=())
        key, row_id = row.key, row.id
    condition = {"all": [*SIGNED["all"], {"any": [{"field": key, "op": "is", "value": "EXW"}]}]}
    location = save(ada, filter=json.dumps(condition), columns=f"name,{key}", sort=f"{key},name")
    with ada.inside():
        custom.retire_custom_field(db.get(custom.CustomField, row_id))
    page = read(ada, location)
    assert "no longer there: Terms" in page and "Signed one" in page and "Lost one" not in page
    assert 'data-column="name"' in page


def test_a_view_of_a_board_opens_as_a_board(ada, customers):
    location = save(ada, "Levels", filter="", kind="board", by="level")
    assert "/customers/board?view=" in location
    page = read(ada, location)
    assert 'data-lane="a"' in page and "Changed" not in page
    ada.post("customers/views/first", {"view": id_of(location)})
    assert "/customers/board" in ada.get("customers/").location


def test_columns_are_remembered_for_each_member(ada, bob, customers):
    shown = {"density": "compact", "columns": ["stage", "name:300", "employees"], "total-employees": "sum"}
    answer = ada.post("customers/arrangement", shown)
    assert answer.status_code == 303
    page = read(ada, "customers/")
    assert re.findall('data-column="(\\w+)"', page) == ["stage", "name", "employees"]
    assert 'width="300"' in page and "gx-compact" in page and "customers/totals" in page
    assert 'data-column="industry"' in read(bob, "customers/") and "gx-compact" not in read(bob, "customers/")
    ada.post("customers/arrangement", {"columns": "name,employees,stage"})
    assert re.findall('data-column="(\\w+)"', read(ada, "customers/")) == ["name", "employees", "stage"]
    ada.post("customers/arrangement", {"step": "reset"})
    assert "gx-compact" not in read(ada, "customers/")


def test_a_column_goes_up_and_down_without_scripts(ada, customers):
    columns = {"columns": ["name", "stage", "employees"], "density": ""}
    ada.post("customers/arrangement", columns | {"step": "up-employees"})
    assert re.findall('data-column="(\\w+)"', read(ada, "customers/")) == ["name", "employees", "stage"]
    ada.post("customers/arrangement", columns | {"step": "up-name"})
    assert re.findall('data-column="(\\w+)"', read(ada, "customers/")) == ["name", "stage", "employees"]


def test_columns_of_a_view_stay_its_own_until_they_are_saved(ada, customers):
    location = save(ada)
    answer = ada.post(
        "customers/arrangement", {"view": id_of(location), "columns": "name,employees", "density": "compact"}
    )
    page = read(ada, answer.location)
    assert (
        "Changed" in page and "gx-compact" in page and re.findall('data-column="(\\w+)"', page) == ["name", "employees"]
    )
    assert "gx-compact" not in read(ada, location) and "gx-compact" not in read(ada, "customers/?view=all")


def test_a_list_is_sorted_by_two_fields(ada):
    with ada.inside():
        for name, stage in (("B", "lost"), ("A", "signed"), ("C", "lost"), ("A", "lost")):
            create_record(CUSTOMER, {"name": f"{name} {stage}", "stage": stage, "industry": stage})
    answer = ada.post(
        "customers/arrangement", {"columns": "name", "density": "", "sort0": "stage", "sort1": "name", "way1": "-"}
    )
    page = read(ada, answer.location)
    found = re.findall(r'gx-main-cell" href="[^"]+">([^<]+)<', page)
    assert found == ["C lost", "B lost", "A lost", "A signed"]


def test_rows_are_grouped_under_the_value_they_share(ada, customers):
    page = read(ada, "customers/?group=stage")
    assert page.count('class="gx-group"') == 2
    assert page.index("gx-group") < page.index("Lost one") < page.rindex("gx-group") < page.index("Signed one")


def test_the_foot_adds_up_all_that_matches(ada):
    with ada.inside():
        key = custom.add_custom_field("customer", label="Score", type="integer", taken=()).key
    with ada.inside():
        for n in range(60):
            money = Amount(100 * n, "CNY" if n % 2 else "USD")
            create_record(CUSTOMER, {"name": f"C {n}", "employees": n, key: n, "annual_revenue": money})
    totals = f"employees:avg,{key}:sum,annual_revenue:sum,name:count"
    page = read(ada, f"customers/totals?columns=name,employees,{key},annual_revenue&totals={totals}")
    assert "29.5" in page and "1,770" in page and "¥900.00" in page and "870.00" in page
    few = {"all": [{"field": "employees", "op": "lt", "value": 2}]}
    page = read(ada, f"customers/totals?columns=employees&totals=employees:max&filter={quote(json.dumps(few))}")
    assert "<dd>1</dd>" in page
    assert read(ada, "customers/totals?columns=name&totals=name:sum,nope:sum,employees:nope")


def test_the_figures_are_one_statement(ada, customers, statements):
    url = "customers/totals?columns=employees,annual_revenue&totals=employees:sum,annual_revenue:avg"
    ada.get(url)
    with statements() as sent:
        ada.get(url)
    assert len([each for each in sent if "sum(" in each]) == 1


def test_a_view_costs_the_list_no_further_statement(ada, customers, statements):
    location = save(ada)
    ada.get(location)
    with statements() as sent:
        ada.get(location)
    assert len(sent) <= 8, "\n".join(sent)


@pytest.mark.parametrize("wrong", [
    "columns=", "columns=nope", "columns=name:x,stage:99999999", "density=huge", "group=nope", "group=name", "totals=name", "view=nonsense",
    "view=", "columns=" + "x," * 500,
])  # fmt: skip
def test_an_odd_address_still_shows_the_list(ada, customers, wrong):
    assert "Signed one" in read(ada, f"customers/?{wrong}")


@pytest.mark.parametrize("form", [{"view": "nonsense"}, {"view": "01a2017f-45ca-7767-b17f-7a520c853a5c"}])
def test_nobody_begins_with_what_is_no_view(ada, form):
    assert ada.post("customers/views/first", form).status_code == 404
