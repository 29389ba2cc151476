"""A workspace with example data, to look around in: `guanxi demo`, `guanxi up --demo`."""

import random
from datetime import timedelta
from typing import Any

import click
from flask import Flask
from flask_security import hash_password
from sqlalchemy import insert, select

from core import current, db
from core.activities.services import create_task, log_follow_up
from core.auth.context import Door, entering
from core.auth.members import move_member
from core.auth.models import User
from core.auth.security import init_sign_in
from core.auth.teams import create_team
from core.current import Cause
from core.host.asking import tell
from core.host.enablement import switch_module
from core.host.loader import host
from core.records.fields import Amount, RecordRef
from core.records.services import create_record
from core.records.types import type_named
from core.tenant import Tenant
from tenants.provisioning import NewTenant, add_member, make_tenant

EMAIL, PASSWORD, SLUG = "demo@example.com", "guanxi-demo", "demo"
COLLEAGUES = (("李婷", "liting@example.com", "sales_director"), ("王建国", "wangjianguo@example.com", "sales"),
              ("Grace Kim", "grace@example.com", "sales"))  # fmt: skip
CUSTOMERS = (
    ("华东精密制造有限公司", "制造业", "苏州", "a", "quoted", 860, 12_800_000),
    ("云帆科技（深圳）有限公司", "软件", "深圳", "a", "talking", 240, 5_600_000),
    ("青禾教育集团", "教育", "成都", "b", "potential", 1200, 9_900_000),
    ("海川物流股份有限公司", "物流", "宁波", "b", "signed", 3100, 48_000_000),
    ("东方蓝海生物医药", "医药", "上海", "a", "after_sales", 520, 22_000_000),
    ("Northwind Traders", "Wholesale", "Seattle", "b", "talking", 180, 3_400_000),
    ("Contoso Robotics GmbH", "Manufacturing", "Stuttgart", "a", "quoted", 950, 31_500_000),
    ("Lumière Hôtels", "Hospitality", "Lyon", "c", "potential", 75, 1_200_000),
    ("四海餐饮管理有限公司", "餐饮", "广州", "c", "lost", 640, 2_100_000),
    ("星途汽车零部件", "制造业", "武汉", "b", "talking", 1500, 17_700_000),
    ("Fabrikam Dental", "Healthcare", "Manchester", "c", "potential", 35, 480_000),
    ("华东精密苏州研发中心", "制造业", "苏州", "b", "potential", 90, 0),
)
CONTACTS = (
    ("陈晓明", "采购总监", "决策者"),
    ("赵雪", "信息部经理", "使用者"),
    ("刘洋", "总经理", "决策者"),
    ("Hannah Schmidt", "Head of Operations", "Decision maker"),
    ("Marc Dubois", "Owner", "Decision maker"),
)
TALKS = (
    ("call", "介绍了方案，对方关心实施周期和培训。", "发送实施计划"),
    ("meeting", "与信息部线上会议，演示了报表与审批流程，反馈很好。", "准备报价"),
    ("visit", "Visited the plant with their operations lead; they want the ERP link shown.", "Book the demo"),
    ("email", "Sent the case studies and the price list they asked for.", None),
    ("chat", "微信确认了下周三的会面时间。", None),
)  # fmt: skip


def make_demo() -> bool:
    """Make the workspace unless it is there already."""
    with db.engine("auth").connect() as connection:
        if connection.execute(select(Tenant.id).where(Tenant.slug == SLUG)).first():
            return False
    new = NewTenant(db.new_id(), SLUG, "观澜商贸 Guanlan Trading", _user("Demo", EMAIL), "Demo", EMAIL, "zh_Hans_CN")
    owner = make_tenant(new)
    with entering(Door(new.id, owner, cause=Cause("member"))):
        sellers = [add_member(_user(name, email), name, email, role) for name, email, role in COLLEAGUES]
        team = create_team("销售部", None, sellers[0].id)
        for seller in sellers:
            move_member(seller, team.id)
        for plugin in host().plugins:
            switch_module(plugin, on=True)
    with entering(Door(new.id, owner, cause=Cause("member"))):
        _fill(random.Random(7), [owner, *(seller.id for seller in sellers)])
    return True


def _user(name: str, email: str) -> Any:
    user_id = db.new_id()
    row = {"id": user_id, "email": email, "name": name, "password": hash_password(PASSWORD), "active": True,
           "fs_uniquifier": db.new_id().hex, "confirmed_at": current.now()}  # fmt: skip
    with db.role_session("auth") as session:
        session.execute(insert(User).values(**row))
    return user_id


def _fill(chance: random.Random, members: list[Any]) -> None:
    customer_type, contact_type = type_named("customer"), type_named("contact")
    first: Any = None
    for name, industry, place, level, stage, staff, revenue in CUSTOMERS:
        phone = f"+8621{chance.randint(10**7, 10**8 - 1)}"
        customer = create_record(customer_type, {
            "name": name, "industry": industry, "location": place, "level": level, "stage": stage, "employees": staff,
            "annual_revenue": Amount(revenue * 100, "CNY") if revenue else None, "owner": chance.choice(members),
            "tags": chance.sample(["重点客户", "价格敏感", "VIP", "续约"], 2), "phone": phone,
            "parent": first.id if first and "苏州研发" in name else None,
        })  # fmt: skip
        first = first or customer
        for person, title, role in chance.sample(CONTACTS, 2):
            create_record(contact_type, {"name": person, "customer": customer.id, "title": title, "role": role,
                                         "phone": f"+86138{chance.randint(10**7, 10**8 - 1)}"})  # fmt: skip
        for channel, summary, step in chance.sample(TALKS, chance.randint(1, 4)):
            ago = timedelta(days=chance.randint(0, 20), hours=chance.randint(0, 8))
            soon = current.now() + timedelta(days=chance.randint(-1, 6)) if step else None
            log_follow_up("customer", customer, channel=channel, summary=summary, happened_at=current.now() - ago,
                          next_step=step, next_at=soon)  # fmt: skip
    this_evening = current.now() + timedelta(hours=5)
    create_task(title="准备季度回访名单", due_at=this_evening, about=RecordRef("customer", customer.id))
    tell("demo_filling", members=members)


@click.command("demo")
def command() -> None:
    """Make a workspace with example data."""
    app = Flask("demo")
    init_sign_in(app)
    with app.app_context():
        made = make_demo()
    how = f"Sign in as {EMAIL} with the password {PASSWORD}."
    click.echo(how if made else f"The workspace “{SLUG}” is there already. {how}")
