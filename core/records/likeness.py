"""What two ways of writing one name share: for telling that a record is there already.

`match_name` leaves out what says nothing (width, case, spaces, marks, the legal form of a company); `match_sound` is
how that is spoken, so that 腾飞 and 藤飞, 张三 and Zhang San are found by one equality.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from core.records.text import HAN, pinyin_of, search_columns

LEGAL_FORMS = frozenset((
    "inc", "incorporated", "ltd", "limited", "llc", "llp", "plc", "lp", "co", "corp", "corporation", "company", "gmbh",
    "mbh", "ag", "kg", "ohg", "ug", "se", "sa", "sas", "sarl", "srl", "spa", "bv", "nv", "oy", "oyj", "ab", "as", "asa",
    "aps", "pty", "pte", "sdn", "bhd", "kk", "zrt", "kft", "sro", "doo", "and", "und", "et",
))  # fmt: skip
LEGAL_FORMS_ZH = (
    "股份有限公司", "有限责任公司", "有限責任公司", "有限公司", "股份公司", "总公司", "總公司", "集团", "集團", "公司",
)  # fmt: skip
PLACE = re.compile(r"^(?:[\u4e00-\u9fff]{2,3}(?:省|自治区))?([\u4e00-\u9fff]{2,3}?)市(?=[\u4e00-\u9fff]{2})")
PROVINCE = re.compile(r"^([\u4e00-\u9fff]{2,3})省(?=[\u4e00-\u9fff]{2})")
LONGEST = 200
SHORTEST = 2
"""A name keeps so many characters at least: a company may be called 集团."""


@lru_cache(maxsize=5_000)
def match_name(name: str) -> str:
    """The name without what two writers may write differently. Never empty for a name that is not."""
    plain = unicodedata.normalize("NFKC", name.replace("\x00", " ")).casefold()
    words = re.findall(r"[^\W_]+", re.sub(r"(?<=\w)[.'’](?=\w)|(?<=\w)\.", "", plain))
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words.pop()
    joined = "".join(words) or "".join(plain.split())
    return (_without_chinese_form(joined) if HAN.search(joined) else joined)[:LONGEST]


def _without_chinese_form(name: str) -> str:
    """Without 有限公司 and its like, and 深圳市腾飞 as 深圳腾飞: the place itself tells companies apart."""
    name = PROVINCE.sub(r"\1", PLACE.sub(r"\1", name))
    while form := next((f for f in LEGAL_FORMS_ZH if name.endswith(f) and len(name) - len(f) >= SHORTEST), None):
        name = name.removesuffix(form)
    return name


@lru_cache(maxsize=5_000)
def match_sound(name: str) -> str:
    """How a `match_name` is spoken: its pinyin where it is Chinese, else itself without accents."""
    if spoken := pinyin_of(name).partition(" ")[2]:
        return spoken
    if name.isascii():
        return name
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))


def match_columns(title: str | None) -> dict[str, str]:
    """The columns of a record by which its title is told from others."""
    name = match_name(title) if title else ""
    return {"match_name": name, "match_sound": match_sound(name)}


def text_columns(texts: Iterable[str | None]) -> dict[str, str]:
    """All columns of a record that are made from its searchable texts, the title first."""
    given = list(texts)
    return search_columns(given) | match_columns(given[0] if given else None)
