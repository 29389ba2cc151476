"""The boxes of the garage on other pages."""

from uuid import UUID

from flask.typing import ResponseReturnValue
from garage import hooks
from garage.models import Car
from garage.types import CAR

from core.sdk import CUSTOMER, render, session, to, workspace

garage = workspace("garage", __name__, "garage", module="garage", template_folder="templates")


@garage.get("/of-customer/<uuid:customer_id>", permission=to("view", "car"))
def show_cars_of_customer(customer_id: UUID) -> ResponseReturnValue:
    if "panel" in hooks.broken:
        raise RuntimeError("the panel is broken")
    customer = CUSTOMER.get(customer_id)
    theirs = session().scalars(CAR.visible().where(Car.customer_id == customer.id).order_by(Car.plate)).all()
    return render("garage/cars.html", "garage/_cars.html", cars=theirs)


@garage.get("/cars", permission=to("view", "car"))
def show_cars() -> ResponseReturnValue:
    last = CAR.visible().order_by(Car.serviced_at.desc().nulls_last()).limit(5)
    return render("garage/cars.html", "garage/_cars.html", cars=session().scalars(last).all())
