"""What the leads answer when they are asked, and do when it is due."""

from typing import Any

from flask import url_for

from core.sdk import Customer, Holding, HomeCard, MemberRow, Panel, Record, _, hookimpl
from plugins.leads import services
from plugins.leads.models import Lead


@hookimpl
def customer_panels(customer: Customer) -> list[Panel]:
    url = url_for("leads.show_leads_of_customer", customer_id=customer.id)
    return [Panel(_("Leads"), url, icon="magnet")]


@hookimpl
def home_cards() -> list[HomeCard]:
    return [HomeCard(_("My new leads"), url_for("leads.show_my_new_leads"), icon="magnet")]


@hookimpl
def following_up(record: Record, follow_up: Any) -> None:
    if isinstance(record, Lead):
        services.attend_lead(record, follow_up)


@hookimpl
def member_holdings(member: MemberRow) -> list[Holding]:
    """The leads of a member are records that they own. Their turn goes to the other sellers once they have left."""
    turn = services.takes_turns(member.id)
    return [Holding(_("Turns at receiving new leads"), 1, icon="rotate-clockwise", ends=True)] if turn else []
