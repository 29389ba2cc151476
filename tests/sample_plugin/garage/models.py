"""Cars."""

from datetime import datetime
from uuid import UUID

from garage.fields import Plate
from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from core.sdk import DateTime, Integer, Lookup, Member, Record, Text, _l, column


class Car(Record):
    """A car that a customer brings."""

    __tablename__ = "garage_car"
    __table_args__ = (Index("garage_car_customer", "tenant_id", "customer_id"),)

    plate: Mapped[str] = column(Plate(_l("Licence plate"), required=True, search=True, match_key=True))
    make: Mapped[str | None] = column(Text(_l("Make"), search=True))
    customer_id: Mapped[UUID | None] = column(Lookup(_l("Customer"), target="customer"))
    owner_id: Mapped[UUID | None] = column(Member(_l("Mechanic")))
    visits: Mapped[int] = column(Integer(_l("Visits"), default=0, editable=False), nullable=False)
    serviced_at: Mapped[datetime | None] = column(DateTime(_l("Last service"), editable=False))
