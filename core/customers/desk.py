"""The first page of a workspace: what is to be done today, whom one was dealing with, whom one has neglected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from core import current, db
from core.access import Member, may, permitted, scopes_for
from core.activities.agenda import my_agenda
from core.activities.models import FollowUp
from core.activities.notifications import notifications_of_me
from core.activities.shown import names_of_tasks
from core.activities.types import TASK
from core.customers.models import Customer
from core.customers.types import CUSTOMER
from core.host.asking import ask
from core.i18n import LazyText, _l, timezone
from core.records.pages.recent import seen_of
from core.web import render
from core.web.blueprints import any_member, workspace

SHOWN = 6
SOON = ("overdue", "today", "week")
QUIET = timedelta(days=14)
LOOKED_THROUGH = 300
"""How many of the customers that changed longest ago are looked through for neglected ones."""

desk = workspace("desk", __name__, template_folder="templates")


@desk.get("/", permission=any_member)
def show_desk() -> ResponseReturnValue:
    groups = my_agenda()
    agenda = [group for group in groups if group.key in SOON]
    return render(
        "customers/desk.html",
        greeting=greeting(),
        agenda=agenda,
        later=sum(len(group.tasks) for group in groups if group.key not in SOON),
        names=names_of_tasks([task for group in agenda for task in group.tasks]),
        recent=recent_customers(),
        quiet=quiet_customers(),
        notifications=notifications_of_me(limit=SHOWN),
        cards=ask("home_cards"),
        steps=first_steps(),
        may_plan=may("create", TASK),
        may_add=may("create", CUSTOMER),
    )


GREETINGS = ((5, _l("Good evening")), (12, _l("Good morning")), (18, _l("Good afternoon")), (24, _l("Good evening")))


def greeting() -> LazyText:
    """What one says at this hour where the member is."""
    hour = datetime.now(timezone()).hour
    return next(words for until, words in GREETINGS if hour < until)


def recent_customers() -> Sequence[Customer]:
    """Those the member looked at last, then those that changed last."""
    looked_at = seen_of(CUSTOMER)
    latest = CUSTOMER.visible().order_by(Customer.updated_at.desc(), Customer.id.desc()).limit(SHOWN)
    found = {each.id: each for each in db.session().scalars(latest)}
    if missing := [each for each in looked_at if each not in found]:
        found |= {each.id: each for each in db.session().scalars(CUSTOMER.visible().where(Customer.id.in_(missing)))}
    order = [each for each in looked_at if each in found] + [each for each in found if each not in looked_at]
    return [found[each] for each in order[:SHOWN]]


@dataclass(frozen=True)
class Quiet:
    """A customer nobody has talked to for a while; `since` None where nobody ever has."""

    customer: Customer
    since: datetime | None


def quiet_customers() -> Sequence[Quiet]:
    """The member's own customers with whom nobody followed up for two weeks, the longest silence first."""
    tenant = current.tenant_id()
    mine = (
        CUSTOMER.visible(Customer.id)
        .where(Customer.owner_id == current.member().id)
        .where(Customer.stage != "lost", Customer.created_at < current.now() - QUIET)
        .order_by(Customer.updated_at)
        .limit(LOOKED_THROUGH)
        .subquery()
    )
    last = (
        select(func.max(FollowUp.happened_at))
        .where(FollowUp.tenant_id == tenant, FollowUp.customer_id == Customer.id, FollowUp.deleted_at.is_(None))
        .scalar_subquery()
    )
    silent = (
        select(Customer, last.label("since"))
        .where(Customer.tenant_id == tenant, Customer.id.in_(select(mine.c.id)))
        .where(func.coalesce(last, Customer.created_at) < current.now() - QUIET)
        .order_by(func.coalesce(last, Customer.created_at))
        .limit(SHOWN)
    )
    return [Quiet(row[0], row.since) for row in db.session().execute(silent)]


@dataclass(frozen=True)
class Step:
    """Something a new workspace still lacks, and where one does it."""

    title: LazyText
    text: LazyText
    icon: str
    url: str
    done: bool


def first_steps() -> Sequence[Step]:
    """The way into a new workspace for whoever runs it; empty once it is behind."""
    if not permitted("tenant.manage_modules"):
        return ()
    tenant = current.tenant_id()
    colleagues = select(Member.id).where(Member.tenant_id == tenant).offset(1).limit(1)
    customers = select(Customer.id).where(Customer.tenant_id == tenant).limit(1)
    has = db.session().execute(select(customers.exists(), colleagues.exists())).one()
    home = url_for("desk.show_desk")
    imports = Step(
        _l("Bring in your customers"), _l("From a spreadsheet, whatever its columns are called."), "table-import",
        f"{home}customers/import", has[0],
    )  # fmt: skip
    steps = (
        *([imports] if scopes_for("import", CUSTOMER.name) else ()),
        Step(_l("Invite your colleagues"), _l("Each sees what is theirs to see."), "user-plus",
             f"{home}members/invite", has[1]),
        Step(_l("Switch on what you need"), _l("Each module brings pages and panels of its own."), "puzzle",
             f"{home}settings/modules", bool(current.tenant().modules)),
    )  # fmt: skip
    return () if all(step.done for step in steps) else steps
