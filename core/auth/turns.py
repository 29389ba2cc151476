"""One after the other: what two people at once would spoil, within one workspace."""

from sqlalchemy import func, select

from core import current, db


def take_turn(what: str) -> None:
    """Wait until nobody else in this workspace does this, and keep them waiting until we commit."""
    turn = func.pg_advisory_xact_lock(func.hashtextextended(f"{what}-{current.tenant_id()}", 0))
    db.session().execute(select(turn))
