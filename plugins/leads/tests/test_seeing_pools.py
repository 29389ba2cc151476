"""Who looks into which pool, and what they see of the leads there."""

import pytest

from core import db
from core.records.query import Listing
from core.records.shape import raise_schema_version
from core.testing.cast import hire
from plugins.leads.models import Lead, Pool
from plugins.leads.services.pools.claiming import claim_lead, find_in_pool
from plugins.leads.types import LEAD

PHONE = "+8613800138000"


@pytest.fixture
def pooled(desk, ada):
    """Puts a lead that nobody has into a pool with these rules, and gives its id."""

    def put(**rules):
        lead_id = desk.catch("Han Meimei", phone=PHONE, email="mei@example.cn", wechat="meimei88")
        with ada.inside():
            pool = Pool(id=db.new_id(), name="North", **rules)
            db.session().add(pool)
            db.session().flush()
            lead = db.get(Lead, lead_id)
            lead.pool_id, lead.owner_id = pool.id, None
            raise_schema_version()
        return lead_id

    return put


def found_by(person, text):
    with person.inside():
        return [row.id for row in Listing(LEAD, search=text).page().records]


def test_how_to_reach_a_lead_is_masked_in_the_pool_everywhere_until_it_is_claimed(pooled, sam, eve, desk, ada):
    lead_id = pooled(mask="before_claim")

    for seen in (sam.get(f"leads/{lead_id}").text, sam.get("leads/").text, sam.get("leads/pool").text,
                 sam.api("GET", f"leads/{lead_id}").text, sam.api("GET", "leads").text,
                 sam.api("GET", f"leads/{lead_id}/history").text, sam.get(f"leads/{lead_id}/history").text):  # fmt: skip
        assert (
            "0013 8000" not in seen and "138001" not in seen and "mei@example.cn" not in seen and "meimei88" not in seen
        )
    assert found_by(sam, PHONE) == [] and found_by(sam, "Meimei") == [lead_id]
    assert ada.api("GET", f"leads/{lead_id}").json["data"]["phone"] == PHONE

    with sam.inside():
        claim_lead(find_in_pool(lead_id))

    assert sam.api("GET", f"leads/{lead_id}").json["data"]["phone"] == PHONE
    assert found_by(sam, PHONE) == [lead_id]


def test_a_lead_in_the_pool_is_worked_by_whoever_claimed_it(pooled, sam, dora, desk):
    lead_id = pooled(mask="before_claim")
    page = sam.get(f"leads/{lead_id}/actions/convert")
    assert page.status_code == 409 and "138001" not in page.text and "meimei88" not in page.text
    for name, said in (("qualify", {}), ("disqualify", {"reason": "No"}), ("convert", {})):
        assert sam.api("POST", f"leads/{lead_id}/actions/{name}", json=said).status_code in (403, 409), name
    assert sam.api("PATCH", f"leads/{lead_id}", json={"need": "Mine"}).status_code == 409
    assert desk.see(lead_id).status == "new" and desk.see(lead_id).need is None

    with sam.inside():
        claim_lead(find_in_pool(lead_id))
    assert sam.api("POST", f"leads/{lead_id}/actions/qualify").status_code == 200


def test_a_pool_may_mask_always_for_all_but_the_owner(pooled, sam, ada):
    watcher = hire(ada, "Rita Reader", "rita@example.com", "viewer")
    lead_id = pooled(mask="always")
    with sam.inside():
        claim_lead(find_in_pool(lead_id))

    assert sam.api("GET", f"leads/{lead_id}").json["data"]["phone"] == PHONE
    assert "138001" not in watcher.api("GET", f"leads/{lead_id}").text
    assert "covered until somebody" in watcher.get(f"leads/{lead_id}/why?field=phone").text


def test_a_pool_that_masks_nothing_shows_everything(pooled, sam):
    lead_id = pooled(mask="never")

    assert sam.api("GET", f"leads/{lead_id}").json["data"]["phone"] == PHONE


def test_a_pool_of_others_is_not_there(pooled, sam, eve, ada):
    lead_id = pooled(sees={"members": [str(eve.member_id)]}, mask="never")

    assert eve.api("GET", f"leads/{lead_id}").status_code == 200
    assert sam.api("GET", f"leads/{lead_id}").status_code == 404
    assert found_by(sam, "Meimei") == [] and found_by(eve, "Meimei") == [lead_id]
    assert sam.get(f"leads/{lead_id}").status_code == 404 and "Meimei" not in sam.get("leads/").text
    assert ada.api("GET", f"leads/{lead_id}").status_code == 200
