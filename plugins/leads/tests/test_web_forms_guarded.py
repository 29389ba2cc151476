"""What keeps machines and other sites away from web forms, and lets people through."""

import re

import pytest
from sqlalchemy import func, select

from core import db
from plugins.leads.models.form import FormEntry
from plugins.leads.services.forms import receiving
from plugins.leads.tests.web_forms import (
    FILLED,
    errors_in,
    kept,
    leads_of,
    make_form,
    touches_of,
)

SITE = "https://www.acme.example"
SITES = {"embedded_in": [SITE]}


def entries(person) -> int:
    with person.inside():
        return db.session().scalar(select(func.count()).select_from(FormEntry)) or 0


# --- machines ------------------------------------------------------------------------------------------


def test_a_machine_that_fills_in_the_hidden_field_is_thanked_and_not_heard(stranger, ada):
    answer = stranger.send(**FILLED, website="https://spam.example")

    assert answer.status_code == 303 and leads_of(ada) == []


def test_what_is_sent_sooner_than_one_can_type_is_asked_for_again(stranger, ada):
    stranger.look()
    answer = stranger.post(stranger.hidden | FILLED | {"gx_proof": stranger.proof()})

    assert answer.status_code == 422 and "That was quick" in answer.text and "Li Lei" in answer.text
    assert leads_of(ada) == []


def test_a_robot_that_posts_without_end_gets_no_lead_and_keeps_nobody_out(at_form, form, ada):
    """From ever other addresses and to ever other mailboxes, by what it once read from the page."""
    robot = at_form(form)
    robot.look()
    robot.clock.move(seconds=5)
    made_up = robot.proof()[:-40] + "A" * 40
    for n in range(80):
        typed = FILLED | {"phone": f"1380013{n:04}", "email": f"r{n}@robot.example", "gx_proof": made_up}
        place = {"REMOTE_ADDR": f"198.51.{n // 9}.{n % 9}"}
        robot.client.post(robot.path, data=robot.hidden | typed, environ_base=place)

    assert leads_of(ada) == [] and entries(ada) == receiving.MAILS_OF_UNPROVEN
    assert at_form(form, sender="192.0.2.1").send(**FILLED).status_code == 303 and len(leads_of(ada)) == 1


def test_a_flood_from_one_sender_is_stopped_and_another_passes(at_form, form, ada):
    robot = at_form(form)
    robot.look()
    robot.clock.move(seconds=5)
    answers = [
        robot.client.post(robot.path, data=robot.hidden, environ_base=robot.place).status_code for _n in range(14)
    ]
    assert answers == [422] * 10 + [429] * 4

    assert at_form(form, sender="192.0.2.1").send(**FILLED).status_code == 303 and len(leads_of(ada)) == 1


def test_a_proof_is_good_once_for_its_own_form_and_for_half_an_hour(at_form, ada, form, clock):
    other = at_form(make_form(ada))
    first = at_form(form)
    first.look()
    proof, foreign = first.proof(), other.proof()
    clock.move(seconds=5)
    assert "gx_proof" not in first.post(first.hidden | FILLED | {"gx_proof": proof}).text and len(leads_of(ada)) == 1
    first.look()
    clock.move(seconds=5)
    for bad in (proof, foreign, "x" * 9_000, "e30="):
        again = first.post(first.hidden | FILLED | {"phone": "13900139000", "gx_proof": bad})
        assert errors_in(again).keys() == {"confirm_email"}
    late = first.proof()
    clock.move(minutes=31)
    assert errors_in(first.post(first.hidden | FILLED | {"gx_proof": late})).keys() == {"confirm_email"}
    assert len(leads_of(ada)) == 1


# --- people without scripts, and forms that want a confirmation --------------------------------------------


