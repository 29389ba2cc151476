"""A website or a mailing tells what people do: leads get it, and become of it where that is asked for."""

from sqlalchemy import select

from core import db
from plugins.leads.models import Lead, Touch
from plugins.leads.models.signal import Signal

VIEW = {"id": "v-1", "name": "page_viewed", "data": {"page": "/prices"}}


def tell(person, run_jobs, **more):
    answer = person.api("POST", "events", json={"events": [VIEW | more]})
    assert answer.status_code == 202, answer.json
    run_jobs()


def rows(person, model):
    with person.inside():
        return list(db.session().scalars(select(model).order_by(model.id)))


def test_what_a_known_lead_did_counts_and_stands_in_its_history(ada, lead, run_jobs, desk):
    tell(ada, run_jobs, about={"email": "LI@lei.example"})
    tell(ada, run_jobs, id="v-2", about={"type": "lead", "id": str(lead)})

    assert [(each.lead_id, each.name, each.data) for each in rows(ada, Signal)] == [
        (lead, "page_viewed", {"page": "/prices"})
    ] * 2
    assert desk.happened(lead).count("leads.lead_signalled") == 1
    assert desk.happened(lead).count("core.signal_received") == 1
    assert "page_viewed" in ada.get(f"leads/{lead}/history").text


def test_a_stranger_becomes_a_lead_only_where_the_sender_asks_for_it(ada, run_jobs, sam):
    who = {"email": "new@person.example"}
    tell(ada, run_jobs, about=who)
    assert rows(ada, Lead) == []

    data = {"name": "Anna Smith", "company": "Lei Ltd", "utm_source": "baidu", "colour": "red"}
    tell(ada, run_jobs, id="v-2", about=who, data=data, capture=True)
    (lead,) = rows(ada, Lead)
    assert (lead.name, lead.email, lead.company, lead.source) == ("Anna Smith", who["email"], "Lei Ltd", "website")
    (touch,) = rows(ada, Touch)
    assert touch.utm == {"utm_source": "baidu"} and touch.said["colour"] == "red"
    assert [each.lead_id for each in rows(ada, Signal)] == [lead.id]


def test_the_signals_of_another_company_are_its_own(ada, mallory, lead, run_jobs):
    mallory.switch("leads")
    tell(mallory, run_jobs, about={"email": "li@lei.example"})

    assert rows(ada, Signal) == [] and rows(mallory, Signal) == []
