"""Members make web forms: by dragging, by buttons, over the API."""

import json
import re

import pytest

from core.records.custom import add_custom_field
from core.records.field_changes import retire_field
from plugins.leads.tests.web_forms import (
    ASKS,
    FILLED,
    errors_in,
    kept,
    leads_of,
    make_form,
)
from plugins.leads.types import LEAD


class Designer:
    """The designer's page as a browser without scripts has it: each button posts the whole draft."""

    def __init__(self, person, form_id):
        self.person, self.address = person, f"leads/forms/{form_id}"
        self.page = person.get(self.address)

    def press(self, step, **more):
        layout = json.loads(json.dumps(self.draft))
        chosen = re.search(r'name="selected" value="([^"]*)"', self.page.text).group(1)
        data = {"layout": json.dumps(layout), "selected": chosen, "order": "", "step": step} | more
        self.page = self.person.post(self.address, data)
        return self.page

    @property
    def draft(self):
        found = re.search(r'name="layout" value="([^"]*)"', self.page.text).group(1)
        return json.loads(found.replace("&#34;", '"').replace("&#39;", "'").replace("&amp;", "&"))

    @property
    def keys(self):
        return [[place["key"] for place in page["fields"]] for page in self.draft]


def test_a_form_is_made_by_buttons_alone_and_by_dragging(ada, at_form):
    made = ada.post("leads/forms", {"title": "Visit us"})
    form_id = made.headers["Location"].rpartition("/")[2]
    designer = Designer(ada, form_id)
    assert designer.keys == [["name", "company", "phone", "email", "need"]]

    designer.press("remove:company")
    designer.press("section-add")
    designer.press("place:industry")
    designer.press("up:need")
    assert designer.keys == [["name", "phone", "need", "email"], ["industry"]]
    designer.press(
        "order",
        order=json.dumps(
            [{"section": 1, "keys": ["industry", "email"]}, {"section": 0, "keys": ["name", "phone", "need"]}]
        ),
    )
    assert designer.keys == [["industry", "email"], ["name", "phone", "need"]]
    designer.press("section-down:0")
    designer.press("select:field:industry")
    words = {"p-label": "What do you make?", "p-placeholder": "Chairs", "p-help": "In one word", "p-required": "1"}
    designer.press("", **words, **{"p-when": "need"})
    assert "Which answers" not in designer.page.text and designer.draft[1]["fields"][0]["when"]["op"] == "filled"
    designer.press("", **words, **{"p-when": "need", "p-when-op": "is", "p-when-value": "chairs, tables"})
    preview = ada.post(f"leads/forms/{form_id}/preview", {"layout": json.dumps(designer.draft), "page": "1"})
    assert "What do you make?" in preview.text and kept(ada, form_id).steps[0]["fields"][1]["key"] == "company"
    assert designer.press("save").status_code == 303

    place = {"key": "industry", "label": "What do you make?", "placeholder": "Chairs", "help": "In one word",
             "required": True, "when": {"field": "need", "op": "is", "value": ["chairs", "tables"]}}  # fmt: skip
    assert kept(ada, form_id).steps[1]["fields"][0] == place
    assert "Page 1 of 2" in at_form(form_id).look().text


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([{"fields": [{"key": "name"}, {"key": "need"}]}], "nobody can be answered"),
        ([{"fields": [{"key": "phone"}]}], "Ask everybody for the name"),
        ([{"fields": [{"key": "name"}, {"key": "phone"}, {"key": "phone"}]}], "is on the form twice"),
        ([{"fields": [{"key": "name"}, {"key": "phone"}, {"key": "owner"}]}], "cannot ask for “owner”"),
        ([{"fields": [{"key": "name"}, {"key": "phone"}, {"key": "score"}]}], "cannot ask for “score”"),
        ([{"fields": [{"key": "phone", "when": {"field": "name", "op": "filled"}}, {"key": "name"}]}], "comes before"),
        ([{"fields": [{"key": "name"}, {"key": "phone", "when": {"field": "name", "op": "like", "value": "x"}}]}], "Say when"),
        ([{"fields": [{"key": "name"}, {"key": "phone", "when": {"field": "name", "op": "is", "value": []}}]}], "for which"),
        ([], "one to 10 pages"),
        ([{"fields": "name"}], "as a list"),
        ("name", "one to 10 pages"),
    ],
)  # fmt: skip
def test_what_makes_no_form_is_refused_with_the_reason(ada, form, steps, message):
    answer = ada.api("PATCH", f"lead-forms/{form}", {"steps": steps})

    assert answer.status_code == 422 and message in answer.json["errors"][0]["message"]
    assert answer.json["errors"][0]["field"] == "steps" and kept(ada, form).steps[0]["fields"] == ASKS[0]["fields"]


def test_a_draft_that_makes_no_form_is_refused_and_stays_as_it_is(ada, form):
    designer = Designer(ada, form)
    designer.press("remove:phone")
    designer.press("remove:email")
    answer = designer.press("save")

    assert answer.status_code == 422 and "nobody can be answered" in answer.text
    assert designer.keys == [["name", "need"]] and "phone" in str(kept(ada, form).steps)
    for layout in ("{", "[[1]]", "x" * 200_000, '[{"fields": [{"key": 7}, {"key": "nothing"}]}]'):
        assert ada.post(f"leads/forms/{form}", {"layout": layout, "step": "order", "order": "7"}).status_code == 200


