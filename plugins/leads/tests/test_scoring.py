"""What a lead is worth by the rules: profile, behaviour that fades, grades, high intent."""

from datetime import timedelta

import pytest
from sqlalchemy import event as happens
from sqlalchemy import select

from core import db
from core.current import now
from core.errors import Invalid
from core.records.custom import add_custom_field
from core.records.types import type_named
from core.records.usage import where_used
from plugins.leads.models import Scoring, ScoringRule, Touch
from plugins.leads.services.scoring import rescoring, rules, slicing
from plugins.leads.services.scoring.nights import score_by_night
from plugins.leads.services.scoring.points import score_leads
from plugins.leads.services.scoring.signals import note_signals


@pytest.fixture
def bare(ada):
    """No rule but those of the test."""
    with ada.inside():
        for rule in rules.all_rules():
            rules.delete_rule(rule)


@pytest.fixture
def rule(ada, bare):
    def make(name="Rule", **values):
        with ada.inside():
            return rules.create_rule({"name": name, "kind": "profile", "condition": None, "points": 10} | values).id

    return make


def where(field, op, *value):
    return {"all": [{"field": field, "op": op} | ({"value": value[0]} if value else {})]}


def behaviour(signal, points=10, **more):
    return {"kind": "behaviour", "signal": signal, "points": points, "condition": None} | more


def note(desk, lead, *names, ago=timedelta()):
    with desk.boss.inside():
        note_signals([(lead, name, now() - ago, {}) for name in names])


def test_a_workspace_starts_with_rules_that_tell_a_good_lead_from_a_poor_one(desk, sam):
    poor = desk.catch(name="Nobody")
    good = desk.catch(name="Li", phone="+8613800138000", email="li@lei.example", company="Lei", need="30 pumps",
                      source="referral")  # fmt: skip
    assert desk.see(poor).score == 0 and desk.see(poor).grade == "D"
    assert desk.see(good).score == 55 and desk.see(good).grade == "B"
    assert sorted(each["points"] for each in desk.see(good).score_reasons) == [5, 10, 10, 10, 20]


def test_switching_the_module_off_and_on_brings_no_rule_back(ada, rule):
    rule("My own", condition=where("company", "not_empty"))
    ada.switch("leads", on=False)
    ada.switch("leads")
    with ada.inside():
        assert [each.name for each in rules.all_rules()] == ["My own"]


def test_profile_rules_add_up_and_stay_between_nothing_and_a_hundred(desk, rule, sam):
    rule(points=70, condition=where("company", "not_empty"))
    rule(points=60, condition=where("title", "is", "CEO"))
    rule(points=-90, condition=where("industry", "is", "Student"))
    both, one, student = (
        desk.catch("A", company="Lei", title="CEO"), desk.catch("B", company="Mei"),
        desk.catch("C", company="Wu", industry="Student"),
    )  # fmt: skip
    assert [desk.see(each).score for each in (both, one, student)] == [100, 70, 0]
    assert [desk.see(each).grade for each in (both, one, student)] == ["A", "B", "D"]


def test_what_a_lead_did_is_worth_half_after_its_half_life_and_never_more_than_the_cap(desk, rule, sam, clock):
    rule(**behaviour("mail_clicked", 20, cap=50, half_life_days=10))
    lead = desk.catch()
    note(desk, lead, "mail_clicked", "mail_clicked")
    assert desk.see(lead).score == 40
    note(desk, lead, "mail_clicked")
    assert desk.see(lead).score == 50
    (why,) = desk.see(lead).score_reasons
    assert (why["points"], why["times"]) == (50, 3)
    clock.move(days=10)
    with desk.boss.inside():
        score_by_night()
    assert desk.see(lead).score == 30
    clock.move(days=400)
    with desk.boss.inside():
        score_by_night()
    assert desk.see(lead).score == 0 and desk.see(lead).score_reasons == []


def test_coming_again_and_meeting_count_by_themselves_and_the_first_visit_does_not(desk, rule, sam):
    rule(**behaviour("came_again", 15, cap=30))
    rule(**behaviour("met", 20))
    lead = desk.catch(phone="+8613800138001")
    with desk.boss.inside():
        for_sure = db.session().scalars(select(Touch).where(Touch.lead_id == lead)).all()
        db.session().add_all(Touch(lead_id=lead, at=now()) for _n in range(2 - len(for_sure)))
        db.session().flush()
        score_leads([lead])
    assert desk.see(lead).score == 15
    desk.follow_up(sam, lead, channel="meeting")
    assert desk.see(lead).score == 35


def test_bad_signs_take_points_away(desk, rule, sam):
    rule(points=40, condition=where("name", "not_empty"))
    rule(**behaviour("unsubscribed", -30, cap=30))
    lead = desk.catch()
    note(desk, lead, "unsubscribed", "unsubscribed")
    assert desk.see(lead).score == 10


def test_a_rule_can_ask_of_the_workspaces_own_fields(desk, ada, rule, sam):
    with ada.inside():
        key = add_custom_field("lead", label="Employees", type="integer", taken=()).key
    rule(points=25, condition=where(key, "gt", 100))
    small, large = desk.catch("Small", **{key: 7}), desk.catch("Large", **{key: 700})
    assert [desk.see(each).score for each in (small, large)] == [0, 25]
    with ada.inside():
        assert [use.title for use in where_used(type_named("lead"), key) if use.kind == "Scoring rule"] == ["Rule"]


