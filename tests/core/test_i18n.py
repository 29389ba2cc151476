"""Everybody reads their own language, in requests, in jobs and in mails."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from core import current, i18n
from core.current import MemberContext, TenantContext
from core.i18n import _, _l, _n, fmt_datetime, fmt_money, fmt_relative, locale, using_locale

CATALOGUE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

msgid "Hello, %(name)s!"
msgstr "你好，%(name)s！"

msgid "%(num)s lead"
msgid_plural "%(num)s leads"
msgstr[0] "%(num)s 条线索"
"""

ADA = MemberContext(uuid4(), "Ada", "ada@acme.example", None, None, "", (), "zh", "Asia/Shanghai")
ACME = TenantContext(uuid4(), "acme", "Acme", "p1", locale="zh_Hans_CN", timezone="Asia/Tokyo", currency="CNY")


@pytest.fixture(autouse=True)
def catalogue(tmp_path, monkeypatch):
    path = tmp_path / "zh_Hans_CN/LC_MESSAGES/messages.po"
    path.parent.mkdir(parents=True)
    path.write_text(CATALOGUE, encoding="utf-8")
    monkeypatch.setattr(i18n, "_directories", [tmp_path])
    i18n._translations.cache_clear()
    yield
    i18n._translations.cache_clear()


def test_a_plugins_words_are_translated_without_any_request():
    assert _("Hello, %(name)s!", name="Ada") == "Hello, Ada!"
    with using_locale("zh"):
        assert _("Hello, %(name)s!", name="Ada") == "你好，Ada！"
        assert _n("%(num)s lead", "%(num)s leads", 1200) == "1,200 条线索"
    assert _n("%(num)s lead", "%(num)s leads", 1) == "1 lead"


def test_a_lazy_message_is_translated_when_it_is_shown():
    greeting = _l("Hello, %(name)s!", name="Ada")

    assert f"{greeting}" == "Hello, Ada!"
    with using_locale("zh"):
        assert str(greeting) == "你好，Ada！"
        assert greeting + "。" == "你好，Ada！。"


def test_the_member_is_asked_before_the_request_and_the_request_before_the_tenant():
    assert locale() == "en"
    with current.entering(ACME):
        assert locale() == "zh_Hans_CN"
        i18n.wish("en")
        assert locale() == "en"
        with current.entering(replace(ACME, member=ADA)):
            assert locale() == "zh_Hans_CN"
            with using_locale("en"):
                assert locale() == "en"
    i18n.wish(None)


def test_times_are_the_readers():
    noon = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)

    with current.entering(ACME), using_locale("zh"):
        assert fmt_datetime(noon) == "2026年3月2日 03:00"
    with current.entering(replace(ACME, member=ADA)), using_locale("en", "Europe/Berlin"):
        assert fmt_datetime(noon).replace("\u202f", " ") == "Mar 1, 2026 7:00 PM"
    assert fmt_relative(current.now() - timedelta(days=3)) == "3 days ago"


def test_money_knows_its_minor_units_and_its_home():
    assert fmt_money(1250, "CNY") == "CN¥12.50"
    assert fmt_money(1250, "JPY") == "¥1,250"
    with current.entering(ACME), using_locale("en"):
        assert fmt_money(1250, "CNY") == "¥12.50"
    assert fmt_money(None, "CNY") == ""
