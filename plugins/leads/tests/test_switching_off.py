"""Off hides the leads and stops their clocks; on brings everything back."""

import pytest
from sqlalchemy import text

from core.records.types import enabled_types
from plugins.leads.events import LeadReturned
from plugins.leads.types import LEAD

PAGES = ("leads/", "leads/pool", "leads/board", "leads/new", "leads/forms", "leads/my-new")


def test_off_means_404_and_nothing_in_the_navigation(desk, lead, ada):
    ada.switch("leads", on=False)

    for page in (*PAGES, f"leads/{lead}", "leads/of-customer/" + str(lead)):
        assert ada.get(page).status_code == 404, page
    for path in ("leads", f"leads/{lead}"):
        assert ada.api("GET", path).status_code == 404, path
    assert ada.post(f"leads/pool/{lead}/claim").status_code == 404
    assert "/leads/pool" not in ada.get("").text


def test_the_clock_waits_while_the_module_is_off_and_strikes_once_it_is_on(desk, lead, sam, ada, clock, run_jobs):
    ada.switch("leads", on=False)
    clock.move(days=3)
    run_jobs()
    run_jobs()
    assert desk.see(lead).owner_id == sam.member_id

    ada.switch("leads")
    run_jobs()
    run_jobs()
    assert desk.see(lead).owner_id is None
    assert desk.happened(lead).count(LeadReturned.name) == 1


def test_a_clock_that_is_not_due_when_the_module_comes_back_just_goes_on(desk, lead, sam, ada, clock, run_jobs):
    ada.switch("leads", on=False)
    clock.move(days=1)
    ada.switch("leads")
    clock.move(days=1)
    run_jobs()
    assert desk.see(lead).owner_id == sam.member_id
    clock.move(days=1)
    run_jobs()
    assert desk.see(lead).owner_id is None


@pytest.mark.parametrize("table", ["leads_lead", "leads_rotation", "event"])
def test_off_and_on_loses_nothing(desk, lead, ada, admin, table):
    def rows() -> list:
        with admin.connect() as connection:
            return connection.execute(text(f"select * from guanxi.{table} order by id")).all()

    before = rows()
    ada.switch("leads", on=False)
    ada.switch("leads")

    assert rows() == before and before
    assert ada.api("GET", f"leads/{lead}").json["data"]["name"] == "Li Lei"


def test_the_type_is_gone_while_it_is_off(ada, desk, lead):
    ada.switch("leads", on=False)
    with ada.inside():
        assert LEAD not in enabled_types()
