"""The pages by which leads are worked: the lead's own, the inbox, and the settings of how."""

import re

import pytest

from core import db
from plugins.leads.models import Lead
from plugins.leads.services.working.procedures import change_procedure, way_at
from plugins.leads.services.working.responding import list_policies, save_policy
from plugins.leads.services.working.sequences import list_sequences, save_sequence

WORK = "leads/settings/work"
STEPS = [{"after": 1, "unit": "days", "kind": "call", "text": "Call them"}]


def test_the_page_of_a_lead_says_what_to_do_and_lets_one_do_it(ada, sam, lead, desk):
    with ada.inside():
        change_procedure("new", checklist=["Look at their site"], script="Good morning!", required=["industry"])
        save_policy(None, {"name": "All", "condition": None, "minutes": 100_0, "warn_minutes": 0, "silence": "tell",
                           "most_reroutes": 0})  # fmt: skip
        save_sequence(None, {"name": "Five touches", "steps": STEPS, "starts_on": None, "stops_on": [],
                             "active": True})  # fmt: skip
        key = way_at("new").checklist[0][0]
    page = sam.get(f"leads/{lead}").text
    for said in ("Look at their site", "Good morning!", "Five touches", "Needs Industry", 'href="tel:+8613800138000"'):
        assert said in page
    assert sam.post(f"leads/{lead}/steps", {"step": key, "done": "1"}).status_code == 303
    assert "Sam Seller," in sam.get(f"leads/{lead}").text

    asked = sam.post(f"leads/{lead}/stage", {"status": "qualified"})
    assert asked.status_code == 422 and "Before the lead goes on to “Qualified”" in asked.text
    assert sam.post(f"leads/{lead}/stage", {"status": "qualified", "industry": ""}).status_code == 422
    assert sam.post(f"leads/{lead}/stage", {"status": "qualified", "industry": "Chairs"}).status_code == 303
    assert (desk.see(lead).status, desk.see(lead).industry) == ("qualified", "Chairs")
    assert sam.post(f"leads/{lead}/stage", {"status": "converted"}).status_code == 422


def test_a_follow_up_takes_two_clicks_and_finishes_what_was_planned(sam, lead, desk):
    first = {"channel": "call", "summary": "Wants a quote", "next_in": "1d", "next_step": "Send the quote"}
    assert sam.post(f"leads/{lead}/follow-ups", first).status_code == 303
    page = sam.get(f"leads/{lead}").text
    assert "Done with it: Send the quote" in page and "Wants a quote" in page
    task = re.search(r'name="done" value="([0-9a-f-]+)"', page)[1]
    assert desk.see(lead).next_at.minute == 0
    sam.post(f"leads/{lead}/follow-ups", {"channel": "email", "summary": "Sent it", "done": task, "next_in": ""})
    assert desk.see(lead).next_step is None and "Nothing is planned." in sam.get(f"leads/{lead}").text
    wrong = sam.post(f"leads/{lead}/follow-ups", {"channel": "call", "summary": "Rang", "next_in": "at"})
    assert wrong.status_code == 422 and "Choose the day and the time" in wrong.text and "Rang</textarea>" in wrong.text


def test_the_inbox_puts_what_is_due_first_and_each_lead_in_one_place(ada, sam, desk, clock):
    with ada.inside():
        save_policy(None, {"name": "Key", "condition": {"all": [{"field": "is_key", "op": "is", "value": True}]},
                           "minutes": 30, "warn_minutes": 0, "silence": "tell", "most_reroutes": 0})  # fmt: skip
    assert "All done" in sam.get("leads/inbox").text
    plain = desk.catch("Plain Lead", phone="+8613800138021")
    desk.catch("Urgent Lead", phone="+8613800138022", is_key=True)
    page = sam.get("leads/inbox").text
    assert page.index("Urgent Lead") < page.index("Plain Lead") and page.count("Urgent Lead") == 1
    assert "Waiting for a first response" in page and "Not followed up yet" in page
    sent = sam.post(f"leads/inbox/{plain}/follow-ups", {"channel": "call", "summary": "Rang", "next_in": "7d"})
    assert sent.status_code == 303 and "Plain Lead" not in sam.get("leads/inbox").text
    fault = sam.post(f"leads/inbox/{plain}/follow-ups", {"channel": "call", "summary": ""})
    assert fault.status_code == 422


def test_the_inbox_costs_the_same_however_many_leads_there_are(sam, desk, statements):
    desk.catch("Lead 0", phone="+8613800138030")
    sam.get("leads/inbox")
    with statements() as few:
        sam.get("leads/inbox")
    for n in range(1, 6):
        desk.catch(f"Lead {n}", phone=f"+861380013803{n}")
    with statements() as many:
        sam.get("leads/inbox")
    assert len(many) <= len(few)


