"""A business card, a signature or a chat is pasted, read, confirmed, and is a lead."""

import re

import pytest
from sqlalchemy import select

from core import db
from plugins.leads.models import Lead
from plugins.leads.services.channels.cards import HIGH, LOW, MEDIUM, read_card

CARD = """张伟  销售总监
深圳市腾飞科技有限公司
手机：138 0013 8000（微信同号）  邮箱：zhang.wei@tengfei.com.cn
地址：广东省深圳市南山区科技园南路8号"""


def test_a_chinese_business_card_is_read_to_the_last_line():
    found = read_card(CARD)

    assert {key: each.value for key, each in found.items()} == {
        "name": "张伟", "title": "销售总监", "company": "深圳市腾飞科技有限公司", "phone": "+8613800138000",
        "wechat": "13800138000", "email": "zhang.wei@tengfei.com.cn", "address": "广东省深圳市南山区科技园南路8号",
    }  # fmt: skip
    assert found["name"].sure == HIGH and found["wechat"].sure == MEDIUM


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        (
            "Best regards,\n\nAnna Müller\nHead of Purchasing\nLei Trading GmbH\nTel: +49 30 901820 | anna@lei.example\n"
            "12 Baker Street, London",
            "CN",
            {"name": "Anna Müller", "title": "Head of Purchasing", "company": "Lei Trading GmbH",
             "phone": "+4930901820", "email": "anna@lei.example", "address": "12 Baker Street, London"},
        ),
        (
            "你好，我是王小明，想了解一下你们的CRM，电话13912345678，微信 wxm_2020",
            "CN",
            {"name": "王小明", "phone": "+8613912345678", "wechat": "wxm_2020"},
        ),
        (
            "Jane Doe\nCEO, Acme Inc.\njane@acme.example\n(415) 555-2671",
            "US",
            {"name": "Jane Doe", "title": "CEO", "company": "Acme Inc", "email": "jane@acme.example",
             "phone": "+14155552671"},
        ),
        (
            "姓名:李雷 公司:雷氏贸易有限公司 电话:021-62881234 需求:100把椅子",
            "CN",
            {"name": "李雷", "company": "雷氏贸易有限公司", "phone": "+862162881234", "need": "100把椅子"},
        ),
        ("欧阳修 13700137000", "CN", {"name": "欧阳修", "phone": "+8613700137000"}),
        ("anna.smith@lei.example", "CN", {"name": "Anna Smith", "email": "anna.smith@lei.example"}),
    ],
)  # fmt: skip
def test_signatures_and_chats_are_read(text, country, expected):
    found = {key: each.value.rstrip(".") for key, each in read_card(text, country).items()}

    assert {key: found.get(key) for key in expected} == expected


def test_what_is_only_guessed_says_so_and_what_is_none_is_left_alone():
    assert read_card("anna.smith@lei.example")["name"].sure == LOW
    assert "name" not in read_card("I am looking for chairs")
    assert read_card("") == {} and set(read_card("Order 2026-01-05, 100 pieces, 12.5%")) == {"need"}
    assert len(read_card("x" * 100_000)["need"].value) <= 2000


def leads_of(person):
    with person.inside():
        return list(db.session().scalars(select(Lead)))


def value_of(page, key):
    return re.search(rf'id="f-{key}"[^>]* value="([^"]*)"|value="([^"]*)"[^>]* id="f-{key}"', page)


def test_what_was_pasted_is_shown_to_be_confirmed_and_then_is_a_lead(sam):
    page = sam.post("leads/quick-add", {"text": CARD, "step": "read"}).text
    assert leads_of(sam) == [] and "Please check" in page and "Read surely" in page
    assert any(value == "张伟" for value in value_of(page, "name").groups())

    typed = {
        "text": CARD,
        "name": "张伟",
        "phone": "+86 138 0013 8000",
        "company": "腾飞",
        "address": "广东省深圳市南山区",
    }
    made = sam.post("leads/quick-add", typed)
    (lead,) = leads_of(sam)
    assert made.status_code == 303 and made.headers["Location"].endswith(str(lead.id))
    assert (lead.name, lead.phone, lead.source) == ("张伟", "+8613800138000", "manual")
    assert lead.address["province"] == "广东省"


def test_somebody_known_is_said_and_added_to(sam, desk):
    known = desk.catch("Zhang Wei", by=sam, phone="+8613800138000")
    page = sam.post("leads/quick-add", {"text": CARD, "step": "read"}).text
    assert "Known already." in page and str(known) in page

    sam.post("leads/quick-add", {"text": CARD, "name": "张伟", "phone": "13800138000", "company": "腾飞"})
    (lead,) = leads_of(sam)
    assert (lead.id, lead.company, lead.name) == (known, "腾飞", "Zhang Wei")


def test_faults_are_said_beside_the_field_and_what_was_typed_stays(sam, bob):
    answer = sam.post("leads/quick-add", {"text": CARD, "name": "", "phone": "12", "company": "腾飞"})
    assert answer.status_code == 422 and "Enter a phone number" in answer.text and "腾飞" in answer.text
    assert sam.post("leads/quick-add", {"text": " ", "step": "read"}).status_code == 422
    assert bob.get("leads/quick-add").status_code == 403


def test_a_number_or_address_leads_to_a_new_lead_in_one_click(sam):
    page = sam.get("leads/quick-add?phone=13800138000&name=Li+Lei").text
    assert "13800138000" in page and "Li Lei" in page
    assert "13800138000" in sam.get("leads/new?phone=13800138000").text.replace(" ", "")
    assert "leads/quick-add" in sam.get("leads/").text, "a button on the list"
    found = sam.get("search?q=new@person.example").text
    assert "leads/quick-add?email=new@person.example" in found or "leads/quick-add?email=new%40person.example" in found
    assert "quick-add" not in sam.get("search?q=chairs").text.split("</form>")[-1]


def test_whoever_is_known_is_not_offered_as_new(sam, desk):
    desk.catch("Zhang Wei", by=sam, email="zhang@x.example")
    assert "quick-add?email" not in sam.get("search?q=zhang@x.example").text
