"""What the leads do by themselves."""

from typing import Any
from uuid import UUID

from core.sdk import Event, SignalReceived, Task, get, job, listens, nightly, on_deadline
from plugins.leads import services
from plugins.leads.models import Mailbox
from plugins.leads.services.channels.mails.fetching import CHECK, check_again, check_mailbox, mark_done
from plugins.leads.services.channels.signals import take_signal
from plugins.leads.services.channels.webhooks.receiving import forget_old_deliveries
from plugins.leads.services.forms.receiving import forget_unconfirmed
from plugins.leads.services.pools.attending import look_at_protected_again, warn_owner
from plugins.leads.services.pools.clocks import UNATTENDED, WARN_DEAL, WARN_FOLLOW_UP
from plugins.leads.services.pools.customers.attending import (
    look_at_protected_customers_again,
    return_unattended_customers,
    warn_owner_of_customer,
)
from plugins.leads.services.pools.customers.kind import CUSTOMERS
from plugins.leads.services.pools.customers.settling import HAPPENED, keep_up
from plugins.leads.services.pools.customers.switching import apply_switch
from plugins.leads.services.pools.kinds import LEADS
from plugins.leads.services.pools.managing import rules_changed
from plugins.leads.services.telling_of_imports import tell_of_import
from plugins.leads.services.touching import take_touches_back
from plugins.leads.services.working.changing import REVISIT
from plugins.leads.services.working.next_steps import TASKS, look_for_next
from plugins.leads.services.working.responding import RESPONSE
from plugins.leads.services.working.sequences import STEP_DUE, do_step
from plugins.leads.services.working.silence import mind_response


@on_deadline(UNATTENDED)
def give_back(lead_id: UUID, _payload: dict[str, Any]) -> None:
    services.return_unattended(lead_id)


@on_deadline(WARN_FOLLOW_UP)
def warn_of_follow_up(lead_id: UUID, _payload: dict[str, Any]) -> None:
    warn_owner(lead_id, WARN_FOLLOW_UP)


@on_deadline(WARN_DEAL)
def warn_of_deal(lead_id: UUID, _payload: dict[str, Any]) -> None:
    warn_owner(lead_id, WARN_DEAL)


@on_deadline(CUSTOMERS.deadlines[0])
def give_customer_back(customer_id: UUID, _payload: dict[str, Any]) -> None:
    return_unattended_customers(customer_id)


@on_deadline(CUSTOMERS.deadlines[1])
def warn_of_follow_up_of_customer(customer_id: UUID, _payload: dict[str, Any]) -> None:
    warn_owner_of_customer(customer_id, CUSTOMERS.deadlines[1])


@on_deadline(CUSTOMERS.deadlines[2])
def warn_of_deal_with_customer(customer_id: UUID, _payload: dict[str, Any]) -> None:
    warn_owner_of_customer(customer_id, CUSTOMERS.deadlines[2])


@listens(*HAPPENED, "customer.merged")
def keep_up_with_customer(event: Event) -> None:
    keep_up(event)


@job("slow")
def apply_customer_pools() -> None:
    """Do to the customers what switching their pools on or off means."""
    apply_switch()


@job("slow")
def apply_pool_rules(pools: list[str] | None, forgive: bool, of: str = "lead") -> None:
    """Put records where they belong by other rules than before, and have their clocks run by them."""
    kind = LEADS if of == LEADS.name else CUSTOMERS
    rules_changed([UUID(each) for each in pools] if pools is not None else None, forgive=forgive, kind=kind)


@nightly
@job("slow")
def end_protection() -> None:
    look_at_protected_again()
    look_at_protected_customers_again()


@listens("lead.restored")
def resume(event: Event) -> None:
    services.resume_lead(event.record_id)


@on_deadline(CHECK)
def check_mailbox_soon(mailbox_id: UUID, _payload: dict[str, Any]) -> None:
    """Going to the mail server takes its time, so that it is done where it keeps nobody waiting."""
    if (mailbox := get(Mailbox, mailbox_id)) is not None:
        check_again(mailbox)
        fetch_mails.later(mailbox_id=str(mailbox_id))


@job("slow")
def fetch_mails(mailbox_id: str) -> None:
    """Mails are marked only once they are safe with us: one that we take twice is known by its name."""
    if done := check_mailbox(UUID(mailbox_id)):
        mark_mails.later(mailbox_id=mailbox_id, uids=done)


@job("slow")
def mark_mails(mailbox_id: str, uids: list[str]) -> None:
    if (mailbox := get(Mailbox, UUID(mailbox_id))) is not None:
        mark_done(mailbox, uids)


@nightly
@job()
def forget_deliveries() -> None:
    forget_old_deliveries()


@on_deadline(RESPONSE)
def look_for_response(lead_id: UUID, _payload: dict[str, Any]) -> None:
    mind_response(lead_id)


@on_deadline(REVISIT)
def get_in_touch_again(lead_id: UUID, _payload: dict[str, Any]) -> None:
    services.revisit_lead(lead_id)


@on_deadline(STEP_DUE)
def do_step_of_sequence(run_id: UUID, _payload: dict[str, Any]) -> None:
    do_step(run_id)


@listens(*TASKS)
def follow_the_task(event: Event) -> None:
    """What is to be done next with a lead changes with its tasks."""
    if (task := get(Task, event.record_id)) is not None and task.about_type == "lead" and task.about_id:
        look_for_next(task.about_id)


@nightly
@job()
def forget_unconfirmed_entries() -> None:
    forget_unconfirmed()


@listens(SignalReceived)
def note_what_a_lead_did(event: SignalReceived) -> None:
    take_signal(event)


@listens("record.import_done")
def tell_what_an_import_brought(event: Event) -> None:
    if getattr(event, "of_type", "") == "lead":
        tell_of_import(event.record_id, event.happened.actor_id if event.happened else None)


@listens("record.import_reverted")
def forget_touches_of_import(event: Event) -> None:
    if getattr(event, "of_type", "") == "lead":
        services.note_changes(take_touches_back(event.record_id))
