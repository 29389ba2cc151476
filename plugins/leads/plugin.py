"""The leads plugin on one page. Everything it brings is named here."""

from pathlib import Path

from core.sdk import NavItem, Plugin, _l
from plugins.leads import events, hooks, jobs, permissions
from plugins.leads.customer_actions import CUSTOMER_ACTIONS
from plugins.leads.fields import PoolRef
from plugins.leads.services.scoring import lessons, nights, rescoring
from plugins.leads.types import CAMPAIGN, LEAD
from plugins.leads.views import for_strangers, leads
from plugins.leads.views.api_figures import figures_api
from plugins.leads.views.api_pools import pools_api
from plugins.leads.views.api_routing import routing_api
from plugins.leads.views.api_scoring import scoring_api
from plugins.leads.views.forms.api import lead_forms

plugin = Plugin(
    name="leads",
    title=_l("Leads"),
    summary=_l("Catch people who may buy, hand them to a seller in turn, and let none be forgotten."),
    version="1.0.0",
    folder=Path(__file__).parent,
    icon="magnet",
    record_types=(LEAD, CAMPAIGN),
    field_types=(PoolRef,),
    actions={"customer": CUSTOMER_ACTIONS},
    permissions=(
        permissions.RECEIVE_LEADS,
        permissions.OVERSEE,
        permissions.MANAGE_ROUTING,
        permissions.MANAGE_POOLS,
        permissions.MANAGE_SCORING,
        permissions.MANAGE_FORMS,
        permissions.MANAGE_CHANNELS,
    ),
    nav=(
        NavItem(_l("Leads"), record_type="lead", icon="magnet", key="l"),
        NavItem(_l("Lead inbox"), path="leads/inbox", icon="inbox"),
        NavItem(_l("Lead pool"), path="leads/pool", icon="ripple", also=("leads/movements", "leads/requests")),
        NavItem(_l("Lead figures"), path="leads/figures", icon="chart-funnel", also=("leads/costs",)),
        NavItem(_l("Campaigns"), record_type="campaign", icon="speakerphone"),
        NavItem(
            _l("Lead settings"),
            path="leads/settings",
            icon="adjustments",
            permission=tuple(each.name for each in permissions.MANAGING),
            also=("leads/forms", "leads/channels", "leads/routing", "leads/sellers"),
        ),
    ),
    blueprints=(leads, figures_api, pools_api, routing_api, scoring_api, for_strangers, lead_forms),
    events=(
        events.CustomerAskedFor,
        events.CustomerAssigned,
        events.CustomerExtended,
        events.MoreTimeForCustomerAskedFor,
        events.CustomerPoolsSwitched,
        events.CustomerReturned,
        events.ChannelChanged,
        events.ChannelCreated,
        events.ChannelDeleted,
        events.LeadCaptured,
        events.LeadCameAgain,
        events.LeadAssigned,
        events.LeadReturned,
        events.LeadConverted,
        events.LeadDisqualified,
        events.LeadSignalled,
        events.MailReceived,
        events.FormChanged,
        events.FormDeleted,
        events.FormMade,
        events.LeaderboardOpened,
        events.LeadConversionUndone,
        events.LeadNotAnswered,
        events.LeadQualified,
        events.LeadReopened,
        events.SequenceStarted,
        events.SequenceStopped,
        events.WayOfWorkingChanged,
        events.LeadAskedFor,
        events.LeadExtended,
        events.LeadLocked,
        events.LeadUnlocked,
        events.MoreTimeAskedFor,
        events.PoolChanged,
        events.PoolCreated,
        events.PoolDeleted,
        events.PoolRequestDecided,
        events.RoutingRuleChanged,
        events.RoutingRuleCreated,
        events.RoutingRuleDeleted,
        events.RoutingRulesOrdered,
        events.SellerChanged,
        events.LeadTurnedHot,
        events.ScoringChanged,
        events.ScoringRuleChanged,
        events.ScoringRuleCreated,
        events.ScoringRuleDeleted,
    ),
    listeners=(
        jobs.resume,
        jobs.keep_up_with_customer,
        jobs.note_what_a_lead_did,
        jobs.follow_the_task,
        jobs.tell_what_an_import_brought,
        jobs.forget_touches_of_import,
    ),
    jobs=(
        jobs.give_back,
        jobs.give_customer_back,
        jobs.apply_customer_pools,
        jobs.look_for_response,
        jobs.get_in_touch_again,
        jobs.do_step_of_sequence,
        jobs.forget_unconfirmed_entries,
        jobs.check_mailbox_soon,
        jobs.fetch_mails,
        jobs.mark_mails,
        lessons.judge_slice,
        lessons.learn,
        nights.learn_by_week,
        nights.score_by_night,
        rescoring.rescore_slice,
        jobs.forget_deliveries,
    ),
    hooks=hooks,
)
