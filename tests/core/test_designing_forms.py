"""An administrator lays out a form: sections, columns, widths, conditions; for everyone, or for a role."""

import re

import orjson
import pytest
from markupsafe import Markup
from sqlalchemy import select

from core import db
from core.access import Role
from core.customers.types import CUSTOMER
from core.errors import Invalid
from core.records import custom
from core.records.laying_out import as_json, drop_layout, save_layout
from core.records.pages.designer_draft import Draft

URL = "settings/fields/customers/form"


def page(person, url=URL):
    return person.get(url).get_data(as_text=True)


def hidden(shown, name):
    return str(Markup(re.search(rf'name="{name}" value="([^"]*)"', shown)[1]).unescape())


def draft_of(shown):
    return orjson.loads(hidden(shown, "layout"))


def step(person, shown, step, **typed):
    said = {"layout": hidden(shown, "layout"), "selected": hidden(shown, "selected"), "step": step}
    return person.post(URL, said | typed).get_data(as_text=True)


def keys(draft):
    return [[place["key"] for place in section["fields"]] for section in draft["sections"]]


def role_of(person, key):
    with person.inside():
        return db.session().scalars(select(Role).where(Role.key == key)).one().id


def test_the_designer_shows_the_form_as_it_is(ada):
    shown = page(ada)
    with ada.inside():
        expected = [f.key for f in CUSTOMER.form_fields()]
    assert sum(keys(draft_of(shown)), []) == expected
    assert 'class="gx-place-control" disabled inert' in shown and "Not saved yet" not in shown


def test_a_form_is_laid_out_and_saved(ada):
    shown = step(ada, page(ada), "section-add")
    shown = step(ada, shown, "", **{"p-section-label": "About the trade", "p-columns": "1"})
    shown = step(ada, shown, "remove:notes")
    shown = step(ada, shown, "select:field:industry")
    number = len(draft_of(shown)["sections"]) - 1
    shown = step(ada, shown, "", **{"p-label": "Industry", "p-help": "", "p-section": str(number), "p-wide": "1"})
    assert "Not saved yet" in shown and "About the trade" not in page(ada, "customers/new")
    assert ada.post(URL, {"layout": hidden(shown, "layout"), "step": "save"}).status_code == 303
    form = page(ada, "customers/new")
    assert "About the trade" in form and 'name="notes"' not in form and "gx-one-column" in form
    section = form.split("About the trade")[1]
    assert 'name="industry"' in section and "Not saved yet" not in page(ada)


def test_fields_move_within_and_across_sections(ada):
    with ada.inside():
        fields = CUSTOMER.fields()
        draft = Draft.of(
            fields, {"sections": [{"fields": [{"key": "name"}, {"key": "phone"}]}, {"fields": [{"key": "email"}]}]}
        )
        draft.step("up:phone")
        assert keys({"sections": draft.sections}) == [["phone", "name"], ["email"]]
        draft.step("down:phone")
        draft.step("down:phone")
        assert keys({"sections": draft.sections}) == [["name"], ["phone", "email"]]
        draft.step("up:phone")
        assert keys({"sections": draft.sections}) == [["name", "phone"], ["email"]]
        draft.step("section-up:1")
        assert keys({"sections": draft.sections}) == [["email"], ["name", "phone"]]
        draft.step("section-drop:0")
        assert keys({"sections": draft.sections}) == [["name", "phone", "email"]]
        draft.step("place:industry")
        assert draft.selected == "field:industry" and keys({"sections": draft.sections})[0][-1] == "industry"


def test_what_dragging_left_is_taken_over(ada):
    shown = page(ada)
    first = keys(draft_of(shown))
    flat = [key for section in first for key in section]
    order = [{"section": n, "keys": flat[::-1] if n == 0 else []} for n in range(len(first))]
    shown = step(ada, shown, "order", order=orjson.dumps(order).decode())
    assert keys(draft_of(shown))[0] == flat[::-1]


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "{",
        "[]",
        '{"sections": 5}',
        '{"sections": [[1]]}',
        '{"sections": [{"fields": [{"key": {}}]}]}',
        "9" * 500_000,
    ],
)
def test_a_damaged_draft_breaks_nothing(ada, nonsense):
    assert ada.post(URL, {"layout": nonsense, "step": "select:field:name"}).status_code in (200, 413)
    assert ada.post(URL, {"layout": '{"sections": []}', "step": "order", "order": nonsense}).status_code in (200, 413)
    assert ada.post(URL, {"layout": '{"sections": []}', "step": "save"}).status_code == 422