def test_without_scripts_one_gets_through_by_a_link_in_a_mail(stranger, ada, mails):
    asked = stranger.send(scripts=False, **FILLED)
    assert "Your browser runs no scripts" in errors_in(asked)["confirm_email"] and "A hundred chairs" in asked.text
    sent = stranger.send(scripts=False, **FILLED | {"need": "A hundred\x00 chairs"}, confirm_email="li@lei.example")
    assert sent.headers["Location"].endswith("/mailbox") and leads_of(ada) == []
    assert "Look into your mailbox" in stranger.client.get(sent.headers["Location"]).text

    link = mails.link("li@lei.example")
    assert "A hundred chairs" in mails.text("li@lei.example")
    assert "A hundred chairs" in stranger.client.get(link).text and leads_of(ada) == []
    for _twice in range(2):
        assert stranger.client.post(link).status_code == 303
    (lead,) = leads_of(ada)
    assert (lead.name, lead.email, entries(ada)) == ("Li Lei", None, 1)
    assert "Thank you" in stranger.client.get(link).text


def test_with_double_opt_in_a_lead_is_caught_only_after_the_click(at_form, ada, mails, clock, run_jobs):
    form_id = make_form(ada, double_opt_in=True, consent_text="You may write to me.")
    visitor = at_form(form_id)
    visitor.look("?utm_source=expo")
    assert errors_in(visitor.send(**FILLED, consent="1")).keys() == {"email"}
    for _n in range(5):
        visitor.look("?utm_source=expo")
        visitor.send(**FILLED, consent="1", email="li@lei.example")
    assert len(mails.to("li@lei.example")) == receiving.MAILS_TO_ONE and leads_of(ada) == []

    link = mails.link("li@lei.example")
    ada.api("PATCH", f"lead-forms/{form_id}", {"consent_text": "Another wording."})
    assert visitor.client.post(link).status_code == 303
    (touch,), (lead,) = touches_of(ada), leads_of(ada)
    assert touch.consent["text"] == "You may write to me." and touch.utm == {"utm_source": "expo"}
    assert lead.email == "li@lei.example" and touch.via == {"form": form_id}

    other = [
        re.search(r"/p/\S+", str(mail.get_body(("plain",)).get_content())).group()
        for mail in mails.to("li@lei.example")
    ]
    clock.move(days=4)
    assert visitor.client.get(other[0]).status_code == 410 and visitor.client.post(other[0]).status_code == 410
    with ada.inside():
        receiving.forget_unconfirmed()
    assert entries(ada) == 1 and len(leads_of(ada)) == 1
    assert visitor.client.get(link.replace("confirmations/", "confirmations/x")).status_code == 410


# --- consent -------------------------------------------------------------------------------------------


def test_what_was_agreed_to_is_kept_with_its_version_and_time(at_form, ada):
    form_id = make_form(ada, consent_text="You may call me. See https://acme.example/privacy")
    visitor = at_form(form_id)
    assert 'href="https://acme.example/privacy"' in visitor.look().text
    assert "only if you agree" in errors_in(visitor.send(**FILLED))["consent"]
    ada.api("PATCH", f"lead-forms/{form_id}", {"consent_text": "You may call me at night."})
    changed = visitor.send(**FILLED, consent="1", consent_version="1")
    assert "wording has changed" in errors_in(changed)["consent"] and "at night" in changed.text
    assert visitor.send(**FILLED, consent="1").status_code == 303

    (touch,) = touches_of(ada)
    assert (touch.consent["version"], touch.consent["text"]) == (2, "You may call me at night.") and touch.consent["at"]
    ada.api("PATCH", f"lead-forms/{form_id}", {"consent_text": "You may call me. See https://acme.example/privacy"})
    assert (
        kept(ada, form_id).consent_version == 1
        and "2 wordings so far" in ada.get(f"leads/forms/{form_id}/settings").text
    )
    ada.api("PATCH", f"lead-forms/{form_id}", {"consent_required": False})
    visitor.hidden = {}
    visitor.send(**FILLED | {"phone": "13900139000"})
    assert touches_of(ada)[-1].consent is None


