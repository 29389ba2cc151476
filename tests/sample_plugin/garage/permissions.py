"""What a member may be allowed to do in the garage."""

from core.sdk import Permission, _l

SERVICE_CARS = Permission("garage.service_cars", _l("Service cars"), roles=("sales_director", "sales"))
