"""The garage on one page. Everything it brings is named here."""

from pathlib import Path

from garage import hooks, jobs, permissions
from garage.events import CarServiced
from garage.fields import Plate
from garage.types import CAR
from garage.views import garage

from core.sdk import NavItem, Plugin, _l

plugin = Plugin(
    name="garage",
    title=_l("Garage"),
    summary=_l("The cars of one's customers, and when they should come again."),
    version="1.0.0",
    folder=Path(__file__).parent,
    icon="car",
    record_types=(CAR,),
    field_types=(Plate,),
    permissions=(permissions.SERVICE_CARS,),
    nav=(NavItem(_l("Cars"), record_type="car", icon="car"),),
    blueprints=(garage,),
    events=(CarServiced,),
    listeners=(jobs.answer_service,),
    jobs=(jobs.thank_mechanic, hooks.send_sms),
    hooks=hooks,
)
