"""What was learned from won and lost leads: how good it is, what it looks at, what it leaves out."""

from datetime import timedelta
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.sdk import _, now, redirect_to, render, swap, toast
from plugins.leads.models import LearnedModel, Scoring
from plugins.leads.services.scoring.endings import ENOUGH, ENOUGH_OF_EACH, OLD, SILENT, counted
from plugins.leads.services.scoring.lessons import ask_to_learn, decide_columns, newest_model
from plugins.leads.services.scoring.standing import scoring
from plugins.leads.services.scoring.telling_scores import trait_label
from plugins.leads.services.scoring.traits import BEYOND_DOUBT, WHY, traits
from plugins.leads.views.blueprints import leads
from plugins.leads.views.scoring import MANAGES

PATIENCE = timedelta(minutes=15)
"""If nothing has come of learning by then, nothing will."""


@leads.get("/settings/scoring/learned", permission=MANAGES)
def show_learned() -> ResponseReturnValue:
    model = newest_model()
    return render("leads/learned.html", **_state(model), **_columns(model))


@leads.post("/settings/scoring/learned", permission=MANAGES)
def update_learned() -> ResponseReturnValue:
    """Switches whose state differs from what is done by itself are what a person decided."""
    used = set(request.form.getlist("use"))
    by_itself = {row["key"]: row["by_itself"] for row in _columns(newest_model())["looked_at"]}
    decided = {key: key in used for key, itself in by_itself.items() if (key in used) != itself}
    decide_columns(decided, learns="learns" in request.form)
    toast(_("Saved. What follows from it is learned in the background."))
    return redirect_to(url_for(".show_learned"))


@leads.post("/settings/scoring/learned/lesson", permission=MANAGES)
def learn_now() -> ResponseReturnValue:
    ask_to_learn()
    return swap("leads/_learned.html", otherwise=url_for(".show_learned"), **_state(newest_model()))


@leads.get("/settings/scoring/learned/state", permission=MANAGES)
def show_learned_state() -> ResponseReturnValue:
    model = newest_model()
    return render("leads/learned.html", "leads/_learned.html", **_state(model), **_columns(model))


def _state(model: LearnedModel | None) -> dict[str, Any]:
    kept: Scoring = scoring()
    asked = kept.asked_to_learn_at
    figures: dict[str, Any] = model.figures if model and model.card else {}
    return {
        "model": model if model and figures.get("tenths") else None, "figures": figures, "scoring": kept,
        "count": counted(), "enough": ENOUGH, "of_each": ENOUGH_OF_EACH, "old": OLD.days, "silent": SILENT.days,
        "learning": bool(asked and asked > now() - PATIENCE and (model is None or model.at < asked) and kept.learns),
        "weights": [(label, weight) for key, weight in figures.get("weights", ())[:12] if (label := trait_label(key))],
    }  # fmt: skip


def _columns(model: LearnedModel | None) -> dict[str, Any]:
    """Every field with whether it is looked at, and why not where it is not."""
    kept = scoring()
    refused = {each["key"]: each for each in model.left_out if "key" in each} if model else {}
    rows = []
    for trait in traits():
        label = trait_label(trait.key)
        if label:
            told = refused.get(trait.key, {})
            suspect = told.get("why") not in (None, "person") or kept.columns.get(trait.key) is True
            rows.append({
                "key": trait.key, "label": label, "used": kept.columns.get(trait.key, not suspect),
                "by_itself": not suspect, "why": WHY.get(told.get("why", "")), "figure": told.get("figure"),
            })  # fmt: skip
    never = [
        (label, WHY[each["why"]])
        for key, each in refused.items()
        if each.get("why") in BEYOND_DOUBT and (label := trait_label(key))
    ]
    return {"looked_at": sorted(rows, key=lambda row: (row["by_itself"], row["label"])), "never": never}
