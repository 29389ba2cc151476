"""The settings of scoring on their pages and over the API, and the score on a lead."""

import re

import pytest
from flask import render_template_string
from sqlalchemy import insert, select

from core import db
from core.current import now
from plugins.leads.models import Lead, LearnedModel, ScoringRule
from plugins.leads.services.scoring import rules

CARD = {
    "version": 1, "intercept": 0.4, "slope": 1.0, "shift": 0.0, "pairs": [],
    "traits": [{"key": "title", "kind": "category", "values": ["CEO"], "points": [1.5, -0.2, -0.4]}],
}  # fmt: skip
FIGURES = {
    "auc": 0.91, "tenths": [{"leads": 30, "said": 0.9, "won": 0.88}, {"leads": 30, "said": 0.1, "won": 0.12}],
    "called": {"won_said_won": 90, "won_said_lost": 10, "lost_said_won": 12, "lost_said_lost": 188},
    "weights": [["title", 0.7]],
}  # fmt: skip
FORM = {"name": "Is a boss", "kind": "profile", "points": "30", "condition": '{"all":[{"field":"title","op":"is","value":"CEO"}]}',
        "active": "1"}  # fmt: skip


def names(person):
    with person.inside():
        return [rule.name for rule in rules.all_rules()]


def test_a_director_makes_changes_and_deletes_a_rule_and_sees_what_comes_of_it(dora, ada, desk, sam):
    lead = desk.catch(title="CEO")
    page = dora.get("leads/settings/scoring").get_data(as_text=True)
    assert "Was recommended" in page and "half after 30 days" in page and "at most 30" in page

    assert dora.post("leads/settings/scoring", FORM).status_code == 303
    with ada.inside():
        rule = db.session().scalars(select(ScoringRule).where(ScoringRule.name == "Is a boss")).one()
        assert rule.condition == {"all": [{"field": "title", "op": "is", "value": "CEO"}]}
    assert desk.see(lead).score == 30

    where = f"leads/settings/scoring/{rule.id}"
    assert "Is a boss" in dora.get(where).get_data(as_text=True)
    assert dora.post(where, FORM | {"points": "45"}).status_code == 303
    assert desk.see(lead).score == 45
    assert dora.post(f"{where}/deletion").status_code == 303
    assert desk.see(lead).score == 0 and "Is a boss" not in names(ada)


def test_what_was_typed_wrongly_stands_beside_its_field_and_stays_typed(dora, ada):
    answer = dora.post("leads/settings/scoring", {"name": "", "kind": "behaviour", "points": "900", "cap": "x",
                                                  "signal": "other", "other_signal": "Price List!"})  # fmt: skip
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "Price List!" in page and 'value="900"' in page
    assert all(re.search(rf'id="[^"]*{field}-error"', page) for field in ("name", "points", "cap", "signal"))
    answer = dora.post(
        "leads/settings/scoring/grades", {"a_from": "10", "b_from": "20", "c_from": "5", "high_from": "80"}
    )
    assert answer.status_code == 422 and "A needs more points than B" in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", ["scoring", "scoring/new", "scoring/learned", "scoring/progress"])
def test_a_seller_does_not_decide_what_leads_are_worth(sam, path):
    assert sam.get(f"leads/settings/{path}").status_code == 403


def test_the_page_says_honestly_what_is_missing_and_then_how_good_it_is_and_what_it_looks_at(dora, ada, desk, sam):
    page = dora.get("leads/settings/scoring/learned").get_data(as_text=True)
    assert "Not enough leads yet" in page and "50 needed" in page
    with ada.inside():
        for state in ("converted", "disqualified"):
            ended = {"status": state, "converted_at": now(), "disqualified_at": now()}
            db.session().execute(insert(Lead), [{"name": f"{state} {n}", **ended} for n in range(100)])
    assert "Ready to learn" in dora.get("leads/settings/scoring/learned").get_data(as_text=True)
    left_out = [{"key": "industry", "why": "too_good", "figure": 0.97}, {"key": "status", "why": "outcome"}]
    with ada.inside():
        model = LearnedModel(at=now(), won=100, lost=100, card=CARD, figures=FIGURES, left_out=left_out)
        db.session().add(model)
        rules.forget_rules()
    page = dora.get("leads/settings/scoring/learned").get_data(as_text=True)
    assert "91%" in page and "Suspicious" in page and "It says how the lead ended." in page
    looked_at = re.findall(r'name="use" value="([^"]+)"( checked)?', page)
    assert dict(looked_at)["industry"] == "" and dict(looked_at)["title"] == " checked"

    use = [key for key, checked in looked_at if checked and key != "title"] + ["industry"]
    assert dora.post("leads/settings/scoring/learned", {"use": use, "learns": "1"}).status_code == 303
    assert dora.api("GET", "lead-scoring").json["data"]["learned"]["at"]
    with ada.inside():
        assert rules.scoring().columns == {"industry": True, "title": False}

    boss = desk.see(desk.catch("Boss", title="CEO"))
    assert boss.learned_score == 87
    with dora.inside(), dora.app.test_request_context(f"/w/{dora.slug}/leads/"):
        panel = render_template_string('{% import "components/base.html" as ui with context %}{% include "leads/_score.html" %}',
                                       lead=boss)  # fmt: skip
    assert "87%" in panel and "CEO" in panel and "raises it a lot" in panel


def test_programs_keep_rules_start_a_rescore_and_ask_how_far_it_is(dora, sam, mallory, desk):
    mallory.switch("leads")
    rule = {"name": "Price list", "kind": "behaviour", "signal": "price_list_opened", "points": 25, "cap": 50}
    made = dora.api("POST", "lead-scoring-rules", rule)
    assert made.status_code == 201
    path = f"lead-scoring-rules/{made.json['data']['id']}"
    assert dora.api("GET", path).json["data"] == made.json["data"]
    assert dora.api("PATCH", path, {"points": 5}).json["data"]["points"] == 5
    assert dora.api("PATCH", path, {"points": 500}).status_code == 422
    assert dora.api("PATCH", path, {"condition": {"field": "nothing", "op": "is"}}).status_code == 422
    assert mallory.api("GET", path).status_code == 404
    assert sam.api("GET", "lead-scoring-rules").status_code == 403
    assert "Price list" in [each["name"] for each in dora.api("GET", "lead-scoring-rules").json["data"]]
    desk.catch()
    assert dora.api("POST", "lead-scoring-rules/rescore").json["data"]["total"] == 1
    state = dora.api("GET", "lead-scoring").json["data"]
    assert (state["rescore"]["done"], state["learned"]["enough"], state["grades"]["a_from"]) == (1, False, 75)
    assert dora.api("DELETE", path).status_code == 204
    assert dora.api("GET", path).status_code == 404
