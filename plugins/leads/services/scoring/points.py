"""Scoring leads: by the rules' points, and by what was learned, both in one statement."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, Uuid, any_, bindparam, column, true
from sqlalchemy.orm.attributes import set_committed_value

from core.sdk import _l, emit, is_steady, kept_with_settings, notify, now, session, tenant_id, type_named
from plugins.leads.events import LeadTurnedHot
from plugins.leads.models import Lead
from plugins.leads.services.scoring.adding_up import adding_up
from plugins.leads.services.scoring.judging import Judged, judge
from plugins.leads.services.scoring.slicing import Slice, within
from plugins.leads.services.scoring.standing import Rules, rules_now

TOLD = ("score", "grade", "is_high_intent", "score_reasons", "learned_score", "learned_reasons")


def score_leads(lead_ids: Sequence[UUID] | None = None) -> None:
    """Work out the scores, grade and reasons of these leads anew, or of all open ones, in one statement.

    Closed leads keep what they had. A row in which nothing changes is not written, and neither its date of change nor
    its version moves: nobody did anything to the lead. Whoever looks after one whose intent is high now is told.
    """
    if lead_ids is not None and not lead_ids:
        return
    session().flush()
    rules = rules_now()
    if lead_ids is None:
        score_slice(None)
        return
    judged = judge(lead_ids)
    if not rules.rules and not judged:
        return
    is_kept = not judged and kept_with_settings("leads.scoring.steady", lambda: _is_steady(rules))
    make = partial(_of_some, rules, judged)
    statement = kept_with_settings("leads.scoring.some", make) if is_kept else make()
    rows = session().execute(statement, {"lead_ids": list(lead_ids), "moment": now()}).all()
    _take_over(rows)
    _tell_of_intent([row for row in rows if row.is_high_intent and row.was_high is False])


def _of_some(rules: Rules, judged: Sequence[Judged] = ()) -> Any:
    """The statement for `lead_ids` at the `moment`."""
    mine = any_(bindparam("lead_ids", type_=ARRAY(Uuid)))
    lead: Any = Lead.__table__.c
    answer = (lead.id, lead.owner_id, lead.name, column("was_high"), *(lead[name] for name in TOLD))
    return adding_up(rules, lambda of: of == mine, judged, some=True).returning(*answer)


def _is_steady(rules: Rules) -> bool:
    of = type_named("lead")
    return all(is_steady(of, each.condition) for each in rules.rules)


def score_slice(part: Slice | None) -> int:
    """Score the open leads of a slice, or all of them, by the rules. Returns how many changed."""
    session().flush()
    result: Any = session().execute(adding_up(rules_now(), lambda of: within(of, part) if part else true()))
    return int(result.rowcount)


def _take_over(rows: Sequence[Row[Any]]) -> None:
    """Have the leads of this unit of work know their new scores, without asking for them."""
    known = session().identity_map
    for row in rows:
        lead = known.get(session().identity_key(Lead, (tenant_id(), row.id)))
        if lead is not None:
            for name in TOLD:
                set_committed_value(lead, name, getattr(row, name))


def _tell_of_intent(rows: Sequence[Row[Any]]) -> None:
    """Say of leads that were there before that they turned hot. Of a new one its owner hears anyway."""
    emit(*(LeadTurnedHot(record_type="lead", record_id=row.id, title=row.name, score=row.score) for row in rows))
    by_owner: dict[UUID, list[Row[Any]]] = {}
    for row in rows:
        if row.owner_id:
            by_owner.setdefault(row.owner_id, []).append(row)
    for owner_id, hot in by_owner.items():
        if len(hot) == 1:
            text = _l("%(lead)s shows a high intent now (score %(score)s).")
            notify([owner_id], text, url=f"leads/{hot[0].id}", icon="flame", lead=hot[0].name, score=hot[0].score)
        else:
            text = _l("%(count)s of your leads show a high intent now.")
            notify([owner_id], text, url="leads/?sort=-score", icon="flame", count=len(hot))
