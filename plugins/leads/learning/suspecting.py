"""Columns that tell the outcome nearly by themselves: who fills them in knows already how it ended."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from plugins.leads.learning.encoding import codes, fit_trait

TOO_GOOD = 0.9
"""A field that alone tells won from lost so well (area under the curve) is taken to be a result."""
FILLED, EMPTY = 0.7, 0.05
"""Filled in for most of one outcome and for hardly any of the other."""
SURE, SURE_LEADS = 0.95, 0.1
"""Values after which an outcome is as good as certain, that so many of the leads have: somebody's verdict."""
SEEN_OFTEN = 30


def suspicion(column: Mapping[str, Any], won: np.ndarray, seed: int) -> dict[str, Any] | None:
    """Why a column is not to be trusted, with the figure behind it; None for one that is."""
    filled = np.array([value not in (None, "") for value in column["cells"]])
    shares = [float(filled[won == outcome].mean()) for outcome in (0, 1)]
    if max(shares) >= FILLED and min(shares) <= EMPTY:
        return {"why": "filled_after", "figure": round(max(shares), 3)}
    alone = _alone(column, won, seed)
    if alone >= TOO_GOOD:
        return {"why": "too_good", "figure": round(alone, 3)}
    sure = _sure(column, won)
    if sure >= SURE_LEADS:
        return {"why": "too_sure", "figure": round(sure, 3)}
    return None


def _alone(column: Mapping[str, Any], won: np.ndarray, seed: int) -> float:
    """How well it tells the outcome by itself, of leads not counted: each cell by the share won of its others."""
    guessed = np.zeros(len(won))
    for known, new in StratifiedKFold(3, shuffle=True, random_state=seed).split(guessed, won):
        trait = fit_trait(column, known)
        seen, mean = codes(trait, column, known), float(won[known].mean())
        total, ones = Counter(seen.tolist()), Counter(seen[won[known] == 1].tolist())
        share = {cell: (ones[cell] + mean) / (times + 1) for cell, times in total.items()}
        guessed[new] = [share.get(cell, mean) for cell in codes(trait, column, new).tolist()]
    return float(roc_auc_score(won, guessed))


def _sure(column: Mapping[str, Any], won: np.ndarray) -> float:
    """The share of leads whose value settles the outcome, and does so ten times better than knowing nothing.

    Values that few leads have, and numbers, settle nothing.
    """
    if column["kind"] == "number":
        return 0.0
    mean = float(won.mean())
    as_won, as_lost = max(SURE, 1 - (1 - mean) / 10), min(1 - SURE, mean / 10)
    settled = 0
    values = Counter(column["cells"])
    of_won = Counter(value for value, outcome in zip(column["cells"], won.tolist(), strict=True) if outcome)
    for value, times in values.items():
        share = of_won[value] / times
        if value not in (None, "") and times >= SEEN_OFTEN and (share >= as_won or share <= as_lost):
            settled += times
    return settled / len(won)
