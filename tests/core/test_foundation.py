"""Records, events, jobs and deadlines, at their barest."""

import pytest

from core import db
from core.customers.types import CUSTOMER
from core.events import EventRow
from core.records.query import Listing
from core.records.services import create_record, update_record


def test_a_record_is_made_changed_and_told_of(ada, run_jobs):
    with ada.inside():
        made = create_record(CUSTOMER, {"name": "北京建国科技", "industry": "software"})
        update_record(CUSTOMER, made, {"industry": "medical"})
        assert [e.name for e in db.session().query(EventRow).order_by(EventRow.id)] == [
            "customer.created",
            "customer.updated",
        ]
    with ada.inside():
        for typed in ("建国", "北京建国", "bj", "科"):
            found = Listing(CUSTOMER, search=typed).page(total=True)
            assert ([r.name for r in found.records], found.total) == (
                (["北京建国科技"], 1) if typed != "科" else ([], 0)
            ), typed


@pytest.mark.parametrize("typed", ["腾飞", "tengfei", "tfkj", "szs", "shenzhen", "TengFei", "科技"])
def test_a_chinese_name_is_found_by_any_part_of_it_and_of_its_pinyin(ada, typed):
    with ada.inside():
        create_record(CUSTOMER, {"name": "深圳市腾飞科技有限公司"})
        create_record(CUSTOMER, {"name": "Northwind Traders"})
    with ada.inside():
        assert [r.name for r in Listing(CUSTOMER, search=typed).page().records] == ["深圳市腾飞科技有限公司"]


def test_another_tenant_sees_nothing(ada, mallory):
    with ada.inside():
        create_record(CUSTOMER, {"name": "Secret"})
    with mallory.inside():
        assert Listing(CUSTOMER).page(total=True).total == 0
