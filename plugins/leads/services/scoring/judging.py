"""What was learned, applied to leads: their chance to be won, and what moves it most."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import ARRAY, ColumnElement, Integer, Text, Uuid, any_, cast, column, func, literal, select, true
from sqlalchemy.dialects.postgresql import JSONB

from core.sdk import FollowUp, kept_with_settings, session, tenant, tenant_id
from plugins.leads.learning.card import VERSION, Card, judge_columns, strongest
from plugins.leads.models import OPEN, Lead, LearnedModel, Scoring, Signal, Touch
from plugins.leads.services.scoring.naming import NOTED
from plugins.leads.services.scoring.traits import Trait, columns_of_traits, traits


@dataclass(frozen=True)
class Judged:
    """A lead's chance to be won in per cent, and its reasons as JSON text."""

    lead_id: UUID
    score: int
    reasons_text: str


def card_now() -> Card | None:
    """The card that counts, kept in this process; None where nothing was learned, or it is switched off."""
    return kept_with_settings("leads.card", _load)


def _load() -> Card | None:
    newest = select(LearnedModel.card).where(LearnedModel.tenant_id == tenant_id())
    off = select(Scoring.id).where(Scoring.tenant_id == tenant_id(), Scoring.learns.is_(False))
    found: Card | None = session().scalar(newest.where(~off.exists()).order_by(LearnedModel.at.desc()).limit(1))
    return found if found and found.get("version") == VERSION else None


def judge(lead_ids: Sequence[UUID]) -> list[Judged]:
    """What was learned about these open leads, in one statement; nothing where nothing was learned."""
    card = card_now()
    return judge_rows(card, open_rows(Lead.id == any_(literal(list(lead_ids), ARRAY(Uuid))))) if card else []


def open_rows(which: ColumnElement[bool]) -> Sequence[Any]:
    """The open leads of `which`, with all that traits are read from."""
    return read_rows(which & Lead.status.in_(OPEN) & Lead.deleted_at.is_(None))


def read_rows(which: ColumnElement[bool], *more: Any, until: Any = None) -> list[Any]:
    """Leads with all that traits are read from, and what each did, up to an instant of its own where one is given."""
    zone = ZoneInfo(tenant().timezone)
    rows = session().execute(
        select(*columns_of_traits(traits()), *_happened(until), *more)
        .where(Lead.tenant_id == tenant_id(), which)
        .order_by(Lead.id)
    )
    return [SimpleNamespace(**row._mapping, local=row.created_at.astimezone(zone)) for row in rows]


def _happened(until: Any) -> list[Any]:
    """How often a lead did what: `signals` by name, `came_again`, `met`. Of its touches the first is how it came."""
    signal, touch, follow_up = Signal.__table__.c, Touch.__table__.c, FollowUp.__table__.c
    so_far = partial(_up_to, until)
    counts = [part for name in NOTED for part in (literal(name, Text), func.count().filter(signal.name == name))]
    signals = select(func.jsonb_build_object(*counts)).where(
        signal.tenant_id == tenant_id(), signal.lead_id == Lead.id, so_far(signal.at)
    )
    came = select(func.greatest(func.count() - 1, 0)).where(
        touch.tenant_id == tenant_id(), touch.lead_id == Lead.id, so_far(touch.at)
    )
    met = select(func.count()).where(
        follow_up.tenant_id == tenant_id(), follow_up.about_type == "lead", follow_up.about_id == Lead.id,
        follow_up.deleted_at.is_(None), follow_up.channel.in_(("meeting", "visit")), so_far(follow_up.happened_at),
    )  # fmt: skip
    named = (("signals", signals), ("came_again", came), ("met", met))
    return [each.correlate(Lead).scalar_subquery().label(name) for name, each in named]


def _up_to(until: Any, at: Any) -> Any:
    return true() if until is None else at <= until


def judge_rows(card: Card, rows: Sequence[Any]) -> list[Judged]:
    """What a card says about leads that were read. Their order is kept."""
    wanted = {each["key"] for each in card["traits"]}
    columns = {trait.key: [trait.read(row) for row in rows] for trait in traits() if trait.key in wanted}
    chances, effects = judge_columns(card, columns, len(rows))
    return [
        Judged(row.id, round(100 * chance), orjson.dumps(_reasons(effect, columns, n)).decode())
        for n, (row, chance, effect) in enumerate(zip(rows, chances, effects, strict=True))
    ]


def _reasons(effects: dict[str, float], columns: dict[str, list[Any]], row: int) -> list[dict[str, Any]]:
    """The three strongest: which trait, what it is here, and by how much it moves the log-odds."""
    return [
        {"trait": key, "value": columns[key][row] if key in columns else None, "effect": round(effect, 2)}
        for key, effect in strongest(effects)
    ]


def as_rows(judged: Sequence[Judged]) -> Any:
    """Judgements as rows of a statement: `id`, `score`, `reasons`."""
    columns = (column("id", Uuid), column("score", Integer), column("reasons", Text))
    rows: Any = (
        func.unnest(
            cast([each.lead_id for each in judged], ARRAY(Uuid)),
            cast([each.score for each in judged], ARRAY(Integer)),
            cast([each.reasons_text for each in judged], ARRAY(Text)),
        )
        .table_valued(*columns, name="judged")
        .render_derived()
    )
    return select(rows.c.id, rows.c.score, cast(rows.c.reasons, JSONB).label("reasons")).subquery("learned")


def column_of(trait: Trait, rows: Sequence[Any]) -> dict[str, Any]:
    """A column to be learned from."""
    return {"key": trait.key, "kind": trait.kind, "cells": [trait.read(row) for row in rows]}
