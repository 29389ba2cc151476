"""A stranger fills in a web form, and it becomes a lead."""

import pytest

from core import db
from core.records.custom import add_custom_field
from plugins.leads.models import Campaign
from plugins.leads.tests.web_forms import (
    FILLED,
    errors_in,
    kept,
    leads_of,
    make_form,
    touches_of,
)

PAGES = [
    {"title": "You", "fields": [{"key": "name"}, {"key": "company"}]},
    {"title": "Your wish", "fields": [
        {"key": "industry", "label": "What do you make?"},
        {"key": "need", "when": {"field": "industry", "op": "is", "value": ["Chairs", "tables"]}, "required": True},
        {"key": "phone"},
    ]},
]  # fmt: skip


def test_what_a_stranger_sends_is_a_lead_of_the_next_seller(stranger, ada, sam, desk):
    page = stranger.look()
    sent = stranger.send(**FILLED)

    assert page.status_code == 200 and sent.status_code == 303
    assert "Thank you" in stranger.client.get(sent.headers["Location"]).text
    (lead,) = leads_of(sam)
    assert (lead.name, lead.phone, lead.source) == ("Li Lei", "+8613800138000", "form")
    assert lead.source_detail == "Get a quote" and lead.owner_id == sam.member_id


def test_where_the_stranger_came_from_is_kept(stranger, ada, form):
    marks = "?utm_source=baidu&utm_campaign=autumn&bd_vid=77&evil=1"
    stranger.look(marks, Referer="https://news.example/story?id=3")
    assert "evil" not in stranger.hidden
    with ada.inside():
        campaign = Campaign(name="Autumn", code="autumn", status="running", custom={})
        db.session().add(campaign)
        db.session().flush()
        campaign_id = campaign.id
    stranger.send(**FILLED)

    (touch,), (lead,) = touches_of(ada), leads_of(ada)
    assert touch.utm == {"utm_source": "baidu", "utm_campaign": "autumn", "bd_vid": "77"}
    assert touch.referrer == "https://news.example/story?id=3" and "utm_source=baidu" in touch.landing_page
    assert touch.via == {"form": form} and touch.said["What they need"] == "A hundred chairs"
    assert lead.source_detail == "Get a quote · baidu · autumn" and lead.campaign_id == campaign_id


def test_a_form_of_several_pages_goes_on_and_back_and_loses_nothing(at_form, ada):
    visitor = at_form(make_form(ada, steps=PAGES))
    first = visitor.look("?utm_source=expo")
    assert "Page 1 of 2" in first.text and "Your wish" not in first.text
    assert errors_in(visitor.post(visitor.hidden | {"gx_go": "next", "name": " "})) == {"name": "Fill in “Name”."}

    second = visitor.post(visitor.hidden | {"gx_go": "next", "name": "Li Lei", "company": "Lei & Sons"})
    assert "Page 2 of 2" in second.text and "What do you make?" in second.text
    back = visitor.post(visitor.hidden | {"gx_go": "back", "industry": "chairs"})
    assert 'value="Lei &amp; Sons"' in back.text and visitor.hidden["industry"] == "chairs"
    visitor.post(visitor.hidden | {"gx_go": "next", "name": "Li Lei", "company": "Lei & Sons"})
    assert visitor.send(industry="Chairs", need="Ten", phone="13800138000").status_code == 303

    (lead,), (touch,) = leads_of(ada), touches_of(ada)
    assert (lead.company, lead.industry, lead.need) == ("Lei & Sons", "Chairs", "Ten")
    assert touch.utm == {"utm_source": "expo"} and touch.said["What do you make?"] == "Chairs"


def test_a_conditional_field_is_asked_for_and_taken_only_when_it_comes_up(at_form, ada):
    form_id = make_form(ada, steps=[{"fields": [*PAGES[0]["fields"], *PAGES[1]["fields"]]}])
    answer = at_form(form_id).send(name="Li", phone="13800138000", industry="  CHAIRS ")
    assert errors_in(answer) == {"need": "Fill in “What they need”."}
    assert (
        "&#34;op&#34;: &#34;is&#34;" in answer.text and "Only for “What do you make?”: Chairs, tables." in answer.text
    )

    assert at_form(form_id).send(name="Li", phone="13800138000", industry="beds", need="smuggled").status_code == 303
    assert leads_of(ada)[0].need is None and "smuggled" not in str(touches_of(ada)[0].said)


