"""The door: everything a plugin may import of Guanxi, and the only module it may import it from.

The names are grouped in docs/plugins.md; where they lead is where they are explained. A plugin that lacks something
asks for it here. Re-exports only.
"""

from core.access import Member as MemberRow
from core.access import Permission, Team, may, members_with, permitted, require, require_permission
from core.activities.models import FollowUp, Task
from core.activities.notifications import notify
from core.activities.services import create_task, log_follow_up, transfer_history
from core.activities.shown import channels
from core.activities.types import FOLLOW_UP, TASK
from core.auth.limits import limiter
from core.auth.links import url as whole_url
from core.current import because, now, tenant, tenant_id
from core.current import member as acting_member
from core.current import member_id as acting_member_id
from core.customers.models import Contact, Customer
from core.customers.types import CONTACT, CUSTOMER
from core.customers.views import said as said_in_composer
from core.db import TenantModel, after_commit, get, new_id, reference, savepoint, session
from core.deadlines import arm, disarm, due_of, on_deadline
from core.errors import Conflict, DomainError, FieldProblem, Forbidden, Invalid, NotFound, Stale
from core.events import Event, emit, history_of, listens, timeline_of
from core.host.hookspecs import hookimpl
from core.host.manifest import HomeCard, NavItem, Panel, Plugin, SearchResult, Setting
from core.i18n import _, _l, _lp, _n, fmt_date, fmt_datetime, fmt_money, fmt_number, fmt_percent, fmt_relative
from core.jobs import job
from core.records.conditions import compile_condition
from core.records.fields import (
    Choice,
    Date,
    DateTime,
    Decimal,
    Email,
    FieldError,
    FieldType,
    Integer,
    LongText,
    Lookup,
    Member,
    Money,
    MultiChoice,
    Names,
    Option,
    Percent,
    Phone,
    RecordRef,
    State,
    StateOption,
    Tags,
    Text,
    Url,
    Year,
    YesNo,
)
from core.records.model import Record, column
from core.records.pages import detail_context, list_url, new_url, show_detail, url_of
from core.records.query import Listing, Page
from core.records.schemas import Asked, from_form
from core.records.services import (
    bury_record,
    change_record,
    create_record,
    delete_record,
    insert_record,
    restore_record,
    update_record,
)
from core.records.text import normalise
from core.records.types import RecordAction, RecordType, names_for, titles, type_named
from core.web import Link, asset_url, csrf, is_fragment, redirect_to, render, swap, toast
from core.web.blueprints import any_member, anyone, holding, public, to, workspace

__all__ = [
    "Asked",
    "CONTACT",
    "CUSTOMER",
    "Choice",
    "Conflict",
    "Contact",
    "Customer",
    "Date",
    "DateTime",
    "Decimal",
    "DomainError",
    "Email",
    "Event",
    "FOLLOW_UP",
    "FieldError",
    "FieldProblem",
    "FieldType",
    "FollowUp",
    "Forbidden",
    "HomeCard",
    "Integer",
    "Invalid",
    "Link",
    "Listing",
    "LongText",
    "Lookup",
    "Member",
    "MemberRow",
    "Money",
    "MultiChoice",
    "Names",
    "NavItem",
    "NotFound",
    "Option",
    "Page",
    "Panel",
    "Percent",
    "Permission",
    "Phone",
    "Plugin",
    "Record",
    "RecordAction",
    "RecordRef",
    "RecordType",
    "SearchResult",
    "Setting",
    "Stale",
    "State",
    "StateOption",
    "TASK",
    "Tags",
    "Task",
    "Team",
    "TenantModel",
    "Text",
    "Url",
    "Year",
    "YesNo",
    "_",
    "_l",
    "_lp",
    "_n",
    "acting_member",
    "acting_member_id",
    "after_commit",
    "any_member",
    "anyone",
    "arm",
    "asset_url",
    "because",
    "bury_record",
    "change_record",
    "channels",
    "column",
    "compile_condition",
    "create_record",
    "create_task",
    "csrf",
    "delete_record",
    "detail_context",
    "disarm",
    "due_of",
    "emit",
    "fmt_date",
    "fmt_datetime",
    "fmt_money",
    "fmt_number",
    "fmt_percent",
    "fmt_relative",
    "from_form",
    "get",
    "history_of",
    "holding",
    "hookimpl",
    "insert_record",
    "is_fragment",
    "job",
    "limiter",
    "list_url",
    "listens",
    "log_follow_up",
    "may",
    "members_with",
    "names_for",
    "new_id",
    "new_url",
    "normalise",
    "notify",
    "now",
    "on_deadline",
    "permitted",
    "public",
    "redirect_to",
    "reference",
    "render",
    "require",
    "require_permission",
    "restore_record",
    "said_in_composer",
    "savepoint",
    "session",
    "show_detail",
    "swap",
    "tenant",
    "tenant_id",
    "timeline_of",
    "titles",
    "to",
    "toast",
    "transfer_history",
    "type_named",
    "update_record",
    "url_of",
    "whole_url",
    "workspace",
]
