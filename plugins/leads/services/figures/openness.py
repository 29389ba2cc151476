"""Who sees whose numbers on the leaderboard."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.sdk import FieldProblem, Invalid, _, _l, emit, kept_with_settings, raise_schema_version, session, tenant_id
from plugins.leads.events.figures import LeaderboardOpened
from plugins.leads.models.openness import Openness

LEVELS: Mapping[str, Any] = {
    "all": _l("Everyone sees everyone's numbers"),
    "team": _l("Everyone sees the numbers of their team"),
    "own": _l("Everyone sees their own numbers"),
}


def openness() -> str:
    """`all` unless the workspace chose otherwise."""
    return kept_with_settings("leads.openness", _load)


def _load() -> str:
    return session().scalar(select(Openness.leaderboard).where(Openness.tenant_id == tenant_id())) or "all"


def set_openness(level: str) -> None:
    """Raises Invalid. Choosing what already holds changes nothing."""
    if level not in LEVELS:
        raise Invalid([FieldProblem("leaderboard", "unknown", _("Choose one from the list."))])
    before = openness()
    if before == level:
        return
    made = insert(Openness).values(tenant_id=tenant_id(), id=tenant_id(), leaderboard=level)
    session().execute(made.on_conflict_do_update(index_elements=["tenant_id", "id"], set_={"leaderboard": level}))
    raise_schema_version()
    changes = {"leaderboard": [str(LEVELS[before]), str(LEVELS[level])]}
    emit(LeaderboardOpened(record_type="leads_openness", record_id=tenant_id(), changes=changes))