# --- other sites ---------------------------------------------------------------------------------------


def test_a_form_stands_in_a_frame_on_the_sites_that_its_company_named_and_on_no_other(at_form, ada, form):
    stranger = at_form(form)
    before = stranger.look().headers
    assert "frame-ancestors 'none'" in before["Content-Security-Policy"] and before["X-Frame-Options"] == "DENY"
    ada.api("PATCH", f"lead-forms/{form}", {"embedded_in": [SITE, "https://shop.acme.example:8443/"]})

    paths = ("", "/thanks", "/mailbox", "/confirmations/nothing")
    for page in (*(stranger.client.get(stranger.path + more) for more in paths[:3]), stranger.send(name="")):
        policy = page.headers["Content-Security-Policy"]
        assert f"frame-ancestors {SITE} https://shop.acme.example:8443" in policy
        assert "X-Frame-Options" not in page.headers
    for page in (ada.get(f"leads/forms/{form}"), stranger.client.get("/sign-in")):
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert "&lt;iframe src=" in ada.get(f"leads/forms/{form}/share").text


def test_a_plain_post_is_taken_from_named_sites_and_only_where_the_form_says_so(at_form, ada, app):
    form_id = make_form(ada, **SITES)
    visitor = at_form(form_id)
    assert visitor.post(FILLED, Origin=SITE).status_code == 403
    assert "Plain posts are refused" in ada.get(f"leads/forms/{form_id}/share").text
    ada.api("PATCH", f"lead-forms/{form_id}", {"plain_post": True})
    for origin in ("https://evil.example", "null", "http://www.acme.example", f"{SITE}.evil.example"):
        refused = visitor.post(FILLED, Origin=origin)
        assert refused.status_code == 403 and "not taken from that page" in refused.text
    assert visitor.post(FILLED).status_code == 403 and leads_of(ada) == []

    app.config["WTF_CSRF_ENABLED"] = True
    try:
        sent = visitor.post(FILLED | {"utm_source": "home"}, Origin=SITE, Referer=f"{SITE}/chairs")
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    (touch,) = touches_of(ada)
    assert sent.status_code == 303 and (touch.utm, touch.landing_page) == ({"utm_source": "home"}, f"{SITE}/chairs")
    snippet = ada.get(f"leads/forms/{form_id}/share").text
    assert "&lt;form action=&#34;http" in snippet and "name=&#34;phone&#34;" in snippet


def test_a_page_of_ours_posted_from_elsewhere_is_refused(stranger, ada):
    stranger.look()
    stranger.clock.move(seconds=5)
    answer = stranger.post(stranger.hidden | FILLED | {"gx_proof": stranger.proof()}, Origin="https://evil.example")

    assert answer.status_code == 403 and leads_of(ada) == []


@pytest.mark.parametrize(
    "typed",
    ["http://acme.example", "*", "https://*.example", "https://a.example; script-src *", "'self'", "acme.example"],
)
def test_what_is_no_site_is_refused_beside_its_field_and_widens_nothing(stranger, form, ada, typed):
    answer = ada.post(f"leads/forms/{form}/settings", {"title": "Get a quote", "source": "form", "embedded_in": typed})

    assert answer.status_code == 422 and "is no site" in errors_in(answer)["embedded_in"]
    assert "frame-ancestors 'none'" in stranger.look().headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "typed",
    ["http://acme.example", "javascript:alert(1)", "https://acme.example@evil.example", "//evil.example", "https://x",
     "https://a.example/\r\nSet-Cookie: a=b", "https://a.example:99999/", "data:text/html,x"],
)  # fmt: skip
def test_a_form_leads_on_to_no_address_but_a_page_on_the_web(ada, form, typed):
    answer = ada.api("PATCH", f"lead-forms/{form}", {"redirect_to": typed})

    assert answer.status_code == 422 and answer.json["errors"][0]["field"] == "redirect_to"