def test_fields_of_the_tenant_s_own_and_words_of_the_form_s_own(at_form, ada):
    with ada.inside():
        add_custom_field("lead", label="Floor", key="floor", type="choice", taken=["name"],
                         config={"options": [{"value": "one", "label": "First"}, {"value": "two", "label": "Second"}]})  # fmt: skip
    own = {"key": "floor", "label": "Which floor?", "help": "Where we deliver", "required": True}
    steps = [{"fields": [{"key": "name"}, {"key": "phone", "placeholder": "Mobile"}, own]}]
    visitor = at_form(make_form(ada, steps=steps))
    page = visitor.look()
    assert "Which floor?" in page.text and "Where we deliver" in page.text and 'placeholder="Mobile"' in page.text
    assert errors_in(visitor.send(name="Li", phone="13800138000", floor="cellar")).keys() == {"floor"}

    assert visitor.send(name="Li", phone="13800138000", floor="two").status_code == 303
    assert leads_of(ada)[0].custom == {"floor": "two"}


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"name": " ", "phone": "13800138000"}, "name", "Fill in"),
        ({"name": "Li", "phone": "12"}, "phone", "Enter a phone number"),
        ({"name": "Li", "email": "nobody"}, "email", "Enter an e-mail address"),
        ({"name": "Li"}, "phone", "Leave a phone number or an e-mail address"),
        ({"name": ["Li", "Lu"], "phone": "13800138000"}, "name", "more than once"),
        ({"name": "L" * 100_000, "phone": "13800138000"}, "name", "at most"),
        ({"name": "Li\x00", "phone": "1\x00"}, "phone", "Enter a phone number"),
    ],
)
def test_faults_are_named_beside_the_field_and_nothing_typed_is_lost(stranger, ada, typed, field, message):
    answer = stranger.send(**({"need": "A hundred chairs"} | typed))

    assert answer.status_code == 422 and message in errors_in(answer)[field]
    assert "A hundred chairs" in answer.text and leads_of(ada) == []


def test_fields_the_form_does_not_ask_for_are_not_taken(stranger, ada, sam):
    stranger.send(**FILLED, company="Sneaky", owner=str(ada.member_id), status="qualified", score="100")
    (lead,) = leads_of(ada)
    assert (lead.company, lead.owner_id, lead.status) == (None, sam.member_id, "new") and lead.score < 100

    stranger.hidden = {}
    flood = {f"x{n}": "y" for n in range(400)}
    assert "more than the form asks for" in stranger.send(**FILLED, **flood).text and len(leads_of(ada)) == 1


def test_what_is_typed_is_shown_as_text(stranger, ada):
    typed = {"name": '"><script>alert(1)</script>', "need": "<img src=x onerror=alert(1)>"}
    wrong = stranger.send(**typed, phone="1")
    assert "<script>alert" not in wrong.text and "<img src=x" not in wrong.text
    stranger.send(**typed, phone="13800138000")

    page = ada.get(f"leads/{leads_of(ada)[0].id}").text
    assert "alert(1)" in page and "<script>alert" not in page and "<img src=x" not in page


def test_a_form_closes_by_hand_at_its_date_and_once_it_is_full(at_form, ada, clock):
    form_id = make_form(ada, most_entries=1, closes_at="2099-01-01T00:00:00Z")
    late = at_form(form_id)
    late.look()
    assert at_form(form_id).send(**FILLED).status_code == 303
    full = late.send(scripts=False, **FILLED | {"phone": "13900139000"})
    assert full.status_code == 410 and "This form is full" in full.text and len(leads_of(ada)) == 1

    ada.api(
        "PATCH", f"lead-forms/{form_id}", {"most_entries": None, "closes_at": kept(ada, form_id).created_at.isoformat()}
    )
    assert "This form closed on" in late.look().text
    ada.api("PATCH", f"lead-forms/{form_id}", {"active": False})
    assert (
        "This form is closed" in late.look().text and ada.api("GET", "lead-forms").json["data"][0]["is_open"] is False
    )


def test_a_form_leads_on_to_a_page_of_one_s_own_and_tells_whom_it_shall(at_form, ada, sam, dora, desk):
    thanks = "https://www.acme.example/thanks?from=form"
    visitor = at_form(
        make_form(ada, redirect_to=thanks, tell=[str(dora.member_id), str(sam.member_id)], source="event")
    )
    assert "form-action 'self' https://www.acme.example" in visitor.look().headers["Content-Security-Policy"]
    assert visitor.send(**FILLED).headers["Location"] == thanks

    assert "Li Lei filled in “Get a quote”." in desk.told(dora) and leads_of(ada)[0].source == "event"
    assert len(desk.told(sam)) == 1


def test_the_figures_of_a_form_say_how_many_saw_began_and_sent_it(at_form, form, stranger, ada, sam, bob):
    at_form(form).look()
    stranger.send(**FILLED)
    figures = ada.api("GET", f"lead-forms/{form}").json["data"]
    assert [figures[name] for name in ("views", "starts", "sent", "converted")] == [2, 1, 1, 0]

    page = ada.get(f"leads/forms/{form}/entries").text
    assert "Li Lei" in page and "50%" in page and "2" in page
    assert sam.get(f"leads/forms/{form}/entries").status_code == 403


def test_a_form_of_another_company_is_not_found(stranger, form, mallory):
    mallory.switch("leads")
    with mallory.inside() as context:
        theirs = context.public_id

    assert stranger.client.get(f"/p/{theirs}/leads/forms/{form}").status_code == 404
    assert mallory.get(f"leads/forms/{form}").status_code == 404
    assert mallory.api("GET", f"lead-forms/{form}").status_code == 404


def test_the_form_is_gone_while_the_module_is_off(stranger, ada, form):
    ada.switch("leads", on=False)
    assert stranger.client.get(stranger.path).status_code == 404
    assert stranger.client.post(stranger.path, data=FILLED).status_code == 404

    ada.switch("leads")
    assert stranger.look().status_code == 200 and kept(ada, form).title == "Get a quote"
