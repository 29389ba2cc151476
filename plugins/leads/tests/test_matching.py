"""The same person by any channel is one lead, and whoever is a customer goes to who looks after the customer."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core import db
from core.access import Member
from core.current import because, now
from core.customers.types import CONTACT, CUSTOMER
from core.records.custom import add_custom_field
from core.records.services import create_record
from plugins.leads.events import LeadAssigned, LeadCameAgain
from plugins.leads.models import Lead, Touch
from plugins.leads.models.keys import email_key, is_shared
from plugins.leads.services.capturing import Incoming, capture_lead, capture_leads


def come(desk, by="form", touch=None, **values):
    """Somebody gets in touch whom no member entered."""
    with desk.boss.inside(), because(by):
        return capture_lead({"name": "Somebody", **values}, touch=touch).id


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ({"phone": "+8613800138000"}, {"phone": "+8613800138000", "name": "Lily"}),
        ({"email": "li.lei@gmail.com"}, {"email": "lilei+fair@googlemail.com"}),
        ({"email": "li@lei.example"}, {"email": "li+spring@lei.example"}),
        ({"wechat": "lilei_88"}, {"wechat": "LiLei_88 "}),
        ({"company": "杭州腾飞科技有限公司", "name": "张三"}, {"company": "杭州市腾飞科技", "name": "章三"}),
        ({"company": "Lei Trading Ltd.", "name": "Li Lei"}, {"company": "LEI TRADING", "name": "Li  LEI"}),
        ({"phone": "+8657187654321", "name": "李雷"}, {"phone": "+8657187654321", "name": "Li Lei"}),
    ],
)
def test_however_it_is_written_it_is_one_person(desk, sam, first, again):
    assert come(desk, **first) == come(desk, **again)


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ({"name": "张三"}, {"name": "张三"}),
        ({"company": "Lei Trading", "name": "Li Lei"}, {"company": "Lei Trading", "name": "Han Mei"}),
        ({"phone": "+8657187654321", "name": "李雷"}, {"phone": "+8657187654321", "name": "韩梅梅"}),
        ({"email": "li.lei@lei.example"}, {"email": "lilei@lei.example"}),
    ],
)
def test_what_others_share_too_joins_nobody(desk, sam, first, again):
    assert come(desk, **first) != come(desk, **again)


def test_a_mailbox_and_a_shared_line_are_told_from_others():
    assert email_key("A.B+news@GoogleMail.com") == "ab@gmail.com" and email_key("a.b@x.cn") == "a.b@x.cn"
    assert is_shared("+862161234567") and not is_shared("+8613800138000") and not is_shared("+12125550123")


def test_a_second_number_in_a_field_of_ones_own_counts(desk, sam):
    with desk.boss.inside():
        second = add_custom_field("lead", label="Second phone", type="phone", taken=[]).key
    first = come(desk, phone="+8613800138000", **{second: "+8613900139000"})

    assert come(desk, phone="+8613900139000") == first
    assert come(desk, name="Else", **{second: "+8613800138000"}) == first


def test_a_repeat_adds_to_the_lead_and_says_by_what_they_came(desk, sam):
    lead = come(desk, name="Li Lei", phone="+8613800138000")
    before = desk.see(lead)
    again = come(desk, phone="+8613800138000", email="li@lei.example", need="Tables",
                 touch={"name": "Spring fair", "utm": {"utm_source": "baidu"}, "landing_page": "https://x.cn/a"})  # fmt: skip

    assert again == lead
    after = desk.see(lead)
    assert (after.touches, after.email, after.name) == (2, "li@lei.example", "Li Lei")
    assert after.last_touch_at > before.last_touch_at and after.score > before.score
    assert desk.told(sam)[-1] == "Li Lei got in touch again by Spring fair."
    assert desk.last(lead, LeadCameAgain).way == "Spring fair"
    with desk.boss.inside():
        touches = db.session().scalars(select(Touch).where(Touch.lead_id == lead).order_by(Touch.id)).all()
    assert [(t.source, t.utm, t.said) for t in touches] == [
        ("form", {}, {}), ("form", {"utm_source": "baidu"}, {
            "need": "Tables", "name": "Somebody", "phone": "+8613800138000", "email": "li@lei.example",
        })
    ]  # fmt: skip


# --- customers -----------------------------------------------------------------------------------------


@pytest.fixture
def lei_trading(ada, eve):
    """A customer of eve's with Li Lei as contact."""
    with ada.inside():
        made = create_record(CUSTOMER, {"name": "雷氏贸易有限公司", "owner": eve.member_id})
        create_record(CONTACT, {"name": "李雷", "customer": made.id, "phone": "+8613800138000",
                                         "email": "li@lei.example"})  # fmt: skip
        return made.id


