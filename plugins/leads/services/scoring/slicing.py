"""Cutting all open leads into slices, so that work on all of them holds no row for long."""

from itertools import zip_longest
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, true

from core.sdk import session, tenant_id
from plugins.leads.models import OPEN, Lead

SLICE = 10_000
Slice = tuple[str, str | None]
"""The id of its first lead, and that of the first of the next slice; JSON, since jobs are given it."""


def slices(size: int = SLICE) -> list[Slice]:
    """Where each slice begins and ends, in one statement. The last has no end."""
    numbered = (
        select(Lead.id, func.row_number().over(order_by=Lead.id).label("n"))
        .where(Lead.tenant_id == tenant_id(), Lead.deleted_at.is_(None), Lead.status.in_(OPEN))
        .subquery("numbered")
    )
    firsts = select(numbered.c.id).where(numbered.c.n % size == 1).order_by(numbered.c.n)
    found = [str(each) for each in session().scalars(firsts)]
    return list(zip_longest(found, found[1:]))


def within(column: Any, part: Slice) -> ColumnElement[bool]:
    """Whether an id lies in the slice."""
    first, after = part
    return and_(column >= UUID(first), column < UUID(after) if after else true())