def test_a_high_intent_is_marked_by_points_or_by_a_rule_and_its_owner_is_told_once(desk, rule, sam):
    rule("Asked for a demo", **behaviour("form_sent", 5), marks=True)
    lead = desk.catch(name="Li Lei")
    before = len(desk.told(sam))
    assert desk.see(lead).is_high_intent is False
    note(desk, lead, "form_sent")
    note(desk, lead, "form_sent")
    assert desk.see(lead).is_high_intent is True
    assert [each for each in desk.told(sam)[before:] if "high intent" in each] == [
        "Li Lei shows a high intent now (score 5)."
    ]
    assert desk.happened(lead).count("leads.lead_turned_hot") == 1


def test_scoring_moves_neither_the_date_of_change_nor_the_version_nor_rows_that_stay_the_same(desk, rule, sam, clock):
    lead = desk.catch(company="Lei")
    before = desk.see(lead)
    clock.move(hours=1)
    rule(points=33, condition=where("company", "not_empty"))
    after = desk.see(lead)
    assert (after.score, after.updated_at, after.version) == (33, before.updated_at, before.version)
    with desk.boss.inside():
        assert rescoring.rescore().rescore_changed == 0


def test_closed_leads_keep_the_score_with_which_they_ended(desk, rule, sam):
    lead = desk.catch(company="Lei")
    desk.act(sam, lead, "disqualify", reason="No budget")
    rule(points=33, condition=where("company", "not_empty"))
    assert desk.see(lead).score == 0


def test_changing_and_deleting_a_rule_scores_all_leads_anew(desk, ada, rule, sam):
    made = rule(points=33, condition=where("company", "not_empty"))
    lead = desk.catch(company="Lei")
    with ada.inside():
        rules.update_rule(rules.get_rule(made), {"name": "R", "kind": "profile", "points": 44,
                                                 "condition": where("company", "not_empty")})  # fmt: skip
    assert desk.see(lead).score == 44
    with ada.inside():
        rules.delete_rule(rules.get_rule(made))
    assert desk.see(lead).score == 0 and desk.see(lead).grade is None


def test_grades_follow_their_thresholds_and_must_fall(desk, ada, rule, sam):
    rule(points=40, condition=where("company", "not_empty"))
    lead = desk.catch(company="Lei")
    with ada.inside():
        rules.change_grades({"a_from": 40, "b_from": 20, "c_from": 10})
    assert desk.see(lead).grade == "A"
    with ada.inside(), pytest.raises(Invalid):
        rules.change_grades({"a_from": 10, "b_from": 20})


def test_many_leads_are_scored_slice_by_slice_and_how_far_it_is_can_be_seen(
    desk, ada, rule, sam, run_jobs, monkeypatch
):
    leads = [desk.catch(f"Lead {n}", company=f"Company {n}") for n in range(5)]
    monkeypatch.setattr(rescoring, "FEW", 2)
    monkeypatch.setattr(rescoring, "SLICE", 2)
    monkeypatch.setattr(rescoring, "slices", lambda: slicing.slices(2))
    rule(points=33, condition=where("company", "not_empty"))
    with ada.inside():
        kept = db.get(Scoring, ada.tenant_id)
        assert (kept.rescore_total, kept.rescore_done, kept.rescore_ended_at) == (5, 0, None)
    run_jobs()
    with ada.inside():
        kept = db.get(Scoring, ada.tenant_id)
        assert (kept.rescore_done, kept.rescore_changed) == (5, 5) and kept.rescore_ended_at
    assert {desk.see(lead).score for lead in leads} == {33}


def test_one_lead_is_scored_by_one_statement_however_many_rules_there_are(desk, ada, sam):
    lead = desk.catch(company="Lei")
    with ada.inside() as _work:
        score_leads([lead])  # whatever is kept in the process is kept by now
        said = []
        db.session().connection()
        happens.listen(db.engine("app"), "before_cursor_execute", lambda *args: said.append(args[2]))
        score_leads([lead])
    assert len([each for each in said if "leads_lead" in each]) == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"condition": None}, "condition"),
        ({"condition": where("score", "gt", 10)}, "condition"),
        ({"condition": where("name", "not_empty"), "points": 0}, "points"),
        (behaviour(None), "signal"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rule, values, field):
    with pytest.raises(Invalid) as refused:
        rule(**values)
    assert [each.field for each in refused.value.problems] == [field]


def test_a_rule_whose_field_is_gone_gives_nothing_and_breaks_nothing(desk, ada, rule, sam):
    made = rule(points=33, condition=where("company", "not_empty"))
    with ada.inside():
        db.get(ScoringRule, made).condition = where("c_gone", "not_empty")
        rules.forget_rules()
    assert desk.see(desk.catch(company="Lei")).score == 0


def test_another_tenants_rules_and_leads_stay_apart(desk, ada, mallory, rule, sam):
    mallory.switch("leads")
    lead = desk.catch(company="Lei")
    with mallory.inside():
        score_leads([lead])
        rules.create_rule({"name": "Theirs", "kind": "profile", "points": 90,
                           "condition": where("company", "not_empty")})  # fmt: skip
    assert desk.see(lead).score == 0
