"""The verbs of the garage."""

from uuid import UUID

from garage.events import CarServiced
from garage.models import Car
from garage.reminding import DUE, YEAR

from core.sdk import _l, arm, emit, get, notify, now, session


def service_car(car: Car) -> None:
    """Note that a car was serviced, and remember the next time."""
    car.visits += 1
    car.serviced_at = now()
    session().flush()
    arm(car, DUE, now() + YEAR)
    emit(CarServiced(record_type="car", record_id=car.id, customer_id=car.customer_id, plate=car.plate))


def remind_mechanic(car_id: UUID) -> None:
    car = get(Car, car_id)
    if car:
        notify([car.owner_id], _l("%(plate)s is due for service."), url=f"cars/{car.id}", icon="tool", plate=car.plate)
