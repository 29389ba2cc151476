"""What sellers can take, edited where it stands."""

from datetime import timedelta

from core import current, db
from core.access import Member
from plugins.leads.models import Seller


def test_the_page_shows_what_each_can_take_and_has(dora, desk, sam, eve, bob):
    desk.catch()
    page = dora.get("leads/sellers").text
    assert "Sam Seller" in page and "Eve Seller" in page and "Bob Viewer" not in page
    form = {"capacity": "30", "daily_cap": "8", "weight": "2", "level": "Strong", "skills": "Software、制造\nPaint",
            "territories": ["上海市"], "new-province": "浙江省", "new-city": "杭州市", "from-0-0": "09:00", "to-0-0": "18:00",
            "from-1-0": "09:00", "to-1-0": "18:00"}  # fmt: skip
    assert dora.post(f"leads/sellers/{sam.member_id}", form).status_code == 303
    page = dora.get("leads/sellers").text
    for shown in ("1 / 30", "1 / 8", "Strong", "制造", "浙江省 杭州市", "Monday–Tuesday 09:00–18:00"):
        assert shown in page, shown
    edit = dora.get(f"leads/sellers/{sam.member_id}").text
    assert "Software\n制造\nPaint" in edit and 'value="浙江省 杭州市" checked' in edit
    assert sam.get("leads/sellers").status_code == 403


def test_what_is_wrong_is_said_beside_the_field_and_what_was_typed_stays(dora, sam):
    answer = dora.post(
        f"leads/sellers/{sam.member_id}", {"capacity": "-1", "skills": "Kept", "from-0-0": "9 am", "to-0-0": "10:00"}
    )
    assert answer.status_code == 422 and "Kept" in answer.text and "9 am" in answer.text
    assert "Write times of day as 09:00." in answer.text and 'id="f-capacity-error"' in answer.text


def test_a_pause_is_one_click_and_one_click_back(dora, desk, sam):
    row = dora.post(f"leads/sellers/{sam.member_id}/pause", {"paused": "1"}, headers={"HX-Request": "true"})
    assert row.status_code == 200 and "paused" in row.text and "Go on" in row.text
    assert desk.see(desk.catch()).owner_id is None
    dora.post(f"leads/sellers/{sam.member_id}/pause", {"paused": ""})
    assert desk.see(desk.catch("Other")).owner_id == sam.member_id


def test_programs_read_and_change_sellers(dora, desk, sam, mallory):
    desk.catch()
    [seller] = dora.api("GET", "lead-sellers").json["data"]
    assert (seller["name"], seller["open_leads"], seller["today"], seller["why_not"]) == ("Sam Seller", 1, 1, None)
    until = (current.now() + timedelta(days=1)).replace(microsecond=0)
    changed = dora.api(
        "PATCH", f"lead-sellers/{sam.member_id}", {"capacity": 1, "paused": True, "paused_until": until.isoformat()}
    )
    assert (changed.json["data"]["capacity"], changed.json["data"]["why_not"]) == (1, "paused")
    assert dora.api("GET", f"lead-sellers/{sam.member_id}").json["data"]["paused_until"].startswith(str(until.date()))
    wrong = dora.api("PATCH", f"lead-sellers/{sam.member_id}", {"hours": {"7": [["09:00", "18:00"]]}, "weight": "many"})
    assert wrong.status_code == 422
    assert dora.api("PATCH", f"lead-sellers/{mallory.member_id}", {"capacity": 1}).status_code == 404
    assert sam.api("GET", "lead-sellers").status_code == 403


def test_what_is_said_of_a_seller_is_audited_and_goes_with_them(dora, desk, sam):
    dora.api("PATCH", f"lead-sellers/{sam.member_id}", {"skills": ["Paint"]})
    [entry] = [each for each in desk.boss.api("GET", "audit").json["data"] if each["name"] == "leads.seller_changed"]
    assert entry["changes"] == {"skills": [[], ["Paint"]]}
    with desk.boss.inside():
        db.session().get(Member, (sam.tenant_id, sam.member_id)).status = "deactivated"
        assert db.session().query(Seller).count() == 1
    assert dora.api("GET", f"lead-sellers/{sam.member_id}").status_code == 404
    assert desk.see(desk.catch()).owner_id != sam.member_id
