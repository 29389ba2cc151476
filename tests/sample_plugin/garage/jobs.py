"""What the garage does by itself."""

from typing import Any
from uuid import UUID

from garage import services
from garage.events import CarServiced
from garage.models import Car
from garage.reminding import DUE

from core.sdk import _l, get, job, listens, notify, on_deadline


@listens(CarServiced)
def answer_service(event: CarServiced) -> None:
    thank_mechanic.later(car_id=str(event.record_id))


@job()
def thank_mechanic(car_id: str) -> None:
    car = get(Car, UUID(car_id))
    if car:
        notify([car.owner_id], _l("Well done: %(plate)s"), url=f"cars/{car.id}", icon="tool", plate=car.plate)


@on_deadline(DUE)
def remind(car_id: UUID, _payload: dict[str, Any]) -> None:
    services.remind_mechanic(car_id)