def test_an_administrator_says_how_leads_are_worked(ada, sam):
    assert sam.get(WORK).status_code == 403
    assert "Begin with a ready one" in ada.get(WORK).text
    assert ada.post(f"{WORK}/ready").status_code == 303
    assert "3 steps" in ada.get(WORK).text
    ada.post(f"{WORK}/stages/new", {"checklist": "Greet\n\nCall", "script": "Hi", "required": ["phone", "company"]})
    with ada.inside():
        way = way_at("new")
        assert [text for _key, text in way.checklist] == ["Greet", "Call"] and way.required == ("phone", "company")
    assert 'value="company" checked' in ada.get(f"{WORK}/stages/new").text.replace('id="f-required-company" ', "")
    assert ada.post(f"{WORK}/stages/new", {"required": ["nothing"]}).status_code == 422
    ada.post(f"{WORK}/stages/disqualified", {"reasons": "Too small\nToo far"})
    assert "Too small" in ada.get(WORK).text


def test_a_response_time_is_made_moved_and_deleted(ada):
    url = f"{WORK}/response-times"
    good = {"name": "Quick", "minutes": "30", "warn_minutes": "10", "silence": "route", "most_reroutes": "2",
            "active": "1"}  # fmt: skip
    for wrong, said in (({"minutes": "0"}, "Between one minute"), ({"warn_minutes": "30"}, "Warn before"),
                        ({"name": ""}, "Give it a name"), ({"minutes": "soon"}, "Enter a number")):  # fmt: skip
        answer = ada.post(f"{url}/new", good | wrong)
        assert answer.status_code == 422 and said in answer.text
    assert ada.post(f"{url}/new", good).status_code == 303 and ada.post(f"{url}/new", good | {"name": "Slow"})
    with ada.inside():
        quick, slow = list_policies()
    ada.post(f"{url}/{slow.id}", {"place": "-1"})
    assert ada.get(WORK).text.index("Slow") < ada.get(WORK).text.index("Quick")
    ada.post(f"{url}/{quick.id}", good | {"name": "Quicker"})
    assert "Quicker" in ada.get(f"{url}/{quick.id}").text
    ada.post(f"{url}/{slow.id}/deletion")
    assert "Slow" not in ada.get(WORK).text


def test_a_sequence_is_made_changed_and_deleted(ada):
    url = f"{WORK}/sequences"
    form = {"name": "Calls", "after": ["1", ""], "unit": ["hours", "days"], "kind": ["call", "email"],
            "text": ["Call", ""], "stops_on": ["answered"], "active": "1"}  # fmt: skip
    assert ada.post(f"{url}/new", form | {"after": ["", ""]}).status_code == 422
    assert '<option value="hours" selected>' in ada.post(f"{url}/new", form | {"more": "1"}).text
    assert ada.post(f"{url}/new", form).status_code == 303
    with ada.inside():
        (made,) = list_sequences()
    assert made.steps == [{"after": 1, "unit": "hours", "kind": "call", "text": "Call"}]
    ada.post(f"{url}/{made.id}", form | {"name": "Rings"})
    assert "Rings" in ada.get(f"{url}/{made.id}").text
    ada.post(f"{url}/{made.id}/deletion")
    assert "Rings" not in ada.get(WORK).text and ada.get(f"{url}/{made.id}").status_code == 404


def test_giving_up_offers_ready_reasons_and_keeps_what_was_typed(sam, lead, desk):
    assert "No budget" in sam.get(f"leads/{lead}/actions/disqualify").text
    wrong = sam.post(f"leads/{lead}/actions/disqualify", {"revisit_on": "2020-02-02", "ready": "No budget"})
    assert wrong.status_code == 422 and "yet to come" in wrong.text and "2020-02-02" in wrong.text
    assert sam.post(f"leads/{lead}/actions/disqualify", {}).status_code == 422
    sam.post(f"leads/{lead}/actions/disqualify", {"ready": "No budget", "reason": "until May"})
    assert desk.see(lead).disqualify_reason == "No budget: until May"
    assert "actions/reopen" in sam.get(f"leads/{lead}").text


@pytest.mark.parametrize("path", ["stage", "steps", "sequences", "actions/convert", "actions/disqualify"])
def test_another_company_cannot_work_on_the_lead(mallory, lead, path):
    mallory.switch("leads")
    assert mallory.post(f"leads/{lead}/{path}", {"status": "qualified"}).status_code == 404


def test_the_page_of_a_lead_costs_few_statements(ada, sam, lead, statements):
    with ada.inside():
        change_procedure("new", checklist=["Call"])
    sam.get(f"leads/{lead}")
    with statements() as sent:
        assert sam.get(f"leads/{lead}").status_code == 200
    asked = [each for each in sent if not each.startswith(("SAVEPOINT", "RELEASE", "select set_config", "SET "))]
    assert len(asked) <= 30
    with sam.inside():
        assert db.get(Lead, lead) is not None
