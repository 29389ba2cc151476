"""All open leads scored anew after a rule was changed, beside one UPDATE of the score column over the same rows."""

from collections.abc import Sequence
from functools import partial

from sqlalchemy import func, select, text

from bench.data.companies import Company, company
from bench.data.customers import settle
from bench.data.leads import add_leads
from bench.figures.size import Size
from bench.house import admin
from bench.timing import Result, Times, timed
from core import db, work
from core.auth.context import entering
from plugins.leads.models import OPEN, Lead, Scoring
from plugins.leads.services.scoring import rules

MANY, CUSTOMERS, ROUNDS, AT_MOST = 1_000_000, 1000, 2, 5.0
ALL_OPEN = """
update guanxi.leads_lead set status = 'new'
 where tenant_id = :tenant and status not in ('new', 'contacted', 'qualified')
"""
DID = """
insert into guanxi.leads_signal (tenant_id, id, lead_id, name, at)
select tenant_id, uuidv7(), id, (array['page_viewed', 'mail_opened', 'mail_clicked'])[1 + n % 3],
       now() - make_interval(hours => cast(n % 2000 as int))
  from (select tenant_id, id, row_number() over (order by id) as n from guanxi.leads_lead where tenant_id = :tenant) l
 where n % 3 = 0 and not exists (select from guanxi.leads_signal s where s.tenant_id = :tenant)
"""
ONE_UPDATE = """
update leads_lead set score = (score + 1) % 101
 where tenant_id = :tenant and deleted_at is null and status in ('new', 'contacted', 'qualified')
"""
EVERYONE = {"all": [{"field": "name", "op": "not_empty"}]}


def measure(size: Size) -> Sequence[Result]:
    owned = company(CUSTOMERS, "rescore")
    add_leads(owned.tenant_id, size.rows or MANY)
    _prepare(owned)
    ours, twin = Times(), Times()
    for number in range(size.rounds or ROUNDS):
        works = ((ours, partial(_ours, owned, number)), (twin, partial(_twin, owned)))
        for times, each in works if number % 2 == 0 else reversed(works):
            _vacuum()
            times.seconds.append(timed(each))
    with entering(owned.door()):
        kept = db.get(Scoring, owned.tenant_id)
        leads = db.session().scalar(select(func.count()).select_from(Lead).where(Lead.status.in_(OPEN)))
        if kept is None or not kept.rescore_ended_at or kept.rescore_changed < leads:
            raise RuntimeError("not all leads were scored anew")
        many = len(rules.all_rules())
    note = f"{many} rules, ten of them over behaviour that fades; in slices, by the worker"
    return [Result("rescore", f"{leads:,} leads after a rule change", ours, twin, AT_MOST, note=note)]


def _prepare(owned: Company) -> None:
    """All open, and a third of them did something. The rules are those that a workspace starts with, and one more."""
    with admin().begin() as connection:
        connection.execute(text(ALL_OPEN), {"tenant": owned.tenant_id})
        connection.execute(text(DID), {"tenant": owned.tenant_id})
    settle("guanxi.leads_signal")
    while work.drain("slow") + work.drain("quick"):
        pass


def _ours(owned: Company, number: int) -> None:
    """The change itself, and all that follows from it, until the last lead is scored."""
    values = {"name": "Everyone", "kind": "profile", "condition": EVERYONE, "points": 40 + number}
    with entering(owned.door()):
        before = [rule for rule in rules.all_rules() if rule.name == "Everyone"]
        if before:
            values["points"] = 40 if before[0].points != 40 else 41
            rules.update_rule(before[0], values)
        else:
            rules.create_rule(values)
    while work.drain("slow"):
        pass


def _twin(owned: Company) -> None:
    with entering(owned.door()):
        db.session().execute(text(ONE_UPDATE), {"tenant": owned.tenant_id})


def _vacuum() -> None:
    with admin().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze guanxi.leads_lead"))
