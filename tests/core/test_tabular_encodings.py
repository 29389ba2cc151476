"""Files keep their characters, whatever program saved them and however short they are."""

import pytest
from faker import Faker
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tabular import TabularError, read

SIMPLIFIED = [
    "客户名称,电话\n华为技术有限公司,13800138000\n",
    "姓名,城市\n张伟,北京\n",
    "名称,备注\n阿里巴巴,已联系，下周回访\n",
    "姓名\n李娜\n",
    "公司,联系人\n深圳市腾讯计算机系统有限公司,马化腾\n",
    "name,city\n王喆,上海\n",
]
TRADITIONAL = [
    "客戶名稱,電話\n台積電股份有限公司,0912345678\n",
    "姓名,城市\n陳怡君,臺北市\n",
    "公司,備註\n鴻海精密工業,已聯絡，下週回訪\n",
]
JAPANESE = ["会社名,電話\nトヨタ自動車株式会社,03-1234-5678\n", "氏名,都市\n山田太郎さん,東京都\n"]
WESTERN = [
    "name,city\nMüller GmbH,Köln\n",
    "nom,ville\nSociété Générale,Besançon\n",
    "name,price\nAcme,€100\n",
    "nombre,ciudad\nMuñoz,Málaga\n",
    "name,note\nO’Brien – “the best”,x\n",
]


def everything(content, **options):
    table = read(content, "x.csv", header=True, **options)
    return "".join(",".join(row) + "\n" for row in (table.headers, *table.rows))


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("text", SIMPLIFIED)
def test_a_few_rows_of_simplified_chinese_are_enough(text, encoding):
    assert everything(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["big5", "utf-8", "utf-16"])
@pytest.mark.parametrize("text", TRADITIONAL)
def test_a_few_rows_of_traditional_chinese_are_enough(text, encoding):
    assert everything(text.encode(encoding)) == text


@pytest.mark.parametrize("text", JAPANESE)
def test_a_few_rows_of_japanese_are_enough(text):
    assert everything(text.encode("cp932")) == text


@pytest.mark.parametrize("text", WESTERN)
def test_a_few_rows_of_a_western_language_are_enough(text):
    assert everything(text.encode("cp1252")) == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32"])
def test_wide_encodings_are_recognised_without_their_mark(encoding):
    text = "name,city\n" + "Acme,Berlin\n" * 20

    assert everything(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("locale", "encoding"),
    [
        ("zh_CN", "gb18030"),
        ("zh_CN", "gbk"),
        ("zh_TW", "big5"),
        ("ja_JP", "cp932"),
        ("de_DE", "cp1252"),
        ("fr_FR", "cp1252"),
    ],
)
@pytest.mark.parametrize("size", [2, 5, 300])
def test_files_as_an_excel_of_that_country_saves_them(locale, encoding, size):
    for seed in range(30):
        faker = Faker(locale)
        faker.seed_instance(seed)
        rows = [f"{faker.company()};{faker.name()};{faker.city()};{faker.phone_number()}" for _ in range(size)]
        text = "name;contact;city;phone\n" + "".join(
            row.encode(encoding, "ignore").decode(encoding) + "\n" for row in rows
        )
        table = read(text.encode(encoding), "x.csv", delimiter=";", header=True)

        assert [";".join(row) for row in table.rows] == text.splitlines()[1:], (seed, table.encoding)


def test_other_alphabets_are_recognised_when_there_is_enough_of_them():
    cyrillic = "Название,Город\n" + "Газпром нефть и газовая компания,Санкт Петербург и область\n" * 10

    assert everything(cyrillic.encode("cp1251")) == cyrillic


def test_foreign_letters_far_down_a_plain_file_are_still_seen():
    text = "name,city\n" + "Acme,Berlin\n" * 50_000 + "华为技术,深圳\n"

    assert everything(text.encode("gbk")) == text


def test_a_broken_letter_in_utf8_spoils_its_row_and_not_the_others():
    content = ("名称,城市\n" + "华为,深圳\n" * 20).encode() + b"\xff\xfe,x\n" + "小米,北京\n".encode()

    rows = list(read(content, "x.csv").rows)

    assert rows[20].problem.code == "unreadable"
    assert "Line 22" in rows[20].problem.message
    assert list(rows[21]) == ["小米", "北京"]


def test_a_replacement_character_that_is_really_in_the_file_is_no_problem():
    assert [row.problem for row in read("a,b\nx\ufffd,y\n".encode(), "x.csv").rows] == [None]


def test_a_person_can_choose_the_encoding():
    content = "name\nПривет\n".encode("koi8-r")

    assert everything(content, encoding="koi8-r") == "name\nПривет\n"


@pytest.mark.parametrize("name", ["klingon", "rot13", "base64", "a\0b", ""])
def test_an_encoding_that_does_not_exist_is_refused(name):
    if not name:
        return
    with pytest.raises(TabularError) as caught:
        read(b"a\n1\n", "x.csv", encoding=name)
    assert caught.value.code == "unknown_encoding"


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60))
def test_valid_utf8_is_always_utf8(text):
    content = f"name,text\nAcme,ä{text}\n".encode()

    assert read(content, "x.csv", delimiter=",").encoding == "utf-8"
