"""The page of one record: fields, related records, history, actions; and the addresses that lead to it."""

import marshmallow as ma
import pytest

from core.activities.types import TASK
from core.customers.types import CONTACT, CUSTOMER
from core.errors import FieldProblem, Invalid
from core.i18n import _l
from core.records.fields import Member, RecordRef, Text
from core.records.schemas import Asked
from core.records.services import create_record, update_record
from core.records.types import RecordAction


@pytest.fixture
def customer(ada):
    with ada.inside():
        return create_record(CUSTOMER, {"name": "Fabrikam"}).id


@pytest.fixture
def contact(ada, customer):
    with ada.inside():
        return create_record(CONTACT, {"name": "王小明", "customer": customer, "title": "Buyer"}).id


def page_of(person, contact):
    answer = person.get(f"contacts/{contact}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_page_shows_the_fields_and_leads_to_what_they_name(ada, contact, customer):
    page = page_of(ada, contact)
    assert "王小明" in page and "Buyer" in page
    assert f"/w/acme/go/customer/{customer}" in page
    assert ada.get(f"go/customer/{customer}").location == f"/w/acme/customers/{customer}"


def test_what_points_here_is_listed_and_can_be_added(ada, contact):
    with ada.inside():
        for n in range(7):
            create_record(TASK, {"title": f"Task {n}", "about": RecordRef("contact", contact)})
    page = page_of(ada, contact)
    assert page.count("Task ") == 5 and "Show all" in page
    assert f"/w/acme/tasks/new?about=contact%3A{contact}&amp;next=%2Fw%2Facme%2Fcontacts%2F{contact}" in page
    more = page.split('class="gx-rows-more"><a href="')[1].split('"')[0].replace("&amp;", "&")
    assert ada.get(more).get_data(as_text=True).count("Task ") >= 7


def test_the_history_tells_who_changed_what_from_what_to_what(ada, contact, eve):
    with ada.inside():
        update_record(CONTACT, CONTACT.get(contact), {"title": "Managing director"})
    page = page_of(ada, contact)
    history = page.split(f'id="history-{contact}"')[1]
    assert "Ada Lovelace" in history and "changed it" in history and "created it" in history
    assert history.index("Buyer") < history.index("Managing director")


def test_the_history_is_read_on_from_where_it_ends(ada, contact):
    with ada.inside():
        for n in range(25):
            update_record(CONTACT, CONTACT.get(contact), {"title": f"Title {n}"})
    page = page_of(ada, contact)
    more = page.split("/history?before=")[1].split('"')[0]
    earlier = ada.get(f"contacts/{contact}/history?before={more}").get_data(as_text=True)
    assert "Title 24" in page and "created it" not in page
    assert "created it" in earlier and "Title 24" not in earlier


def test_a_change_by_the_api_says_so(ada, contact):
    with ada.inside("token"):
        update_record(CONTACT, CONTACT.get(contact), {"title": "Robot"})
    assert "by the API" in page_of(ada, contact)


def test_a_viewer_sees_the_page_without_any_button(ada, bob, contact):
    page = page_of(bob, contact)
    assert "Buyer" in page
    for gone in ("/edit", "/deletion", "gx-fact-edit", "tasks/new"):
        assert f"contacts/{contact}{gone}" not in page and gone not in page.split('id="main"')[1], gone


class Farewell(ma.Schema):
    reason = Asked(Text(_l("Reason"), max_length=20), required=True)
    to = Asked(Member(_l("New owner")))
    loud = ma.fields.Boolean(metadata={"label": "Loudly"})
    way = ma.fields.String(validate=ma.validate.OneOf(["mail", "phone"]), metadata={"label": "By"})


@pytest.fixture
def said(monkeypatch):
    """Two actions that contacts do not have otherwise, and what they were told."""
    told = []

    def farewell(record, **values):
        if values["reason"] == "none":
            raise Invalid([FieldProblem("reason", "no", "Give a better reason.")])
        told.append((record.name, values))

    actions = (
        RecordAction("farewell", _l("Say farewell"), farewell, schema=Farewell, icon="hand-stop"),
        RecordAction("wave", _l("Wave"), lambda record: told.append("waved"), confirm=_l("Really wave?")),
        RecordAction("never", _l("Never"), lambda record: told.append("never"), shown=lambda record: False),
    )
    monkeypatch.setattr(CONTACT, "actions", actions)
    return told


def test_actions_are_buttons_for_those_who_may(ada, bob, contact, said):
    page = page_of(ada, contact)
    assert "Say farewell" in page and "Wave" in page and "Really wave?" in page and "Never" not in page
    assert "Wave" not in page_of(bob, contact)
    assert bob.post(f"contacts/{contact}/actions/wave").status_code == 403
    assert ada.post(f"contacts/{contact}/actions/never").status_code == 422
    assert ada.post(f"contacts/{contact}/actions/nonsense").status_code == 404
    assert said == []


def test_an_action_asks_for_what_it_must_know(ada, eve, contact, said):
    url = f"contacts/{contact}/actions/farewell"
    form = ada.get(url).get_data(as_text=True)
    assert "Reason" in form and "Eve Seller" in form and "Loudly" in form and 'value="phone"' in form
    for wrong, message in (({}, "Fill this in"), ({"reason": "x" * 50}, "at most 20"), ({"reason": "none"}, "Give a better reason"),
                           ({"reason": "ok", "way": "pigeon"}, "way-error"), ({"reason": "ok", "to": "x"}, "to-error")):  # fmt: skip
        answer = ada.post(url, wrong)
        assert answer.status_code == 422 and message in answer.get_data(as_text=True), wrong
    answer = ada.post(url, {"reason": "moving", "to": str(eve.member_id), "loud": "1", "way": "mail"})
    assert answer.location == f"/w/acme/contacts/{contact}"
    assert said == [("王小明", {"reason": "moving", "to": eve.member_id, "loud": True, "way": "mail"})]


def test_an_action_that_asks_nothing_runs_at_once(ada, contact, said):
    assert "“Wave” is done" in ada.post(f"contacts/{contact}/actions/wave", follow_redirects=True).get_data(
        as_text=True
    )
    assert said == ["waved"]


def test_what_is_found_for_a_link_is_what_one_may_see(ada, sam, customer):
    with sam.inside():
        create_record(CUSTOMER, {"name": "Fabrikam of Sam"})
    assert "Fabrikam of Sam" in sam.get("lookup/customer?q=fab").get_data(as_text=True)
    assert ">Fabrikam<" not in sam.get("lookup/customer?q=fab").get_data(as_text=True)
    everything = ada.get("lookup/any?q=fab").get_data(as_text=True)
    assert f"customer:{customer}" in everything
    assert "Sam Seller" in ada.get("lookup/member?q=sam").get_data(as_text=True)
    assert ada.get("lookup/nonsense?q=x").status_code == 404


def test_the_page_of_a_record_asks_the_database_little(ada, contact, statements):
    page_of(ada, contact)
    with statements() as sent:
        page_of(ada, contact)
    assert len(sent) <= 14, "\n".join(sent)
