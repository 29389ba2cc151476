"""What campaigns and sources brought, and what each lead, qualified one and customer cost."""

from io import BytesIO

import pytest
from sqlalchemy import select

from core import db
from core.records.services import create_record
from plugins.leads.models import Lead, Touch
from plugins.leads.services.channels.campaigns import campaign_of
from plugins.leads.services.channels.costs import costs_of_campaigns, costs_of_sources
from plugins.leads.types import CAMPAIGN


@pytest.fixture
def spring(ada):
    """A campaign that cost 1,000.00."""
    with ada.inside():
        made = create_record(CAMPAIGN, {"name": "Spring fair", "code": "Spring", "source": "event"})
        made.cost_minor, made.cost_currency, made.budget_minor, made.budget_currency = 100_000, "CNY", 200_000, "CNY"
        return made.id


def test_a_campaign_is_found_by_the_code_in_a_link(ada, spring, mallory):
    with ada.inside():
        assert campaign_of({"utm_campaign": "Spring"}) == spring == campaign_of({"utm_campaign": " spring "})
        assert campaign_of({"utm_campaign": "autumn"}) is None and campaign_of({}) is None
    mallory.switch("leads")
    with mallory.inside():
        assert campaign_of({"utm_campaign": "Spring"}) is None


def test_costs_are_shared_among_what_the_campaign_brought(ada, spring, desk, sam):
    first = desk.catch("Li Lei", phone="+8613800138000", campaign=spring, source="event")
    for number in range(1, 4):
        desk.catch(f"Lead {number}", phone=f"+861380013800{number}", campaign=spring, source="event")
    desk.act(sam, first, "convert")

    with ada.inside():
        (cost,) = costs_of_campaigns()
        assert (cost.leads, cost.qualified, cost.won) == (4, 1, 1)
        assert (cost.per_lead, cost.per_qualified, cost.per_deal) == (25_000, 100_000, 100_000)
        source = next(each for each in costs_of_sources() if each.value == "event")
        assert (source.leads, source.per_lead) == (4, 25_000)


def test_nothing_is_divided_by_nothing(ada, spring):
    with ada.inside():
        (cost,) = costs_of_campaigns()
    assert (cost.leads, cost.per_lead, cost.per_deal) == (0, None, None)


def test_the_pages_show_costs_and_lead_to_the_leads_behind_them(ada, spring, desk, bob, mallory):
    desk.catch("Li Lei", phone="+8613800138000", campaign=spring, source="event")

    page = ada.get("leads/costs").text
    assert "Spring fair" in page and "1,000.00" in page and "Event or fair" in page and "filter=" in page
    assert f"leads/campaigns/{spring}/costs" in ada.get(f"campaigns/{spring}").text
    assert "1,000.00" in ada.get(f"leads/campaigns/{spring}/costs", headers={"HX-Request": "true"}).text
    assert "leads/costs" in ada.get("campaigns/").text
    mallory.switch("leads")
    assert mallory.get(f"leads/campaigns/{spring}/costs").status_code == 404
    assert "Spring fair" not in mallory.get("leads/costs").text


def test_bulk_calls_and_imports_leave_touches_with_their_source(ada, sam, run_jobs):
    """Each channel can be told from the others afterwards."""
    sent = [
        {"name": "Li Lei", "email": "li@x.example", "source": "event"},
        {"name": "Han Mei", "email": "han@x.example"},
    ]
    answer = ada.api("POST", "leads/bulk", json={"create": sent})
    assert answer.status_code == 200, answer.json
    table = b"Name,E-mail\nWang Fang,wang@x.example\n"
    answer = ada.api(
        "POST", "leads/imports", data={"file": (BytesIO(table), "leads.csv")},
        content_type="multipart/form-data",
    )  # fmt: skip
    assert answer.status_code == 202, answer.json
    run_jobs()

    with ada.inside():
        found = select(Lead.email, Lead.source, Touch.source, Touch.via).join(
            Touch, (Touch.tenant_id == Lead.tenant_id) & (Touch.lead_id == Lead.id)
        )
        rows = {row[0]: row[1:] for row in db.session().execute(found)}
    assert (rows["li@x.example"][0], rows["li@x.example"][1]) == ("event", "event")
    assert rows["han@x.example"][0] == "api" == rows["han@x.example"][1]
    assert rows["wang@x.example"][0] == "import" and "import" in rows["wang@x.example"][2]
