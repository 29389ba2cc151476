"""A stranger leaves a name on a page of ours, or on one of the company's own."""

import re
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from core import db
from plugins.leads.models import Lead, LeadForm

FILLED = {"name": "Li Lei", "phone": "138 0013 8000", "need": "A hundred chairs"}


@pytest.fixture
def stranger(app):
    return app.test_client()


@pytest.fixture
def form(ada) -> str:
    """The address of a form, made as an admin makes it."""
    made = ada.post("leads/forms", {"title": "Get a quote", "fields": ["phone", "email", "need"], "active": "1"})
    assert made.status_code == 303
    page = ada.get(made.headers["Location"]).text
    return urlsplit(re.search(r'id="form-link" value="([^"]+)"', page).group(1)).path


def leads_of(person) -> list[Lead]:
    with person.inside():
        return list(db.session().scalars(select(Lead).order_by(Lead.id)))


def opened(page: str) -> dict[str, str]:
    return {"opened": re.search(r'name="opened" value="([^"]+)"', page).group(1)}


def test_what_a_stranger_sends_is_a_lead_of_the_next_seller(stranger, form, sam, clock, desk):
    page = stranger.get(form)
    clock.move(seconds=20)
    sent = stranger.post(form, data=FILLED | opened(page.text))

    assert page.status_code == 200 and sent.status_code == 303
    assert "Thank you" in stranger.get(sent.headers["Location"]).text
    (lead,) = leads_of(sam)
    assert (lead.name, lead.phone, lead.source, lead.campaign) == ("Li Lei", "+8613800138000", "form", "Get a quote")
    assert lead.owner_id == sam.member_id and desk.told(sam) == ["You have a new lead: Li Lei"]


def test_a_form_on_the_company_s_own_site_posts_without_cookie_or_token(app, stranger, form, ada):
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        sent = stranger.post(form, data=FILLED, headers={"Origin": "https://acme.example"})
    finally:
        app.config["WTF_CSRF_ENABLED"] = False

    assert sent.status_code == 303 and len(leads_of(ada)) == 1


def test_the_snippet_for_one_s_own_site_is_a_plain_form(ada, form):
    page = ada.get(f"leads/forms/{form.rpartition('/')[2]}").text

    assert "&lt;form action=&#34;http" in page and "name=&#34;phone&#34;" in page


def test_where_the_stranger_came_from_is_kept(stranger, form, ada):
    page = stranger.get(f"{form}?utm_source=baidu&utm_campaign=autumn&evil=1").text
    assert 'name="utm_source" value="baidu"' in page and "evil" not in page

    stranger.post(form, data=FILLED | {"utm_source": "baidu", "utm_campaign": "autumn"})
    assert leads_of(ada)[0].campaign == "Get a quote · baidu · autumn"


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"name": " ", "phone": "13800138000"}, "name", "Fill in"),
        ({"name": "Li", "phone": "12"}, "phone", "Enter a phone number"),
        ({"name": "Li", "email": "nobody"}, "email", "Enter an e-mail address"),
        ({"name": "Li"}, "phone", "Leave a phone number or an e-mail address"),
    ],
)
def test_faults_are_named_beside_the_field_and_nothing_typed_is_lost(stranger, form, ada, typed, field, message):
    answer = stranger.post(form, data={"need": "A hundred chairs"} | typed)

    assert answer.status_code == 422
    assert message in re.search(rf'id="f-{field}-error">(.*?)</p>', answer.text, re.S).group(1)
    assert "A hundred chairs" in answer.text and leads_of(ada) == []


def test_a_machine_that_fills_in_the_hidden_field_is_thanked_and_not_heard(stranger, form, ada):
    answer = stranger.post(form, data=FILLED | {"website": "https://spam.example"})

    assert answer.status_code == 303 and leads_of(ada) == []


def test_what_is_sent_sooner_than_one_can_type_is_asked_for_again(stranger, form, ada):
    answer = stranger.post(form, data=FILLED | opened(stranger.get(form).text))

    assert answer.status_code == 422 and "That was quick" in answer.text and "Li Lei" in answer.text
    assert leads_of(ada) == []


