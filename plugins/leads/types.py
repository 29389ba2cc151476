"""The lead as the engines see it: its lists, its form, its actions."""

from core.sdk import HandsOver, RecordAction, RecordType, _l, acting_member_id
from plugins.leads import services
from plugins.leads.models import Lead
from plugins.leads.schemas import ChooseCustomer, ChooseOwner, GiveReason


def _has_owner(lead: Lead) -> bool:
    return lead.is_open and lead.owner_id is not None


def _is_mine_to_claim(lead: Lead) -> bool:
    return lead.is_in_pool and acting_member_id() is not None


def _is_open(lead: Lead) -> bool:
    return lead.is_open


CLAIM = RecordAction(
    "claim", _l("Claim"), services.claim_lead, find=services.find_in_pool, icon="hand-grab", style="primary",
    shown=_is_mine_to_claim, done=_l("The lead is yours."),
)  # fmt: skip
CONVERT = RecordAction(
    "convert", _l("Convert"), services.convert_lead, schema=ChooseCustomer, icon="transform", style="primary",
    shown=_is_open, done=_l("The lead is a customer now."),
)  # fmt: skip
ASSIGN = RecordAction(
    "assign", _l("Assign"), services.assign_lead, grant="transfer", schema=ChooseOwner, icon="user-share",
    shown=_is_open, done=_l("The lead has its new owner."),
)  # fmt: skip
RETURN = RecordAction(
    "return", _l("Return to the pool"), services.return_lead, schema=GiveReason, icon="arrow-back-up",
    shown=_has_owner, done=_l("The lead is back in the pool."),
)  # fmt: skip
DISQUALIFY = RecordAction(
    "disqualify", _l("Disqualify"), services.disqualify_lead, schema=GiveReason, icon="circle-x",
    shown=_is_open, done=_l("The lead is disqualified."),
)  # fmt: skip

LEAD = RecordType(
    Lead,
    name="lead",
    label=_l("Lead"),
    plural="leads",
    plural_label=_l("Leads"),
    icon="magnet",
    color="orange",
    columns=("name", "company", "status", "score", "source", "phone", "owner", "last_follow_up_at"),
    form=("name", "company", "phone", "email", "title", "source", "campaign", "need", "owner"),
    actions=(CLAIM, CONVERT, ASSIGN, RETURN, DISQUALIFY),
    ownerless_is_open=True,
    customer_attr="customer_id",
    create=services.capture_lead,
    update=services.update_lead,
    delete=services.delete_lead,
    create_has_consequences=True,
    hands_over=HandsOver(
        fields=("assigned_at", "pooled_at", "pool_reason"), values=services.held_by_another, done=services.go_on
    ),
)