def test_the_field_itself_is_renamed_and_required_with_the_form(ada):
    shown = step(ada, page(ada), "select:field:industry")
    shown = step(
        ada, shown, "", **{"p-label": "Trade", "p-help": "What they do.", "p-required": "always", "p-visible": "always"}
    )
    assert "Trade" in shown and "Trade" not in page(ada, "customers/new")
    ada.post(URL, {"layout": hidden(shown, "layout"), "step": "save"})
    form = page(ada, "customers/new")
    assert "Trade" in form and "What they do." in form
    assert ada.post("customers/", {"name": "Fabrikam"}).status_code == 422


def test_a_condition_is_put_together_and_kept(ada):
    shown = step(ada, page(ada), "select:field:notes")
    pane = {"p-label": "Notes", "p-help": "", "p-wide": "1", "p-visible": "when"}
    shown = step(ada, shown, "", **pane)
    assert 'name="visible-f0"' in shown
    condition = {"visible-match": "all", "visible-f0": "stage", "visible-o0": "is", "visible-v0": "signed"}
    unfinished = step(ada, shown, "save", **pane, **(condition | {"visible-v0": ""}))
    assert "Please check what is marked" in unfinished
    shown = step(ada, shown, "select:section:0", **pane, **condition)
    (place,) = [p for s in draft_of(shown)["sections"] for p in s["fields"] if p["key"] == "notes"]
    assert place["visible"] == {"all": [{"field": "stage", "op": "is", "value": "signed"}]}
    ada.post(URL, {"layout": hidden(shown, "layout"), "step": "save"})
    assert 'data-rules="notes" hidden' in page(ada, "customers/new")
    again = step(ada, page(ada), "select:field:notes")
    assert 'name="visible-f0"' in again and 'value="stage" selected' in again


def test_what_is_required_must_be_on_the_form(ada):
    ada.post("settings/fields/customers/ready/industry", {"label": "Industry", "required": "1"})
    shown = step(ada, page(ada), "remove:industry")
    answer = ada.post(URL, {"layout": hidden(shown, "layout"), "step": "save"})
    assert answer.status_code == 422 and "so it must be on the form" in answer.get_data(as_text=True)


def test_a_role_has_a_form_of_its_own_which_begins_as_everyones(ada, sam):
    role = role_of(ada, "sales")
    shown = page(ada, f"{URL}?role={role}")
    assert "Not saved yet: so far members" in shown
    shown = step(ada, shown, "remove:notes", role=role)
    assert ada.post(URL, {"layout": hidden(shown, "layout"), "role": role, "step": "save"}).status_code == 303
    assert 'name="notes"' not in page(sam, "customers/new") and 'name="notes"' in page(ada, "customers/new")
    ada.post(f"{URL}/reset", {"role": role})
    assert 'name="notes"' in page(sam, "customers/new")


def test_a_new_field_stands_on_the_form_at_once_one_taken_off_stays_off(ada):
    with ada.inside():
        layout = as_json(CUSTOMER.layout([]), CUSTOMER.fields())
        layout["sections"][0]["fields"] = [p for p in layout["sections"][0]["fields"] if p["key"] != "notes"]
        save_layout(CUSTOMER, layout)
        custom.add_custom_field("customer", label="Terms", type="text", taken=())
    form = page(ada, "customers/new")
    assert "Terms" in form and 'name="notes"' not in form


def test_the_standard_form_comes_back(ada):
    shown = step(ada, page(ada), "remove:notes")
    ada.post(URL, {"layout": hidden(shown, "layout"), "step": "save"})
    assert 'name="notes"' not in page(ada, "customers/new")
    ada.post(f"{URL}/reset")
    assert 'name="notes"' in page(ada, "customers/new")


def test_a_condition_nobody_can_ask_is_refused(ada):
    with ada.inside():
        layout = as_json(CUSTOMER.layout([]), CUSTOMER.fields())
        layout["sections"][0]["fields"][2]["required"] = {"field": "nonsense", "op": "is", "value": 1}
        with pytest.raises(Invalid, match="nonsense"):
            save_layout(CUSTOMER, layout)
        drop_layout(CUSTOMER)


def test_only_those_who_may_and_only_their_own(ada, sam, mallory):
    assert sam.get(URL).status_code == 403 and sam.post(URL, {"step": "save"}).status_code == 403
    assert mallory.get(f"{URL}?role={role_of(ada, 'sales')}").status_code == 404
    assert ada.get(f"{URL}?role=nonsense").status_code == 404