@pytest.mark.parametrize(
    "reach",
    [{"phone": "+8613800138000"}, {"email": "Li+new@lei.example"}, {"company": "雷氏贸易", "name": "李蕾"}],
)
def test_who_is_a_customer_goes_to_who_looks_after_the_customer(desk, sam, eve, lei_trading, reach):
    found = desk.see(come(desk, **reach))

    assert (found.owner_id, found.customer_id) == (eve.member_id, lei_trading)
    assert desk.last(found.id, LeadAssigned).how == "customer"


def test_the_deputy_gets_it_while_the_owner_is_away_and_the_rules_say_when_nobody_is_there(
    desk, ada, sam, eve, dora, lei_trading
):
    def eve_is(**values):
        with ada.inside():
            member = db.get(Member, eve.member_id)
            for name, value in values.items():
                setattr(member, name, value)

    eve_is(away_from=now() - timedelta(days=1), away_until=now() + timedelta(days=1), deputy_id=dora.member_id)
    assert desk.see(come(desk, phone="+8613800138000")).owner_id == dora.member_id

    eve_is(deputy_id=None)
    found = desk.see(come(desk, name="Another", email="li@lei.example"))
    assert found.customer_id == lei_trading


def test_a_lead_that_was_converted_comes_again_as_a_new_one_of_its_customer(desk, lead, sam):
    desk.act(sam, lead, "convert")
    again = desk.see(come(desk, phone="+8613800138000"))

    assert again.id != lead and again.customer_id == desk.see(lead).customer_id
    assert again.owner_id == sam.member_id


# --- many at once --------------------------------------------------------------------------------------


def test_many_at_once_are_matched_among_themselves_and_each_is_answered(desk, sam, lead):
    rows = [
        {"name": "韩梅梅", "phone": "+8613900139001"},
        {"name": "Mei", "phone": "+8613900139001", "email": "mei@han.example"},
        {"name": "Meimei", "email": "mei@han.example", "company": "Han"},
        {"name": "Li Lei", "phone": "+8613800138000", "wechat": "lilei"},
        {"name": "Stranger", "owner": "01999999-0000-7000-8000-000000000000"},
    ]
    with desk.boss.inside(), because("form"):
        found = capture_leads([Incoming(row) for row in rows])
        number = db.session().scalar(select(func.count()).select_from(Lead))

    assert [each.status for each in found] == ["created", "added", "added", "added", "refused"]
    assert found[0].lead_id == found[1].lead_id == found[2].lead_id and found[3].lead_id == lead
    assert number == 2
    mei = desk.see(found[0].lead_id)
    assert (mei.name, mei.email, mei.company, mei.touches) == ("韩梅梅", "mei@han.example", "Han", 3)
    assert desk.see(lead).wechat == "lilei"


def test_a_person_that_two_channels_bring_at_the_same_time_is_one_lead(desk, sam):
    start, caught = threading.Barrier(6), []

    def catch(number):
        start.wait()
        reach = (
            {"phone": "+8613900139000"} if number % 2 else {"email": "one@person.example", "phone": "+8613900139000"}
        )
        caught.append(come(desk, name=f"P{number}", **reach))

    crowd = [threading.Thread(target=catch, args=(n,)) for n in range(6)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()

    assert len(caught) == 6 and len(set(caught)) == 1
    assert desk.see(caught[0]).touches == 6