def test_a_flood_from_one_sender_is_stopped(stranger, form, ada):
    answers = [stranger.post(form, data=FILLED | {"phone": f"138001380{n:02}"}).status_code for n in range(14)]

    assert answers.count(303) == 10 and answers[-1] == 429
    assert len(leads_of(ada)) == 10


def test_fields_the_form_does_not_ask_for_are_not_taken(stranger, form, ada, sam):
    stranger.post(form, data=FILLED | {"company": "Sneaky", "owner": str(ada.member_id), "status": "qualified"})

    (lead,) = leads_of(ada)
    assert (lead.company, lead.owner_id, lead.status) == (None, sam.member_id, "new")


def test_what_is_typed_is_shown_as_text(stranger, form, ada):
    stranger.post(form, data=FILLED | {"name": "<script>alert(1)</script>"})

    assert "<script>alert" not in ada.get(f"leads/{leads_of(ada)[0].id}").text


def test_a_closed_form_says_so_and_takes_nothing(stranger, form, ada):
    form_id = form.rpartition("/")[2]
    ada.post(f"leads/forms/{form_id}", {"title": "Get a quote", "fields": ["phone"]})

    assert "This form is closed" in stranger.get(form).text
    assert stranger.post(form, data=FILLED).status_code == 410 and leads_of(ada) == []


def test_a_form_without_a_way_to_answer_is_refused(ada):
    answer = ada.post("leads/forms", {"title": "Ours", "fields": ["need"], "active": "1"})

    assert answer.status_code == 422 and "nobody can be answered" in answer.text


def test_only_who_manages_forms_makes_them(sam, dora, form):
    assert sam.get("leads/forms").status_code == 403
    assert sam.post("leads/forms", {"title": "Mine", "fields": ["phone"]}).status_code == 403
    assert dora.get("leads/forms").status_code == 200


def test_a_form_of_another_company_is_not_found(stranger, form, mallory, ada):
    mallory.switch("leads")
    with mallory.inside() as context:
        theirs = context.public_id
    form_id = form.rpartition("/")[2]

    assert stranger.get(f"/p/{theirs}/leads/forms/{form_id}").status_code == 404
    assert mallory.get(f"leads/forms/{form_id}").status_code == 404


def test_the_form_is_gone_while_the_module_is_off(stranger, form, ada):
    ada.switch("leads", on=False)
    assert stranger.get(form).status_code == 404
    assert stranger.post(form, data=FILLED).status_code == 404

    ada.switch("leads")
    assert stranger.get(form).status_code == 200
    with ada.inside():
        assert db.session().scalars(select(LeadForm.title)).one() == "Get a quote"


def allow(ada, form: str, sites: str):
    """Have the form stand on these sites."""
    typed = {"title": "Get a quote", "fields": ["phone", "email", "need"], "active": "1", "embedded_in": sites}
    return ada.post(f"leads/forms/{form.rpartition('/')[2]}", typed)


def test_a_form_stands_in_a_frame_on_the_sites_that_its_company_named_and_on_no_other(stranger, form, ada):
    before = stranger.get(form).headers
    assert "frame-ancestors 'none'" in before["Content-Security-Policy"] and before["X-Frame-Options"] == "DENY"
    allow(ada, form, "https://www.acme.example\nhttps://shop.acme.example:8443/\n")

    for page in (stranger.get(form), stranger.get(f"{form}/thanks"), stranger.post(form, data={"name": ""})):
        policy = page.headers["Content-Security-Policy"]
        assert "frame-ancestors https://www.acme.example https://shop.acme.example:8443" in policy
        assert "X-Frame-Options" not in page.headers
    for page in (ada.get(f"leads/forms/{form.rpartition('/')[2]}"), stranger.get("/sign-in")):
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert "&lt;iframe src=" in ada.get(f"leads/forms/{form.rpartition('/')[2]}").text


@pytest.mark.parametrize(
    "typed",
    ["http://acme.example", "*", "https://*.example", "https://a.example; script-src *", "'self'", "acme.example"],
)
def test_what_is_no_site_is_refused_beside_its_field_and_widens_nothing(stranger, form, ada, typed):
    answer = allow(ada, form, typed)

    assert answer.status_code == 422 and "is no site" in answer.text
    assert "frame-ancestors 'none'" in stranger.get(form).headers["Content-Security-Policy"]
