"""The lead as the engines see it: its lists, its form, its actions."""

from typing import Any
from uuid import UUID

from core.sdk import HandsOver, RecordAction, RecordType, Section, _l
from plugins.leads import services
from plugins.leads.asked import ASKED
from plugins.leads.models import Campaign, Lead
from plugins.leads.pool_actions import ASSIGN, CLAIM, EXTEND, LOCK, REQUEST_CLAIM, RETURN, UNLOCK
from plugins.leads.schemas import ChooseCustomer, GiveUp
from plugins.leads.services.pools.seeing import in_pools_i_see, is_in_hand
from plugins.leads.services.routing.turns import me_if_i_receive
from plugins.leads.services.working.converting import carry_of


def _is_open(lead: Lead) -> bool:
    return lead.is_open and is_in_hand(lead)


def _is_to_qualify(lead: Lead) -> bool:
    return _is_open(lead) and lead.status != "qualified"


def _is_given_up(lead: Lead) -> bool:
    return lead.status == "disqualified"


def _convert(lead: Lead, customer: UUID | None = None, as_new: bool | None = None, carry: Any = None) -> None:
    services.convert_lead(lead, customer, as_new=bool(as_new), carry=carry_of(carry))


CONVERT = RecordAction(
    "convert", _l("Convert"), _convert, schema=ChooseCustomer, icon="transform", style="primary",
    shown=_is_open, done=_l("The lead is a customer now."),
)  # fmt: skip
DISQUALIFY = RecordAction(
    "disqualify", _l("Disqualify"), services.disqualify_lead, schema=GiveUp, icon="circle-x",
    shown=_is_open, done=_l("The lead is disqualified."),
)  # fmt: skip
QUALIFY = RecordAction(
    "qualify", _l("Qualify"), services.qualify_lead, icon="circle-check", shown=_is_to_qualify,
    done=_l("The lead is qualified."),
)  # fmt: skip
REOPEN = RecordAction(
    "reopen", _l("Reopen"), services.reopen_lead, icon="rotate", shown=_is_given_up, done=_l("The lead is open again."),
)  # fmt: skip
UNDO_CONVERT = RecordAction(
    "undo-convert", _l("Undo the conversion"), services.undo_conversion, icon="arrow-back-up",
    shown=services.can_be_undone, done=_l("The lead is open again."),
    confirm=_l("Customer and contact are deleted where nobody has worked on them since."),
)  # fmt: skip

LEAD = RecordType(
    Lead,
    name="lead",
    label=_l("Lead"),
    plural="leads",
    plural_label=_l("Leads"),
    icon="magnet",
    color="orange",
    columns=(
        "name",
        "company",
        "status",
        "score",
        "grade",
        "source",
        "phone",
        "owner",
        "last_follow_up_at",
        "returns_at",
    ),
    form=(
        "name",
        "company",
        "phone",
        "email",
        "wechat",
        "title",
        "industry",
        "address",
        "need",
        "expected_amount",
        Section(_l("Where it comes from"), ("source", "source_detail", "campaign")),
        Section(_l("How it is handled"), ("owner", "is_key", "tags", "revisit_on")),
    ),
    actions=(
        CLAIM,
        REQUEST_CLAIM,
        QUALIFY,
        CONVERT,
        ASSIGN,
        RETURN,
        EXTEND,
        LOCK,
        UNLOCK,
        DISQUALIFY,
        REOPEN,
        UNDO_CONVERT,
    ),
    only_asked=ASKED,
    ownerless_is_open=in_pools_i_see,
    first_owner=me_if_i_receive,
    customer_attr="customer_id",
    create=services.capture_lead,
    update=services.update_lead,
    delete=services.delete_lead,
    create_many=services.create_leads,
    update_minds=("owner", "status", "revisit_on"),
    changed=services.note_changes,
    hands_over=HandsOver(fields=services.CHANGES_WITH_OWNER, values=services.held_by_another, done=services.go_on),
)

CAMPAIGN = RecordType(
    Campaign,
    name="campaign",
    label=_l("Campaign"),
    plural="campaigns",
    plural_label=_l("Campaigns"),
    icon="speakerphone",
    color="purple",
    columns=("name", "status", "source", "code", "starts_on", "ends_on", "cost", "owner"),
    form=("name", "status", "source", "code", "starts_on", "ends_on", "budget", "cost", "owner", "notes"),
)
