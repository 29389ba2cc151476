"""The car as the engines see it."""

from garage import services
from garage.models import Car
from garage.permissions import SERVICE_CARS

from core.sdk import RecordAction, RecordType, _l

SERVICE = RecordAction("service", _l("Service"), services.service_car, permission=SERVICE_CARS.name, icon="tool")

CAR = RecordType(
    Car,
    name="car",
    label=_l("Car"),
    plural="cars",
    plural_label=_l("Cars"),
    icon="car",
    title="plate",
    columns=("plate", "make", "customer", "owner", "visits", "serviced_at"),
    form=("plate", "make", "customer", "owner"),
    actions=(SERVICE,),
    customer_attr="customer_id",
)
