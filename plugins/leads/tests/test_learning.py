"""What a workspace's own won and lost leads teach about those that are open."""

import random
import sys
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from core import db
from core.current import now
from core.records.custom import add_custom_field
from plugins.leads.learning.card import chance, judge_columns, strongest
from plugins.leads.models import Lead, LearnedModel
from plugins.leads.services.scoring.endings import counted
from plugins.leads.services.scoring.lessons import decide_columns, learn, newest_model
from plugins.leads.services.scoring.nights import learn_by_week
from plugins.leads.services.scoring.points import score_leads

CITIES = ("Hangzhou", "Ningbo", "Suzhou", "Wuxi")


def people(count, rng, keys, *, of="ended"):
    """Leads of whom engineers from Hangzhou who looked at many pages buy, as a rule. The verdict is written when it is known."""
    found = []
    for n in range(count):
        title, city, pages = rng.choice(("Engineer", "Student", "Owner")), rng.choice(CITIES), rng.randint(0, 30)
        odds = {"Engineer": 1.5, "Student": -2.0, "Owner": 0.0}[title] + (1 if city == "Hangzhou" else -0.5)
        won = rng.random() < chance(odds + (pages - 15) / 6)
        at = now() - timedelta(days=rng.randint(5, 100))
        closed = {"status": "converted" if won else "disqualified", "disqualify_reason": None if won else "No budget",
                  "converted_at": at if won else None, "disqualified_at": None if won else at}  # fmt: skip
        own = {keys["city"]: city, keys["pages"]: pages}
        own |= {keys["verdict"]: ("enrolled" if won else "not interested")} if of == "ended" else {}
        found.append({
            "name": f"Person {of} {n}", "title": title, "custom": own, "need": "x" * rng.randint(0, 50) or None,
            "created_at": at - timedelta(days=3), "disqualify_reason": None, "converted_at": None,
            "disqualified_at": None, "status": "new", **(closed if of == "ended" else {}),
        })  # fmt: skip
    return found


@pytest.fixture
def keys(ada):
    found = {}
    with ada.inside():
        for label, kind in (("City", "text"), ("Pages", "integer"), ("Verdict", "text")):
            found[label.lower()] = add_custom_field("lead", label=label, type=kind, taken=()).key
    return found


@pytest.fixture
def school(ada, keys):
    """Acme with three hundred leads that ended, and forty that are open."""
    rng = random.Random(4)
    with ada.inside():
        db.session().execute(insert(Lead), people(300, rng, keys))
        db.session().execute(insert(Lead), people(40, rng, keys, of="open"))
    return ada


def open_leads(person):
    with person.inside():
        return db.session().scalars(select(Lead).where(Lead.status == "new").order_by(Lead.name)).all()


def left_out(person):
    with person.inside():
        return {each["key"]: each["why"] for each in newest_model().left_out}


def test_it_learns_what_makes_leads_convert_and_says_why_and_leaves_out_what_gives_the_end_away(
    school, keys, desk, mallory, sam
):
    with school.inside():
        ended = db.session().scalars(select(Lead.id).where(Lead.status == "disqualified").limit(4)).all()
    for lead_id in ended:
        desk.edit(school, lead_id, industry="Retail")
    with school.inside():
        learn()
        model = newest_model()
        assert 0.75 < model.figures["auc"] < 0.97 and (model.won + model.lost, model.card is None) == (300, False)
        said = model.figures["tenths"]
        assert said[0]["won"] > 0.6 > 0.2 > said[-1]["won"] and abs(said[0]["said"] - said[0]["won"]) < 0.25
        assert sum(model.figures["called"].values()) == 300
        assert "sklearn" not in sys.modules, "the process that learns takes it with it"
        assert model.figures["weights"][0][0] in ("title", keys["pages"])
    assert left_out(school)[keys["verdict"]] in ("too_good", "too_sure")
    assert left_out(school)["industry"] == "late", "history tells that it is filled in when all is over"
    assert {"status": "outcome", "owner": "handling", "name": "identity"}.items() <= left_out(school).items()

    judged = open_leads(school)
    assert all(0 <= lead.learned_score <= 100 and 1 <= len(lead.learned_reasons) <= 3 for lead in judged)
    assert len({lead.version for lead in judged}) == 1
    best, worst = (pick(judged, key=lambda lead: lead.learned_score) for pick in (max, min))
    assert best.learned_score - worst.learned_score > 60 and worst.title == "Student"
    assert any(each["effect"] > 0 for each in best.learned_reasons)

    new = desk.catch("New", title="Engineer", need="y" * 40, **{keys["city"]: "Hangzhou", keys["pages"]: 29})
    assert desk.see(new).learned_score > 70, "a lead that comes in is judged at once"
    with mallory.inside():
        assert newest_model() is None and db.session().scalars(select(LearnedModel)).all() == []


def test_an_administrator_decides_what_it_may_look_at_and_whether_it_learns_at_all(school, keys, run_jobs):
    with school.inside():
        decide_columns({keys["verdict"]: True, "title": False}, learns=True)
    run_jobs()
    with school.inside():
        assert newest_model().figures["auc"] > 0.98, "trusted as told, it gives everything away"
    assert keys["verdict"] not in left_out(school) and left_out(school)["title"] == "person"
    with school.inside():
        decide_columns({}, learns=False)
    assert {lead.learned_score for lead in open_leads(school)} == {None}
    with school.inside():
        learn_by_week()
    assert {lead.learned_score for lead in open_leads(school)} == {None}


def test_too_few_leads_teach_nothing_and_it_says_how_many_are_missing(ada, keys):
    with ada.inside():
        db.session().execute(insert(Lead), people(60, random.Random(1), keys))
        learn()
        assert newest_model() is None
        count = counted()
        assert not count.are_enough and count.won + count.lost == 60
        old = now() - timedelta(days=300)
        db.session().execute(insert(Lead), [{"name": "Silent", "created_at": old}, {"name": "Talks", "created_at": old,
                                                                                  "last_touch_at": now()}])  # fmt: skip
        assert counted().lost == count.lost + 1, "an old lead that fell silent is lost"


def test_a_card_judges_by_cells_and_pairs_and_tells_the_strongest_reasons():
    card = {
        "intercept": -1.0, "slope": 1.0, "shift": 0.0,
        "traits": [
            {"key": "pages", "kind": "number", "edges": [10.0], "points": [-1.0, 2.0, 0.0, 0.0]},
            {"key": "city", "kind": "category", "values": ["A"], "points": [0.5, -0.5, 0.0]},
        ],
        "pairs": [{"keys": ["pages", "city"], "cells": {"1,0": 1.0},
                   "one": {"kind": "number", "edges": [10.0]}, "other": {"kind": "category", "values": ["A"]}}],
    }  # fmt: skip
    chances, effects = judge_columns(card, {"pages": [3, 10, None], "city": ["A", "A", "B"]}, 3)
    assert [round(each, 3) for each in chances] == [round(chance(odds), 3) for odds in (-1.5, 2.5, -1.5)]
    assert strongest(effects[1]) == [("pages", 2.5), ("city", 1.0)]
    assert strongest(effects[2]) == [("city", -0.5)]


def test_scoring_without_anything_learned_leaves_the_chance_empty(desk, sam, lead):
    with desk.boss.inside():
        score_leads([lead])
    assert desk.see(lead).learned_score is None
