"""Learning from the tenant's own won and lost leads, and judging the open ones by it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import structlog
from sqlalchemy import delete, or_, select, update

from core.sdk import emit, job, now, session, tenant_id
from plugins.leads.events import ScoringChanged
from plugins.leads.models import Lead, LearnedModel
from plugins.leads.services.scoring.endings import LATE, changed_late, counted, ended_at, the_latest, was_won
from plugins.leads.services.scoring.judging import as_rows, card_now, column_of, judge_rows, open_rows, read_rows
from plugins.leads.services.scoring.slicing import Slice, slices, within
from plugins.leads.services.scoring.standing import forget_rules, scoring
from plugins.leads.services.scoring.traits import left_out, traits

log = structlog.get_logger()

ROOT = Path(__file__).parents[4]
SEED = 20
PATIENCE = 1800
SLICE_OF_LEARNED = 2_000
KEPT_MODELS = 12
PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "HOME", "LANG", "TMPDIR")
"""All of the environment that the learning process gets: it has no business with anything else."""


def newest_model() -> LearnedModel | None:
    rows = select(LearnedModel).where(LearnedModel.tenant_id == tenant_id()).order_by(LearnedModel.at.desc()).limit(1)
    return session().scalars(rows).one_or_none()


def ask_to_learn() -> None:
    """Learn anew, in the background."""
    scoring(lock=True).asked_to_learn_at = now()
    learn.later()


@job("slow")
def learn() -> None:
    """Learn from the leads that have ended, and judge the open ones by it. Too few of them teach nothing: then what
    was learned from more of them once is given up as well."""
    kept, count = scoring(), counted()
    if not kept.learns or not count.are_enough:
        if card_now() is not None:
            _keep(LearnedModel(at=now(), won=count.won, lost=count.lost, card=None, figures={}, left_out=[]))
        return
    lesson, known = _lesson(kept.columns)
    taught = _teach(lesson)
    won = sum(lesson["won"])
    _keep(LearnedModel(
        at=now(), won=won, lost=len(lesson["won"]) - won, card=taught["card"],
        figures=taught["figures"], left_out=[*known, *taught["left_out"]],
    ))  # fmt: skip
    log.info("leads_learned", won=won, lost=len(lesson["won"]) - won, auc=taught["figures"].get("auc"))


def _lesson(decided: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What is taught, and what is left out of it before anybody looks at the figures."""
    rows = read_rows(the_latest(), was_won().label("won"), until=ended_at())
    refused: list[dict[str, Any]] = [{"key": key, "why": why} for key, why in left_out().items()]
    late, columns = changed_late(), []
    for trait in traits():
        found = column_of(trait, rows)
        filled = sum(1 for cell in found["cells"] if cell is not None)
        if decided.get(trait.key) is False:
            refused.append({"key": trait.key, "why": "person"})
        elif trait.key not in decided and filled and late.get(trait.key, 0) / filled >= LATE:
            refused.append({"key": trait.key, "why": "late", "figure": round(late[trait.key] / filled, 3)})
        else:
            columns.append(found)
    trusted = [key for key, use in decided.items() if use]
    won = [int(row.won) for row in rows]
    return {"won": won, "columns": columns, "trusted": trusted, "seed": SEED}, refused


def _teach(lesson: dict[str, Any]) -> dict[str, Any]:
    """In a process of its own, which takes the libraries and their memory with it when it ends."""
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "plugins.leads.learning"], input=orjson.dumps(lesson), capture_output=True, cwd=ROOT,
        env=environment | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}, timeout=PATIENCE, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"learning failed: {done.stderr.decode(errors='replace')[-1500:]}")
    taught: dict[str, Any] = orjson.loads(done.stdout)
    return taught


def _keep(model: LearnedModel) -> None:
    """From now on this is what counts. The ones before are kept for a while, to be compared with."""
    session().add(model)
    session().flush()
    newest = select(LearnedModel.id).where(LearnedModel.tenant_id == tenant_id())
    newest = newest.order_by(LearnedModel.at.desc()).limit(KEPT_MODELS)
    session().execute(delete(LearnedModel).where(LearnedModel.tenant_id == tenant_id(), LearnedModel.id.not_in(newest)))
    judge_all()


def decide_columns(decided: dict[str, bool], *, learns: bool) -> None:
    """Which fields the learned score may look at, where a person says so, and whether there is one at all."""
    kept = scoring(lock=True)
    changes: dict[str, Any] = {}
    if kept.columns != decided:
        changes["columns"] = [kept.columns, decided]
    if kept.learns != learns:
        changes["learns"] = [kept.learns, learns]
    if not changes:
        return
    kept.columns, kept.learns = decided, learns
    emit(ScoringChanged(record_type="lead_scoring", record_id=tenant_id(), changes=changes))
    judge_all()
    if learns:
        ask_to_learn()


# --- the open leads ------------------------------------------------------------------------------------


def judge_all() -> None:
    """Judge all open leads by what counts now: at once where they fit into one slice, else in the background."""
    forget_rules()
    if card_now() is None:
        _forget_judgements()
        return
    parts = slices(SLICE_OF_LEARNED)
    if len(parts) == 1:
        _judge(parts[0])
        return
    for part in parts:
        judge_slice.later(part=list(part))


@job("slow")
def judge_slice(part: list[str | None]) -> None:
    """Judge the open leads of a slice by what counts by then."""
    if card_now() is not None:
        _judge((str(part[0]), part[1]))


def _judge(part: Slice) -> None:
    card = card_now()
    judged = judge_rows(card, open_rows(within(Lead.id, part))) if card else []
    if not judged:
        return
    lead: Any = Lead.__table__
    rows = as_rows(judged)
    values = {"learned_score": rows.c.score, "learned_reasons": rows.c.reasons}
    differs = or_(*(lead.c[name].is_distinct_from(value) for name, value in values.items()))
    session().execute(
        update(lead)
        .values(updated_at=lead.c.updated_at, **values)
        .where(lead.c.tenant_id == tenant_id(), lead.c.id == rows.c.id, differs)
    )


def _forget_judgements() -> None:
    lead: Any = Lead.__table__
    session().execute(
        update(lead)
        .values(updated_at=lead.c.updated_at, learned_score=None, learned_reasons=None)
        .where(lead.c.tenant_id == tenant_id(), lead.c.learned_score.is_not(None))
    )
