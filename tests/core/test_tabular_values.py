"""Dates, numbers and yes or no, as people write them."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tabular import (
    Ambiguous,
    date_order,
    parse_bool_text,
    parse_date_text,
    parse_datetime_text,
    parse_number_text,
)

OCTOBER_20 = date(2016, 10, 20)


@pytest.mark.parametrize(
    "text",
    [
        "2016-10-20",
        "2016/10/20",
        "2016.10.20",
        "20161020",
        "10/20/2016",
        "20-10-2016",
        "20.10.2016",
        "10/20/16",
        "2016年10月20日",
        "2016 年 10 月 20 号",
        "２０１６年１０月２０日",
        "20 Oct 2016",
        "20-Oct-16",
        "October 20, 2016",
        "Oct 20th, 2016",
        "Thu, 20 Oct 2016",
        "2016-10-20 星期四",
        "42663",
        "42663.5",
        " 2016-10-20 ",
        "2016-10-20 08:30:00",
        "2016-10-20T08:30:00Z",
        "2016年10月20日 上午8:30",
        "2016年10月20日8时30分",
        "10/20/2016 8:30 PM",
    ],
)
def test_a_day_is_recognised_however_it_is_written(text):
    assert parse_date_text(text) == OCTOBER_20


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "2016",
        "2016-13-01",
        "2016-02-30",
        "31/31/2016",
        "1.5",
        "1,200",
        "1/2",
        "99999",
        "13800138000",
    ],
)
def test_what_is_no_day_is_none(text):
    assert parse_date_text(text) is None


def test_a_day_that_could_be_two_is_said_to_be_ambiguous():
    found = parse_date_text("3/4/2021")

    assert found == Ambiguous(day_first=date(2021, 4, 3), month_first=date(2021, 3, 4))
    assert found.resolve("dmy") == date(2021, 4, 3)
    assert found.resolve("mdy") == date(2021, 3, 4)
    assert found.resolve("ambiguous") is None
    assert parse_date_text("5/5/2021") == date(2021, 5, 5)


def test_the_order_of_the_column_settles_it():
    assert parse_date_text("3/4/2021", "dmy") == date(2021, 4, 3)
    assert parse_date_text("3/4/2021", "mdy") == date(2021, 3, 4)
    assert parse_date_text("20/10/2021", "mdy") is None


@pytest.mark.parametrize(
    ("samples", "order"),
    [
        (["3/4/2021", "20/4/2021"], "dmy"),
        (["3/4/2021", "4/20/2021", ""], "mdy"),
        (["2021-04-03", "20210404"], "ymd"),
        (["2021-04-03", "4/20/2021"], "mdy"),
        (["3/4/2021", "5/6/2021"], "ambiguous"),
        (["20/4/2021", "4/20/2021"], "ambiguous"),
        (["42663", "20 Oct 2016", "words"], "ymd"),
        ([], "ymd"),
    ],
)
def test_a_column_tells_which_way_round_it_is(samples, order):
    assert date_order(samples) == order


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2016-10-20 08:30", datetime(2016, 10, 20, 8, 30)),
        ("2016-10-20 08:30:05.250", datetime(2016, 10, 20, 8, 30, 5, 250_000)),
        ("20/10/2016 8:30 pm", datetime(2016, 10, 20, 20, 30)),
        ("12:05 am", None),
        ("2016年10月20日 下午3:05", datetime(2016, 10, 20, 15, 5)),
        ("2016-10-20", datetime(2016, 10, 20)),
        ("2016-10-20T08:30:00Z", datetime(2016, 10, 20, 8, 30, tzinfo=UTC)),
        ("2016-10-20T08:30:00+08:00", datetime(2016, 10, 20, 8, 30, tzinfo=timezone(timedelta(hours=8)))),
        ("42663.5", datetime(2016, 10, 20, 12)),
        ("2016-10-20 25:00", None),
        ("hello", None),
    ],
)
def test_a_moment_is_recognised(text, moment):
    assert parse_datetime_text(text) == moment


@settings(deadline=None)
@given(st.dates(date(1000, 1, 1)), st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日"]))
def test_every_day_is_read_back_as_it_was_written(day, form):
    assert parse_date_text(day.strftime(form)) == day


@settings(deadline=None)
@given(st.dates(date(1000, 1, 1)))
def test_a_settled_order_reads_every_day_back(day):
    assert parse_date_text(day.strftime("%d.%m.%Y"), "dmy") == day
    assert parse_date_text(day.strftime("%m/%d/%Y"), "mdy") == day


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1100.04", "1100.04"),
        ("1,100.04", "1100.04"),
        ("1.100,04", "1100.04"),
        ("1 100,04", "1100.04"),
        ("1\u00a0100,04", "1100.04"),
        ("1'100.04", "1100.04"),
        ("¥1,200", "1200"),
        ("￥1，200", "1200"),
        ("1,200", "1200"),
        ("1.200", "1.200"),
        ("0,200", "0.200"),
        ("1,5", "1.5"),
        ("1.100.000", "1100000"),
        ("12,34,567", "1234567"),
        ("1,2345,6789", "123456789"),
        ("12%", "0.12"),
        ("１２％", "0.12"),
        ("1.2万", "12000"),
        ("1.2万元", "12000"),
        ("3亿", "300000000"),
        ("5千", "5000"),
        ("1.5k", "1500"),
        ("2.3M", "2300000"),
        ("$ 1.2 billion", "1200000000"),
        ("(300)", "-300"),
        ("($1,300.50)", "-1300.50"),
        ("-300", "-300"),
        ("−300", "-300"),
        ("300-", "-300"),
        ("-$5", "-5"),
        ("US$1,200.00", "1200"),
        ("1200 CNY", "1200"),
        ("99元", "99"),
        (".5", "0.5"),
        ("５０００", "5000"),
        ("1.38E+10", "13800000000"),
        ("+5", "5"),
    ],
)
def test_a_number_is_recognised_however_it_is_written(text, number):
    assert parse_number_text(text) == Decimal(number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "abc",
        "1-2",
        "50-100",
        "1,2,3",
        "1,10.5",
        "1.2.3",
        "12 apples",
        "NaN",
        "inf",
        "--5",
        "(5",
        "(-5)",
        "0x10",
        "1" * 80,
    ],
)
def test_what_is_no_number_is_none(text):
    assert parse_number_text(text) is None


@settings(deadline=None)
@given(st.decimals(-(10**12), 10**12, places=2))
def test_every_number_is_read_back_in_both_manners(number):
    assert parse_number_text(f"{number:,}") == number
    assert parse_number_text(f"{number:,}".translate(str.maketrans(",.", ".,"))) == number


@settings(deadline=None)
@given(st.text(max_size=70))
def test_no_text_at_all_brings_the_readers_of_values_down(text):
    parse_number_text(text)
    parse_date_text(text)
    parse_datetime_text(text)
    parse_bool_text(text)
    date_order([text])


@pytest.mark.parametrize("text", ["yes", "Y", "TRUE", "true", "1", "on", "是", "√", " Yes "])
def test_yes_is_yes(text):
    assert parse_bool_text(text) is True


@pytest.mark.parametrize("text", ["no", "N", "FALSE", "0", "off", "否", "×", "无"])
def test_no_is_no(text):
    assert parse_bool_text(text) is False


@pytest.mark.parametrize("text", ["", "maybe", "2", "yes please"])
def test_neither_is_none(text):
    assert parse_bool_text(text) is None
