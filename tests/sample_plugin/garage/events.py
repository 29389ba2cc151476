"""What happens to a car."""

from dataclasses import dataclass

from core.sdk import Event, _l


@dataclass(frozen=True, kw_only=True)
class CarServiced(Event):
    name = "garage.car_serviced"
    label = _l("Car serviced")
    text = _l("serviced the car {plate}")
    icon = "tool"

    plate: str
