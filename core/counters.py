"""Numbers that rise by one and are never given twice: a tenant's own, in the transaction that uses them."""

from sqlalchemy import BigInteger, Index, Text, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from core import current, db
from core.db import TenantModel, new_id


class TenantCounter(TenantModel):
    """How far one counter has come in one period (`202611`, or nothing for a counter that never starts anew)."""

    __tablename__ = "tenant_counter"
    __table_args__ = (Index("tenant_counter_uq", "tenant_id", "name", "period", unique=True),)

    name: Mapped[str] = mapped_column(Text(collation="C"))
    period: Mapped[str] = mapped_column(Text(collation="C"), default="")
    value: Mapped[int] = mapped_column(BigInteger)


def count_up(name: str, period: str = "", by: int = 1, *, above: int = 0) -> int:
    """Take the next `by` numbers, all of them above `above`; the last of them is returned.

    Whoever counts on the same counter waits until this transaction ends; what it undoes was never taken.
    """
    new = insert(TenantCounter).values(
        tenant_id=current.tenant_id(), id=new_id(), name=name, period=period, value=above + by
    )
    taken = new.on_conflict_do_update(
        index_elements=["tenant_id", "name", "period"],
        set_={"value": func.greatest(TenantCounter.value, above) + by},
    )
    return int(db.session().execute(taken.returning(TenantCounter.value)).scalar_one())


def highest(name: str) -> int:
    """The highest number that a counter gave in any period."""
    found = select(func.max(TenantCounter.value)).where(
        TenantCounter.tenant_id == current.tenant_id(), TenantCounter.name == name
    )
    return int(db.session().scalar(found) or 0)
