"""What makes a password good enough, and how one is told."""

import pytest

from core.auth.passwords import ADVICE, LOOKED_AT, MAX, MIN, hash_of, is_password, strength, weakness
from core.i18n import using_locale
from core.testing.cast import PASSWORD


@pytest.fixture
def visitor(app):
    return app.test_client()


@pytest.mark.parametrize(
    "password",
    ["12345678", "password", "Passw0rd!", "P@ssword1", "qwertyuiop", "1qaz2wsx", "aaaaaaaaaaaa", "abcabcabcabc", "abcdefgh1",
     "2023-12-24", "woaini1314", "Woaini1314!", "5201314520", "a123456789", "guanxi123", "drowssap", "summer2024", "qq123456"],
)  # fmt: skip
def test_what_is_tried_first_is_refused_with_a_reason(app, password):
    assert weakness(password)


@pytest.mark.parametrize(
    "password",
    [PASSWORD, "xk3J9qLm", "a quite different password", "短密码很好记得住吗", "правильная лошадь", "        spaces are fine", "🦊🦊🐻🐼🐨🐯🦁🐮",
     "tüv-zebra-kirsche", "x" * 40 + "yz-something else entirely", "tr0ub4dor & 3 more"],
)  # fmt: skip
def test_any_characters_may_make_a_good_one_and_no_kinds_of_them_are_asked_for(app, password):
    assert weakness(password) is None


def test_long_ones_are_welcome_up_to_a_limit(app):
    long = "".join(chr(ord("a") + (i * i * 7 + i) % 26) for i in range(MAX))
    assert weakness(long) is None and "256" in weakness(long + "x")
    with app.app_context():
        hashed = hash_of(long)
        assert is_password(long, hashed) and not is_password(long[:LOOKED_AT], hashed)


@pytest.mark.parametrize(
    "password", ["AdaLovelace1", "ada.lovelace", "lovelace2024", "ada@example.com", "AcmeTrading!", "acme-trading1"]
)
def test_the_name_the_address_and_the_company_are_no_passwords(app, password):
    said = weakness(password, "Ada Lovelace", "ada@example.com", "Acme Trading")
    assert said and ("your name" in said or "company" in said), said


def test_the_words_of_one_person_are_not_kept_for_the_next(app):
    assert weakness("zzyzxolmq1", "Zzyzxolmq") and weakness("zzyzxolmq1") is None


def test_what_is_said_is_said_in_the_language_of_the_reader(app):
    assert len(ADVICE) == 27
    said = weakness("aaaaaaaaaaaa")
    assert "Repeats" in said and "Add another word" in said
    with using_locale("zh_Hans_CN"):
        assert str(MIN) in weakness("short") and weakness("short") != "Use at least 8 characters."


def test_a_bad_password_is_refused_beside_its_field_wherever_one_is_chosen(ada, visitor, mails):
    page = ada.post("settings/password", {"present": PASSWORD, "password": "AdaLovelace1"})
    assert page.status_code == 422 and 'id="f-password-error"' in page.text and "your name" in page.text
    visitor.post("/reset-password", data={"email": "ada@example.com"})
    page = visitor.post(mails.link("ada@example.com"), data={"password": "AdaLovelace1"})
    assert page.status_code == 422 and 'id="f-password-error"' in page.text and "your name" in page.text
    page = visitor.post("/sign-up", data={"name": "Grace Hopper", "company": "Cobol Works", "email": "grace@example.org",
                                          "password": "cobolworks1"})  # fmt: skip
    assert page.status_code == 422 and 'id="f-password-error"' in page.text


def test_a_changed_password_is_told_by_mail(ada, mails):
    ada.post("settings/password", {"present": PASSWORD, "password": "a quite different password"})
    (mail,) = mails.to("ada@example.com")
    assert "Your password was changed" in mail["subject"]


def test_the_meter_says_the_same_as_the_form(ada, visitor):
    weak = visitor.post("/password-strength", data={"password": "Passw0rd!", "name": "Ada"}).text
    assert "gx-strength-1" in weak and "commonly used" in weak
    assert "gx-strength-4" in visitor.post("/password-strength", data={"password": PASSWORD}).text
    assert "your name" in ada.post("/password-strength", {"password": "AdaLovelace1"}).text
    assert "gx-strength-bar" not in visitor.post("/password-strength", data={}).text
    assert 'hx-post="/password-strength"' in visitor.get("/sign-up").text


def test_judging_takes_no_longer_for_a_long_password(app):
    assert strength("1qaz2wsx" * 32).enough is False
