"""Three months of example leads, for a workspace that people look around in."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk import Amount, Customer, create_record, new_id, now, session, tenant_id, type_named
from plugins.leads.models import Lead, Movement, Touch
from plugins.leads.services.pools.clocks import set_clocks
from plugins.leads.services.pools.placing import place
from plugins.leads.services.pools.rules import default_pool
from plugins.leads.services.scoring.points import score_leads

MANY, DAYS, SEED = 300, 92, 7
FAMILIES, GIVEN = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗",
    ("伟", "芳", "娜", "敏", "静", "强", "磊", "洋", "艳", "勇", "杰", "婷", "晓明", "志远", "雨桐"),
)
PLACES, TRADES = (
    ("苏州", "深圳", "成都", "宁波", "杭州", "武汉", "青岛", "西安"),
    ("精密", "物流", "教育", "生物", "电子", "餐饮", "家居", "软件"),
)
ENGLISH = ("Olivia Brown", "Liam Murphy", "Emma Fischer", "Noah Rossi", "Mia Novak", "Lucas Martin")
FIRMS = ("Brightside Energy", "Fjord Logistics", "Alpine Robotics", "Harbour Foods", "Oakfield Dental")
SOURCES = ("website",) * 5 + ("form",) * 4 + ("event",) * 3 + ("ads",) * 4 + ("referral",) * 2 + ("phone", "mail")
CAMPAIGNS = (
    ("上海工业博览会", "event", "ciif", 80, 76, 86_000),
    ("百度推广·秋季", "ads", "autumn-search", 90, 1, 42_500),
    ("Spring newsletter", "mail", "newsletter", 45, 10, 3_200),
)
"""Name, source, code, how many days ago it began and ended, what it cost."""
NEEDS = (
    "想了解价格和实施周期",
    "需要与现有 ERP 对接",
    "50 人团队，下季度上线",
    "Would like a demo for the sales team",
    "比较三家供应商",
    None,
)
LOST = ("预算不足", "已选择竞品", "联系不上", "No budget this year")


def fill_demo(members: Sequence[UUID]) -> None:
    """Campaigns, and leads that came, were answered, changed hands, and were won or lost."""
    chance, pool = random.Random(SEED), default_pool().id
    named = [_campaign(*each) for each in CAMPAIGNS]
    customers = list(
        session().scalars(select(Customer.id).where(Customer.tenant_id == tenant_id()).order_by(Customer.id))
    )
    leads = [_lead(chance, members, named, customers) for _number in range(MANY)]
    for lead in leads:
        lead.pool_id = pool
    session().add_all(leads)
    session().flush()
    session().add_all([row for lead in leads for row in (*_touches(chance, lead), *_movements(chance, members, lead))])
    session().flush()
    ids = [lead.id for lead in leads]
    score_leads(ids)
    place(ids)
    set_clocks(ids)


def _campaign(name: str, source: str, code: str, began: int, ended: int, cost: int) -> tuple[UUID, str]:
    today = now().date()
    made = create_record(type_named("campaign"), {
        "name": name, "source": source, "code": code, "starts_on": today - timedelta(days=began),
        "ends_on": today - timedelta(days=ended), "status": "running" if ended < 7 else "ended",
        "cost": Amount(cost * 100, "CNY"),
    })  # fmt: skip
    return made.id, source


def _lead(
    chance: random.Random, members: Sequence[UUID], campaigns: Sequence[tuple[UUID, str]], customers: Sequence[UUID]
) -> Lead:
    """Later ones got less far: leads take their time. Sellers differ in how fast they are."""
    came = now() - timedelta(days=chance.random() ** 1.3 * DAYS, minutes=20)
    source = chance.choice(SOURCES)
    owner = chance.choices(list(members), weights=range(len(members), 0, -1))[0]
    age = (now() - came).days
    reached = min(sum(chance.random() < odds for odds in (0.85, 0.6, 0.5)), 1 + age // 8)
    lost = reached < 3 and age > 6 and chance.random() < 0.35
    waits = timedelta(minutes=chance.lognormvariate(4, 1.3) * (1 + list(members).index(owner)))
    steps = [came + waits, came + waits + timedelta(days=chance.uniform(1, 6)),
             came + waits + timedelta(days=chance.uniform(7, 30))]  # fmt: skip
    when = [step if at < reached and step < now() else None for at, step in enumerate(steps)]
    status = ("new", "contacted", "qualified", "converted")[sum(step is not None for step in when)]
    pooled = status == "new" and not lost and chance.random() < 0.7
    followed = None if when[0] is None else when[2] or now() - timedelta(hours=chance.uniform(1, 60))
    return Lead(
        id=new_id(), custom={}, created_at=came, updated_at=came, **_person(chance), source=source,
        campaign_id=next((each for each, of in campaigns if of == source and chance.random() < 0.8), None),
        need=chance.choice(NEEDS), owner_id=None if pooled else owner, assigned_at=None if pooled else came,
        status="disqualified" if lost else status, disqualify_reason=chance.choice(LOST) if lost else None,
        disqualified_at=min(now(), came + timedelta(days=chance.uniform(2, 12))) if lost else None,
        contacted_at=when[0], qualified_at=when[1], converted_at=when[2], responded_at=when[0],
        respond_by=came + timedelta(hours=4), pooled_at=came if pooled else None,
        last_follow_up_at=followed,
        customer_id=chance.choice(customers) if status == "converted" and not lost and customers else None,
        touches=1, last_touch_at=came,
    )  # fmt: skip


def _person(chance: random.Random) -> dict[str, Any]:
    if chance.random() < 0.2:
        name, firm = chance.choice(ENGLISH), chance.choice(FIRMS)
        return {
            "name": name,
            "company": firm,
            "email": f"{name.split()[0].lower()}{chance.randrange(10**4)}@example.com",
        }
    place, trade = chance.choice(PLACES), chance.choice(TRADES)
    return {"name": chance.choice(FAMILIES) + chance.choice(GIVEN), "phone": f"+86139{chance.randrange(10**8):08}",
            "company": f"{place}{chance.choice(FAMILIES)}氏{trade}有限公司", "industry": trade}  # fmt: skip


def _touches(chance: random.Random, lead: Lead) -> list[Touch]:
    first = Touch(lead_id=lead.id, at=lead.created_at, source=lead.source, campaign_id=lead.campaign_id)
    if chance.random() > 0.2 or lead.created_at > now() - timedelta(days=3):
        return [first]
    lead.touches, lead.last_touch_at = 2, lead.created_at + timedelta(days=2)
    return [first, Touch(lead_id=lead.id, at=lead.last_touch_at, source="website")]


def _movements(chance: random.Random, members: Sequence[UUID], lead: Lead) -> list[Movement]:
    """It came in; every third one went through the pool on its way to who has it."""

    def moved(kind: str, at: datetime, **values: Any) -> Movement:
        return Movement(record_type="lead", record_id=lead.id, kind=kind, at=at, pool_id=lead.pool_id, **values)

    came = lead.created_at
    if lead.owner_id is None:
        return [moved("captured", came)]
    if chance.random() > 0.35 or came > now() - timedelta(days=5):
        return [moved("captured", came, to_id=lead.owner_id, how="turn")]
    first, back = chance.choice(list(members)), came + timedelta(days=chance.uniform(0.5, 3))
    taken = min(now(), back + timedelta(hours=chance.uniform(1, 40)))
    return [
        moved("captured", came, to_id=first, how="turn"),
        moved("returned", back, from_id=first, how="clock"),
        moved("claimed", taken, to_id=lead.owner_id, how="claim"),
    ]