def test_the_settings_keep_what_was_typed_and_name_what_does_not_go_together(ada, form, dora):
    typed = {"title": "Quote", "intro": "Two lines\nof words", "source": "event", "accent": "#ffcc00", "own_colour": "1",
             "active": "1", "closes_at": "2030-05-01T12:00", "most_entries": "50", "tell": [str(dora.member_id)]}  # fmt: skip
    wrong = ada.post(
        f"leads/forms/{form}/settings", typed | {"plain_post": "1", "redirect_to": "ftp://x", "most_entries": "no"}
    )
    assert set(errors_in(wrong)) == {"redirect_to", "most_entries"} and "Two lines\nof words" in wrong.text
    assert "Name the sites" in ada.post(f"leads/forms/{form}/settings", typed | {"plain_post": "1"}).text
    assert ada.post(f"leads/forms/{form}/settings", typed).status_code == 303

    told = ada.api("GET", f"lead-forms/{form}").json["data"]
    assert (told["accent"], told["most_entries"], told["tell"]) == ("#ffcc00", 50, [str(dora.member_id)])
    assert told["closes_at"].startswith("2030-05-01T") and told["intro"] == "Two lines\nof words"
    page = ada.get(f"leads/forms/{form}/settings").text
    assert 'value="2030-05-01T12:00"' in page and "Two lines\nof words" in page


def test_a_colour_of_one_s_own_stays_readable(ada, at_form, form):
    ada.api("PATCH", f"lead-forms/{form}", {"accent": "#ffcc00"})
    visitor = at_form(form)
    assert "look.css" in visitor.look().text
    style = visitor.client.get(f"{visitor.path}/look.css")
    assert style.mimetype == "text/css" and "#ffcc00" not in re.search(r"fill: (\S+);", style.text).group(1)
    for bad in ("red", "#12345", "#12345g", "#000000;}"):
        assert ada.api("PATCH", f"lead-forms/{form}", {"accent": bad}).status_code == 422


def test_the_link_is_shared_with_marks_and_as_a_picture(ada, form):
    page = ada.get(f"leads/forms/{form}/share?utm_source=expo&utm_campaign=autumn").text
    assert "?utm_source=expo&amp;utm_campaign=autumn" in page
    picture = ada.get(f"leads/forms/{form}/picture.svg?utm_source=expo")
    assert picture.mimetype == "image/svg+xml" and picture.text.startswith("<svg xmlns=")
    assert picture.text != ada.get(f"leads/forms/{form}/picture.svg").text


def test_a_copy_is_closed_and_counts_anew_and_a_form_that_is_deleted_leaves_its_leads(ada, form, stranger):
    ada.api("PATCH", f"lead-forms/{form}", {"consent_text": "Call me."})
    stranger.send(**FILLED, consent="1")
    copied = ada.post(f"leads/forms/{form}/copies").headers["Location"].rpartition("/")[2]
    first, second = ada.api("GET", "lead-forms").json["data"]
    assert (second["id"], second["title"], second["active"]) == (copied, "Copy of Get a quote", False)
    assert (first["sent"], second["sent"], second["consent_version"], second["steps"]) == (1, 0, 1, first["steps"])

    assert ada.post(f"leads/forms/{form}/deletion").status_code == 303
    assert stranger.look().status_code == 404 and len(leads_of(ada)) == 1
    assert (
        ada.api("DELETE", f"lead-forms/{copied}").status_code == 204 and ada.api("GET", "lead-forms").json["data"] == []
    )
    log = [each["name"] for each in ada.api("GET", "audit").json["data"]]
    assert log.count("leads.form_deleted") == 2 and log.count("leads.form_made") == 2 and "leads.form_changed" in log


def test_a_field_that_is_retired_leaves_the_form(ada, at_form):
    with ada.inside():
        add_custom_field("lead", label="Floor", key="floor", type="text", taken=["name"])
    form_id = make_form(ada, steps=[{"fields": [*ASKS[0]["fields"], {"key": "floor", "required": True}]}])
    assert "Floor" in at_form(form_id).look().text
    assert "Get a quote" in ada.get("settings/fields/leads/uses/floor").text
    with ada.inside():
        retire_field(LEAD, "floor", although_used=True)

    visitor = at_form(form_id)
    assert "Floor" not in visitor.look().text and visitor.send(**FILLED).status_code == 303


def test_only_who_manages_forms_makes_them(sam, dora, form):
    assert sam.get("leads/forms").status_code == 403 and sam.api("GET", "lead-forms").status_code == 403
    assert sam.post("leads/forms", {"title": "Mine"}).status_code == 403
    assert dora.get("leads/forms").status_code == 200
    assert dora.api("POST", "lead-forms", {}).json["errors"][0]["field"] == "title"
    assert dora.api("PATCH", f"lead-forms/{form}", {"colour": "red"}).status_code == 422
