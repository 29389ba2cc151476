"""What the leads answer when they are asked, and do when it is due."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import url_for

from core.sdk import (
    Customer,
    FieldUse,
    Holding,
    HomeCard,
    MemberRow,
    Panel,
    Record,
    RecordType,
    SearchResult,
    _,
    hookimpl,
)
from plugins.leads import services
from plugins.leads.models import Lead
from plugins.leads.services.channels.quick_add import reach_of_stranger
from plugins.leads.services.channels.using import channel_uses
from plugins.leads.services.demo import fill_demo
from plugins.leads.services.forms.using import form_uses
from plugins.leads.services.pools.customers.attending import attend_customer
from plugins.leads.services.pools.customers.settling import settle_all
from plugins.leads.services.pools.customers.switching import customers_are_pooled
from plugins.leads.services.routing.rules import ensure_default
from plugins.leads.services.routing.using import routing_uses
from plugins.leads.services.scoring.points import score_leads
from plugins.leads.services.scoring.ready import make_ready_rules
from plugins.leads.services.scoring.using import scoring_uses
from plugins.leads.services.working.next_steps import plan_next
from plugins.leads.services.working.responding import note_response


@hookimpl
def customer_panels(customer: Customer) -> list[Panel]:
    url = url_for("leads.show_leads_of_customer", customer_id=customer.id)
    panels = [Panel(_("Leads"), url, icon="magnet")]
    if customers_are_pooled():
        standing = url_for("leads.show_standing_of_customer", customer_id=customer.id)
        panels.insert(0, Panel(_("Public pool"), standing, icon="ripple"))
    return panels


@hookimpl
def home_cards() -> list[HomeCard]:
    return [
        HomeCard(_("My new leads"), url_for("leads.show_my_new_leads"), icon="magnet"),
        HomeCard(_("My leads this month"), url_for("leads.show_my_month"), icon="chart-funnel"),
    ]


@hookimpl
def demo_filling(members: Sequence[UUID]) -> None:
    fill_demo(members)


@hookimpl
def following_up(record: Record, follow_up: Any) -> None:
    if isinstance(record, Lead):
        services.attend_lead(record, follow_up)
        note_response(record, follow_up)
        plan_next(record, follow_up)
        score_leads([record.id])
    if follow_up.customer_id:
        attend_customer(follow_up.customer_id, follow_up)


@hookimpl
def member_holdings(member: MemberRow) -> list[Holding]:
    """The leads of a member are records that they own. Their turn goes to the other sellers once they have left."""
    turn = services.takes_turns(member.id)
    return [Holding(_("Turns at receiving new leads"), 1, icon="rotate-clockwise", ends=True)] if turn else []


@hookimpl
def field_uses(record_type: RecordType) -> list[FieldUse]:
    return [*routing_uses(record_type), *scoring_uses(record_type), *form_uses(record_type), *channel_uses(record_type)]


@hookimpl
def module_enabled() -> None:
    ensure_default()
    make_ready_rules()
    settle_all()


@hookimpl
def search_results(text: str) -> list[SearchResult]:
    """A number or an address that nobody has: it may become a lead in one click."""
    if (reach := reach_of_stranger(text)) is None:
        return []
    key, value = reach
    asked: dict[str, Any] = {key: value}
    url = url_for("leads.new_quick_lead", **asked)
    return [SearchResult(_("New lead: %(reach)s", reach=value), _("Not known yet"), url, icon="user-plus")]
