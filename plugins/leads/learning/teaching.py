"""Learning a score card: a logistic regression over cells of values and over pairs of cells, cross-validated and
calibrated.

Cells make it as bendable as a tree while each of its weights can be read; the pairs let two traits say together what
neither says alone.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_selection import mutual_info_classif
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit

from plugins.leads.learning.card import VERSION, cell_count, judge_columns
from plugins.leads.learning.encoding import Rows, codes, fit_trait, matrix, one_hot, steps
from plugins.leads.learning.suspecting import suspicion

FOLDS = 5
PENALTY = 0.1
"""The inverse of the strength of the penalty, as scikit-learn has it."""
PAIR_WEIGHT = 0.5
"""Pairs are many and rare: smaller columns are held back more by the same penalty."""
STRONGEST, FEWEST_IN_PAIR = 10, 20
HELD_OUT, TIMES = 0.25, 5
"""A quarter held out says little where there are few leads: it is done several times, and the mean counts."""
Column = Mapping[str, Any]


def teach(lesson: Mapping[str, Any]) -> dict[str, Any]:
    """The card, how good it is, and which columns it was not shown.

    A lesson has `won` (1 or 0 for each lead), `columns` of `key`, `kind` and `cells`, `trusted` and `seed`. A column
    that tells the outcome nearly by itself is left out unless it is trusted.
    """
    won = np.asarray(lesson["won"])
    seed, trusted = int(lesson["seed"]), set(lesson["trusted"])
    columns, left_out = [], []
    for column in lesson["columns"]:
        reason = None if column["key"] in trusted else suspicion(column, won, seed)
        if reason:
            left_out.append({"key": column["key"]} | reason)
        else:
            columns.append(column)
    columns = [column for column in columns if _varies(column)]
    if not columns:
        return {"card": None, "figures": {}, "left_out": left_out}
    card = _learn(columns, won, seed)
    figures = _measure(columns, won, seed) | {"weights": _weights(card, columns, len(won))}
    return {"card": card, "figures": figures, "left_out": left_out}


def _varies(column: Column) -> bool:
    return len(set(column["cells"])) > 1


# --- the card ------------------------------------------------------------------------------------------


def _learn(columns: Sequence[Column], won: np.ndarray, seed: int, rows: Rows | None = None) -> dict[str, Any]:
    """A card learned from these rows, or from all."""
    chosen = np.arange(len(won)) if rows is None else np.asarray(rows)
    outcomes = won[chosen]
    traits = [fit_trait(column, chosen) for column in columns]
    blocks = [matrix(trait, column, chosen) for trait, column in zip(traits, columns, strict=True)]
    pairs = _pairs(columns, outcomes, chosen, seed)
    blocks += [pair.pop("matrix") for pair in pairs]
    model = CalibratedClassifierCV(
        LogisticRegression(C=PENALTY, max_iter=400, tol=1e-3),
        method="sigmoid",
        cv=StratifiedKFold(3, shuffle=True, random_state=seed),
        ensemble=False,
    ).fit(sparse.hstack(blocks, format="csr"), outcomes)
    fitted = model.calibrated_classifiers_[0]
    return _card(traits, pairs, blocks, fitted.estimator, fitted.calibrators[0])


def _pairs(columns: Sequence[Column], outcomes: np.ndarray, rows: np.ndarray, seed: int) -> list[dict[str, Any]]:
    """Pairs of the traits that tell most, with the combinations that enough leads have."""
    coarse = [fit_trait(column, rows, coarse=True) for column in columns]
    cells = [codes(trait, column, rows) for trait, column in zip(coarse, columns, strict=True)]
    telling = mutual_info_classif(np.column_stack(cells), outcomes, discrete_features=True, random_state=seed)
    best = [int(n) for n in np.argsort(-telling)[:STRONGEST] if telling[n] > 0]
    found = []
    for one, other in combinations(sorted(best), 2):
        width = cell_count(coarse[other])
        both, at, times = np.unique(cells[one] * width + cells[other], return_inverse=True, return_counts=True)
        often = [n for n, count in enumerate(times) if count >= FEWEST_IN_PAIR]
        if len(often) < 2:
            continue
        keys = [f"{both[n] // width},{both[n] % width}" for n in often]
        found.append({
            "keys": [coarse[one]["key"], coarse[other]["key"]], "one": coarse[one], "other": coarse[other],
            "cells": keys, "matrix": one_hot(at, len(both), PAIR_WEIGHT)[:, often].tocsr(),
        })  # fmt: skip
    return found


def _card(
    traits: list[dict[str, Any]], pairs: list[dict[str, Any]], blocks: list[Any], model: Any, calibrator: Any
) -> dict[str, Any]:
    """The weights as points beside the average lead, whose own are in the intercept."""
    weights, intercept, start = model.coef_[0], float(model.intercept_[0]), 0
    for made, block in zip([*traits, *pairs], blocks, strict=True):
        own = weights[start : start + block.shape[1]]
        start += block.shape[1]
        if "keys" in made:
            made["cells"] = {key: round(float(w) * PAIR_WEIGHT, 5) for key, w in zip(made["cells"], own, strict=True)}
        else:
            mean = float((block @ own).mean())
            intercept += mean
            made["points"] = [round(float(w) - mean, 5) for w in steps(made) @ own]
    return {
        "version": VERSION, "intercept": round(intercept, 6), "traits": traits, "pairs": pairs,
        "slope": round(-float(calibrator.a_), 6), "shift": round(-float(calibrator.b_), 6),
    }  # fmt: skip


# --- how good it is ------------------------------------------------------------------------------------


def _measure(columns: Sequence[Column], won: np.ndarray, seed: int) -> dict[str, Any]:
    """What it makes of leads that it has not seen: each fifth judged by what the other four taught."""
    unseen = np.zeros(len(won))
    folds = []
    for known, new in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(unseen, won):
        unseen[new] = _chances(_learn(columns, won, seed, known), columns, new)
        folds.append(float(roc_auc_score(won[new], unseen[new])))
    quarters = StratifiedShuffleSplit(TIMES, test_size=HELD_OUT, random_state=seed).split(unseen, won)
    held_out = [
        float(roc_auc_score(won[new], _chances(_learn(columns, won, seed, known), columns, new)))
        for known, new in quarters
    ]
    return {
        "auc": round(float(roc_auc_score(won, unseen)), 4),
        "auc_of_folds": [round(each, 4) for each in folds],
        "auc_held_out": round(float(np.mean(held_out)), 4),
        "auc_of_held_out": [round(each, 4) for each in held_out],
        "off_by": round(float(np.mean((unseen - won) ** 2)), 4),
        "tenths": _tenths(unseen, won),
        "called": _called(unseen, won),
    }


def _weights(card: Mapping[str, Any], columns: Sequence[Column], rows: int) -> list[list[Any]]:
    """By how much each trait moves the log-odds of a lead on average, the strongest first."""
    _all, effects = judge_columns(card, {column["key"]: column["cells"] for column in columns}, rows)
    total: Counter[str] = Counter()
    for effect in effects:
        total.update({key: abs(worth) for key, worth in effect.items()})
    return [[key, round(worth / rows, 4)] for key, worth in total.most_common()]


def _chances(card: Mapping[str, Any], columns: Sequence[Column], rows: Rows) -> np.ndarray:
    seen = {column["key"]: [column["cells"][row] for row in rows] for column in columns}
    return np.asarray(judge_columns(card, seen, len(rows))[0])


def _tenths(chances: np.ndarray, won: np.ndarray) -> list[dict[str, Any]]:
    """By tenths of the leads, from the best: how many it said would be won, and how many were."""
    found = []
    for part in np.array_split(np.argsort(-chances), 10):
        if len(part):
            found.append({"leads": len(part), "said": round(float(chances[part].mean()), 4),
                          "won": round(float(won[part].mean()), 4)})  # fmt: skip
    return found


def _called(chances: np.ndarray, won: np.ndarray) -> dict[str, int]:
    """Right and wrong, where more than even chances are called won."""
    said = chances >= 0.5
    return {
        "won_said_won": int((said & (won == 1)).sum()), "won_said_lost": int((~said & (won == 1)).sum()),
        "lost_said_won": int((said & (won == 0)).sum()), "lost_said_lost": int((~said & (won == 0)).sum()),
    }  # fmt: skip
